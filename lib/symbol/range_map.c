/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A sweep over the ranges by their beginnings, with a stack of those that are
 * open. A range that outlives the one around it closes that one with it: only
 * damaged files hold such, and any answer serves there that comes in time.
 */
#include "config.h"

#include "symbol/range_map.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct sweep {
	struct range_segment *segments; /* room for two a range */
	size_t nr;
	const struct range **open; /* innermost last */
	size_t nr_open;
};

static int compare_ranges(const void *left, const void *right)
{
	const struct range *a = left, *b = right;

	if (a->low != b->low)
		return a->low < b->low ? -1 : 1;
	if (a->high != b->high)
		return a->high > b->high ? -1 : 1;
	return a->value < b->value ? -1 : a->value > b->value;
}

static void emit(struct sweep *sweep, uint64_t start, uint32_t value)
{
	struct range_segment *last =
		sweep->nr ? &sweep->segments[sweep->nr - 1] : NULL;

	if (last && last->start == start) {
		last->value = value;
		return;
	}
	if (last && last->value == value)
		return;
	sweep->segments[sweep->nr++] =
		(struct range_segment){ .start = start, .value = value };
}

/* Close every open range that ends at or before @limit. */
static void close_ranges(struct sweep *sweep, uint64_t limit)
{
	while (sweep->nr_open) {
		uint64_t end = sweep->open[sweep->nr_open - 1]->high;

		if (end > limit)
			return;
		while (sweep->nr_open &&
		       sweep->open[sweep->nr_open - 1]->high <= end)
			sweep->nr_open--;
		emit(sweep, end,
		     sweep->nr_open ? sweep->open[sweep->nr_open - 1]->value :
				      RANGE_MAP_NONE);
	}
}

int range_map_init(struct range *ranges, size_t nr, struct range_map *ret_map)
{
	struct sweep sweep = { .nr = 0 };
	struct range_segment *fitted;

	sweep.segments = calloc(nr + 1, 2 * sizeof(*sweep.segments));
	sweep.open = calloc(nr + 1, sizeof(const struct range *));
	if (!sweep.segments || !sweep.open) {
		free(sweep.segments);
		free(sweep.open);
		return -ENOMEM;
	}
	if (nr)
		qsort(ranges, nr, sizeof(*ranges), compare_ranges);
	for (size_t i = 0; i < nr; i++) {
		if (ranges[i].low >= ranges[i].high)
			continue;
		close_ranges(&sweep, ranges[i].low);
		emit(&sweep, ranges[i].low, ranges[i].value);
		sweep.open[sweep.nr_open++] = &ranges[i];
	}
	close_ranges(&sweep, UINT64_MAX);
	free(sweep.open);

	fitted = realloc(sweep.segments,
			 (sweep.nr + 1) * sizeof(*sweep.segments));
	ret_map->segments = fitted ? fitted : sweep.segments;
	ret_map->nr = sweep.nr;
	return 0;
}

void range_map_fini(struct range_map *map)
{
	free(map->segments);
	memset(map, 0, sizeof(*map));
}

uint32_t range_map_find(const struct range_map *map, uint64_t address)
{
	size_t low = 0, high = map->nr;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (map->segments[middle].start <= address)
			low = middle + 1;
		else
			high = middle;
	}
	return low ? map->segments[low - 1].value : RANGE_MAP_NONE;
}
