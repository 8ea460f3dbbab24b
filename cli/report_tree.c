/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A call tree as text. A row of calls in which nothing is spent and nothing
 * branches off is one entry, "a > b > c", so that the width of the page goes
 * to the places where the program takes different ways.
 */
#include "config.h"

#include "report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* "100.0% 100.0%  ": before the tree. */
#define COLUMNS_BEFORE 15
#define COLUMNS_LEAST  24 /* for names, however deep the tree is */

/* Two totals are shown as the same percent, for folding. */
#define SAME_PERCENT 0.05

struct marks {
	const char *branch;
	const char *last;
	const char *down;
	const char *times;
};

static const struct marks ascii = { "|- ", "`- ", "|  ", "x" };
static const struct marks boxes = { "\xe2\x94\x9c\xe2\x94\x80 ",
				    "\xe2\x94\x94\xe2\x94\x80 ",
				    "\xe2\x94\x82  ", "\xc3\x97" };

#define MARK_COLUMNS 3
#define MARK_SIZE    256

struct drawing {
	const struct text_screen *screen;
	const struct marks *marks;
	uint64_t period; /* what 100 % is */
	double limit;
	/* What stands left of the entry at hand: down marks and blanks. */
	char *prefix;
	size_t prefix_size;
	size_t prefix_capacity;
	unsigned int depth;  /* marks in the prefix */
	unsigned int column; /* where the next word goes */
	bool has_failed;     /* out of memory */
};

static double percent(const struct drawing *drawing, uint64_t period)
{
	return drawing->period ?
		       100.0 * (double)period / (double)drawing->period :
		       0.0;
}

static void push_prefix(struct drawing *drawing, const char *mark)
{
	size_t size = strlen(mark);

	if (drawing->prefix_size + size + 1 > drawing->prefix_capacity) {
		size_t capacity = (drawing->prefix_size + size + 1) * 2;
		char *prefix = realloc(drawing->prefix, capacity);

		if (!prefix) {
			drawing->has_failed = true;
			return;
		}
		drawing->prefix = prefix;
		drawing->prefix_capacity = capacity;
	}
	memcpy(drawing->prefix + drawing->prefix_size, mark, size + 1);
	drawing->prefix_size += size;
	drawing->depth++;
}

static void pop_prefix(struct drawing *drawing, size_t size)
{
	drawing->prefix_size = size;
	drawing->prefix[size] = '\0';
	drawing->depth--;
}

/* Children that are shown; they stand first, being sorted by total. */
static size_t shown_children(const struct drawing *drawing,
			     const struct lbrvirt_profile_node *node)
{
	size_t nr = 0;

	while (nr < node->nr_children &&
	       percent(drawing, node->children[nr]->total_period) >=
		       drawing->limit)
		nr++;
	return nr;
}

static bool is_folded(const struct drawing *drawing,
		      const struct lbrvirt_profile_node *node)
{
	return shown_children(drawing, node) == 1 &&
	       percent(drawing,
		       node->total_period - node->children[0]->total_period) <
		       SAME_PERCENT;
}

static unsigned int room_of(const struct drawing *drawing)
{
	unsigned int taken = COLUMNS_BEFORE + drawing->depth * MARK_COLUMNS;

	if (drawing->screen->width < taken + COLUMNS_LEAST)
		return COLUMNS_LEAST;
	return drawing->screen->width - taken;
}

/* Begin a word of @columns: on a new line if it does not fit on this one. */
static void make_room(struct drawing *drawing, unsigned int columns)
{
	if (!drawing->column)
		return;
	if (drawing->column + 1 + columns > room_of(drawing)) {
		printf("\n%*s%s  ", COLUMNS_BEFORE, "",
		       drawing->prefix ? drawing->prefix : "");
		drawing->column = 2;
	} else {
		putchar(' ');
		drawing->column++;
	}
}

/* What stands behind a name: how often, and "(inlined)" or the file where
 * that changes. "" or begins with a blank. */
static void make_mark(const struct drawing *drawing,
		      const struct lbrvirt_profile_node *node,
		      const char *dso_before, unsigned int times,
		      char ret_mark[MARK_SIZE])
{
	size_t used = 0;
	char *dso;

	ret_mark[0] = '\0';
	if (times > 1)
		used = (size_t)snprintf(ret_mark, MARK_SIZE, " %s%u",
					drawing->marks->times, times);
	if (node->is_inlined) {
		snprintf(ret_mark + used, MARK_SIZE - used, " (inlined)");
	} else if (strcmp(node->dso, dso_before) != 0 && node->dso[0]) {
		dso = text_name(drawing->screen, text_file_name(node->dso), 40);
		snprintf(ret_mark + used, MARK_SIZE - used, " (%.160s)",
			 dso ? dso : "?");
		free(dso);
	}
}

