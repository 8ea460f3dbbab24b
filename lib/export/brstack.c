/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Branches as perf2bolt -pa reads them. It knows no processes and no mappings:
 * addresses are those of one program or library, and what lies elsewhere has
 * none. BOLT 15 reads "X:" before an address and then takes the address for
 * the program's all the same, so there it is 0, where no code is.
 *
 * Format: the comment at DataAggregator::parsePreAggregated() in LLVM's
 * bolt/include/bolt/Profile/DataAggregator.h.
 */
#include "config.h"

#include <lbrvirt/export.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "export/text.h"
#include "profile/branches.h"

#define OUTSIDE UINT64_MAX

enum kind {
	KIND_BRANCH = 0,
	KIND_RUN = 1,
	KIND_RUN_FROM_OUTSIDE = 2,
};

struct line {
	enum kind kind;
	uint64_t first;
	uint64_t second;
	uint64_t count;
	uint64_t mispredicted;
};

struct lines {
	struct line *list;
	size_t nr;
	size_t capacity;
};

static const struct lbrvirt_symbol *function_of(const struct lbrvirt_code *code)
{
	return &code->symbols[code->nr_symbols - 1];
}

static bool is_named(const char *path, const char *name)
{
	const char *slash = strrchr(path, '/');

	return strcmp(path, name) == 0 ||
	       (slash && strcmp(slash + 1, name) == 0);
}

/* How many branches lead from the file at @path, in @pairs from @first on. */
static uint64_t count_from(const struct lbrvirt_branch_pair *pairs, size_t nr,
			   size_t first, const char *path)
{
	uint64_t count = 0;

	for (size_t i = first; i < nr; i++)
		if (strcmp(function_of(&pairs[i].from)->dso, path) == 0)
			count += pairs[i].count;
	return count;
}

/*
 * The file that is meant. Most recordings are of one program: of the files that
 * the most frequent branches lead from, only some are looked at.
 */
static const char *find_dso(const struct lbrvirt_branch_pair *pairs, size_t nr,
			    const char *name)
{
	const size_t looked_at = nr < 64 ? nr : 64;
	const char *best = NULL;
	uint64_t most = 0;

	for (size_t i = 0; name && i < nr; i++) {
		if (is_named(function_of(&pairs[i].from)->dso, name))
			return function_of(&pairs[i].from)->dso;
		if (is_named(function_of(&pairs[i].to)->dso, name))
			return function_of(&pairs[i].to)->dso;
	}
	for (size_t i = 0; !name && i < looked_at; i++) {
		const char *path = function_of(&pairs[i].from)->dso;
		uint64_t count;

		if (path[0] != '/' || path[1] == '/')
			continue;
		count = count_from(pairs, nr, i, path);
		if (count > most) {
			best = path;
			most = count;
		}
	}
	return best;
}

static uint64_t address_in(const struct lbrvirt_code *code, const char *dso)
{
	const struct lbrvirt_symbol *function = function_of(code);

	return strcmp(function->dso, dso) == 0 ? function->vaddr : OUTSIDE;
}

static int add_line(struct lines *lines, const struct line *line)
{
	void *list = lines->list;
	int err;

	if (line->count == 0)
		return 0;
	err = array_reserve(&list, &lines->capacity, lines->nr + 1,
			    sizeof(*lines->list));
	lines->list = list;
	if (!err)
		lines->list[lines->nr++] = *line;
	return err;
}

static int add_pair(struct lines *lines, const struct lbrvirt_branch_pair *pair,
		    const char *dso)
{
	struct line line = {
		.kind = KIND_BRANCH,
		.first = address_in(&pair->from, dso),
		.second = address_in(&pair->to, dso),
		.count = pair->count,
		.mispredicted = pair->mispredicted,
	};

	if (line.first == OUTSIDE && line.second == OUTSIDE)
		return 0;
	return add_line(lines, &line);
}

