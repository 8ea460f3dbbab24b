/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A comparison as a page. Functions are in the comparison's order, what changed
 * most first, and nodes in that of its JSON's paths. There are no threads, and
 * the counts are
 *
 *	of nodes	verdict; then samples before; after; period before;
 *			after, all four without what the node calls
 *	of functions	verdict of self; then of total
 */
#include "config.h"

#include <errno.h>
#include <stdlib.h>

#include "base/error.h"
#include "export/html.h"
#include "profile/diff.h"

struct html_diff {
	const struct lbrvirt_diff *diff;
	const struct lbrvirt_diff_node **nodes; /* as the page has them */
	size_t nr;
};

/* A node yet to be taken. */
struct pending {
	const struct lbrvirt_diff_node *node;
	uint32_t depth;
};

static int add_node(struct html_tree *tree, const struct pending *at,
		    uint32_t depth_before)
{
	const struct lbrvirt_diff_node *from = at->node;
	struct html_node node = {
		.up = depth_before + 1 - at->depth,
		.bits = from->is_inlined ? 0 : HTML_TREE_CALLED,
	};

	if (html_tree_add_function(tree, from->symbol, from->dso,
				   &node.function))
		return -ENOMEM;
	return html_tree_add_node(tree, &node);
}

/* Each before those below it, the larger ones first. */
static int add_nodes(struct html_tree *tree, struct html_diff *own)
{
	size_t nr_nodes = own->diff->totals.nr_nodes;
	struct pending *pending = calloc(nr_nodes, sizeof(*pending));
	uint32_t depth = 0;
	size_t nr = 0;
	int err = 0;

	own->nodes = calloc(nr_nodes, sizeof(*own->nodes));
	if (!pending || !own->nodes) {
		free(pending);
		return -ENOMEM;
	}
	pending[nr++] = (struct pending){ own->diff->nodes, 0 };
	while (!err && nr) {
		struct pending at = pending[--nr];

		for (size_t i = at.node->nr_children; i-- > 0;)
			pending[nr++] = (struct pending){ at.node->children[i],
							  at.depth + 1 };
		/* A tree begins with its root. */
		if (at.node->parent)
			err = add_node(tree, &at, depth);
		depth = at.depth;
		own->nodes[own->nr++] = at.node;
	}
	free(pending);
	return err;
}

/* So that their numbers are their places in the list. */
static int add_functions(struct html_tree *tree,
			 const struct lbrvirt_diff *diff)
{
	uint32_t id;
	int err = 0;

	for (size_t i = 0; !err && i < diff->nr_symbols; i++)
		err = html_tree_add_function(tree, diff->symbols[i].symbol,
					     diff->symbols[i].dso, &id);
	return err;
}

void html_diff_pack(struct html_pack *pack, const struct html_diff *own)
{
	const struct lbrvirt_diff *diff = own->diff;

	for (size_t i = 0; i < own->nr; i++)
		html_pack_number(pack, own->nodes[i]->total.verdict);
	for (size_t i = 0; i < own->nr; i++)
		html_pack_number(pack, own->nodes[i]->self.samples_before);
	for (size_t i = 0; i < own->nr; i++)
		html_pack_number(pack, own->nodes[i]->self.samples_after);
	for (size_t i = 0; i < own->nr; i++)
		html_pack_number(pack, own->nodes[i]->self.period_before);
	for (size_t i = 0; i < own->nr; i++)
		html_pack_number(pack, own->nodes[i]->self.period_after);
	for (size_t i = 0; i < diff->nr_symbols; i++)
		html_pack_number(pack, diff->symbols[i].self.verdict);
	for (size_t i = 0; i < diff->nr_symbols; i++)
		html_pack_number(pack, diff->symbols[i].total.verdict);
}

static int write_tree(struct html *html, struct html_tree *tree,
		      const struct lbrvirt_diff *diff, FILE *out)
{
	struct html_diff own = { .diff = diff };
	int err = html_tree_init(tree);

	if (!err)
		err = add_functions(tree, diff);
	if (!err)
		err = add_nodes(tree, &own);
	html->diff = &own;
	if (!err)
		err = html_write(html, out);
	free(own.nodes);
	return err;
}

int lbrvirt_export_diff_html(const struct lbrvirt_diff *diff,
			     const struct lbrvirt_html_opts *before,
			     const struct lbrvirt_html_opts *after, FILE *out)
{
	struct html_tree tree = { 0 };
	struct html html = { .tree = &tree, .about.diff = diff };
	int err;

	if (!diff || !out || html_copy_opts(before, &html.about.before.opts) ||
	    html_copy_opts(after, &html.about.after.opts))
		return error_set(
			diff ? diff->ctx : NULL, EINVAL,
			"a pointer is NULL, or the settings are of another version");
	html.about.before.profile = diff->before;
	html.about.after.profile = diff->after;
	err = write_tree(&html, &tree, diff, out);
	html_tree_fini(&tree);
	if (err == -ENOMEM)
		return error_set(diff->ctx, ENOMEM, "out of memory");
	if (err == -EIO)
		return error_set(diff->ctx, EIO,
				 "the page could not be written");
	return err;
}
