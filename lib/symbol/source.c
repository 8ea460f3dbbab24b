/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which compilation unit an address belongs to is taken from the units' own
 * ranges and from .debug_aranges together, for neither is complete: clang
 * leaves that section out, and DWARF 2 knows one range a unit, so that GCC
 * names its main part only where it has several.
 */
#include "config.h"

#include "symbol/source.h"

#include <dwarf.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "symbol/outside.h"
#include "symbol/source_unit.h"

#define UNITS_MAX  (1024u * 1024)
#define RANGES_MAX (16u * 1024 * 1024)

struct source {
	struct source_unit *units; /* owned */
	size_t nr_units;
	size_t units_capacity;
	struct range_map map; /* address to unit */
	size_t ranges_left;   /* that units may still have inside */
};

struct unit_ranges {
	struct range *all; /* owned; values are units */
	size_t nr;
	size_t capacity;
};

static int add_range(struct unit_ranges *ranges, uint64_t low, uint64_t high,
		     size_t unit)
{
	void *all = ranges->all;

	/* Linkers that drop a function leave its range at 0. */
	if (low == 0 || low >= high || ranges->nr >= RANGES_MAX)
		return 0;
	if (array_reserve(&all, &ranges->capacity, ranges->nr + 1,
			  sizeof(*ranges->all)))
		return -ENOMEM;
	ranges->all = all;
	ranges->all[ranges->nr++] = (struct range){ .low = low,
						    .high = high,
						    .value = (uint32_t)unit };
	return 0;
}

/* The ranges that the unit's own DIE names. */
static int add_unit_ranges(struct unit_ranges *ranges, Dwarf_Die *die,
			   size_t unit)
{
	Dwarf_Addr base, low, high;
	ptrdiff_t at = 0;
	int err = 0;

	while (!err && (at = dwarf_ranges(die, at, &base, &low, &high)) > 0)
		err = add_range(ranges, low, high, unit);
	return err;
}

static int add_unit(struct source *source, struct unit_ranges *ranges,
		    Dwarf_Die *die, Dwarf_Die *inner)
{
	void *units = source->units;
	int err = add_unit_ranges(ranges, die, source->nr_units);

	if (err)
		return err;
	if (array_reserve(&units, &source->units_capacity, source->nr_units + 1,
			  sizeof(*source->units)))
		return -ENOMEM;
	source->units = units;
	source->units[source->nr_units++] =
		(struct source_unit){ .die = *die, .inner = *inner };
	return 0;
}

static int find_units(struct source *source, struct unit_ranges *ranges,
		      Dwarf *dwarf)
{
	Dwarf_CU *unit = NULL;
	Dwarf_Die die, split;
	uint8_t type;
	int err = 0;

	while (!err && source->nr_units < UNITS_MAX &&
	       dwarf_get_units(dwarf, unit, &unit, NULL, &type, &die, NULL) ==
		       0) {
		if (type == DW_UT_skeleton &&
		    outside_split(dwarf, unit, &die, &split))
			err = add_unit(source, ranges, &die, &split);
		else if (type == DW_UT_compile || type == DW_UT_skeleton)
			err = add_unit(source, ranges, &die, &die);
	}
	return err;
}