static int add_block(struct lines *lines,
		     const struct lbrvirt_branch_block *block, const char *dso)
{
	struct line line = {
		.kind = KIND_RUN,
		.first = address_in(&block->start, dso),
		.second = address_in(&block->end, dso),
		.count = block->count - block->from_outside,
	};
	int err;

	if (line.first == OUTSIDE || line.second == OUTSIDE)
		return 0;
	err = add_line(lines, &line);
	line.kind = KIND_RUN_FROM_OUTSIDE;
	line.count = block->from_outside;
	return err ? err : add_line(lines, &line);
}

static int by_place(const void *va, const void *vb)
{
	const struct line *a = va;
	const struct line *b = vb;

	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	if (a->first != b->first)
		return a->first < b->first ? -1 : 1;
	return a->second < b->second ? -1 : a->second > b->second;
}

/* Sorted, and one line where several are of the same places. */
static void put_together(struct lines *lines)
{
	size_t nr = 0;

	if (lines->nr)
		qsort(lines->list, lines->nr, sizeof(*lines->list), by_place);
	for (size_t i = 0; i < lines->nr; i++) {
		struct line *last = nr ? &lines->list[nr - 1] : NULL;

		if (last && by_place(last, &lines->list[i]) == 0) {
			last->count += lines->list[i].count;
			last->mispredicted += lines->list[i].mispredicted;
		} else {
			lines->list[nr++] = lines->list[i];
		}
	}
	lines->nr = nr;
}

static void put_address(struct text *text, uint64_t address)
{
	text_put_char(text, ' ');
	if (address == OUTSIDE)
		text_put_string(text, "X:0");
	else
		text_put_hex(text, address, 0);
}

static int print(const struct lines *lines, FILE *out)
{
	static const char letters[] = { 'B', 'F', 'f' };
	struct text text = { .is_short = false };
	int flushed;
	int err = 0;

	for (size_t i = 0; !err && i < lines->nr; i++) {
		const struct line *line = &lines->list[i];

		text_put_char(&text, letters[line->kind]);
		put_address(&text, line->first);
		put_address(&text, line->second);
		text_put_char(&text, ' ');
		text_put_decimal(&text, line->count, 0);
		if (line->kind == KIND_BRANCH) {
			text_put_char(&text, ' ');
			text_put_decimal(&text, line->mispredicted, 0);
		}
		text_put_char(&text, '\n');
		err = text_pass_on(&text, out);
	}
	flushed = text_flush(&text, out);
	text_fini(&text);
	if (!err && !flushed && fflush(out) == EOF)
		return -EIO;
	return err ? err : flushed;
}

static int collect(struct lbrvirt_branches *branches, const char *dso,
		   const struct lbrvirt_branch_pair *pairs, size_t nr_pairs,
		   struct lines *lines)
{
	const struct lbrvirt_branch_block *blocks;
	size_t nr_blocks;
	int err = lbrvirt_branches_blocks(branches, LBRVIRT_BRANCHES_BY_COUNT,
					  &blocks, &nr_blocks);

	for (size_t i = 0; !err && i < nr_pairs; i++)
		err = add_pair(lines, &pairs[i], dso);
	for (size_t i = 0; !err && i < nr_blocks; i++)
		err = add_block(lines, &blocks[i], dso);
	return err;
}

int lbrvirt_export_brstack(struct lbrvirt_branches *branches, const char *dso,
			   FILE *out, const char **ret_dso)
{
	const struct lbrvirt_branch_pair *pairs;
	struct lines lines = { .nr = 0 };
	const char *found;
	size_t nr;
	int err;

	if (!branches || !out)
		return -EINVAL;
	err = lbrvirt_branches_pairs(branches, LBRVIRT_BRANCHES_BY_COUNT,
				     &pairs, &nr);
	if (err)
		return err;
	found = find_dso(pairs, nr, dso);
	if (!found)
		return error_set(
			branches->ctx, ENOENT,
			"no branch leads from or to %s; lbrprof report --branches shows the files",
			dso ? dso : "a file");
	err = collect(branches, found, pairs, nr, &lines);
	if (!err) {
		put_together(&lines);
		err = print(&lines, out);
	}
	free(lines.list);
	if (!err && ret_dso)
		*ret_dso = found;
	if (err == -EIO)
		return error_set(branches->ctx, EIO,
				 "writing the output failed");
	return err ? error_set(branches->ctx, ENOMEM, "out of memory") : 0;
}
