/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A profile as a call tree in columns, the way a page wants it: a
 * node comes right after its parent's earlier subtrees (preorder), and the
 * counts stand apart, a row for each node, thread and CPU.
 */
#ifndef LBRVIRT_EXPORT_HTML_TREE_H
#define LBRVIRT_EXPORT_HTML_TREE_H

#include <stddef.h>
#include <stdint.h>

#include "base/intern.h"
#include "profile/profile.h"

/* Bits of a node: 1 << enum lbrvirt_provenance for each origin its frames have
 * had in some sample, and this one. */
#define HTML_TREE_CALLED 0x80 /* somewhere it is no inlined call */

struct html_function {
	const char *symbol; /* borrowed from a profile, as all texts are */
	uint32_t dso;	    /* index in dsos */
};

struct html_thread {
	uint32_t pid;
	uint32_t tid;
	const char *comm;
};

/* Where a stack goes through the tree. */
struct html_path {
	size_t first; /* of its steps, outermost first */
	uint32_t nr;
	uint32_t node; /* of its innermost step; known when nodes are */
};

struct html_node {
	uint32_t up; /* levels between the node before it and its parent */
	uint32_t function;
	uint8_t bits;
};

struct html_row {
	uint32_t node; /* while stacks are added: the path */
	uint32_t thread;
	uint32_t cpu; /* or PARTS_NO_CPU */
	uint64_t samples;
	uint64_t period;
};

/* Zero-initialised storage is empty. Each array has its number and room. */
struct html_tree {
	struct intern *texts;
	struct intern *function_keys;
	struct intern *dso_keys;
	struct intern *thread_keys;

	const char **dsos;
	size_t nr_dsos, dsos_capacity;
	struct html_function *functions;
	size_t nr_functions, functions_capacity;
	struct html_thread *threads;
	size_t nr_threads, threads_capacity;

	uint32_t *steps; /* function ids of all paths */
	size_t nr_steps, steps_capacity;
	uint8_t *step_bits;
	size_t step_bits_capacity;
	struct html_path *paths;
	size_t nr_paths, paths_capacity;

	struct html_node *nodes; /* the first is the root, of no function */
	size_t nr_nodes, nodes_capacity;
	struct html_row *rows; /* by node, thread, CPU */
	size_t nr_rows, rows_capacity;
};

/* 0 or -ENOMEM; then, and at the end, html_tree_fini(). */
int html_tree_init(struct html_tree *tree);
void html_tree_fini(struct html_tree *tree);

/* Take in the stacks of a profile, which must live as long as the tree. 0 or
 * -ENOMEM. */
int html_tree_add(struct html_tree *tree, struct lbrvirt_profile *profile);

/* Make nodes and rows when all is in. 0 or -ENOMEM. */
int html_tree_finish(struct html_tree *tree);

/* For whoever has a tree already: a function, found again by its texts, which
 * are borrowed; the next node. 0 or -ENOMEM. */
int html_tree_add_function(struct html_tree *tree, const char *symbol,
			   const char *dso, uint32_t *ret_id);
int html_tree_add_node(struct html_tree *tree, const struct html_node *node);

#endif
