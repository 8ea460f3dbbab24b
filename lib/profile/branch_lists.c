/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Lists and sums out of the counted branches. The resolver keeps one answer
 * for one place in a file, whatever process has it mapped wherever, so equal
 * answers at both ends make equal branches.
 */
#include "config.h"

#include "profile/branches.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

static void sum_pairs(const struct lbrvirt_branches *branches,
		      struct lbrvirt_branches_totals *totals)
{
	totals->entries = 0;
	totals->predicted = 0;
	totals->mispredicted = 0;
	totals->in_transaction = 0;
	totals->aborted = 0;
	totals->wrong_path = 0;
	totals->timed = 0;
	totals->cycles = 0;
	for (size_t i = 0; i < branches->nr_pairs; i++) {
		const struct lbrvirt_branch_pair *sums =
			&branches->pairs[i].sums;

		if (branches->pairs[i].is_refused)
			continue;
		totals->entries += sums->count;
		totals->predicted += sums->predicted;
		totals->mispredicted += sums->mispredicted;
		totals->in_transaction += sums->in_transaction;
		totals->aborted += sums->aborted;
		totals->wrong_path += sums->wrong_path;
		totals->timed += sums->timed;
		totals->cycles += sums->cycles;
	}
}

const struct lbrvirt_branches_totals *
lbrvirt_branches_totals(struct lbrvirt_branches *branches)
{
	struct lbrvirt_branches_totals *totals;

	if (!branches)
		return NULL;
	totals = &branches->totals;
	sum_pairs(branches, totals);
	totals->block_runs = 0;
	totals->runs_across = branches->runs_across;
	for (size_t i = 0; i < branches->nr_blocks; i++) {
		const struct branches_block *block = &branches->blocks[i];

		if (block->is_across)
			totals->runs_across += block->sums.count;
		else if (!block->is_refused)
			totals->block_runs += block->sums.count;
	}
	/*
	 * The recorder's LOST_SAMPLES at the end counts again what the kernel's
	 * LOST records said on the way, as far as those found room.
	 */
	totals->lost = branches->lost_records > branches->lost_samples ?
			       branches->lost_records :
			       branches->lost_samples;
	return totals;
}

static int compare(uint64_t a, uint64_t b)
{
	return a < b ? -1 : a > b;
}

static int compare_places(const struct lbrvirt_code *a,
			  const struct lbrvirt_code *b)
{
	return compare((uintptr_t)a->symbols, (uintptr_t)b->symbols);
}

static int compare_addresses(const struct lbrvirt_code *a,
			     const struct lbrvirt_code *b)
{
	return compare(a->address, b->address);
}

/* The same branch side by side, the lowest address first. */
static int by_pair(const void *va, const void *vb)
{
	const struct lbrvirt_branch_pair *a = va;
	const struct lbrvirt_branch_pair *b = vb;
	int order = compare_places(&a->from, &b->from);

	if (!order)
		order = compare_places(&a->to, &b->to);
	if (!order)
		order = compare_addresses(&a->from, &b->from);
	return order ? order : compare_addresses(&a->to, &b->to);
}

static bool is_same_pair(const struct lbrvirt_branch_pair *a,
			 const struct lbrvirt_branch_pair *b)
{
	return !compare_places(&a->from, &b->from) &&
	       !compare_places(&a->to, &b->to);
}

static void add_pair(struct lbrvirt_branch_pair *sum,
		     const struct lbrvirt_branch_pair *more)
{
	sum->count += more->count;
	sum->predicted += more->predicted;
	sum->mispredicted += more->mispredicted;
	sum->in_transaction += more->in_transaction;
	sum->aborted += more->aborted;
	sum->wrong_path += more->wrong_path;
	sum->timed += more->timed;
	sum->cycles += more->cycles;
	if (!sum->type)
		sum->type = more->type;
}

static uint64_t weight_of_pair(const struct lbrvirt_branch_pair *pair,
			       enum lbrvirt_branches_order order)
{
	switch (order) {
	case LBRVIRT_BRANCHES_BY_MISPREDICTED:
		return pair->mispredicted;
	case LBRVIRT_BRANCHES_BY_CYCLES:
		return pair->cycles;
	default:
		return pair->count;
	}
}

static int by_weight_of_pair(const void *va, const void *vb, void *arg)
{
	const struct lbrvirt_branch_pair *a = va;
	const struct lbrvirt_branch_pair *b = vb;
	enum lbrvirt_branches_order by =
		*(const enum lbrvirt_branches_order *)arg;
	int order = compare(weight_of_pair(b, by), weight_of_pair(a, by));

	if (!order)
		order = compare(b->count, a->count);
	if (!order)
		order = compare_addresses(&a->from, &b->from);
	return order ? order : compare_addresses(&a->to, &b->to);
}

