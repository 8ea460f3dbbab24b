/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A tree grows as numbered nodes in one array, a child being found by (parent,
 * function) in a hash table, and is then copied into the public form.
 *
 * Around a symbol that recurses, callers and callees are counted from its
 * outermost call, so that each sample counts once and the root's total is the
 * symbol's total.
 */
#include "config.h"

#include "profile/tree.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

#define FIRST_SLOTS 256
#define NO_FUNCTION UINT32_MAX

struct growing_node {
	uint32_t parent;
	uint32_t function;
	uint32_t nr_children;
	bool is_inlined; /* wherever it stands */
	uint64_t self;
	uint64_t total;
	uint64_t self_period;
	uint64_t total_period;
	double self_squares;
	double total_squares;
};

/* A step of the way that a stack takes through the tree. */
struct step {
	uint32_t function;
	bool is_inlined;
};

struct growing_tree {
	const struct stacks *stacks;
	struct growing_node *nodes;
	size_t nr_nodes;
	size_t nodes_capacity;
	uint32_t *slots;    /* node ids; 0, the root, is free */
	size_t nr_slots;    /* a power of two */
	struct step *steps; /* outermost first */
	size_t nr_steps;
	size_t steps_capacity;
};

static size_t slot_of(const struct growing_tree *tree, uint32_t parent,
		      uint32_t function)
{
	return hash_word((uint64_t)parent << 32 | function) &
	       (tree->nr_slots - 1);
}

static int grow_slots(struct growing_tree *tree)
{
	size_t nr = tree->nr_slots ? tree->nr_slots * 2 : FIRST_SLOTS;
	uint32_t *slots = calloc(nr, sizeof(*slots));

	if (!slots)
		return -ENOMEM;
	free(tree->slots);
	tree->slots = slots;
	tree->nr_slots = nr;
	for (size_t i = 1; i < tree->nr_nodes; i++) {
		size_t slot = slot_of(tree, tree->nodes[i].parent,
				      tree->nodes[i].function);

		while (slots[slot])
			slot = (slot + 1) & (nr - 1);
		slots[slot] = (uint32_t)i;
	}
	return 0;
}

static int add_node(struct growing_tree *tree, uint32_t parent,
		    uint32_t function, uint32_t *ret_id)
{
	void *array = tree->nodes;

	if (tree->nr_nodes >= UINT32_MAX ||
	    array_reserve(&array, &tree->nodes_capacity, tree->nr_nodes + 1,
			  sizeof(*tree->nodes)))
		return -ENOMEM;
	tree->nodes = array;
	tree->nodes[tree->nr_nodes] = (struct growing_node){
		.parent = parent,
		.function = function,
		.is_inlined = true,
	};
	*ret_id = (uint32_t)tree->nr_nodes++;
	return 0;
}

static int find_child(struct growing_tree *tree, uint32_t parent,
		      uint32_t function, uint32_t *ret_id)
{
	size_t slot;
	int err;

	if ((tree->nr_nodes + 1) * 2 > tree->nr_slots) {
		err = grow_slots(tree);
		if (err)
			return err;
	}
	slot = slot_of(tree, parent, function);
	while (tree->slots[slot]) {
		const struct growing_node *node =
			&tree->nodes[tree->slots[slot]];

		if (node->parent == parent && node->function == function) {
			*ret_id = tree->slots[slot];
			return 0;
		}
		slot = (slot + 1) & (tree->nr_slots - 1);
	}
	err = add_node(tree, parent, function, ret_id);
	if (err)
		return err;
	tree->slots[slot] = *ret_id;
	tree->nodes[parent].nr_children++;
	return 0;
}

/* Spell out a stack's functions, outermost first. */
static int spell_steps(struct growing_tree *tree,
		       const struct stacks_entry *stack)
{
	const struct stacks *stacks = tree->stacks;

	tree->nr_steps = 0;
	for (uint32_t i = stack->nr; i-- > 0;) {
		uint32_t id = stacks->frames[stack->first + i];
		const struct stacks_location *location = &stacks->locations[id];
		void *array = tree->steps;

		if (array_reserve(&array, &tree->steps_capacity,
				  tree->nr_steps + location->nr,
				  sizeof(*tree->steps)))
			return -ENOMEM;
		tree->steps = array;
		for (uint32_t j = location->nr; j-- > 0;)
			tree->steps[tree->nr_steps++] = (struct step){
				stacks->functions_of[location->first + j],
				location->symbols[j].is_inlined,
			};
	}
	return 0;
}

static void count_node(struct growing_node *node,
		       const struct stacks_entry *stack, bool is_self)
{
	node->total += stack->samples;
	node->total_period += stack->period;
	node->total_squares += stack->squares;
	if (is_self) {
		node->self += stack->samples;
		node->self_period += stack->period;
		node->self_squares += stack->squares;
	}
}

static int add_step(struct growing_tree *tree, const struct step *step,
		    uint32_t *node)
{
	int err = find_child(tree, *node, step->function, node);

	if (!err && !step->is_inlined)
		tree->nodes[*node].is_inlined = false;
	return err;
}

/* From step @from down to the leaf. */
static int add_downwards(struct growing_tree *tree,
			 const struct stacks_entry *stack, size_t from)
{
	uint32_t node = 0;
	int err = 0;

	count_node(&tree->nodes[0], stack, from == tree->nr_steps);
	for (size_t i = from; !err && i < tree->nr_steps; i++) {
		err = add_step(tree, &tree->steps[i], &node);
		if (!err)
			count_node(&tree->nodes[node], stack,
				   i + 1 == tree->nr_steps);
	}
	return err;
}

