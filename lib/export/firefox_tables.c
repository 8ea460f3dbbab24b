/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A thread's tables are made of its distinct stacks, from the outermost frame
 * inwards, so that stacks share what they begin with.
 */
#include "config.h"

#include "export/firefox_tables.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"

static int add_number(struct intern *table, uint32_t number, uint32_t *ret_id)
{
	return intern_add(table, &number, sizeof(number), ret_id);
}

static int add_string(struct intern *table, const char *string,
		      uint32_t *ret_id)
{
	return intern_add(table, string, strlen(string), ret_id);
}

/* With all that it refers to. */
static int add_function(struct firefox_tables *tables, uint32_t id,
			uint32_t *ret_place)
{
	struct firefox *firefox = tables->firefox;
	const struct stacks_function *function =
		&firefox->job.stacks->functions[id];
	const char *source = firefox->source_of[id];
	uint32_t place;
	int is_new = add_number(tables->functions, id, ret_place);

	if (is_new <= 0)
		return is_new;
	if (add_string(firefox->strings, function->symbol, &place) < 0 ||
	    (source && (add_string(firefox->strings, source, &place) < 0 ||
			add_string(firefox->sources, source, &place) < 0)) ||
	    add_string(firefox->strings, function->dso, &place) < 0 ||
	    add_string(firefox->libs, function->dso, &place) < 0 ||
	    add_number(tables->resources, place, &place) < 0)
		return -ENOMEM;
	return 0;
}

/* The machine code's function is the outermost at its address. */
static int add_symbol(struct firefox_tables *tables,
		      const struct stacks_location *location, uint32_t function,
		      uint32_t *ret_place)
{
	const struct lbrvirt_symbol *symbol =
		&location->symbols[location->nr - 1];
	const struct firefox_symbol key = {
		.address = symbol->vaddr >= symbol->offset ?
				   symbol->vaddr - symbol->offset :
				   symbol->vaddr,
		.function = function,
	};
	int is_new;

	*ret_place = FIREFOX_NOTHING;
	if (!firefox_is_exact(location))
		return 0;
	is_new = intern_add(tables->symbols, &key, sizeof(key), ret_place);
	return is_new < 0 ? is_new : 0;
}

/* The frames of a location stand in a row, from the outermost on. */
static int add_location(struct firefox_tables *tables, uint32_t id,
			uint32_t *ret_first)
{
	const struct stacks *stacks = tables->firefox->job.stacks;
	const struct stacks_location *location = &stacks->locations[id];
	void *firsts = tables->first_frames;
	void *frames = tables->frames;
	uint32_t symbol = FIREFOX_NOTHING;
	uint32_t place;
	uint32_t nr;
	const uint32_t *functions = stacks_functions(stacks, id, &nr);
	int is_new = add_number(tables->locations, id, &place);

	if (is_new < 0)
		return is_new;
	if (!is_new) {
		*ret_first = tables->first_frames[place];
		return 0;
	}
	if (array_reserve(&firsts, &tables->first_frames_capacity,
			  (size_t)place + 1, sizeof(*tables->first_frames)))
		return -ENOMEM;
	tables->first_frames = firsts;
	if (array_reserve(&frames, &tables->frames_capacity,
			  tables->nr_frames + nr, sizeof(*tables->frames)))
		return -ENOMEM;
	tables->frames = frames;
	*ret_first = (uint32_t)tables->nr_frames;
	tables->first_frames[place] = *ret_first;
	while (nr-- > 0) {
		struct firefox_frame frame = { .location = id, .nr = nr };

		if (add_function(tables, functions[nr], &frame.function) < 0)
			return -ENOMEM;
		if (nr + 1 == location->nr &&
		    add_symbol(tables, location, frame.function, &symbol))
			return -ENOMEM;
		frame.symbol = symbol;
		tables->frames[tables->nr_frames++] = frame;
	}
	return 0;
}

static int add_stack(struct firefox_tables *tables,
		     const struct stacks_entry *stack, uint32_t *ret_leaf)
{
	const struct stacks *stacks = tables->firefox->job.stacks;
	struct firefox_node node = { .prefix = FIREFOX_NOTHING };

	for (uint32_t i = stack->nr; i-- > 0;) {
		uint32_t location = stacks->frames[stack->first + i];
		uint32_t first;

		if (add_location(tables, location, &first))
			return -ENOMEM;
		for (uint32_t j = 0; j < stacks->locations[location].nr; j++) {
			node.frame = first + j;
			if (intern_add(tables->nodes, &node, sizeof(node),
				       &node.prefix) < 0)
				return -ENOMEM;
		}
	}
	*ret_leaf = node.prefix;
	return 0;
}

static int make_interns(struct firefox_tables *tables)
{
	int err = intern_new(&tables->locations);

	if (!err)
		err = intern_new(&tables->functions);
	if (!err)
		err = intern_new(&tables->symbols);
	if (!err)
		err = intern_new(&tables->resources);
	if (!err)
		err = intern_new(&tables->nodes);
	return err;
}

void firefox_tables_free(struct firefox_tables *tables)
{
	if (!tables)
		return;
	intern_free(tables->locations);
	intern_free(tables->functions);
	intern_free(tables->symbols);
	intern_free(tables->resources);
	intern_free(tables->nodes);
	free(tables->leaves);
	free(tables->frames);
	free(tables->first_frames);
	free(tables);
}

int firefox_tables_new(struct firefox *firefox, size_t thread,
		       struct firefox_tables **ret_tables)
{
	const struct stacks_entry *entries = firefox->job.stacks->entries;
	struct firefox_tables *tables = calloc(1, sizeof(*tables));
	int err;

	if (!tables)
		return -ENOMEM;
	tables->firefox = firefox;
	tables->stacks = firefox->stacks + firefox->first_stack[thread];
	tables->nr_stacks =
		firefox->first_stack[thread + 1] - firefox->first_stack[thread];
	tables->leaves = calloc(tables->nr_stacks + 1, sizeof(*tables->leaves));
	err = tables->leaves ? make_interns(tables) : -ENOMEM;
	for (size_t i = 0; !err && i < tables->nr_stacks; i++)
		err = add_stack(tables, &entries[tables->stacks[i]],
				&tables->leaves[i]);
	if (err) {
		firefox_tables_free(tables);
		return err;
	}
	*ret_tables = tables;
	return 0;
}

uint32_t firefox_tables_leaf(const struct firefox_tables *tables, size_t index)
{
	return tables->leaves[index];
}
