/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The comparison itself: the two trees laid over each other, and lists of what
 * they hold. Functions are one family of tests, paths another.
 */
#include "config.h"

#include "profile/diff.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "profile/diff_judge.h"

#define ERROR_RATE   0.05
#define NSEC_PER_SEC 1e9

static int set_opts(struct lbrvirt_diff *diff,
		    const struct lbrvirt_diff_opts *opts)
{
	static const struct lbrvirt_diff_opts defaults = { .size = 0 };
	struct lbrvirt_diff_totals *totals = &diff->totals;

	if (!opts)
		opts = &defaults;
	else if (opts->size != sizeof(*opts))
		return error_set(
			diff->ctx, EINVAL,
			"the comparison's settings are of another version");
	if ((unsigned int)opts->basis > LBRVIRT_DIFF_BY_RUN)
		return error_set(diff->ctx, EINVAL, "no such basis");
	if (!(opts->error_rate >= 0 && opts->error_rate < 1))
		return error_set(diff->ctx, EINVAL,
				 "an error rate is above 0 and below 1");
	if (!(opts->least_change >= 0 && opts->least_change <= 1))
		return error_set(diff->ctx, EINVAL,
				 "the least change is from 0 to 1");
	totals->basis = opts->basis;
	totals->error_rate = opts->error_rate > 0 ? opts->error_rate :
						    ERROR_RATE;
	totals->least_change = opts->least_change;
	diff->tree.ignores_files = opts->ignores_files;
	return 0;
}

static void set_side(struct lbrvirt_profile *profile,
		     const struct diff_weight *all,
		     struct lbrvirt_diff_side *side)
{
	const struct lbrvirt_profile_totals *totals =
		lbrvirt_profile_totals(profile);

	side->samples = totals->samples;
	side->period = totals->period;
	side->lost = totals->lost;
	side->seconds =
		(double)(totals->last_ns - totals->first_ns) / NSEC_PER_SEC;
	side->effective = all->squares > 0 ?
				  (double)all->period * (double)all->period /
					  all->squares :
				  0;
}

static int check_sides(const struct lbrvirt_diff *diff)
{
	const struct lbrvirt_diff_side *sides[] = { &diff->totals.before,
						    &diff->totals.after };
	static const char *const names[] = { "first", "second" };

	for (size_t i = 0; i < 2; i++) {
		if (!sides[i]->samples || !sides[i]->period)
			return error_set(
				diff->ctx, ENODATA,
				"the %s recording has no samples%s%s that event and filters take: lbrprof report shows what it holds",
				names[i], diff->totals.event[0] ? " of " : "",
				diff->totals.event);
		if (diff->totals.basis == LBRVIRT_DIFF_BY_TIME &&
		    !(sides[i]->seconds > 0))
			return error_set(
				diff->ctx, ENODATA,
				"the samples of the %s recording have no times: compare by total",
				names[i]);
	}
	return 0;
}

static unsigned int rank(const struct lbrvirt_diff_symbol *symbol)
{
	return symbol->self.verdict ? 0 : symbol->total.verdict ? 1 : 2;
}

static double size_of(const struct lbrvirt_diff_change *change)
{
	return fabs(change->after - change->before);
}

static int by_change(const void *va, const void *vb)
{
	const struct lbrvirt_diff_symbol *a = va;
	const struct lbrvirt_diff_symbol *b = vb;
	int order;

	if (rank(a) != rank(b))
		return rank(a) < rank(b) ? -1 : 1;
	if (size_of(&a->self) != size_of(&b->self))
		return size_of(&a->self) < size_of(&b->self) ? 1 : -1;
	if (size_of(&a->total) != size_of(&b->total))
		return size_of(&a->total) < size_of(&b->total) ? 1 : -1;
	order = strcmp(a->symbol, b->symbol);
	return order ? order : strcmp(a->dso, b->dso);
}