/* From above step @at up to the root of the stack. */
static int add_upwards(struct growing_tree *tree,
		       const struct stacks_entry *stack, size_t at)
{
	const struct step *top = &tree->steps[tree->nr_steps - 1];
	bool is_self = top->function == tree->steps[at].function;
	uint32_t node = 0;
	int err = 0;

	count_node(&tree->nodes[0], stack, is_self);
	for (size_t i = at; !err && i-- > 0;) {
		err = add_step(tree, &tree->steps[i], &node);
		if (!err)
			count_node(&tree->nodes[node], stack, is_self);
	}
	return err;
}

static int add_stack(struct growing_tree *tree,
		     const struct stacks_entry *stack,
		     enum lbrvirt_profile_tree which, const char *symbol)
{
	const struct stacks *stacks = tree->stacks;
	size_t at = 0;
	int err = spell_steps(tree, stack);

	if (err)
		return err;
	if (which == LBRVIRT_TREE_CALLS)
		return add_downwards(tree, stack, 0);

	while (at < tree->nr_steps &&
	       strcmp(stacks->functions[tree->steps[at].function].symbol,
		      symbol) != 0)
		at++;
	if (at == tree->nr_steps)
		return 0;
	/* The root is the symbol; which of its files is the first one's. */
	if (tree->nodes[0].function == NO_FUNCTION)
		tree->nodes[0].function = tree->steps[at].function;
	if (!tree->steps[at].is_inlined)
		tree->nodes[0].is_inlined = false;
	return which == LBRVIRT_TREE_CALLEES ?
		       add_downwards(tree, stack, at + 1) :
		       add_upwards(tree, stack, at);
}

static int by_total(const void *va, const void *vb)
{
	const struct lbrvirt_profile_node *a =
		*(const struct lbrvirt_profile_node *const *)va;
	const struct lbrvirt_profile_node *b =
		*(const struct lbrvirt_profile_node *const *)vb;
	int order;

	if (a->total_period != b->total_period)
		return a->total_period < b->total_period ? 1 : -1;
	if (a->total != b->total)
		return a->total < b->total ? 1 : -1;
	order = strcmp(a->symbol, b->symbol);
	return order ? order : strcmp(a->dso, b->dso);
}

static void copy_node(const struct growing_tree *from, size_t index,
		      struct lbrvirt_profile_node *to)
{
	const struct growing_node *node = &from->nodes[index];

	to->symbol = "all";
	to->dso = "";
	if (node->function != NO_FUNCTION) {
		const struct stacks_function *function =
			&from->stacks->functions[node->function];

		to->symbol = function->symbol;
		to->dso = function->dso;
	}
	to->is_inlined = node->is_inlined && node->function != NO_FUNCTION;
	to->self = node->self;
	to->total = node->total;
	to->self_period = node->self_period;
	to->total_period = node->total_period;
	to->self_squares = node->self_squares;
	to->total_squares = node->total_squares;
}

/*
 * Each node's children stand together in one array. A child's number is above
 * its parent's, so one pass gives every parent its place before its children
 * fill it.
 */
static void finish(const struct growing_tree *from, struct tree *to)
{
	size_t used = 0;

	for (size_t i = 0; i < from->nr_nodes; i++) {
		struct lbrvirt_profile_node *node = &to->nodes[i];

		copy_node(from, i, node);
		node->children = to->children + used;
		used += from->nodes[i].nr_children;
		if (i) {
			struct lbrvirt_profile_node *parent =
				&to->nodes[from->nodes[i].parent];

			((const struct lbrvirt_profile_node **)
				 parent->children)[parent->nr_children++] =
				node;
		}
	}
	for (size_t i = 0; i < from->nr_nodes; i++)
		qsort((void *)to->nodes[i].children, to->nodes[i].nr_children,
		      sizeof(*to->nodes[i].children), by_total);
}

static int build(struct growing_tree *growing, struct tree *tree)
{
	const struct stacks *stacks = growing->stacks;
	uint32_t root;
	int err = add_node(growing, 0, NO_FUNCTION, &root);

	for (size_t i = 0; !err && i < stacks->nr_entries; i++)
		if (stacks->entries[i].samples)
			err = add_stack(growing, &stacks->entries[i],
					tree->which, tree->symbol);
	if (err)
		return err;
	if (tree->symbol && !growing->nodes[0].total)
		return -ENOENT;
	tree->nodes = calloc(growing->nr_nodes, sizeof(*tree->nodes));
	tree->children = calloc(growing->nr_nodes, sizeof(*tree->children));
	if (!tree->nodes || !tree->children)
		return -ENOMEM;
	finish(growing, tree);
	return 0;
}

int tree_new(const struct stacks *stacks, enum lbrvirt_profile_tree which,
	     const char *symbol, struct tree **ret_tree)
{
	struct growing_tree growing = { .stacks = stacks };
	struct tree *tree = calloc(1, sizeof(*tree));
	int err = -ENOMEM;

	if (!tree)
		return -ENOMEM;
	tree->which = which;
	if (symbol) {
		tree->symbol = strdup(symbol);
		if (!tree->symbol)
			goto fail;
	}
	err = build(&growing, tree);
	if (err)
		goto fail;
	*ret_tree = tree;
	tree = NULL;

fail:
	free(growing.nodes);
	free(growing.slots);
	free(growing.steps);
	tree_free(tree);
	return err;
}

void tree_free(struct tree *tree)
{
	if (!tree)
		return;
	free(tree->symbol);
	free(tree->nodes);
	free(tree->children);
	free(tree);
}
