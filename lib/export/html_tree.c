/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Stacks are spelled out and sorted by their functions from the outermost one
 * on; what two neighbours share is the part of the tree that they share. So the
 * tree comes out in preorder, without a table of its nodes.
 */
#include "config.h"

#include "export/html_tree.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"

#define NOT_YET UINT32_MAX

/* Make room for @extra more elements of an array of the tree. */
#define RESERVE(tree, field, nr, extra)                                   \
	reserve((void **)&(tree)->field, &(tree)->field##_capacity, (nr), \
		(extra), sizeof(*(tree)->field))

static int reserve(void **array, size_t *capacity, size_t nr, size_t extra,
		   size_t size)
{
	if (nr + extra > UINT32_MAX)
		return -ENOMEM;
	return array_reserve(array, capacity, nr + extra, size);
}

int html_tree_init(struct html_tree *tree)
{
	if (intern_new(&tree->texts) || intern_new(&tree->function_keys) ||
	    intern_new(&tree->dso_keys) || intern_new(&tree->thread_keys) ||
	    RESERVE(tree, nodes, 0, 1))
		return -ENOMEM;
	tree->nodes[0] = (struct html_node){ .bits = HTML_TREE_CALLED };
	tree->nr_nodes = 1;
	return 0;
}

void html_tree_fini(struct html_tree *tree)
{
	intern_free(tree->texts);
	intern_free(tree->function_keys);
	intern_free(tree->dso_keys);
	intern_free(tree->thread_keys);
	free(tree->dsos);
	free(tree->functions);
	free(tree->threads);
	free(tree->steps);
	free(tree->step_bits);
	free(tree->paths);
	free(tree->nodes);
	free(tree->rows);
}

static int add_dso(struct html_tree *tree, const char *dso, uint32_t *ret_id)
{
	int is_new;

	if (RESERVE(tree, dsos, tree->nr_dsos, 1))
		return -ENOMEM;
	is_new = intern_add(tree->dso_keys, dso, strlen(dso), ret_id);
	if (is_new > 0)
		tree->dsos[tree->nr_dsos++] = dso;
	return is_new < 0 ? is_new : 0;
}

int html_tree_add_function(struct html_tree *tree, const char *symbol,
			   const char *dso, uint32_t *ret_id)
{
	uint32_t key[2];
	int is_new;

	if (intern_add(tree->texts, symbol, strlen(symbol), &key[0]) < 0 ||
	    add_dso(tree, dso, &key[1]) ||
	    RESERVE(tree, functions, tree->nr_functions, 1))
		return -ENOMEM;
	is_new = intern_add(tree->function_keys, key, sizeof(key), ret_id);
	if (is_new > 0)
		tree->functions[tree->nr_functions++] = (struct html_function){
			.symbol = symbol,
			.dso = key[1],
		};
	return is_new < 0 ? is_new : 0;
}

static int add_thread(struct html_tree *tree, const struct html_thread *thread,
		      uint32_t *ret_id)
{
	uint32_t key[] = { thread->pid, thread->tid, 0 };
	int is_new;

	if (intern_add(tree->texts, thread->comm, strlen(thread->comm),
		       &key[2]) < 0 ||
	    RESERVE(tree, threads, tree->nr_threads, 1))
		return -ENOMEM;
	is_new = intern_add(tree->thread_keys, key, sizeof(key), ret_id);
	if (is_new > 0)
		tree->threads[tree->nr_threads++] = *thread;
	return is_new < 0 ? is_new : 0;
}

/* @ids: of the profile's functions in the tree, as far as they are there. */
static int add_location(struct html_tree *tree, const struct stacks *stacks,
			uint32_t frame, uint32_t *ids)
{
	const struct stacks_location *location =
		&stacks->locations[stacks->frames[frame]];
	uint8_t origin = (uint8_t)(1u << stacks->origins[frame]);

	_Static_assert(STACKS_PROVENANCES <= 8, "bit 7 has another meaning");
	if (RESERVE(tree, steps, tree->nr_steps, location->nr) ||
	    RESERVE(tree, step_bits, tree->nr_steps, location->nr))
		return -ENOMEM;
	for (uint32_t i = location->nr; i-- > 0;) {
		uint32_t function = stacks->functions_of[location->first + i];
		const struct stacks_function *from =
			&stacks->functions[function];

		if (ids[function] == NOT_YET &&
		    html_tree_add_function(tree, from->symbol, from->dso,
					   &ids[function]))
			return -ENOMEM;
		tree->steps[tree->nr_steps] = ids[function];
		tree->step_bits[tree->nr_steps++] =
			origin |
			(location->symbols[i].is_inlined ? 0 :
							   HTML_TREE_CALLED);
	}
	return 0;
}

