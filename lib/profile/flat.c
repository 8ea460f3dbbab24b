/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What is read out of a profile: the flat list, single stacks, and the trees
 * that tree.c builds. A function that stands on a stack several times (it
 * recurses) is counted once for that stack.
 */
#include "config.h"

#include "profile/profile.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

static int by_self(const void *va, const void *vb)
{
	const struct lbrvirt_profile_symbol *a = va;
	const struct lbrvirt_profile_symbol *b = vb;
	int order;

	if (a->self != b->self)
		return a->self < b->self ? 1 : -1;
	if (a->total != b->total)
		return a->total < b->total ? 1 : -1;
	order = strcmp(a->symbol, b->symbol);
	return order ? order : strcmp(a->dso, b->dso);
}

/* @seen_at: for each function the stack, counted from 1, that it was last
 * counted for. */
static void count_stack(const struct stacks *stacks, uint32_t index,
			uint32_t *seen_at,
			struct lbrvirt_profile_symbol *symbols)
{
	const struct stacks_entry *stack = &stacks->entries[index];

	for (uint32_t i = 0; i < stack->nr; i++) {
		uint32_t nr;
		const uint32_t *functions = stacks_functions(
			stacks, stacks->frames[stack->first + i], &nr);

		for (uint32_t j = 0; j < nr; j++) {
			struct lbrvirt_profile_symbol *s =
				&symbols[functions[j]];

			if (i == 0 && j == 0) {
				s->self += stack->samples;
				s->self_period += stack->period;
			}
			if (seen_at[functions[j]] == index + 1)
				continue;
			seen_at[functions[j]] = index + 1;
			s->total += stack->samples;
			s->total_period += stack->period;
		}
	}
}

static int build_flat(struct lbrvirt_profile *profile)
{
	const struct stacks *stacks = &profile->stacks;
	struct lbrvirt_profile_symbol *symbols;
	uint32_t *seen_at;
	size_t nr = 0;

	symbols = calloc(stacks->nr_functions + 1, sizeof(*symbols));
	seen_at = calloc(stacks->nr_functions + 1, sizeof(*seen_at));
	if (!symbols || !seen_at) {
		free(symbols);
		free(seen_at);
		return error_set(profile->ctx, ENOMEM, "out of memory");
	}
	for (uint32_t i = 0; i < stacks->nr_entries; i++)
		if (stacks->entries[i].samples)
			count_stack(stacks, i, seen_at, symbols);
	free(seen_at);

	for (size_t i = 0; i < stacks->nr_functions; i++) {
		if (!symbols[i].total)
			continue;
		symbols[nr] = symbols[i];
		symbols[nr].symbol = stacks->functions[i].symbol;
		symbols[nr].dso = stacks->functions[i].dso;
		nr++;
	}
	qsort(symbols, nr, sizeof(*symbols), by_self);
	profile->symbols = symbols;
	profile->nr_symbols = nr;
	return 0;
}

int lbrvirt_profile_symbols(struct lbrvirt_profile *profile,
			    const struct lbrvirt_profile_symbol **ret_symbols,
			    size_t *ret_nr)
{
	if (!profile || !ret_symbols || !ret_nr)
		return error_set(profile ? profile->ctx : NULL, EINVAL,
				 "a pointer is NULL");
	profile_sum(profile);
	if (!profile->symbols) {
		int err = build_flat(profile);

		if (err)
			return err;
	}
	*ret_symbols = profile->symbols;
	*ret_nr = profile->nr_symbols;
	return 0;
}

/* The tree made before for the same question, or NULL. */
static struct tree *find_tree(const struct lbrvirt_profile *profile,
			      enum lbrvirt_profile_tree which,
			      const char *symbol)
{
	struct tree *tree = profile->trees;

	while (tree && (tree->which != which ||
			(symbol && strcmp(tree->symbol, symbol) != 0)))
		tree = tree->next;
	return tree;
}

