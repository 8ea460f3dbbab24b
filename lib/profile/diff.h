/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A comparison's inside.
 */
#ifndef LBRVIRT_PROFILE_DIFF_INSIDE_H
#define LBRVIRT_PROFILE_DIFF_INSIDE_H

#include <lbrvirt/diff.h>

#include "profile/diff_tree.h"
#include "profile/profile.h"

struct lbrvirt_diff {
	struct lbrvirt_context *ctx;	/* before's */
	struct lbrvirt_profile *before; /* borrowed, both */
	struct lbrvirt_profile *after;
	struct lbrvirt_diff_totals totals;
	struct diff_tree tree;
	struct lbrvirt_diff_symbol *symbols;
	size_t nr_symbols;
	struct lbrvirt_diff_node *nodes; /* numbered as the tree's */
	const struct lbrvirt_diff_node **children;
};

#endif