static int add_path(struct html_tree *tree, const struct stacks *stacks,
		    const struct stacks_entry *stack, uint32_t *ids)
{
	size_t first = tree->nr_steps;

	if (RESERVE(tree, paths, tree->nr_paths, 1))
		return -ENOMEM;
	for (uint32_t i = stack->nr; i-- > 0;)
		if (add_location(tree, stacks, stack->first + i, ids))
			return -ENOMEM;
	tree->paths[tree->nr_paths++] = (struct html_path){
		.first = first,
		.nr = (uint32_t)(tree->nr_steps - first),
	};
	return 0;
}

static int add_row(struct html_tree *tree, const struct html_thread *thread,
		   const struct html_row *row)
{
	if (RESERVE(tree, rows, tree->nr_rows, 1) ||
	    add_thread(tree, thread, &tree->rows[tree->nr_rows].thread))
		return -ENOMEM;
	tree->rows[tree->nr_rows].node = row->node;
	tree->rows[tree->nr_rows].cpu = row->cpu;
	tree->rows[tree->nr_rows].samples = row->samples;
	tree->rows[tree->nr_rows].period = row->period;
	tree->nr_rows++;
	return 0;
}

/* @path_of: the path of each stack. */
static int add_parts(struct html_tree *tree,
		     const struct lbrvirt_profile *profile,
		     const uint32_t *path_of)
{
	const struct stacks *stacks = &profile->stacks;
	int err = 0;

	for (size_t i = 0; !err && i < profile->parts.nr; i++) {
		const struct parts_entry *part = &profile->parts.entries[i];
		const struct stacks_entry *stack =
			&stacks->entries[part->stack];
		const struct html_thread thread = {
			.pid = stack->pid,
			.tid = part->tid,
			.comm = stacks_string(stacks, stack->comm),
		};
		const struct html_row row = {
			.node = path_of[part->stack],
			.cpu = part->cpu,
			.samples = part->samples,
			.period = part->period,
		};

		if (part->samples)
			err = add_row(tree, &thread, &row);
	}
	return err;
}

/* Where threads were not counted apart, a process stands for its threads. */
static int add_whole(struct html_tree *tree, const struct stacks *stacks,
		     const uint32_t *path_of)
{
	int err = 0;

	for (size_t i = 0; !err && i < stacks->nr_entries; i++) {
		const struct stacks_entry *stack = &stacks->entries[i];
		const struct html_thread thread = {
			.pid = stack->pid,
			.tid = stack->pid,
			.comm = stacks_string(stacks, stack->comm),
		};
		const struct html_row row = {
			.node = path_of[i],
			.cpu = PARTS_NO_CPU,
			.samples = stack->samples,
			.period = stack->period,
		};

		if (stack->samples)
			err = add_row(tree, &thread, &row);
	}
	return err;
}

int html_tree_add(struct html_tree *tree, struct lbrvirt_profile *profile)
{
	const struct stacks *stacks = &profile->stacks;
	uint32_t *ids = malloc((stacks->nr_functions + 1) * sizeof(*ids));
	uint32_t *path_of = calloc(stacks->nr_entries + 1, sizeof(*path_of));
	int err = ids && path_of ? 0 : -ENOMEM;

	profile_sum(profile);
	for (size_t i = 0; !err && i < stacks->nr_functions; i++)
		ids[i] = NOT_YET;
	for (size_t i = 0; !err && i < stacks->nr_entries; i++) {
		if (!stacks->entries[i].samples)
			continue;
		path_of[i] = (uint32_t)tree->nr_paths;
		err = add_path(tree, stacks, &stacks->entries[i], ids);
	}
	if (!err && profile->parts.keys)
		err = add_parts(tree, profile, path_of);
	else if (!err)
		err = add_whole(tree, stacks, path_of);
	free(ids);
	free(path_of);
	return err;
}

