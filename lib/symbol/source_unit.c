/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * dwarf_getscopes() of libdw walks a unit's tree of DIEs anew for each address;
 * here it is walked once. libdw checks the bounds of everything it reads; what
 * it does not know are trees that never end, so the walk only ever moves
 * forward in the section, no deeper than DEPTH_MAX, and the number of ranges is
 * bounded, a unit's and all units' (each DIE may point to the same long list).
 */
#include "config.h"

#include "symbol/source_unit.h"

#include <dwarf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"

#define DEPTH_MAX  200
#define RANGES_MAX (2u * 1024 * 1024)

struct walk {
	struct source_unit *unit;
	struct range *ranges; /* owned; values are scopes */
	size_t nr_ranges;
	size_t ranges_capacity;
	size_t ranges_max;
	const void *reached; /* the farthest DIE seen */
};

/* Add a scope if @die has code: 1, or 0 if not; -ENOMEM. */
static int add_scope(struct walk *walk, Dwarf_Die *die, uint32_t parent)
{
	struct source_unit *unit = walk->unit;
	uint32_t index = (uint32_t)unit->nr_scopes;
	size_t nr_before = walk->nr_ranges;
	Dwarf_Addr base, low, high;
	ptrdiff_t at = 0;
	void *array;

	while ((at = dwarf_ranges(die, at, &base, &low, &high)) > 0) {
		/* Linkers that drop a function leave its range at 0. */
		if (low == 0 || low >= high)
			continue;
		if (walk->nr_ranges >= walk->ranges_max)
			break;
		array = walk->ranges;
		if (array_reserve(&array, &walk->ranges_capacity,
				  walk->nr_ranges + 1, sizeof(*walk->ranges)))
			return -ENOMEM;
		walk->ranges = array;
		walk->ranges[walk->nr_ranges++] =
			(struct range){ .low = low,
					.high = high,
					.value = index };
	}
	if (walk->nr_ranges == nr_before)
		return 0;

	array = unit->scopes;
	if (array_reserve(&array, &unit->scopes_capacity, unit->nr_scopes + 1,
			  sizeof(*unit->scopes)))
		return -ENOMEM;
	unit->scopes = array;
	unit->scopes[unit->nr_scopes++] = (struct scope){
		.die = *die,
		.parent = parent,
		.is_inlined = dwarf_tag(die) == DW_TAG_inlined_subroutine,
	};
	return 1;
}

static int visit_children(struct walk *walk, Dwarf_Die *parent_die,
			  uint32_t parent, unsigned int depth);

/*
 * Types are entered, too, and so are functions that have no code themselves:
 * GCC leaves a lambda's operator() with its code inside the type of the lambda
 * inside the abstract function around it, and rustc puts methods into types.
 */
static int visit(struct walk *walk, Dwarf_Die *die, uint32_t parent,
		 unsigned int depth)
{
	int added;

	switch (dwarf_tag(die)) {
	case DW_TAG_subprogram:
		if (dwarf_hasattr(die, DW_AT_declaration))
			return 0;
		parent = SCOPE_NONE;
		/* fall through */
	case DW_TAG_inlined_subroutine:
		added = add_scope(walk, die, parent);
		if (added < 0)
			return added;
		if (added)
			parent = (uint32_t)(walk->unit->nr_scopes - 1);
		break;
	case DW_TAG_lexical_block:
	case DW_TAG_try_block:
	case DW_TAG_catch_block:
	case DW_TAG_with_stmt:
	case DW_TAG_namespace:
	case DW_TAG_module:
	case DW_TAG_class_type:
	case DW_TAG_structure_type:
	case DW_TAG_union_type:
	case DW_TAG_enumeration_type:
		break;
	default:
		return 0;
	}
	return visit_children(walk, die, parent, depth + 1);
}

static int visit_children(struct walk *walk, Dwarf_Die *parent_die,
			  uint32_t parent, unsigned int depth)
{
	Dwarf_Die die;
	int err;

	if (depth > DEPTH_MAX || dwarf_child(parent_die, &die) != 0)
		return 0;
	do {
		if ((const char *)die.addr <= (const char *)walk->reached)
			break;
		walk->reached = die.addr;
		err = visit(walk, &die, parent, depth);
		if (err)
			return err;
	} while (dwarf_siblingof(&die, &die) == 0);
	return 0;
}

int source_unit_index(struct source_unit *unit, size_t *ranges_left)
{
	struct walk walk = { .unit = unit };
	int err;

	if (unit->is_indexed)
		return 0;
	walk.ranges_max = *ranges_left < RANGES_MAX ? *ranges_left : RANGES_MAX;
	walk.reached = unit->inner.addr;
	err = visit_children(&walk, &unit->inner, SCOPE_NONE, 0);
	if (!err)
		err = range_map_init(walk.ranges, walk.nr_ranges, &unit->map);
	free(walk.ranges);
	if (err)
		source_unit_fini(unit);
	else
		unit->is_indexed = true;
	*ranges_left -= walk.nr_ranges;
	return err;
}

void source_unit_fini(struct source_unit *unit)
{
	range_map_fini(&unit->map);
	free(unit->scopes);
	unit->scopes = NULL;
	unit->nr_scopes = 0;
	unit->scopes_capacity = 0;
	unit->is_indexed = false;
}

const char *source_unit_folder(struct source_unit *unit)
{
	Dwarf_Attribute attribute;

	if (!dwarf_attr(&unit->die, DW_AT_comp_dir, &attribute))
		return NULL;
	return dwarf_formstring(&attribute);
}

/* dwarf_attr_integrate() follows abstract_origin and specification. */
static const char *find_name(Dwarf_Die *die)
{
	Dwarf_Attribute attribute;
	const char *name = NULL;

	if (dwarf_attr_integrate(die, DW_AT_linkage_name, &attribute) ||
	    dwarf_attr_integrate(die, DW_AT_MIPS_linkage_name, &attribute))
		name = dwarf_formstring(&attribute);
	return name && *name ? name : dwarf_diename(die);
}

static void read_call(struct source_unit *unit, struct scope *scope)
{
	Dwarf_Attribute attribute;
	Dwarf_Files *files;
	Dwarf_Word value;
	size_t nr_files;

	if (dwarf_attr(&scope->die, DW_AT_call_line, &attribute) &&
	    dwarf_formudata(&attribute, &value) == 0 && value <= UINT32_MAX)
		scope->call_line = (uint32_t)value;
	if (dwarf_attr(&scope->die, DW_AT_call_file, &attribute) &&
	    dwarf_formudata(&attribute, &value) == 0 &&
	    dwarf_getsrcfiles(&unit->inner, &files, &nr_files) == 0 &&
	    value < nr_files)
		scope->call_file = dwarf_filesrc(files, value, NULL, NULL);
}

const struct scope *source_unit_scope(struct source_unit *unit, uint32_t index)
{
	struct scope *scope = &unit->scopes[index];

	if (!scope->is_named) {
		scope->name = find_name(&scope->die);
		if (scope->is_inlined)
			read_call(unit, scope);
		scope->is_named = true;
	}
	return scope;
}