static int make_symbols(struct lbrvirt_diff *diff)
{
	const struct diff_tree *tree = &diff->tree;
	struct lbrvirt_diff_totals *totals = &diff->totals;
	struct diff_judge judge;
	int err = diff_judge_init(&judge, diff, 2 * tree->nr_functions);

	diff->symbols = calloc(tree->nr_functions + 1, sizeof(*diff->symbols));
	if (err || !diff->symbols) {
		diff_judge_fini(&judge);
		return -ENOMEM;
	}
	for (size_t i = 0; i < tree->nr_functions; i++) {
		const struct diff_tree_function *from = &tree->functions[i];
		struct lbrvirt_diff_symbol *to = &diff->symbols[i];

		to->symbol = from->symbol;
		to->dso = from->dso;
		diff_judge_add(&judge, &from->sides[0].self,
			       &from->sides[1].self, &to->self);
		diff_judge_add(&judge, &from->sides[0].total,
			       &from->sides[1].total, &to->total);
	}
	diff->nr_symbols = tree->nr_functions;
	totals->compared_symbols = judge.nr;
	totals->changed_symbols =
		diff_judge_finish(&judge, &totals->tested_symbols);
	diff_judge_fini(&judge);
	qsort(diff->symbols, diff->nr_symbols, sizeof(*diff->symbols),
	      by_change);
	return 0;
}

static double larger(const struct lbrvirt_diff_change *change)
{
	return change->before > change->after ? change->before : change->after;
}

static int by_total(const void *va, const void *vb)
{
	const struct lbrvirt_diff_node *a =
		*(const struct lbrvirt_diff_node *const *)va;
	const struct lbrvirt_diff_node *b =
		*(const struct lbrvirt_diff_node *const *)vb;
	int order;

	if (larger(&a->total) != larger(&b->total))
		return larger(&a->total) < larger(&b->total) ? 1 : -1;
	order = strcmp(a->symbol, b->symbol);
	return order ? order : strcmp(a->dso, b->dso);
}

static void fill_node(struct lbrvirt_diff *diff, size_t index,
		      struct diff_judge *judge)
{
	const struct diff_tree_node *from = &diff->tree.nodes[index];
	struct lbrvirt_diff_node *to = &diff->nodes[index];

	to->symbol = "all";
	to->dso = "";
	if (from->function != DIFF_NO_FUNCTION) {
		to->symbol = diff->tree.functions[from->function].symbol;
		to->dso = diff->tree.functions[from->function].dso;
	}
	to->is_inlined = from->is_inlined;
	diff_judge_fill(&diff->totals, &from->sides[0].self,
			&from->sides[1].self, &to->self);
	diff_judge_add(judge, &from->sides[0].total, &from->sides[1].total,
		       &to->total);
	if (index) {
		to->parent = &diff->nodes[from->parent];
		diff->nodes[from->parent].nr_children++;
	}
}

/* The children of a node stand together, in the order of the nodes' numbers;
 * a parent's number is below its children's. */
static void link_nodes(struct lbrvirt_diff *diff)
{
	const struct diff_tree *tree = &diff->tree;
	size_t used = 0;

	for (size_t i = 0; i < tree->nr_nodes; i++) {
		struct lbrvirt_diff_node *node = &diff->nodes[i];
		struct lbrvirt_diff_node *parent;

		node->children = diff->children + used;
		used += node->nr_children;
		node->nr_children = 0;
		if (!i)
			continue;
		parent = &diff->nodes[tree->nodes[i].parent];
		((const struct lbrvirt_diff_node **)
			 parent->children)[parent->nr_children++] = node;
	}
	for (size_t i = 0; i < tree->nr_nodes; i++)
		qsort((void *)diff->nodes[i].children,
		      diff->nodes[i].nr_children,
		      sizeof(*diff->nodes[i].children), by_total);
}

