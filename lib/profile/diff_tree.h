/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The call trees of two profiles laid over each other: what counts as the same
 * function on both sides, and the sums of each side at each node.
 */
#ifndef LBRVIRT_PROFILE_DIFF_TREE_H
#define LBRVIRT_PROFILE_DIFF_TREE_H

#include <lbrvirt/profile.h>

#include "base/intern.h"

#define DIFF_NO_FUNCTION UINT32_MAX /* the root's */

struct diff_weight {
	uint64_t samples;
	uint64_t period;
	double squares; /* of the samples' periods, summed */
};

/* Of one side. */
struct diff_sums {
	struct diff_weight self;
	struct diff_weight total;
};

struct diff_tree_node {
	uint32_t parent; /* its number is below the node's own */
	uint32_t function;
	bool is_inlined;
	struct diff_sums sides[2];
};

struct diff_tree_function {
	const char *symbol; /* the profiles', or a literal */
	const char *dso;
	struct diff_sums sides[2]; /* recursion is counted once */
};

struct diff_tree {
	struct diff_tree_node *nodes; /* the root is the first */
	size_t nr_nodes;
	size_t nodes_capacity;
	struct diff_tree_function *functions;
	size_t nr_functions;
	size_t functions_capacity;
	struct intern *node_keys;     /* ids are numbers of nodes, less 1 */
	struct intern *function_keys; /* ids index functions */
	bool ignores_files;
};

/* @tree starts zeroed but for ignores_files, and on failure is left for
 * diff_tree_fini(). 0 or -ENOMEM. */
int diff_tree_init(struct diff_tree *tree,
		   const struct lbrvirt_profile_node *before,
		   const struct lbrvirt_profile_node *after);
void diff_tree_fini(struct diff_tree *tree);

#endif
