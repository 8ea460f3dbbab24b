/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The kernel patch of 2018 sets ACTIVE when a user call-stack event of a task
 * is scheduled in, and clears it at the end of any such event. So ACTIVE that
 * comes with an event of ours, or goes with it, is the kernel's.
 */
#include "config.h"

#include "pv/kernel.h"

#include <errno.h>
#include <lbrvirt/pv.h>
#include <string.h>
#include <unistd.h>

#include "pv/msr.h"

#define READS_MAX 1000

struct trial {
	struct machine *machine;
	unsigned int cpu;
	uint32_t msr;
	int open_err;
	int msr_err;
	bool has_run;
	bool before;
	bool during;
	bool after;
};

static void read_active(struct trial *trial, bool *ret_is_active)
{
	uint64_t value = 0;
	int err = pv_msr_read(trial->machine, trial->cpu, trial->msr, &value);

	if (err && !trial->msr_err)
		trial->msr_err = err;
	*ret_is_active = value & LBRVIRT_PV_ACTIVE;
}

static int open_event(struct machine *machine)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_HARDWARE,
		.config = PERF_COUNT_HW_CPU_CYCLES,
		.size = sizeof(attr),
		.sample_type = PERF_SAMPLE_BRANCH_STACK,
		.branch_sample_type = PERF_SAMPLE_BRANCH_USER |
				      PERF_SAMPLE_BRANCH_CALL_STACK,
		.read_format = PERF_FORMAT_TOTAL_TIME_ENABLED |
			       PERF_FORMAT_TOTAL_TIME_RUNNING,
		/* Never comes: nothing is sampled here. */
		.sample_period = 1u << 30,
		.exclude_kernel = 1,
		.exclude_hv = 1,
	};

	return machine->ops->perf_event_open(machine, &attr, 0, -1, -1, 0);
}

/* Whether the event was on the CPU at all: others may have the counters. */
static bool wait_running(int fd)
{
	uint64_t values[3];

	for (int i = 0; i < READS_MAX; i++) {
		ssize_t n = read(fd, values, sizeof(values));

		if (n != (ssize_t)sizeof(values) || values[2] > 0)
			return true;
	}
	return false;
}

static int try_event(void *arg)
{
	struct trial *trial = arg;
	int fd;

	read_active(trial, &trial->before);
	if (trial->msr_err)
		return 0;
	fd = open_event(trial->machine);
	if (fd < 0) {
		trial->open_err = -fd;
		return 0;
	}
	trial->has_run = wait_running(fd);
	read_active(trial, &trial->during);
	close(fd);
	read_active(trial, &trial->after);
	return 0;
}

int kernel_look(struct machine *machine, const struct cpus *cpus, uint32_t msr,
		struct kernel_test *ret_test, unsigned int *ret_cpu)
{
	ret_test->answer = KERNEL_UNTESTED;
	ret_test->open_err = 0;
	for (size_t i = 0; i < cpus->nr; i++) {
		struct trial trial = {
			.machine = machine,
			.cpu = (unsigned int)cpus->cpu[i],
			.msr = msr,
		};

		/* A cpuset may keep us off this one, or it went offline. */
		if (machine->ops->run_on_cpu(machine, trial.cpu, try_event,
					     &trial) != 0 ||
		    trial.msr_err == -ENXIO)
			continue;
		if (trial.msr_err) {
			*ret_cpu = trial.cpu;
			return trial.msr_err;
		}
		ret_test->open_err = trial.open_err;
		if (trial.open_err)
			return 0;
		if (!trial.has_run)
			continue;
		ret_test->answer =
			trial.during && !(trial.before && trial.after) ?
				KERNEL_DRIVES :
				KERNEL_KEEPS_OFF;
		return 0;
	}
	return 0;
}
