/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A comparison for people: how it was made and how sure it is, the functions
 * that changed, and the call paths on which they did. Of the tree only those
 * paths are shown that changed or lead to one that did.
 */
#include "config.h"

#include "diff.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Deeper paths are as far right as this. */
#define DEPTH_SHOWN 40

/* What print_change() takes of a line, and a file at most. */
#define CHANGE_COLUMNS 36
#define FILE_COLUMNS   20

static char *safe_name(const struct diff_view *view, const char *name)
{
	struct text_screen uncut = *view->screen;

	uncut.width = UINT32_MAX;
	return text_name(&uncut, name, UINT32_MAX);
}

static void print_side(const struct diff_view *view, const char *label,
		       const char *path, const struct lbrvirt_diff_side *side)
{
	char *safe = safe_name(view, path);

	printf("%-9s %s: %" PRIu64 " samples in %.2f s, %" PRIu64 " lost",
	       label, safe ? safe : "?", side->samples, side->seconds,
	       side->lost);
	if (side->effective < 0.99 * (double)side->samples)
		printf("; they tell as much as %.0f of one period",
		       side->effective);
	putchar('\n');
	free(safe);
}

void diff_print_head(const struct diff_view *view)
{
	static const char *const bases[] = {
		[LBRVIRT_DIFF_BY_TOTAL] = "shares of each total",
		[LBRVIRT_DIFF_BY_TIME] = "periods a second",
		[LBRVIRT_DIFF_BY_RUN] = "periods of the whole run",
	};
	const struct lbrvirt_diff_totals *totals =
		lbrvirt_diff_totals(view->diff);

	print_side(view, "before", view->before, &totals->before);
	print_side(view, "after", view->after, &totals->after);
	printf("%-9s %s, as %s\n", "compared", totals->event,
	       bases[totals->basis]);
	printf("%-9s %zu of %zu numbers of functions, %zu of %zu call paths\n",
	       "changed", totals->changed_symbols, totals->compared_symbols,
	       totals->changed_paths, totals->compared_paths);
	printf("%10sexact test, corrected for %zu and %zu that could be seen to change;\n",
	       "", totals->tested_symbols, totals->tested_paths);
	printf("%10sbetween equals, anything is called changed in %g%% of comparisons\n",
	       "", 100 * totals->error_rate);
	if (totals->least_change > 0)
		printf("%10sand below %g%% of the whole nothing is\n", "",
		       100 * totals->least_change);
}

/* Percent, or thousands and the like for what is no share. */
static void print_value(const struct lbrvirt_diff_totals *totals, double value)
{
	static const char units[] = " kMGTPE";
	size_t unit = 0;

	if (totals->basis == LBRVIRT_DIFF_BY_TOTAL) {
		printf("%7.2f%%", 100 * value);
		return;
	}
	while (value >= 1000 && units[unit + 1]) {
		value /= 1000;
		unit++;
	}
	printf("%7.2f%c", value, units[unit]);
}

static void print_change(const struct diff_view *view,
			 const struct lbrvirt_diff_change *change)
{
	static const char *const words[] = {
		[LBRVIRT_DIFF_NOISE] = "noise",
		[LBRVIRT_DIFF_MORE] = "more",
		[LBRVIRT_DIFF_LESS] = "less",
	};
	const struct lbrvirt_diff_totals *totals =
		lbrvirt_diff_totals(view->diff);
	char by[32] = "new";

	print_value(totals, change->before);
	putchar(' ');
	print_value(totals, change->after);
	if (totals->basis == LBRVIRT_DIFF_BY_TOTAL)
		snprintf(by, sizeof(by), "%+.2f",
			 100 * (change->after - change->before));
	else if (change->before > 0)
		snprintf(by, sizeof(by), "%+.1f%%",
			 100 * (change->after / change->before - 1));
	else if (!(change->after > 0))
		snprintf(by, sizeof(by), "0");
	printf(" %9s  %s%-5s%s  ", by,
	       text_style(view->screen,
			  change->verdict ? TEXT_STRONG : TEXT_DIM),
	       words[change->verdict], text_style(view->screen, TEXT_PLAIN));
}

/* A function and its file, where @used columns of the line are taken. */
static int print_name(const struct diff_view *view, const char *symbol,
		      const char *dso, unsigned int used)
{
	const struct text_screen *screen = view->screen;
	unsigned int room = screen->width > used ? screen->width - used : 0;
	char *file = text_name(screen, text_file_name(dso), FILE_COLUMNS);
	unsigned int taken = file && file[0] ? text_columns(screen, file) + 3 :
					       0;
	char *name = text_name(screen, symbol, room > taken ? room - taken : 0);
	int err = name && file ? 0 : -ENOMEM;

	if (!err)
		printf("%s%s%s%s\n", name, taken ? " (" : "", file,
		       taken ? ")" : "");
	free(name);
	free(file);
	return err;
}

