/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Call trees out of distinct stacks.
 */
#ifndef LBRVIRT_PROFILE_TREE_H
#define LBRVIRT_PROFILE_TREE_H

#include <lbrvirt/profile.h>

#include "profile/stacks.h"

/* A finished tree; they form a list. */
struct tree {
	struct tree *next;
	enum lbrvirt_profile_tree which;
	char *symbol;
	struct lbrvirt_profile_node *nodes; /* the root is the first */
	const struct lbrvirt_profile_node **children;
};

/* 0, -ENOENT (no stack with samples has @symbol) or -ENOMEM. */
int tree_new(const struct stacks *stacks, enum lbrvirt_profile_tree which,
	     const char *symbol, struct tree **ret_tree);

/* Frees @tree alone, not the list. NULL is allowed. */
void tree_free(struct tree *tree);

#endif
