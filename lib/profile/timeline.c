/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Slots begin at a millisecond, the distance of samples at the usual rates, and
 * double: each doubling can halve the points and costs one sort, so a sample
 * costs the logarithm of the points at most. Where a slot holds more distinct
 * stacks than there may be points, widening it further saves nothing, and the
 * limit gives way: the stacks themselves take more memory than the points do.
 */
#include "config.h"

#include "profile/timeline.h"

#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"

#define POINTS_MAX  ((size_t)1 << 19)
#define SLOT_NS_MIN 1000000u
#define SLOT_NS_MAX (3600u * 1000000000ull)

void timeline_fini(struct timeline *timeline)
{
	free(timeline->points);
	memset(timeline, 0, sizeof(*timeline));
}

static int by_time(const void *va, const void *vb)
{
	const struct timeline_point *a = va;
	const struct timeline_point *b = vb;

	if (a->time_ns != b->time_ns)
		return a->time_ns < b->time_ns ? -1 : 1;
	return a->stack < b->stack ? -1 : a->stack > b->stack;
}

void timeline_sort(struct timeline *timeline)
{
	if (timeline->nr)
		qsort(timeline->points, timeline->nr, sizeof(*timeline->points),
		      by_time);
}

/* Equal stacks at equal times become one point. */
static void put_together(struct timeline *timeline)
{
	struct timeline_point *points = timeline->points;
	size_t nr = 0;

	for (size_t i = 0; i < timeline->nr; i++) {
		struct timeline_point *last = nr ? &points[nr - 1] : NULL;

		if (last && by_time(last, &points[i]) == 0 &&
		    last->samples <= UINT32_MAX - points[i].samples) {
			last->samples += points[i].samples;
			last->period += points[i].period;
		} else {
			points[nr++] = points[i];
		}
	}
	timeline->nr = nr;
}

static void widen_slots(struct timeline *timeline)
{
	uint64_t slot = timeline->slot_ns;

	slot = slot ? 2 * slot : SLOT_NS_MIN;
	timeline->slot_ns = slot;
	for (size_t i = 0; i < timeline->nr; i++)
		timeline->points[i].time_ns -=
			timeline->points[i].time_ns % slot;
	timeline_sort(timeline);
	put_together(timeline);
}

void timeline_add(struct timeline *timeline, uint32_t stack, uint64_t time_ns,
		  uint64_t period)
{
	void *array = timeline->points;

	if (!timeline->limit)
		timeline->limit = POINTS_MAX;
	if (timeline->nr >= timeline->limit) {
		while (timeline->nr > timeline->limit / 2 &&
		       timeline->slot_ns < SLOT_NS_MAX)
			widen_slots(timeline);
		if (timeline->nr > timeline->limit / 2)
			timeline->limit = 2 * timeline->nr;
	}
	if (array_reserve(&array, &timeline->capacity, timeline->nr + 1,
			  sizeof(*timeline->points))) {
		timeline->is_short = true;
		return;
	}
	timeline->points = array;
	if (timeline->slot_ns)
		time_ns -= time_ns % timeline->slot_ns;
	timeline->points[timeline->nr++] = (struct timeline_point){
		.time_ns = time_ns,
		.period = period,
		.stack = stack,
		.samples = 1,
	};
}
