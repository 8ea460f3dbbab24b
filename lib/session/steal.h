/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * When the host took time from this guest, second by second, and coarser as a
 * recording grows long. Pure: clock and counter in, a note's text out.
 */
#ifndef LBRVIRT_SESSION_STEAL_H
#define LBRVIRT_SESSION_STEAL_H

#include <stddef.h>
#include <stdint.h>

enum {
	STEAL_SLOTS = 256,
	/* Two numbers of 20 digits, and a share of up to 4 for each slot. */
	STEAL_TEXT_SIZE = 48 + STEAL_SLOTS * 5,
};

struct steal {
	uint64_t begin_ns; /* on the samples' clock */
	uint64_t slot_ns;
	uint64_t last_ns;    /* when the counter was last read … */
	uint64_t last_total; /* … and what it was */
	double stolen_ns[STEAL_SLOTS];
};

/* @total_ns: of all CPUs since boot, now and in steal_add(). */
void steal_begin(struct steal *steal, uint64_t now_ns, uint64_t total_ns);
void steal_add(struct steal *steal, uint64_t now_ns, uint64_t total_ns);

/*
 * "BEGIN_NS SLOT_NS SHARE…": of each slot how many thousandths of the CPUs'
 * time were taken; slots at the end without any are left out.
 */
void steal_text(const struct steal *steal, uint32_t nr_cpus,
		char ret_text[STEAL_TEXT_SIZE]);

#endif
