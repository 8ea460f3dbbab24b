/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Branches and blocks as JSON. Sums are given as they are, not as shares: only
 * they say whether anything was recorded.
 */
#include "config.h"

#include "export/json.h"

#include <errno.h>

static int add_code(struct json_object *object, const char *key,
		    const struct lbrvirt_code *code)
{
	const struct lbrvirt_symbol *function =
		&code->symbols[code->nr_symbols - 1];
	const struct lbrvirt_symbol *place = &code->symbols[0];
	struct json_object *end = json_object_new_object();

	if (json_add(object, key, end) ||
	    json_add_string(end, "symbol", function->name) ||
	    json_add_count(end, "offset", function->offset) ||
	    json_add_string(end, "dso", function->dso))
		return -ENOMEM;
	if (!place->file)
		return 0;
	if (json_add_string(end, "file", place->file) ||
	    json_add_count(end, "line", place->line))
		return -ENOMEM;
	return 0;
}

static int add_totals(struct json_object *root,
		      struct lbrvirt_branches *branches)
{
	const struct lbrvirt_branches_totals *totals =
		lbrvirt_branches_totals(branches);

	if (json_add_count(root, "samples", totals->samples) ||
	    json_add_count(root, "lost", totals->lost) ||
	    json_add_string(root, "event", lbrvirt_branches_event(branches)) ||
	    json_add_count(root, "entries", totals->entries) ||
	    json_add_count(root, "predicted", totals->predicted) ||
	    json_add_count(root, "mispredicted", totals->mispredicted) ||
	    json_add_count(root, "timed", totals->timed) ||
	    json_add_count(root, "cycles", totals->cycles))
		return -ENOMEM;
	return 0;
}

static int add_pair(struct json_object *list,
		    const struct lbrvirt_branch_pair *pair)
{
	struct json_object *object = json_append_object(list);

	if (!object || add_code(object, "from", &pair->from) ||
	    add_code(object, "to", &pair->to) ||
	    (pair->type && json_add_string(object, "type", pair->type)) ||
	    json_add_count(object, "count", pair->count) ||
	    json_add_count(object, "predicted", pair->predicted) ||
	    json_add_count(object, "mispredicted", pair->mispredicted) ||
	    json_add_count(object, "timed", pair->timed) ||
	    json_add_count(object, "cycles", pair->cycles))
		return -ENOMEM;
	return 0;
}

static int add_pairs(struct json_object *root,
		     struct lbrvirt_branches *branches,
		     enum lbrvirt_branches_order order)
{
	const struct lbrvirt_branch_pair *pairs;
	struct json_object *list = json_object_new_array();
	size_t nr;
	int err = json_add(root, "branches", list);

	if (!err)
		err = lbrvirt_branches_pairs(branches, order, &pairs, &nr);
	for (size_t i = 0; !err && i < nr; i++)
		err = add_pair(list, &pairs[i]);
	return err;
}

static int add_block(struct json_object *list,
		     const struct lbrvirt_branch_block *block)
{
	struct json_object *object = json_append_object(list);

	if (!object || add_code(object, "start", &block->start) ||
	    add_code(object, "end", &block->end) ||
	    json_add_count(object, "count", block->count) ||
	    json_add_count(object, "timed", block->timed) ||
	    json_add_count(object, "cycles", block->cycles))
		return -ENOMEM;
	return 0;
}

static int add_blocks(struct json_object *root,
		      struct lbrvirt_branches *branches,
		      enum lbrvirt_branches_order order)
{
	const struct lbrvirt_branch_block *blocks;
	struct json_object *list = json_object_new_array();
	size_t nr;
	int err = json_add(root, "blocks", list);

	if (!err)
		err = lbrvirt_branches_blocks(branches, order, &blocks, &nr);
	for (size_t i = 0; !err && i < nr; i++)
		err = add_block(list, &blocks[i]);
	return err;
}

static int export(struct lbrvirt_branches *branches,
		  enum lbrvirt_branches_order order,
		  int (*add_list)(struct json_object *,
				  struct lbrvirt_branches *,
				  enum lbrvirt_branches_order),
		  FILE *out)
{
	struct json_object *root;
	int err;

	if (!branches || !out)
		return -EINVAL;
	root = json_object_new_object();
	if (!root)
		return -ENOMEM;
	err = add_totals(root, branches);
	if (!err)
		err = add_list(root, branches, order);
	if (!err)
		err = json_write(root, out);
	json_object_put(root);
	return err;
}

int lbrvirt_export_branches_json(struct lbrvirt_branches *branches,
				 enum lbrvirt_branches_order order, FILE *out)
{
	return export(branches, order, add_pairs, out);
}

int lbrvirt_export_blocks_json(struct lbrvirt_branches *branches,
			       enum lbrvirt_branches_order order, FILE *out)
{
	return export(branches, order, add_blocks, out);
}