static int by_steps(const void *va, const void *vb, void *arg)
{
	const struct html_tree *tree = arg;
	const struct html_path *a = &tree->paths[*(const uint32_t *)va];
	const struct html_path *b = &tree->paths[*(const uint32_t *)vb];

	for (uint32_t i = 0; i < a->nr && i < b->nr; i++) {
		uint32_t step_a = tree->steps[a->first + i];
		uint32_t step_b = tree->steps[b->first + i];

		if (step_a != step_b)
			return step_a < step_b ? -1 : 1;
	}
	return a->nr < b->nr ? -1 : a->nr > b->nr;
}

/* The nodes on the way to the one that was made last. */
struct way {
	uint32_t *nodes;
	size_t nodes_capacity;
	uint32_t nr;
};

static int walk_path(struct html_tree *tree, struct html_path *path,
		     struct way *way)
{
	const uint32_t *steps = tree->steps + path->first;
	const uint8_t *bits = tree->step_bits + path->first;
	uint32_t at = 0;

	if (RESERVE(way, nodes, 0, (size_t)path->nr + 1) ||
	    RESERVE(tree, nodes, tree->nr_nodes, path->nr))
		return -ENOMEM;
	path->node = 0;
	while (at < path->nr && at < way->nr &&
	       tree->nodes[way->nodes[at]].function == steps[at]) {
		path->node = way->nodes[at];
		tree->nodes[path->node].bits |= bits[at++];
	}
	for (; at < path->nr; at++) {
		path->node = (uint32_t)tree->nr_nodes;
		tree->nodes[tree->nr_nodes++] = (struct html_node){
			.up = way->nr - at,
			.function = steps[at],
			.bits = bits[at],
		};
		way->nodes[at] = path->node;
		way->nr = at + 1;
	}
	return 0;
}

static int make_nodes(struct html_tree *tree)
{
	uint32_t *order = malloc((tree->nr_paths + 1) * sizeof(*order));
	struct way way = { 0 };
	int err = order ? 0 : -ENOMEM;

	for (uint32_t i = 0; !err && i < tree->nr_paths; i++)
		order[i] = i;
	if (!err)
		qsort_r(order, tree->nr_paths, sizeof(*order), by_steps, tree);
	for (size_t i = 0; !err && i < tree->nr_paths; i++)
		err = walk_path(tree, &tree->paths[order[i]], &way);
	free(order);
	free(way.nodes);
	return err;
}

static int by_node(const void *va, const void *vb)
{
	const struct html_row *a = va;
	const struct html_row *b = vb;

	if (a->node != b->node)
		return a->node < b->node ? -1 : 1;
	if (a->thread != b->thread)
		return a->thread < b->thread ? -1 : 1;
	return a->cpu < b->cpu ? -1 : a->cpu > b->cpu;
}

/* Stacks that differ in addresses alone end at the same node. */
static void merge_rows(struct html_tree *tree)
{
	size_t nr = 0;

	for (size_t i = 0; i < tree->nr_rows; i++) {
		const struct html_row *row = &tree->rows[i];

		if (nr && by_node(&tree->rows[nr - 1], row) == 0) {
			tree->rows[nr - 1].samples += row->samples;
			tree->rows[nr - 1].period += row->period;
			continue;
		}
		tree->rows[nr++] = *row;
	}
	tree->nr_rows = nr;
}

int html_tree_add_node(struct html_tree *tree, const struct html_node *node)
{
	if (RESERVE(tree, nodes, tree->nr_nodes, 1))
		return -ENOMEM;
	tree->nodes[tree->nr_nodes++] = *node;
	return 0;
}

int html_tree_finish(struct html_tree *tree)
{
	int err = make_nodes(tree);

	if (err)
		return err;
	for (size_t i = 0; i < tree->nr_rows; i++)
		tree->rows[i].node = tree->paths[tree->rows[i].node].node;
	if (tree->nr_rows)
		qsort(tree->rows, tree->nr_rows, sizeof(*tree->rows), by_node);
	merge_rows(tree);
	return 0;
}