static int make_nodes(struct lbrvirt_diff *diff)
{
	struct lbrvirt_diff_totals *totals = &diff->totals;
	struct diff_judge judge;
	int err = diff_judge_init(&judge, diff, diff->tree.nr_nodes);

	totals->nr_nodes = diff->tree.nr_nodes;
	diff->nodes = calloc(totals->nr_nodes, sizeof(*diff->nodes));
	diff->children = calloc(totals->nr_nodes, sizeof(*diff->children));
	if (err || !diff->nodes || !diff->children) {
		diff_judge_fini(&judge);
		return -ENOMEM;
	}
	for (size_t i = 0; i < totals->nr_nodes; i++)
		fill_node(diff, i, &judge);
	totals->compared_paths = judge.nr;
	totals->changed_paths =
		diff_judge_finish(&judge, &totals->tested_paths);
	diff_judge_fini(&judge);
	link_nodes(diff);
	return 0;
}

static int build(struct lbrvirt_diff *diff, struct lbrvirt_profile *before,
		 struct lbrvirt_profile *after)
{
	const struct lbrvirt_profile_node *roots[2];
	const struct diff_tree_node *root;
	int err;

	diff->before = before;
	diff->after = after;
	err = lbrvirt_profile_tree(before, LBRVIRT_TREE_CALLS, NULL, &roots[0]);
	if (!err)
		err = lbrvirt_profile_tree(after, LBRVIRT_TREE_CALLS, NULL,
					   &roots[1]);
	if (!err)
		err = diff_tree_init(&diff->tree, roots[0], roots[1]);
	if (err)
		return err;
	root = &diff->tree.nodes[0];
	set_side(before, &root->sides[0].total, &diff->totals.before);
	set_side(after, &root->sides[1].total, &diff->totals.after);
	err = check_sides(diff);
	if (!err)
		err = make_symbols(diff);
	return err ? err : make_nodes(diff);
}

int lbrvirt_diff_new(struct lbrvirt_profile *before,
		     struct lbrvirt_profile *after,
		     const struct lbrvirt_diff_opts *opts,
		     struct lbrvirt_diff **ret_diff)
{
	struct lbrvirt_diff *diff;
	int err;

	if (!before || !after || !ret_diff)
		return error_set(before ? before->ctx : NULL, EINVAL,
				 "a pointer is NULL");
	if (lbrvirt_profile_event(before)[0] &&
	    lbrvirt_profile_event(after)[0] &&
	    strcmp(lbrvirt_profile_event(before),
		   lbrvirt_profile_event(after)) != 0)
		return error_set(
			before->ctx, EINVAL,
			"one recording counts %s, the other %s: name an event that both have",
			lbrvirt_profile_event(before),
			lbrvirt_profile_event(after));
	diff = calloc(1, sizeof(*diff));
	if (!diff)
		return error_set(before->ctx, ENOMEM, "out of memory");
	diff->ctx = before->ctx;
	diff->totals.event = lbrvirt_profile_event(before);
	err = set_opts(diff, opts);
	if (!err)
		err = build(diff, before, after);
	if (err)
		goto fail;
	*ret_diff = diff;
	return 0;

fail:
	lbrvirt_diff_free(diff);
	return err == -ENOMEM ?
		       error_set(before->ctx, ENOMEM, "out of memory") :
		       err;
}

void lbrvirt_diff_free(struct lbrvirt_diff *diff)
{
	if (!diff)
		return;
	diff_tree_fini(&diff->tree);
	free(diff->symbols);
	free(diff->nodes);
	free(diff->children);
	free(diff);
}

const struct lbrvirt_diff_totals *
lbrvirt_diff_totals(const struct lbrvirt_diff *diff)
{
	return diff ? &diff->totals : NULL;
}

int lbrvirt_diff_symbols(const struct lbrvirt_diff *diff,
			 const struct lbrvirt_diff_symbol **ret_symbols,
			 size_t *ret_nr)
{
	if (!diff || !ret_symbols || !ret_nr)
		return error_set(diff ? diff->ctx : NULL, EINVAL,
				 "a pointer is NULL");
	*ret_symbols = diff->symbols;
	*ret_nr = diff->nr_symbols;
	return 0;
}

const struct lbrvirt_diff_node *
lbrvirt_diff_tree(const struct lbrvirt_diff *diff)
{
	return diff ? diff->nodes : NULL;
}
