/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * attempt BRANCH_SAMPLE_TYPE [PERIOD]: opens hardware cycles, user only, with
 * a branch stack of that type, as a profiler would, and prints "ok" or the
 * errno's name. 0 opens without a branch stack.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_HARDWARE,
		.size = sizeof(attr),
		.config = PERF_COUNT_HW_CPU_CYCLES,
		.sample_period = argc > 2 ? strtoull(argv[2], NULL, 0) :
					    1000000,
		.sample_type = PERF_SAMPLE_IP,
		.disabled = 1,
		.exclude_kernel = 1,
		.exclude_hv = 1,
	};

	if (argc < 2)
		return 2;
	attr.branch_sample_type = strtoull(argv[1], NULL, 0);
	if (attr.branch_sample_type)
		attr.sample_type |= PERF_SAMPLE_BRANCH_STACK;
	if (syscall(SYS_perf_event_open, &attr, 0, -1, -1, 0) >= 0)
		puts("ok");
	else
		puts(strerrorname_np(errno));
	return 0;
}
