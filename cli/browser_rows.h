/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A profile as rows, one a line of the screen: a tree as far as it is
 * unfolded, or a flat list. Names are as they are in the file.
 */
#ifndef LBRPROF_BROWSER_ROWS_H
#define LBRPROF_BROWSER_ROWS_H

#include <lbrvirt/lbrvirt.h>

#include "browser_set.h"

/* Rows that are made at most. */
#define BROWSER_ROWS_MAX 1000000

struct browser_row {
	const char *symbol; /* or another text, of rows that are no functions */
	const char *dso;
	const struct lbrvirt_profile_node *node; /* of a tree, else NULL */
	uint64_t key;
	uint64_t self; /* periods */
	uint64_t total;
	uint32_t depth;
	bool is_inlined;
	bool is_open;
};

struct browser_rows {
	struct browser_row *rows;
	size_t nr;
	size_t capacity;
};

void browser_rows_fini(struct browser_rows *rows);

/* 0, -ENOMEM, or -EOVERFLOW: there are BROWSER_ROWS_MAX. */
int browser_rows_add(struct browser_rows *rows, const struct browser_row *row);

/*
 * The rows of the tree at @root, in place of those before; @has_root: the root
 * is a row, too. Returns 0 or -ENOMEM; rows beyond the limit are left out.
 */
int browser_rows_tree(struct browser_rows *rows,
		      const struct lbrvirt_profile_node *root, bool has_root,
		      const struct browser_set *open);

/* The flat list, by self, or by total. 0 or a negative error. */
int browser_rows_flat(struct browser_rows *rows,
		      struct lbrvirt_profile *profile, bool is_by_total);

/*
 * Unfold @node, whose key is @key, and what follows as long as there is but
 * one way to go. 0, -ENOMEM or -EOVERFLOW.
 */
int browser_rows_open(struct browser_set *open,
		      const struct lbrvirt_profile_node *node, uint64_t key);

/* Unfold, or fold, all below @node and itself. The same. */
int browser_rows_open_all(struct browser_set *open,
			  const struct lbrvirt_profile_node *node, uint64_t key,
			  bool is_open);

/*
 * Walks a tree in the order of its rows, folded or not.
 */
struct browser_walk_step {
	const struct lbrvirt_profile_node *node;
	uint64_t key;
	size_t next; /* child */
};

struct browser_walk {
	struct browser_walk_step *steps; /* from the root to the node at hand */
	size_t nr;
	size_t capacity;
	bool is_skipped; /* set it to pass by what is below the node at hand */
};

/* 0 or -ENOMEM. End it with browser_walk_fini() in any case. */
int browser_walk_begin(struct browser_walk *walk,
		       const struct lbrvirt_profile_node *root, uint64_t key);

/* 1: the next node is at hand, 0: there is none, or -ENOMEM. */
int browser_walk_next(struct browser_walk *walk);
void browser_walk_fini(struct browser_walk *walk);

/* The key of a tree's root. */
uint64_t browser_rows_root_key(const struct lbrvirt_profile_node *root);

#endif