static int print_symbol(const struct diff_view *view,
			const struct lbrvirt_diff_symbol *symbol)
{
	const struct lbrvirt_diff_change *changes[] = { &symbol->self,
							&symbol->total };
	static const char *const labels[] = { "self   ", "total  " };
	int err = 0;

	for (size_t i = 0; !err && i < 2; i++) {
		if (!changes[i]->verdict && !view->shows_all)
			continue;
		print_change(view, changes[i]);
		fputs(labels[i], stdout);
		err = print_name(view, symbol->symbol, symbol->dso,
				 CHANGE_COLUMNS +
					 (unsigned int)strlen(labels[i]));
	}
	return err;
}

int diff_print_symbols(const struct diff_view *view)
{
	const struct lbrvirt_diff_totals *totals =
		lbrvirt_diff_totals(view->diff);
	const struct lbrvirt_diff_symbol *symbols;
	size_t nr;
	int err = lbrvirt_diff_symbols(view->diff, &symbols, &nr);

	if (err)
		return err;
	if (!totals->changed_symbols && !view->shows_all) {
		puts("\nno function changed by more than chance; --all shows the noise");
		return 0;
	}
	puts("\n  before    after    change           function");
	for (size_t i = 0; !err && i < nr; i++)
		err = print_symbol(view, &symbols[i]);
	return err;
}

/* A node on the way, and the next of its children. */
struct level {
	const struct lbrvirt_diff_node *node;
	size_t next;
};

static int print_node(const struct diff_view *view,
		      const struct lbrvirt_diff_node *node, size_t depth)
{
	const struct text_screen *screen = view->screen;
	unsigned int indent =
		2 * (unsigned int)(depth < DEPTH_SHOWN ? depth : DEPTH_SHOWN);

	/* A third of what is left on the screen; names need the rest. */
	if (screen->is_terminal && 3 * indent + CHANGE_COLUMNS > screen->width)
		indent = screen->width > CHANGE_COLUMNS ?
				 (screen->width - CHANGE_COLUMNS) / 3 :
				 0;
	print_change(view, &node->total);
	printf("%*s", (int)indent, "");
	return print_name(view, node->symbol, node->dso,
			  CHANGE_COLUMNS + indent);
}

/*
 * Whether each node is shown: found from the leaves up, as those that changed
 * say so to all above them. Nodes are told apart by their place in the one
 * array that the root begins.
 */
static bool *mark_shown(const struct diff_view *view)
{
	const struct lbrvirt_diff_node *root = lbrvirt_diff_tree(view->diff);
	size_t nr = lbrvirt_diff_totals(view->diff)->nr_nodes;
	bool *is_shown = calloc(nr, sizeof(*is_shown));

	for (size_t i = 0; is_shown && i < nr; i++) {
		const struct lbrvirt_diff_node *node = &root[i];

		if (!node->total.verdict && !view->shows_all)
			continue;
		for (; node && !is_shown[node - root]; node = node->parent)
			is_shown[node - root] = true;
	}
	return is_shown;
}

/* Depth first, without recursion: paths are as deep as stacks are. */
static int print_tree(const struct diff_view *view, const bool *is_shown,
		      struct level *levels)
{
	const struct lbrvirt_diff_node *root = lbrvirt_diff_tree(view->diff);
	size_t depth = 0;
	int err = print_node(view, root, 0);

	levels[0] = (struct level){ root, 0 };
	while (!err) {
		struct level *at = &levels[depth];
		const struct lbrvirt_diff_node *child;

		if (at->next == at->node->nr_children) {
			if (!depth--)
				break;
			continue;
		}
		child = at->node->children[at->next++];
		if (!is_shown[child - root])
			continue;
		err = print_node(view, child, depth + 1);
		levels[++depth] = (struct level){ child, 0 };
	}
	return err;
}

int diff_print_paths(const struct diff_view *view)
{
	const struct lbrvirt_diff_totals *totals =
		lbrvirt_diff_totals(view->diff);
	struct level *levels;
	bool *is_shown;
	int err = -ENOMEM;

	if (!totals->changed_paths && !view->shows_all)
		return 0;
	/* No path is longer than there are nodes. */
	levels = calloc(totals->nr_nodes + 1, sizeof(*levels));
	is_shown = mark_shown(view);
	if (levels && is_shown) {
		puts("\n  before    after    change           call path (totals)");
		err = print_tree(view, is_shown, levels);
	}
	free(levels);
	free(is_shown);
	return err;
}