/* A call with its mark, and " >" if another follows: one word. */
static void print_call(struct drawing *drawing,
		       const struct lbrvirt_profile_node *node,
		       const char *dso_before, unsigned int times)
{
	const char *arrow = is_folded(drawing, node) ? " >" : "";
	const struct text_screen *screen = drawing->screen;
	char mark[MARK_SIZE];
	unsigned int columns;
	char *name;

	make_mark(drawing, node, dso_before, times, mark);
	columns = text_columns(screen, mark) + (unsigned int)strlen(arrow);
	name = text_name(screen, node->symbol,
			 room_of(drawing) > columns + 2 ?
				 room_of(drawing) - columns - 2 :
				 0);
	columns += name ? text_columns(screen, name) : 1;
	make_room(drawing, columns);
	printf("%s%s%s%s%s", name ? name : "?", text_style(screen, TEXT_DIM),
	       mark, arrow, text_style(screen, TEXT_PLAIN));
	drawing->column += columns;
	free(name);
}

/* Prints a row of folded calls; returns the last of them. */
static const struct lbrvirt_profile_node *
print_row(struct drawing *drawing, const struct lbrvirt_profile_node *node,
	  const char *dso)
{
	for (;;) {
		unsigned int times = 1;

		while (is_folded(drawing, node) &&
		       strcmp(node->children[0]->symbol, node->symbol) == 0 &&
		       strcmp(node->children[0]->dso, node->dso) == 0) {
			node = node->children[0];
			times++;
		}
		print_call(drawing, node, dso, times);
		if (!is_folded(drawing, node))
			return node;
		dso = node->dso;
		node = node->children[0];
	}
}

/* The deepest node of the row that @node begins. */
static const struct lbrvirt_profile_node *
end_of_row(const struct drawing *drawing,
	   const struct lbrvirt_profile_node *node)
{
	while (is_folded(drawing, node))
		node = node->children[0];
	return node;
}

static void print_entry(struct drawing *drawing,
			const struct lbrvirt_profile_node *node,
			const char *dso, const char *mark, bool is_last)
{
	size_t prefix_size = drawing->prefix_size;
	const struct lbrvirt_profile_node *end = end_of_row(drawing, node);
	double self = percent(drawing, end->self_period);
	size_t nr;

	printf("%5.1f%% %s%5.1f%%%s  %s%s",
	       percent(drawing, node->total_period),
	       text_style(drawing->screen,
			  self >= 5 ? TEXT_STRONG : TEXT_PLAIN),
	       self, text_style(drawing->screen, TEXT_PLAIN),
	       drawing->prefix ? drawing->prefix : "", mark);
	if (mark[0])
		push_prefix(drawing, is_last ? "   " : drawing->marks->down);
	drawing->column = 0;
	node = print_row(drawing, node, dso);
	putchar('\n');

	nr = shown_children(drawing, node);
	for (size_t i = 0; i < nr && !drawing->has_failed; i++)
		print_entry(drawing, node->children[i], node->dso,
			    i + 1 < nr ? drawing->marks->branch :
					 drawing->marks->last,
			    i + 1 == nr);
	if (mark[0] && !drawing->has_failed)
		pop_prefix(drawing, prefix_size);
}

/* For the calls' tree the root is nobody: its children stand at the margin. */
static void print_roots(struct drawing *drawing, enum report_form form,
			const struct lbrvirt_profile_node *root)
{
	size_t nr;

	if (form != REPORT_TREE) {
		print_entry(drawing, root, "", "", true);
		return;
	}
	nr = shown_children(drawing, root);
	for (size_t i = 0; i < nr && !drawing->has_failed; i++)
		print_entry(drawing, root->children[i], "", "", true);
}

int report_print_tree(const struct text_screen *screen,
		      const struct report_opts *opts,
		      struct lbrvirt_profile *profile)
{
	static const enum lbrvirt_profile_tree trees[] = {
		[REPORT_TREE] = LBRVIRT_TREE_CALLS,
		[REPORT_FLAT] = LBRVIRT_TREE_CALLS,
		[REPORT_CALLERS] = LBRVIRT_TREE_CALLERS,
		[REPORT_CALLEES] = LBRVIRT_TREE_CALLEES,
	};
	struct drawing drawing = {
		.screen = screen,
		.marks = screen->is_utf8 ? &boxes : &ascii,
		.period = lbrvirt_profile_totals(profile)->period,
		.limit = opts->percent_limit,
	};
	const struct lbrvirt_profile_node *root;
	int err;

	err = lbrvirt_profile_tree(profile, trees[opts->form], opts->symbol,
				   &root);
	if (err)
		return err;
	puts(" total   self");
	print_roots(&drawing, opts->form, root);
	free(drawing.prefix);
	return drawing.has_failed ? -1 : 0;
}
