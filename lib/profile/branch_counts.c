/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Counting the entries of one sample's branch record. Each costs two look-ups
 * in hash tables: one for the branch, one for the block between it and the
 * entry before. Names are looked up at the first sight of either, because only
 * then do the process's mappings still stand as they stood.
 *
 * Entries are newest first, so code ran from where entry i went to up to where
 * entry i - 1 came from, once, and without a taken branch in between. What ran
 * before the oldest entry and after the newest is only known in part and is
 * left out.
 */
#include "config.h"

#include "profile/branches.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "base/buffer.h"

/* Mappings of the kernel and its modules, a process of their own. */
#define KERNEL_PID UINT32_MAX

/* What AMD's records say of a branch that was speculated and taken back
 * (PERF_BR_SPEC_WRONG_PATH, Linux 6.1). */
#define SPEC_WRONG_PATH 1u

/* Two addresses of one address space. */
struct key {
	uint64_t epoch;	       /* 0 if both are the kernel's */
	uint64_t kernel_epoch; /* 0 if neither is */
	uint64_t first;
	uint64_t second;
};

/* The sample at hand. */
struct source {
	uint32_t pid;
	uint64_t epoch;
	uint64_t kernel_epoch;
};

/* Kernel addresses are the upper half. */
static bool is_kernel(uint64_t address)
{
	return address >> 63;
}

static struct key make_key(const struct source *source, uint64_t first,
			   uint64_t second)
{
	bool has_kernel = is_kernel(first) || is_kernel(second);
	bool has_user = !is_kernel(first) || !is_kernel(second);

	return (struct key){
		.epoch = has_user ? source->epoch : 0,
		.kernel_epoch = has_kernel ? source->kernel_epoch : 0,
		.first = first,
		.second = second,
	};
}

static int find_code(struct lbrvirt_branches *branches, uint32_t pid,
		     uint64_t address, struct lbrvirt_code *ret_code)
{
	const struct lbrvirt_frame frame = { .address = address,
					     .is_kernel = is_kernel(address) };

	ret_code->address = address;
	return lbrvirt_resolver_symbols(branches->resolver, pid, &frame,
					&ret_code->symbols,
					&ret_code->nr_symbols);
}

static bool takes_code(const struct lbrvirt_branches *branches,
		       const struct lbrvirt_code *code)
{
	return filter_takes_leaf(&branches->filter, code->symbols,
				 code->nr_symbols);
}

/* Without names nobody can tell: the file must do. */
static bool is_one_function(const struct lbrvirt_branch_pair *pair)
{
	const struct lbrvirt_symbol *from =
		&pair->from.symbols[pair->from.nr_symbols - 1];
	const struct lbrvirt_symbol *to =
		&pair->to.symbols[pair->to.nr_symbols - 1];

	if (from->has_name != to->has_name || strcmp(from->dso, to->dso) != 0)
		return false;
	return !from->has_name || from->start == to->start;
}

static int find_pair(struct lbrvirt_branches *branches,
		     const struct source *source,
		     const struct lbrvirt_branch *branch,
		     struct branches_pair **ret_pair)
{
	struct key key = make_key(source, branch->from, branch->to);
	void *array = branches->pairs;
	struct branches_pair pair = { .is_refused = false };
	uint32_t id;
	int err;

	if (!intern_find(branches->pair_keys, &key, sizeof(key), &id)) {
		*ret_pair = &branches->pairs[id];
		return 0;
	}
	err = find_code(branches, source->pid, branch->from, &pair.sums.from);
	if (!err)
		err = find_code(branches, source->pid, branch->to,
				&pair.sums.to);
	if (!err)
		err = array_reserve(&array, &branches->pairs_capacity,
				    branches->nr_pairs + 1, sizeof(pair));
	if (err)
		return err;
	branches->pairs = array;
	pair.is_refused = !takes_code(branches, &pair.sums.from) &&
			  !takes_code(branches, &pair.sums.to);
	pair.is_across = !is_one_function(&pair.sums);
	if (intern_add(branches->pair_keys, &key, sizeof(key), &id) < 0)
		return -ENOMEM;
	assert(id == branches->nr_pairs);
	branches->pairs[branches->nr_pairs++] = pair;
	*ret_pair = &branches->pairs[id];
	return 0;
}

/* perf's words for the kernel's PERF_BR_…, and those that mean more only with
 * the field new_type; Linux 6.1. NULL: not recorded. */
static const char *type_of(uint64_t flags)
{
	static const char *const names[16] = {
		NULL,  "cond",	  "uncond", "ind",	 "call",     "ind_call",
		"ret", "syscall", "sysret", "cond_call", "cond_ret", "eret",
		"irq", "serror",  "no_tx",  NULL,
	};
	static const char *const extended[16] = {
		"fault_algn", "fault_data", "fault_inst", "arch_1",
		"arch_2",     "arch_3",	    "arch_4",	  "arch_5",
	};

	if (LBRVIRT_BRANCH_TYPE(flags) == 15)
		return extended[LBRVIRT_BRANCH_NEW_TYPE(flags)];
	return names[LBRVIRT_BRANCH_TYPE(flags)];
}

static bool is_wrong_path(const struct lbrvirt_branch *branch)
{
	return LBRVIRT_BRANCH_SPEC(branch->flags) == SPEC_WRONG_PATH;
}

