/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * When samples were taken, for the viewers that draw it. A recording may last
 * for hours, so past some hundred thousand points time is cut into slots, and
 * equal stacks within a slot become one point; the slots widen as needed.
 */
#ifndef LBRVIRT_PROFILE_TIMELINE_H
#define LBRVIRT_PROFILE_TIMELINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct timeline_point {
	uint64_t time_ns;
	uint64_t period;
	uint32_t stack; /* of the profile's stacks */
	uint32_t samples;
};

/* Zero-initialised storage is empty. */
struct timeline {
	struct timeline_point *points; /* mostly in the order of time */
	size_t nr;
	size_t capacity;
	size_t limit;	  /* 0: not reached yet */
	uint64_t slot_ns; /* 0: each point has its own time */
	bool is_short;	  /* of memory: points are missing */
};

void timeline_fini(struct timeline *timeline);

/* Add a sample. Out of memory is remembered. */
void timeline_add(struct timeline *timeline, uint32_t stack, uint64_t time_ns,
		  uint64_t period);

/* Put the points into the order of time, equal times by stack. */
void timeline_sort(struct timeline *timeline);

#endif