int lbrvirt_profile_tree(struct lbrvirt_profile *profile,
			 enum lbrvirt_profile_tree which, const char *symbol,
			 const struct lbrvirt_profile_node **ret_root)
{
	struct tree *tree;
	int err;

	if (!profile || !ret_root || (unsigned int)which > LBRVIRT_TREE_CALLEES)
		return error_set(profile ? profile->ctx : NULL, EINVAL,
				 "no such tree, or a pointer is NULL");
	if (which == LBRVIRT_TREE_CALLS)
		symbol = NULL;
	else if (!symbol)
		return error_set(profile->ctx, EINVAL, "no symbol was named");

	profile_sum(profile);
	tree = find_tree(profile, which, symbol);
	if (!tree) {
		err = tree_new(&profile->stacks, which, symbol, &tree);
		if (err == -ENOENT)
			return error_set(
				profile->ctx, ENOENT,
				"no stack of the profile has the symbol '%s'",
				symbol);
		if (err)
			return error_set(profile->ctx, ENOMEM, "out of memory");
		tree->next = profile->trees;
		profile->trees = tree;
	}
	*ret_root = tree->nodes;
	return 0;
}

static int by_samples(const void *va, const void *vb, void *arg)
{
	const struct stacks_entry *entries = arg;
	uint32_t a = *(const uint32_t *)va;
	uint32_t b = *(const uint32_t *)vb;

	if (entries[a].samples != entries[b].samples)
		return entries[a].samples < entries[b].samples ? 1 : -1;
	return a < b ? -1 : a > b;
}

static int build_order(struct lbrvirt_profile *profile)
{
	const struct stacks *stacks = &profile->stacks;
	size_t nr = 0;
	uint32_t *order = calloc(stacks->nr_entries + 1, sizeof(*order));

	if (!order)
		return error_set(profile->ctx, ENOMEM, "out of memory");
	for (uint32_t i = 0; i < stacks->nr_entries; i++)
		if (stacks->entries[i].samples)
			order[nr++] = i;
	qsort_r(order, nr, sizeof(*order), by_samples, stacks->entries);
	profile->by_count = order;
	profile->nr_by_count = nr;
	return 0;
}

/* Spell out the symbols of a stack, outermost first. */
static int spell_out(struct lbrvirt_profile *profile,
		     const struct stacks_entry *stack, size_t *ret_nr)
{
	const struct stacks *stacks = &profile->stacks;
	void *array = profile->spelled;
	size_t nr = 0;

	for (uint32_t i = 0; i < stack->nr; i++)
		nr += stacks->locations[stacks->frames[stack->first + i]].nr;
	if (array_reserve(&array, &profile->spelled_capacity, nr + 1,
			  sizeof(*profile->spelled)))
		return error_set(profile->ctx, ENOMEM, "out of memory");
	profile->spelled = array;

	nr = 0;
	for (uint32_t i = stack->nr; i-- > 0;) {
		const struct stacks_location *location =
			&stacks->locations[stacks->frames[stack->first + i]];

		for (uint32_t j = location->nr; j-- > 0;)
			profile->spelled[nr++] = &location->symbols[j];
	}
	*ret_nr = nr;
	return 0;
}

int lbrvirt_profile_stack(struct lbrvirt_profile *profile, size_t index,
			  struct lbrvirt_profile_stack *ret_stack)
{
	const struct stacks_entry *stack;
	size_t nr = 0;
	int err;

	if (!profile || !ret_stack)
		return error_set(profile ? profile->ctx : NULL, EINVAL,
				 "a pointer is NULL");
	profile_sum(profile);
	err = profile->by_count ? 0 : build_order(profile);
	if (err)
		return err;
	if (index >= profile->nr_by_count)
		return error_set(profile->ctx, ENOENT,
				 "the profile has no stack %zu", index);
	stack = &profile->stacks.entries[profile->by_count[index]];
	err = spell_out(profile, stack, &nr);
	if (err)
		return err;
	*ret_stack = (struct lbrvirt_profile_stack){
		.samples = stack->samples,
		.period = stack->period,
		.comm = stacks_string(&profile->stacks, stack->comm),
		.pid = stack->pid,
		.tid = stack->tid,
		.verdict = stack->verdict,
		.integrity = stack->integrity,
		.symbols = profile->spelled,
		.nr_symbols = nr,
	};
	return 0;
}