static int count_branch(struct lbrvirt_branches *branches,
			const struct source *source,
			const struct lbrvirt_branch *branch,
			bool *ret_is_across)
{
	struct lbrvirt_branch_pair *sums;
	struct branches_pair *pair;
	uint64_t flags = branch->flags;
	unsigned int cycles = LBRVIRT_BRANCH_CYCLES(flags);
	const char *type = type_of(flags);
	int err = find_pair(branches, source, branch, &pair);

	if (err)
		return err;
	*ret_is_across = pair->is_across;
	sums = &pair->sums;
	sums->count++;
	sums->predicted += !!(flags & LBRVIRT_BRANCH_PREDICTED);
	sums->mispredicted += !!(flags & LBRVIRT_BRANCH_MISPRED);
	sums->in_transaction += !!(flags & LBRVIRT_BRANCH_IN_TX);
	sums->aborted += !!(flags & LBRVIRT_BRANCH_ABORT);
	sums->wrong_path += is_wrong_path(branch);
	sums->timed += cycles > 0;
	sums->cycles += cycles;
	if (type)
		sums->type = type;
	return 0;
}

/* Both ends in one file, as far apart in it as they are in memory. */
static bool is_across(const struct lbrvirt_branch_block *block)
{
	const struct lbrvirt_symbol *start =
		&block->start.symbols[block->start.nr_symbols - 1];
	const struct lbrvirt_symbol *end =
		&block->end.symbols[block->end.nr_symbols - 1];

	return strcmp(start->dso, end->dso) != 0 ||
	       end->dso_offset - start->dso_offset !=
		       block->end.address - block->start.address;
}

static int find_block(struct lbrvirt_branches *branches,
		      const struct source *source, uint64_t start, uint64_t end,
		      struct lbrvirt_branch_block **ret_sums)
{
	struct key key = make_key(source, start, end);
	void *array = branches->blocks;
	struct branches_block block = { .is_refused = false };
	uint32_t id;
	int err;

	if (!intern_find(branches->block_keys, &key, sizeof(key), &id)) {
		*ret_sums = &branches->blocks[id].sums;
		return 0;
	}
	err = find_code(branches, source->pid, start, &block.sums.start);
	if (!err)
		err = find_code(branches, source->pid, end, &block.sums.end);
	if (!err)
		err = array_reserve(&array, &branches->blocks_capacity,
				    branches->nr_blocks + 1, sizeof(block));
	if (err)
		return err;
	branches->blocks = array;
	block.is_across = is_across(&block.sums);
	block.is_refused = !takes_code(branches, &block.sums.start);
	if (intern_add(branches->block_keys, &key, sizeof(key), &id) < 0)
		return -ENOMEM;
	assert(id == branches->nr_blocks);
	branches->blocks[branches->nr_blocks++] = block;
	*ret_sums = &branches->blocks[id].sums;
	return 0;
}

/*
 * The block between two entries next to each other. Its cycles are those of
 * the branch that leaves it: a record counts the core clocks since the record
 * before was made (Intel SDM vol. 3B, Last Branch Records, CYC_CNT of
 * IA32_LBR_x_INFO). No clocks mean that nobody counted, as after a reset.
 *
 * An entry can be missing between the two: the filter on privilege drops those
 * that end in the other half, and interrupts are not always recorded. Then the
 * two do not fit together in most cases, and are left out.
 */
static int count_block(struct lbrvirt_branches *branches,
		       const struct source *source,
		       const struct lbrvirt_branch *entered,
		       const struct lbrvirt_branch *left, bool is_from_outside)
{
	struct lbrvirt_branches_totals *totals = &branches->totals;
	unsigned int cycles = LBRVIRT_BRANCH_CYCLES(left->flags);
	struct lbrvirt_branch_block *sums;
	int err;

	if (is_wrong_path(entered) || is_wrong_path(left))
		totals->runs_wrong_path++;
	else if (is_kernel(entered->to) != is_kernel(left->from))
		branches->runs_across++;
	else if (left->from < entered->to)
		totals->runs_backward++;
	else if (left->from - entered->to >= LBRVIRT_BLOCK_MAX)
		totals->runs_too_long++;
	else {
		err = find_block(branches, source, entered->to, left->from,
				 &sums);
		if (err)
			return err;
		sums->count++;
		sums->from_outside += is_from_outside;
		sums->timed += cycles > 0;
		sums->cycles += cycles;
	}
	return 0;
}

/* A register never written: where there is nothing to filter by, Linux hands on
 * all legacy ones. */
static bool is_empty(const struct lbrvirt_branch *branch)
{
	return branch->from == 0 && branch->to == 0;
}

int branch_counts_add(struct lbrvirt_branches *branches,
		      const struct lbrvirt_record *record)
{
	const struct lbrvirt_branch *entries = record->sample.branches;
	bool has_blocks = lbrvirt_event_has_blocks(record->event);
	const struct source source = {
		.pid = record->pid,
		.epoch =
			lbrvirt_resolver_epoch(branches->resolver, record->pid),
		.kernel_epoch =
			lbrvirt_resolver_epoch(branches->resolver, KERNEL_PID),
	};
	bool is_across = false;
	int err = 0;

	for (size_t i = 0; !err && i < record->sample.nr_branches; i++) {
		if (is_empty(&entries[i])) {
			branches->totals.empty++;
			continue;
		}
		err = count_branch(branches, &source, &entries[i], &is_across);
		if (!err && has_blocks && i > 0 && !is_empty(&entries[i - 1]))
			err = count_block(branches, &source, &entries[i],
					  &entries[i - 1], is_across);
	}
	return err;
}
