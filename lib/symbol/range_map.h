/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which of many nested address ranges is the innermost at an address: the
 * ranges are flattened once into segments that do not overlap, and a question
 * is one binary search. Ranges come out of files and may overlap in any way.
 */
#ifndef LBRVIRT_SYMBOL_RANGE_MAP_H
#define LBRVIRT_SYMBOL_RANGE_MAP_H

#include <stddef.h>
#include <stdint.h>

/* No range holds the address. */
#define RANGE_MAP_NONE UINT32_MAX

struct range {
	uint64_t low;
	uint64_t high; /* first address after it */
	uint32_t value;
};

/* Up to the next segment's start, @value is the innermost range's. */
struct range_segment {
	uint64_t start;
	uint32_t value;
};

struct range_map {
	struct range_segment *segments; /* owned; by start */
	size_t nr;
};

/*
 * Flatten @ranges, which are sorted in place; empty ones are passed over. Of
 * two ranges that begin at one address the shorter is the inner one, of equal
 * ranges that with the greater value. 0 or -ENOMEM, @ret_map untouched then.
 */
int range_map_init(struct range *ranges, size_t nr, struct range_map *ret_map);
void range_map_fini(struct range_map *map);

/* The innermost range's value at @address, or RANGE_MAP_NONE. */
uint32_t range_map_find(const struct range_map *map, uint64_t address);

#endif
