/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Samples the calling thread on the CPU clock, with registers and a stack
 * copy, into a ring of its own, and decodes them by hand.
 */
#ifndef LBRVIRT_TESTS_STACK_SAMPLER_H
#define LBRVIRT_TESTS_STACK_SAMPLER_H

#include <linux/perf_event.h>
#include <stdbool.h>
#include <stddef.h>

#include <lbrvirt/sample.h>

struct sampler {
	int fd;
	struct perf_event_mmap_page *page;
	unsigned char *ring;
	size_t ring_size;
	unsigned char *record; /* the one handed out last, in one piece */
};

/* False: not possible here; the reason was printed. */
bool sampler_open(struct sampler *sampler, unsigned int copy_size);
void sampler_close(struct sampler *sampler);

void sampler_enable(struct sampler *sampler);
void sampler_disable(struct sampler *sampler);

/* Bytes that wait in the ring. */
size_t sampler_pending(const struct sampler *sampler);

/* The next sample, valid until the next call. False: none left. */
bool sampler_next(struct sampler *sampler, struct lbrvirt_sample *ret_sample);

#endif