int lbrvirt_branches_pairs(struct lbrvirt_branches *branches,
			   enum lbrvirt_branches_order order,
			   const struct lbrvirt_branch_pair **ret_pairs,
			   size_t *ret_nr)
{
	struct lbrvirt_branch_pair *list;
	size_t nr = 0;
	size_t kept = 0;

	if (!branches || !ret_pairs || !ret_nr ||
	    (unsigned int)order > LBRVIRT_BRANCHES_BY_CYCLES)
		return error_set(branches ? branches->ctx : NULL, EINVAL,
				 "no such order, or a pointer is NULL");
	list = calloc(branches->nr_pairs + 1, sizeof(*list));
	if (!list)
		return error_set(branches->ctx, ENOMEM, "out of memory");
	for (size_t i = 0; i < branches->nr_pairs; i++)
		if (!branches->pairs[i].is_refused)
			list[nr++] = branches->pairs[i].sums;
	qsort(list, nr, sizeof(*list), by_pair);
	for (size_t i = 0; i < nr; i++) {
		if (kept && is_same_pair(&list[kept - 1], &list[i]))
			add_pair(&list[kept - 1], &list[i]);
		else
			list[kept++] = list[i];
	}
	qsort_r(list, kept, sizeof(*list), by_weight_of_pair, &order);
	free(branches->listed_pairs);
	branches->listed_pairs = list;
	*ret_pairs = list;
	*ret_nr = kept;
	return 0;
}

static int by_block(const void *va, const void *vb)
{
	const struct lbrvirt_branch_block *a = va;
	const struct lbrvirt_branch_block *b = vb;
	int order = compare_places(&a->start, &b->start);

	if (!order)
		order = compare_places(&a->end, &b->end);
	return order ? order : compare_addresses(&a->start, &b->start);
}

static bool is_same_block(const struct lbrvirt_branch_block *a,
			  const struct lbrvirt_branch_block *b)
{
	return !compare_places(&a->start, &b->start) &&
	       !compare_places(&a->end, &b->end);
}

static int by_weight_of_block(const void *va, const void *vb, void *arg)
{
	const struct lbrvirt_branch_block *a = va;
	const struct lbrvirt_branch_block *b = vb;
	int order = 0;

	if (*(const enum lbrvirt_branches_order *)arg ==
	    LBRVIRT_BRANCHES_BY_CYCLES)
		order = compare(b->cycles, a->cycles);
	if (!order)
		order = compare(b->count, a->count);
	if (!order)
		order = compare_addresses(&a->start, &b->start);
	return order ? order : compare_addresses(&a->end, &b->end);
}

int lbrvirt_branches_blocks(struct lbrvirt_branches *branches,
			    enum lbrvirt_branches_order order,
			    const struct lbrvirt_branch_block **ret_blocks,
			    size_t *ret_nr)
{
	struct lbrvirt_branch_block *list;
	size_t nr = 0;
	size_t kept = 0;

	if (!branches || !ret_blocks || !ret_nr ||
	    (order != LBRVIRT_BRANCHES_BY_COUNT &&
	     order != LBRVIRT_BRANCHES_BY_CYCLES))
		return error_set(
			branches ? branches->ctx : NULL, EINVAL,
			"blocks have no such order, or a pointer is NULL");
	list = calloc(branches->nr_blocks + 1, sizeof(*list));
	if (!list)
		return error_set(branches->ctx, ENOMEM, "out of memory");
	for (size_t i = 0; i < branches->nr_blocks; i++)
		if (!branches->blocks[i].is_refused &&
		    !branches->blocks[i].is_across)
			list[nr++] = branches->blocks[i].sums;
	qsort(list, nr, sizeof(*list), by_block);
	for (size_t i = 0; i < nr; i++) {
		if (kept && is_same_block(&list[kept - 1], &list[i])) {
			list[kept - 1].count += list[i].count;
			list[kept - 1].from_outside += list[i].from_outside;
			list[kept - 1].timed += list[i].timed;
			list[kept - 1].cycles += list[i].cycles;
		} else {
			list[kept++] = list[i];
		}
	}
	qsort_r(list, kept, sizeof(*list), by_weight_of_block, &order);
	free(branches->listed_blocks);
	branches->listed_blocks = list;
	*ret_blocks = list;
	*ret_nr = kept;
	return 0;
}
