/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Two builds of a program lie in different folders, so a function is known by
 * its name and the last part of its file's path. Code without a name is called
 * by its offset in the file, and the same offset is other code in another
 * build: of one file, it is all one function here.
 *
 * Trees are as deep as stacks in files say, so nothing here calls itself.
 */
#include "config.h"

#include "profile/diff_tree.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"

#define NO_NAME "[no name]"

/* So much of a file's name is in the made-up name of code without one. */
#define MADE_UP_MAX 400

/* Nodes yet to be taken in, with where they belong. */
struct pending {
	const struct lbrvirt_profile_node *node;
	uint32_t parent;
};

struct walk {
	struct pending *pending;
	size_t nr;
	size_t capacity;
};

static const char *last_part(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash && slash[1] ? slash + 1 : path;
}

static bool is_hex(const char *text)
{
	if (strncmp(text, "0x", 2) != 0)
		return false;
	text += 2;
	return *text && text[strspn(text, "0123456789abcdef")] == '\0';
}

/* Whether it is one of the resolver's "file+0xoffset" or "0xaddress". */
static bool is_made_up(const char *symbol, const char *dso)
{
	const char *file = last_part(dso);
	size_t length = strlen(file);

	if (length > MADE_UP_MAX)
		length = MADE_UP_MAX;
	return is_hex(symbol) ||
	       (strncmp(symbol, file, length) == 0 && symbol[length] == '+' &&
		is_hex(symbol + length + 1));
}

static int make_key(const struct diff_tree *tree, const char *symbol,
		    const char *dso, bool has_name, struct buffer *key)
{
	const char *file = has_name && tree->ignores_files ? "" :
							     last_part(dso);
	int err = buffer_append(key, symbol, strlen(symbol) + 1);

	return err ? err : buffer_append(key, file, strlen(file));
}

static int find_function(struct diff_tree *tree,
			 const struct lbrvirt_profile_node *node,
			 uint32_t *ret_id)
{
	bool has_name = !is_made_up(node->symbol, node->dso);
	const char *symbol = has_name ? node->symbol : NO_NAME;
	void *array = tree->functions;
	struct buffer key = { 0 };
	int is_new;

	if (array_reserve(&array, &tree->functions_capacity,
			  tree->nr_functions + 1, sizeof(*tree->functions)))
		return -ENOMEM;
	tree->functions = array;
	is_new = make_key(tree, symbol, node->dso, has_name, &key);
	if (!is_new)
		is_new = intern_add(tree->function_keys, key.bytes, key.size,
				    ret_id);
	buffer_fini(&key);
	if (is_new < 0)
		return is_new;
	if (is_new)
		tree->functions[tree->nr_functions++] =
			(struct diff_tree_function){ .symbol = symbol };
	/* The later side is taken in later. */
	tree->functions[*ret_id].dso = node->dso;
	return 0;
}

static int find_node(struct diff_tree *tree, uint32_t parent, uint32_t function,
		     uint32_t *ret_id)
{
	const uint32_t key[2] = { parent, function };
	void *array = tree->nodes;
	uint32_t id;
	int is_new;

	if (tree->nr_nodes >= UINT32_MAX ||
	    array_reserve(&array, &tree->nodes_capacity, tree->nr_nodes + 1,
			  sizeof(*tree->nodes)))
		return -ENOMEM;
	tree->nodes = array;
	is_new = intern_add(tree->node_keys, key, sizeof(key), &id);
	if (is_new < 0)
		return is_new;
	if (is_new)
		tree->nodes[tree->nr_nodes++] = (struct diff_tree_node){
			.parent = parent,
			.function = function,
			.is_inlined = true,
		};
	*ret_id = id + 1;
	return 0;
}

static void add_weight(struct diff_weight *sum, uint64_t samples,
		       uint64_t period, double squares)
{
	sum->samples += samples;
	sum->period += period;
	sum->squares += squares;
}

static void add_sums(struct diff_tree_node *to, unsigned int side,
		     const struct lbrvirt_profile_node *from)
{
	add_weight(&to->sides[side].self, from->self, from->self_period,
		   from->self_squares);
	add_weight(&to->sides[side].total, from->total, from->total_period,
		   from->total_squares);
	to->is_inlined &= from->is_inlined;
}

static int put_off_children(struct walk *walk,
			    const struct lbrvirt_profile_node *node,
			    uint32_t parent)
{
	void *array = walk->pending;

	if (array_reserve(&array, &walk->capacity, walk->nr + node->nr_children,
			  sizeof(*walk->pending)))
		return -ENOMEM;
	walk->pending = array;
	for (size_t i = 0; i < node->nr_children; i++)
		walk->pending[walk->nr++] =
			(struct pending){ node->children[i], parent };
	return 0;
}

static int add_side(struct diff_tree *tree, unsigned int side,
		    const struct lbrvirt_profile_node *root, struct walk *walk)
{
	int err = put_off_children(walk, root, 0);

	add_sums(&tree->nodes[0], side, root);
	while (!err && walk->nr) {
		struct pending at = walk->pending[--walk->nr];
		uint32_t function;
		uint32_t id = 0;

		err = find_function(tree, at.node, &function);
		if (!err)
			err = find_node(tree, at.parent, function, &id);
		if (err)
			break;
		add_sums(&tree->nodes[id], side, at.node);
		err = put_off_children(walk, at.node, id);
	}
	return err;
}

/*
 * Totals of functions: of each path the outermost node of a function counts.
 * Nodes are not in the order of a walk, so each asks its ancestors; they are
 * as many as a stack is deep.
 */
static void sum_functions(struct diff_tree *tree)
{
	for (size_t i = 1; i < tree->nr_nodes; i++) {
		const struct diff_tree_node *node = &tree->nodes[i];
		struct diff_tree_function *function =
			&tree->functions[node->function];
		uint32_t above = node->parent;

		while (above && tree->nodes[above].function != node->function)
			above = tree->nodes[above].parent;
		for (unsigned int side = 0; side < 2; side++) {
			const struct diff_sums *from = &node->sides[side];
			struct diff_sums *to = &function->sides[side];

			add_weight(&to->self, from->self.samples,
				   from->self.period, from->self.squares);
			if (!above)
				add_weight(&to->total, from->total.samples,
					   from->total.period,
					   from->total.squares);
		}
	}
}

int diff_tree_init(struct diff_tree *tree,
		   const struct lbrvirt_profile_node *before,
		   const struct lbrvirt_profile_node *after)
{
	struct walk walk = { .nr = 0 };
	void *array = NULL;
	int err = intern_new(&tree->node_keys);

	if (!err)
		err = intern_new(&tree->function_keys);
	if (!err)
		err = array_reserve(&array, &tree->nodes_capacity, 1,
				    sizeof(*tree->nodes));
	if (err)
		return err;
	tree->nodes = array;
	tree->nodes[tree->nr_nodes++] =
		(struct diff_tree_node){ .function = DIFF_NO_FUNCTION };
	err = add_side(tree, 0, before, &walk);
	if (!err)
		err = add_side(tree, 1, after, &walk);
	free(walk.pending);
	if (!err)
		sum_functions(tree);
	return err;
}

void diff_tree_fini(struct diff_tree *tree)
{
	free(tree->nodes);
	free(tree->functions);
	intern_free(tree->node_keys);
	intern_free(tree->function_keys);
}
