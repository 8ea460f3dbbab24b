/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The mappings of one address space in order of address. A program has some
 * dozens, and then they are one array; a file may say that it has half a
 * million, in the order in which an array would have to move the most. So they
 * lie in parts of up to 256, and a fork shares the parts that neither side has
 * changed since.
 */
#ifndef LBRVIRT_PROCESS_MAP_SET_H
#define LBRVIRT_PROCESS_MAP_SET_H

#include <stddef.h>
#include <stdint.h>

#include "process/dso.h"

/* A mapping: [start, end) shows the file from offset on. */
struct map {
	uint64_t start;
	uint64_t end;
	uint64_t offset;
	uint32_t prot; /* PROT_… */
	struct dso *dso;
};

/* NULL is an empty set. */
struct map_set;

/* What all sets of a table have cost. Zero-initialised storage is none. */
struct map_costs {
	size_t bytes; /* that they take now */
	size_t moves; /* mappings and parts that were moved, ever */
};

/* Of all sets with the same costs: beyond, mappings are left out. */
#define MAP_SET_BYTES_MAX (320u * 1024 * 1024)

/* The first mapping that ends beyond @address, or NULL. Binary search. */
const struct map *map_set_next(const struct map_set *set, uint64_t address);

size_t map_set_count(const struct map_set *set);

/* The same set once more, which is to be dropped too. */
struct map_set *map_set_share(struct map_set *set);
void map_set_drop(struct map_set *set, struct map_costs *costs);

/*
 * Put in a mapping that is not empty: of those that it covers, what lies
 * beyond it at either end remains. Whom the set is shared with keeps what was.
 * 0; -ENOMEM, with maybe a part of it done; -EOVERFLOW: there is no room for
 * more, and nothing was changed.
 */
int map_set_insert(struct map_set **set, const struct map *map,
		   struct map_costs *costs);

#endif
