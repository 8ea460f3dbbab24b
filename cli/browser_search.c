/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * In a tree, what is folded is searched, too: all of its nodes are walked in
 * the order that their rows would have, from the one behind the cursor on and
 * around.
 */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "browser_move.h"
#include "browser_within.h"

/* A node that matches: the keys on the way to it, root first. */
struct find {
	uint64_t *keys;
	size_t nr;
};

static bool matches(const struct browser_model *model, const char *symbol,
		    const char *dso)
{
	return strcasestr(symbol, model->sought) ||
	       strcasestr(dso, model->sought);
}

static int keep(struct find *find, const struct browser_walk *walk)
{
	uint64_t *keys = reallocarray(find->keys, walk->nr, sizeof(*keys));

	if (!keys)
		return -ENOMEM;
	find->keys = keys;
	find->nr = walk->nr;
	for (size_t i = 0; i < walk->nr; i++)
		keys[i] = walk->steps[i].key;
	return 0;
}

/*
 * @find[0] is the match to take if there is one on that side of the cursor,
 * @find[1] the one on the other side, from the end.
 */
static int walk_tree(const struct browser_model *model, int step,
		     const struct lbrvirt_profile_node *root,
		     struct find find[2])
{
	const struct lbrvirt_profile_node *at =
		model->cursor < model->rows.nr ?
			model->rows.rows[model->cursor].node :
			NULL;
	bool is_behind = !at; /* the cursor */
	struct browser_walk walk;
	int err = browser_walk_begin(&walk, root, browser_rows_root_key(root));
	int more = 1;

	/* The root of callers and callees is their symbol, and the first row. */
	is_behind |= at == root;
	while (!err && (more = browser_walk_next(&walk)) > 0) {
		const struct lbrvirt_profile_node *node =
			walk.steps[walk.nr - 1].node;
		struct find *side;

		if (node == at) {
			is_behind = true;
			continue;
		}
		if (!matches(model, node->symbol, node->dso))
			continue;
		side = &find[(step > 0) == is_behind ? 0 : 1];
		/* Forwards the first one counts, backwards the last. */
		if (step > 0 && side->nr)
			continue;
		err = keep(side, &walk);
	}
	browser_walk_fini(&walk);
	return more < 0 ? more : err;
}

static int go_to(struct browser_model *model, const struct find *find)
{
	struct browser_set *open = &model->open[model->here.page];
	uint64_t key = find->keys[find->nr - 1];
	int err = 0;

	for (size_t i = 0; !err && i + 1 < find->nr; i++)
		err = browser_set_add(open, find->keys[i]);
	if (err == -EOVERFLOW)
		snprintf(model->message, sizeof(model->message),
			 "too much is unfolded already: fold some with -");
	else if (err)
		return err;
	err = browser_model_refresh(model);
	for (size_t i = 0; !err && i < model->rows.nr; i++) {
		if (model->rows.rows[i].key != key)
			continue;
		browser_move_to(model, i);
		break;
	}
	return err;
}

static void say_none(struct browser_model *model)
{
	snprintf(model->message, sizeof(model->message),
		 "nothing %shas '%s' in its name or file",
		 model->tids || model->dsos || model->time ?
			 "that the filters left " :
			 "",
		 model->sought);
}

static int search_tree(struct browser_model *model, int step)
{
	static const enum lbrvirt_profile_tree trees[] = {
		[BROWSER_TREE] = LBRVIRT_TREE_CALLS,
		[BROWSER_FLAT] = LBRVIRT_TREE_CALLS,
		[BROWSER_CALLERS] = LBRVIRT_TREE_CALLERS,
		[BROWSER_CALLEES] = LBRVIRT_TREE_CALLEES,
	};
	struct find find[2] = { { NULL, 0 }, { NULL, 0 } };
	const struct lbrvirt_profile_node *root;
	int err = lbrvirt_profile_tree(browser_model_profile(model),
				       trees[model->here.page],
				       model->here.symbol, &root);

	if (err == -ENOENT) {
		say_none(model);
		return 0;
	}
	if (!err)
		err = walk_tree(model, step, root, find);
	if (!err && (find[0].nr || find[1].nr))
		err = go_to(model, find[0].nr ? &find[0] : &find[1]);
	else if (!err)
		say_none(model);
	free(find[0].keys);
	free(find[1].keys);
	return err;
}

static int search_rows(struct browser_model *model, int step)
{
	size_t nr = model->rows.nr;

	for (size_t i = 1; i <= nr; i++) {
		size_t at = (model->cursor + (step > 0 ? i : nr - i)) % nr;
		const struct browser_row *row = &model->rows.rows[at];

		if (!matches(model, row->symbol, row->dso))
			continue;
		browser_move_to(model, at);
		return 0;
	}
	say_none(model);
	return 0;
}

int browser_search(struct browser_model *model, int step)
{
	if (!model->sought[0]) {
		snprintf(model->message, sizeof(model->message),
			 "/ asks what to search");
		return 0;
	}
	if (model->here.page <= BROWSER_CALLEES &&
	    model->here.page != BROWSER_FLAT)
		return search_tree(model, step);
	return search_rows(model, step);
}
