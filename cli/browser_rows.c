/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A hostile file can make a tree as deep as it likes, so trees are walked with
 * a stack of our own.
 */
#include "config.h"

#include "browser_rows.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_CAPACITY 64

/* A child with so much of its parent's total is the only way to go. */
#define ONE_WAY_PERCENT 95

/* Room for one element more. */
static int make_room(void **array, size_t nr, size_t *capacity, size_t size)
{
	size_t wanted = *capacity ? *capacity * 2 : FIRST_CAPACITY;
	void *grown;

	if (nr < *capacity)
		return 0;
	grown = reallocarray(*array, wanted, size);
	if (!grown)
		return -ENOMEM;
	*array = grown;
	*capacity = wanted;
	return 0;
}

void browser_rows_fini(struct browser_rows *rows)
{
	free(rows->rows);
	*rows = (struct browser_rows){ 0 };
}

int browser_rows_add(struct browser_rows *rows, const struct browser_row *row)
{
	void *array = rows->rows;

	if (rows->nr == BROWSER_ROWS_MAX)
		return -EOVERFLOW;
	if (make_room(&array, rows->nr, &rows->capacity, sizeof(*row)))
		return -ENOMEM;
	rows->rows = array;
	rows->rows[rows->nr++] = *row;
	return 0;
}

static int push(struct browser_walk *walk,
		const struct lbrvirt_profile_node *node, uint64_t key)
{
	void *array = walk->steps;

	if (make_room(&array, walk->nr, &walk->capacity, sizeof(*walk->steps)))
		return -ENOMEM;
	walk->steps = array;
	walk->steps[walk->nr++] =
		(struct browser_walk_step){ .node = node, .key = key };
	return 0;
}

int browser_walk_begin(struct browser_walk *walk,
		       const struct lbrvirt_profile_node *root, uint64_t key)
{
	*walk = (struct browser_walk){ 0 };
	return push(walk, root, key);
}

int browser_walk_next(struct browser_walk *walk)
{
	if (walk->is_skipped && walk->nr)
		walk->nr--;
	walk->is_skipped = false;
	while (walk->nr) {
		struct browser_walk_step *top = &walk->steps[walk->nr - 1];
		const struct lbrvirt_profile_node *child;
		uint64_t key;

		if (top->next == top->node->nr_children) {
			walk->nr--;
			continue;
		}
		child = top->node->children[top->next++];
		key = browser_set_key(top->key, child->symbol, child->dso);
		return push(walk, child, key) ? -ENOMEM : 1;
	}
	return 0;
}

void browser_walk_fini(struct browser_walk *walk)
{
	free(walk->steps);
	*walk = (struct browser_walk){ 0 };
}

uint64_t browser_rows_root_key(const struct lbrvirt_profile_node *root)
{
	return browser_set_key(0, root->symbol, "");
}

static int add_node(struct browser_rows *rows,
		    const struct browser_walk_step *step, size_t depth,
		    const struct browser_set *open)
{
	const struct lbrvirt_profile_node *node = step->node;
	const struct browser_row row = {
		.symbol = node->symbol,
		.dso = node->dso,
		.node = node,
		.key = step->key,
		.self = node->self_period,
		.total = node->total_period,
		.depth = (uint32_t)depth,
		.is_inlined = node->is_inlined,
		.is_open = node->nr_children &&
			   browser_set_has(open, step->key),
	};

	return browser_rows_add(rows, &row);
}

int browser_rows_tree(struct browser_rows *rows,
		      const struct lbrvirt_profile_node *root, bool has_root,
		      const struct browser_set *open)
{
	struct browser_walk walk;
	int more = browser_walk_begin(&walk, root, browser_rows_root_key(root));
	int err = more;

	rows->nr = 0;
	if (!err && has_root) {
		err = add_node(rows, &walk.steps[0], 0, open);
		walk.is_skipped = !err && !rows->rows[0].is_open;
	}
	while (!err && (more = browser_walk_next(&walk)) > 0) {
		err = add_node(rows, &walk.steps[walk.nr - 1],
			       walk.nr - (has_root ? 1 : 2), open);
		walk.is_skipped = !err && !rows->rows[rows->nr - 1].is_open;
	}
	browser_walk_fini(&walk);
	if (more < 0)
		return more;
	return err == -EOVERFLOW ? 0 : err;
}

static int compare(uint64_t a, uint64_t b)
{
	return a < b ? 1 : a > b ? -1 : 0;
}

static int by_name(const struct browser_row *a, const struct browser_row *b)
{
	int order = strcmp(a->symbol, b->symbol);

	return order ? order : strcmp(a->dso, b->dso);
}

static int by_self(const void *va, const void *vb)
{
	const struct browser_row *a = va;
	const struct browser_row *b = vb;
	int order = compare(a->self, b->self);

	if (!order)
		order = compare(a->total, b->total);
	return order ? order : by_name(a, b);
}

static int by_total(const void *va, const void *vb)
{
	const struct browser_row *a = va;
	const struct browser_row *b = vb;
	int order = compare(a->total, b->total);

	if (!order)
		order = compare(a->self, b->self);
	return order ? order : by_name(a, b);
}

int browser_rows_flat(struct browser_rows *rows,
		      struct lbrvirt_profile *profile, bool is_by_total)
{
	const struct lbrvirt_profile_symbol *symbols;
	size_t nr;
	int err = lbrvirt_profile_symbols(profile, &symbols, &nr);

	rows->nr = 0;
	for (size_t i = 0; !err && i < nr; i++) {
		const struct browser_row row = {
			.symbol = symbols[i].symbol,
			.dso = symbols[i].dso,
			.key = browser_set_key(0, symbols[i].symbol,
					       symbols[i].dso),
			.self = symbols[i].self_period,
			.total = symbols[i].total_period,
		};

		err = browser_rows_add(rows, &row);
	}
	if (rows->nr)
		qsort(rows->rows, rows->nr, sizeof(*rows->rows),
		      is_by_total ? by_total : by_self);
	return err == -EOVERFLOW ? 0 : err;
}

int browser_rows_open(struct browser_set *open,
		      const struct lbrvirt_profile_node *node, uint64_t key)
{
	int err = 0;

	while (!err && node->nr_children) {
		const struct lbrvirt_profile_node *child = node->children[0];

		err = browser_set_add(open, key);
		if ((double)child->total_period * 100 <
		    (double)node->total_period * ONE_WAY_PERCENT)
			break;
		key = browser_set_key(key, child->symbol, child->dso);
		node = child;
	}
	return err;
}

int browser_rows_open_all(struct browser_set *open,
			  const struct lbrvirt_profile_node *node, uint64_t key,
			  bool is_open)
{
	struct browser_walk walk;
	int err = browser_walk_begin(&walk, node, key);
	int more = 1;

	while (!err && more > 0) {
		const struct browser_walk_step *at = &walk.steps[walk.nr - 1];

		if (!is_open)
			browser_set_remove(open, at->key);
		else if (at->node->nr_children)
			err = browser_set_add(open, at->key);
		more = browser_walk_next(&walk);
	}
	browser_walk_fini(&walk);
	return more < 0 ? more : err;
}
