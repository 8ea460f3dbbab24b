/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Several names may stand at one address. The choice is perf's, so that both
 * tools call a function the same: seen with perf 6.1 on libc, where it prints
 * "malloc" for the local __GI___libc_malloc and the global malloc, and a
 * compatibility symbol with its version for the local name at its address.
 */
#include "config.h"

#include "symbol/names.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"

#define NAMES_MAX (32u * 1024 * 1024)

/* How far out a symbol is looked for; only damaged tables nest deeper. */
#define NESTING_MAX 64

void names_fini(struct names *names)
{
	free(names->all);
	memset(names, 0, sizeof(*names));
}

int names_add(struct names *names, const struct name *name)
{
	void *all = names->all;

	if (names->nr >= NAMES_MAX)
		return -EOVERFLOW;
	if (array_reserve(&all, &names->capacity, names->nr + 1,
			  sizeof(*names->all)))
		return -ENOMEM;
	names->all = all;
	names->all[names->nr] = *name;
	names->all[names->nr].outer = NAMES_NONE;
	names->all[names->nr].order = (uint32_t)names->nr;
	names->nr++;
	return 0;
}

/* Names may be as long as a file, and each the end of another. */
#define COMPARED_MAX 4096

static size_t count_underscores(const char *text)
{
	size_t nr = 0;

	while (nr < COMPARED_MAX && text[nr] == '_')
		nr++;
	return nr;
}

/* Negative: @a is the better name. */
static int compare_aliases(const struct name *a, const struct name *b)
{
	size_t of_a, of_b;

	if ((a->end > a->start) != (b->end > b->start))
		return a->end > a->start ? -1 : 1;
	if ((a->binding == NAME_WEAK) != (b->binding == NAME_WEAK))
		return a->binding == NAME_WEAK ? 1 : -1;
	if ((a->binding == NAME_GLOBAL) != (b->binding == NAME_GLOBAL))
		return a->binding == NAME_GLOBAL ? -1 : 1;
	of_a = count_underscores(a->text);
	of_b = count_underscores(b->text);
	if (of_a != of_b)
		return of_a < of_b ? -1 : 1;
	of_a = strnlen(a->text, COMPARED_MAX);
	of_b = strnlen(b->text, COMPARED_MAX);
	if (of_a != of_b)
		return of_a > of_b ? -1 : 1;
	return a->order < b->order ? -1 : 1;
}

static int compare_names(const void *left, const void *right)
{
	const struct name *a = left, *b = right;

	if (a->start != b->start)
		return a->start < b->start ? -1 : 1;
	return compare_aliases(a, b);
}

static int compare_latest(const void *left, const void *right)
{
	const struct name *a = left, *b = right;

	if (a->start != b->start)
		return a->start < b->start ? -1 : 1;
	return a->order > b->order ? -1 : 1;
}

static void drop_aliases(struct names *names)
{
	size_t kept = 0;

	for (size_t i = 0; i < names->nr; i++) {
		if (kept && names->all[kept - 1].start == names->all[i].start)
			continue;
		names->all[kept++] = names->all[i];
	}
	names->nr = kept;
}

static void close_open_ends(struct names *names)
{
	for (size_t i = 0; i < names->nr; i++) {
		struct name *name = &names->all[i];

		if (name->end > name->start)
			continue;
		name->end = name->limit;
		if (i + 1 < names->nr && names->all[i + 1].start < name->end)
			name->end = names->all[i + 1].start;
		if (name->end <= name->start)
			name->end = name->start + 1;
	}
}

/*
 * A symbol around another is found from the one before it: that one itself, or
 * the first around it that reaches far enough. What ended earlier can hold no
 * later address either, so each is passed over once.
 */
static void link_outer(struct names *names)
{
	for (size_t i = 1; i < names->nr; i++) {
		uint32_t outer = (uint32_t)(i - 1);

		while (outer != NAMES_NONE &&
		       names->all[outer].end <= names->all[i].start)
			outer = names->all[outer].outer;
		names->all[i].outer = outer;
	}
}

void names_sort(struct names *names)
{
	if (names->nr == 0)
		return;
	qsort(names->all, names->nr, sizeof(*names->all),
	      names->keeps_last ? compare_latest : compare_names);
	drop_aliases(names);
	close_open_ends(names);
	link_outer(names);
}

const struct name *names_find(const struct names *names, uint64_t address)
{
	size_t low = 0, high = names->nr;
	unsigned int depth = 0;
	uint32_t at;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (names->all[middle].start <= address)
			low = middle + 1;
		else
			high = middle;
	}
	if (!low)
		return NULL;
	for (at = (uint32_t)(low - 1); at != NAMES_NONE;
	     at = names->all[at].outer) {
		if (address < names->all[at].end)
			return &names->all[at];
		if (++depth == NESTING_MAX)
			break;
	}
	return NULL;
}
