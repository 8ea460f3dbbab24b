/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A comparison as JSON. The call tree is a list, each path with its parent's
 * place in it: readers of JSON limit how deep objects are nested.
 */
#include "config.h"

#include "export/json_diff.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

static const char *verdict_name(unsigned int verdict)
{
	static const char *const names[] = {
		[LBRVIRT_DIFF_NOISE] = "noise",
		[LBRVIRT_DIFF_MORE] = "more",
		[LBRVIRT_DIFF_LESS] = "less",
	};

	assert(verdict < sizeof(names) / sizeof(names[0]));
	return names[verdict];
}

static int add_double(struct json_object *object, const char *key, double value)
{
	return json_add(object, key, json_object_new_double(value));
}

static int add_side(struct json_object *root, const char *key,
		    const struct lbrvirt_diff_side *side)
{
	struct json_object *object = json_object_new_object();

	if (json_add(root, key, object) ||
	    json_add_count(object, "samples", side->samples) ||
	    json_add_count(object, "period", side->period) ||
	    json_add_count(object, "lost", side->lost) ||
	    add_double(object, "seconds", side->seconds) ||
	    add_double(object, "effective", side->effective))
		return -ENOMEM;
	return 0;
}

static int add_tests(struct json_object *root, const char *key, size_t compared,
		     size_t tested, size_t changed)
{
	struct json_object *object = json_object_new_object();

	if (json_add(root, key, object) ||
	    json_add_count(object, "compared", compared) ||
	    json_add_count(object, "tested", tested) ||
	    json_add_count(object, "changed", changed))
		return -ENOMEM;
	return 0;
}

int json_diff_add_totals(struct json_object *root,
			 const struct lbrvirt_diff_totals *totals)
{
	static const char *const bases[] = {
		[LBRVIRT_DIFF_BY_TOTAL] = "total",
		[LBRVIRT_DIFF_BY_TIME] = "time",
		[LBRVIRT_DIFF_BY_RUN] = "run",
	};

	if (json_add_string(root, "event", totals->event) ||
	    json_add_string(root, "by", bases[totals->basis]) ||
	    add_double(root, "error_rate", totals->error_rate) ||
	    add_double(root, "least_change", totals->least_change) ||
	    add_side(root, "before", &totals->before) ||
	    add_side(root, "after", &totals->after) ||
	    add_tests(root, "symbol_tests", totals->compared_symbols,
		      totals->tested_symbols, totals->changed_symbols) ||
	    add_tests(root, "path_tests", totals->compared_paths,
		      totals->tested_paths, totals->changed_paths))
		return -ENOMEM;
	return 0;
}

static int add_change(struct json_object *parent, const char *key,
		      const struct lbrvirt_diff_change *change, bool is_tested)
{
	struct json_object *object = json_object_new_object();

	if (json_add(parent, key, object) ||
	    json_add_count(object, "samples_before", change->samples_before) ||
	    json_add_count(object, "samples_after", change->samples_after) ||
	    json_add_count(object, "period_before", change->period_before) ||
	    json_add_count(object, "period_after", change->period_after) ||
	    add_double(object, "before", change->before) ||
	    add_double(object, "after", change->after))
		return -ENOMEM;
	if (!is_tested)
		return 0;
	if (add_double(object, "chance", change->chance) ||
	    json_add_string(object, "verdict", verdict_name(change->verdict)))
		return -ENOMEM;
	return 0;
}

static int add_symbols(struct json_object *root,
		       const struct lbrvirt_diff *diff)
{
	struct json_object *list = json_object_new_array();
	const struct lbrvirt_diff_symbol *symbols;
	size_t nr;
	int err = json_add(root, "symbols", list);

	if (!err)
		err = lbrvirt_diff_symbols(diff, &symbols, &nr);
	for (size_t i = 0; !err && i < nr; i++) {
		struct json_object *object = json_append_object(list);

		if (!object ||
		    json_add_string(object, "symbol", symbols[i].symbol) ||
		    json_add_string(object, "dso", symbols[i].dso) ||
		    add_change(object, "self", &symbols[i].self, true) ||
		    add_change(object, "total", &symbols[i].total, true))
			err = -ENOMEM;
	}
	return err;
}

/* A node yet to be written, and the place of its parent in the list. */
struct pending {
	const struct lbrvirt_diff_node *node;
	size_t parent;
};

static int add_node(struct json_object *list, const struct pending *at)
{
	const struct lbrvirt_diff_node *node = at->node;
	struct json_object *object = json_append_object(list);

	if (!object || json_add_string(object, "symbol", node->symbol) ||
	    json_add_string(object, "dso", node->dso) ||
	    (node->parent && json_add_count(object, "parent", at->parent)) ||
	    (node->is_inlined && json_add_bool(object, "inlined", true)) ||
	    add_change(object, "self", &node->self, false) ||
	    add_change(object, "total", &node->total, true))
		return -ENOMEM;
	return 0;
}

/* Each node before those below it, the larger ones first. */
static int add_paths(struct json_object *root, const struct lbrvirt_diff *diff)
{
	struct json_object *list = json_object_new_array();
	size_t nr_nodes = lbrvirt_diff_totals(diff)->nr_nodes;
	struct pending *pending = calloc(nr_nodes + 1, sizeof(*pending));
	size_t nr = 0;
	size_t nr_written = 0;
	int err = json_add(root, "paths", list);

	if (!pending)
		return -ENOMEM;
	pending[nr++] = (struct pending){ lbrvirt_diff_tree(diff), 0 };
	while (!err && nr) {
		struct pending at = pending[--nr];

		err = add_node(list, &at);
		for (size_t i = at.node->nr_children; i-- > 0;)
			pending[nr++] = (struct pending){ at.node->children[i],
							  nr_written };
		nr_written++;
	}
	free(pending);
	return err;
}

int lbrvirt_export_diff_json(const struct lbrvirt_diff *diff, FILE *out)
{
	struct json_object *root;
	int err;

	if (!diff || !out)
		return -EINVAL;
	root = json_object_new_object();
	if (!root)
		return -ENOMEM;
	err = json_diff_add_totals(root, lbrvirt_diff_totals(diff));
	if (!err)
		err = add_symbols(root, diff);
	if (!err)
		err = add_paths(root, diff);
	if (!err)
		err = json_write(root, out);
	json_object_put(root);
	return err;
}
