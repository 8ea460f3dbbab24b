/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One compilation unit's functions and inlined calls, as a tree over flattened
 * address ranges.
 */
#ifndef LBRVIRT_SYMBOL_SOURCE_UNIT_H
#define LBRVIRT_SYMBOL_SOURCE_UNIT_H

#include <elfutils/libdw.h>
#include <stdbool.h>
#include <stdint.h>

#include "symbol/range_map.h"

#define SCOPE_NONE UINT32_MAX

/* A function or an inlined call in it. */
struct scope {
	Dwarf_Die die;
	uint32_t parent; /* the scope around an inlined call; or SCOPE_NONE */
	uint32_t call_line;
	const char *call_file;
	const char *name; /* this and call_… are set once is_named */
	bool is_inlined;
	bool is_named;
};

struct source_unit {
	Dwarf_Die die;	 /* the unit, or the skeleton of a split one */
	Dwarf_Die inner; /* where its functions are: the same, or the .dwo's */
	bool is_indexed;
	struct scope *scopes; /* owned; a parent stands before its children */
	size_t nr_scopes;
	size_t scopes_capacity;
	struct range_map map; /* address to scope */
};

/*
 * Index the unit, once. 0 or -ENOMEM. What is damaged is left out, and ranges
 * beyond *@ranges_left, from which those that it has are taken.
 */
int source_unit_index(struct source_unit *unit, size_t *ranges_left);
void source_unit_fini(struct source_unit *unit);

/* The folder it was compiled in, or NULL. */
const char *source_unit_folder(struct source_unit *unit);

/* Name and call position of a scope, read when first asked for. */
const struct scope *source_unit_scope(struct source_unit *unit, uint32_t index);

#endif