/* Units stand in the order of their offsets. NULL: none begins there. */
static struct source_unit *find_by_offset(struct source *source,
					  Dwarf_Off offset)
{
	size_t low = 0, high = source->nr_units;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		struct source_unit *unit = &source->units[middle];
		Dwarf_Off found = dwarf_dieoffset(&unit->die);

		if (found == offset)
			return unit;
		if (found < offset)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

static int add_aranges(struct source *source, struct unit_ranges *ranges,
		       Dwarf *dwarf)
{
	Dwarf_Aranges *aranges;
	size_t nr_aranges;
	int err = 0;

	if (dwarf_getaranges(dwarf, &aranges, &nr_aranges) != 0)
		return 0;
	for (size_t i = 0; i < nr_aranges && !err; i++) {
		Dwarf_Arange *arange = dwarf_onearange(aranges, i);
		struct source_unit *unit;
		Dwarf_Addr start;
		Dwarf_Word size;
		Dwarf_Off offset;

		if (dwarf_getarangeinfo(arange, &start, &size, &offset) != 0)
			continue;
		unit = find_by_offset(source, offset);
		if (unit)
			err = add_range(ranges, start, start + size,
					(size_t)(unit - source->units));
	}
	return err;
}

int source_new(Dwarf *dwarf, struct source **ret_source)
{
	struct source *source = calloc(1, sizeof(*source));
	struct unit_ranges ranges = { .nr = 0 };
	int err;

	if (!source)
		return -ENOMEM;
	source->ranges_left = RANGES_MAX;
	err = find_units(source, &ranges, dwarf);
	if (!err)
		err = add_aranges(source, &ranges, dwarf);
	if (!err && !ranges.nr)
		err = -ENOENT;
	if (!err)
		err = range_map_init(ranges.all, ranges.nr, &source->map);
	free(ranges.all);
	if (err) {
		source_free(source);
		return err;
	}
	*ret_source = source;
	return 0;
}

void source_free(struct source *source)
{
	if (!source)
		return;
	for (size_t i = 0; i < source->nr_units; i++)
		source_unit_fini(&source->units[i]);
	free(source->units);
	range_map_fini(&source->map);
	free(source);
}

static void find_line(struct source_unit *unit, uint64_t address,
		      struct source_frame *frame)
{
	Dwarf_Line *line = dwarf_getsrc_die(&unit->die, address);
	int number;

	if (!line)
		return;
	frame->file = dwarf_linesrc(line, NULL, NULL);
	frame->folder = source_unit_folder(unit);
	if (dwarf_lineno(line, &number) == 0 && number > 0)
		frame->line = (uint32_t)number;
}

/* Where the function begins; a part moved away from it (cold code) does so at
 * an address of its own, which DWARF gives no name to. */
static uint64_t find_start(const struct scope *scope, uint64_t address)
{
	Dwarf_Die die = scope->die;
	Dwarf_Addr entry;

	return dwarf_entrypc(&die, &entry) == 0 && entry <= address ? entry :
								      address;
}

int source_find(struct source *source, uint64_t address,
		struct source_frame *ret_frames, size_t max)
{
	uint32_t index = range_map_find(&source->map, address);
	struct source_unit *unit;
	int nr = 0, err;

	if (index == RANGE_MAP_NONE || max == 0)
		return 0;
	unit = &source->units[index];
	err = source_unit_index(unit, &source->ranges_left);
	if (err)
		return err;

	ret_frames[0] = (struct source_frame){ .name = NULL };
	find_line(unit, address, &ret_frames[0]);
	index = range_map_find(&unit->map, address);
	if (index == RANGE_MAP_NONE)
		return ret_frames[0].file != NULL;

	while (true) {
		const struct scope *scope = source_unit_scope(unit, index);
		struct source_frame *frame = &ret_frames[nr++];

		frame->name = scope->name;
		index = scope->is_inlined ? scope->parent : SCOPE_NONE;
		frame->is_inlined = index != SCOPE_NONE;
		if (index == SCOPE_NONE || (size_t)nr == max) {
			frame->is_inlined = false;
			frame->start = find_start(scope, address);
			break;
		}
		ret_frames[nr] =
			(struct source_frame){ .file = scope->call_file,
					       .folder =
						       source_unit_folder(unit),
					       .line = scope->call_line };
	}
	return nr;
}

const char *source_frame_path(const struct source_frame *frame,
			      struct intern *strings)
{
	char path[PATH_MAX];
	int length;

	/* Not kept: it may be as long as the file, and one of thousands. */
	if (strnlen(frame->file, PATH_MAX) == PATH_MAX)
		return "[long path]";
	if (frame->file[0] == '/' || !frame->folder || frame->folder[0] != '/')
		return intern_string(strings, frame->file);
	length = snprintf(path, sizeof(path), "%.*s/%s", PATH_MAX,
			  frame->folder, frame->file);
	if (length < 0 || (size_t)length >= sizeof(path))
		return intern_string(strings, frame->file);
	return intern_string(strings, path);
}
