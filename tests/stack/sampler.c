/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * perf_event_open and the ring, as small as a test can have them.
 */
#include "config.h"

#include "stack/sampler.h"

#include <check.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "stack/unwind.h"

#define PERIOD_NS  200000
#define MAX_RECORD 65536

static bool map_ring(struct sampler *sampler)
{
	size_t page_size = (size_t)sysconf(_SC_PAGESIZE);

	/* 512 kB and a page is what anybody may lock. */
	for (size_t pages = 1024; pages >= 128; pages /= 2) {
		void *base = mmap(NULL, (pages + 1) * page_size,
				  PROT_READ | PROT_WRITE, MAP_SHARED,
				  sampler->fd, 0);

		if (base == MAP_FAILED)
			continue;
		sampler->page = base;
		sampler->ring = (unsigned char *)base + page_size;
		sampler->ring_size = pages * page_size;
		return true;
	}
	return false;
}

bool sampler_open(struct sampler *sampler, unsigned int copy_size)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_SOFTWARE,
		.size = sizeof(attr),
		.config = PERF_COUNT_SW_CPU_CLOCK,
		.sample_period = PERIOD_NS,
		.sample_type = PERF_SAMPLE_IP | PERF_SAMPLE_REGS_USER |
			       PERF_SAMPLE_STACK_USER,
		.sample_regs_user = UNWIND_REGS_MASK,
		.sample_stack_user = copy_size,
		.disabled = 1,
		.exclude_kernel = 1,
		.exclude_hv = 1,
		.exclude_callchain_kernel = 1,
	};

	memset(sampler, 0, sizeof(*sampler));
	sampler->fd = (int)syscall(SYS_perf_event_open, &attr, 0, -1, -1,
				   PERF_FLAG_FD_CLOEXEC);
	if (sampler->fd < 0 || !map_ring(sampler)) {
		printf("skipped: no sampling here: %s\n", strerror(errno));
		if (sampler->fd >= 0)
			close(sampler->fd);
		return false;
	}
	sampler->record = malloc(MAX_RECORD);
	ck_assert_ptr_nonnull(sampler->record);
	return true;
}

void sampler_close(struct sampler *sampler)
{
	munmap(sampler->page,
	       sampler->ring_size + (size_t)sysconf(_SC_PAGESIZE));
	close(sampler->fd);
	free(sampler->record);
}

void sampler_enable(struct sampler *sampler)
{
	ck_assert_int_eq(ioctl(sampler->fd, PERF_EVENT_IOC_ENABLE, 0), 0);
}

void sampler_disable(struct sampler *sampler)
{
	ck_assert_int_eq(ioctl(sampler->fd, PERF_EVENT_IOC_DISABLE, 0), 0);
}

static uint64_t read_head(const struct sampler *sampler)
{
	return __atomic_load_n(&sampler->page->data_head, __ATOMIC_ACQUIRE);
}

size_t sampler_pending(const struct sampler *sampler)
{
	return read_head(sampler) - sampler->page->data_tail;
}

static void copy_out(const struct sampler *sampler, uint64_t at, void *to,
		     size_t size)
{
	for (size_t i = 0; i < size; i++)
		((unsigned char *)to)[i] =
			sampler->ring[(at + i) % sampler->ring_size];
}

/* IP; ABI and registers; size, stack copy, valid size. */
static void decode(const unsigned char *record, struct lbrvirt_sample *sample)
{
	const uint64_t *words = (const uint64_t *)(record + 8);

	memset(sample, 0, sizeof(*sample));
	sample->ip = *words++;
	sample->regs_user_abi = *words++;
	if (sample->regs_user_abi) {
		sample->regs_user_mask = UNWIND_REGS_MASK;
		sample->regs_user = words;
		words += __builtin_popcountll(UNWIND_REGS_MASK);
	}
	sample->user_stack_asked = *words++;
	if (!sample->user_stack_asked)
		return;
	sample->user_stack = words;
	words += sample->user_stack_asked / sizeof(*words);
	sample->user_stack_size = *words;
}

bool sampler_next(struct sampler *sampler, struct lbrvirt_sample *ret_sample)
{
	uint64_t tail = sampler->page->data_tail;
	struct perf_event_header header;

	while (tail != read_head(sampler)) {
		copy_out(sampler, tail, &header, sizeof(header));
		copy_out(sampler, tail, sampler->record, header.size);
		tail += header.size;
		__atomic_store_n(&sampler->page->data_tail, tail,
				 __ATOMIC_RELEASE);
		if (header.type == PERF_RECORD_SAMPLE) {
			decode(sampler->record, ret_sample);
			return true;
		}
	}
	return false;
}
