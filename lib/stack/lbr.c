/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * In call-stack mode the CPU pushes a record on a call and pops one on a
 * return, so that the records are the calls under way, newest first (Intel SDM
 * vol. 3B, "Last Branch Records": call-stack mode). Each names the call
 * instruction itself, not the address after it. When more calls are under way
 * than records fit in, the oldest are gone.
 *
 * The links between records are what can be checked without anything else: the
 * sampled address lies in the function that the newest record entered, and each
 * call in the one that the next older record entered.
 */
#include "config.h"

#include "stack/lbr.h"

#include <assert.h>
#include <string.h>

#include "stack/insn.h"
#include "stack/lbr_memo.h"
#include "stack/link.h"

/* A return address follows its call, of which the shortest is through a
 * register. Compilers pad calls with prefixes, to align what follows. */
#define CALL_SIZE_MIN 2
#define CALL_SIZE_MAX INSN_SIZE_MAX

/* So many calls may have been left by longjmp at once. */
#define SKIP_MAX 32

bool lbr_is_call_stack(const struct lbrvirt_event *event)
{
	return event && event->attr.sample_type & PERF_SAMPLE_BRANCH_STACK &&
	       event->attr.branch_sample_type & PERF_SAMPLE_BRANCH_CALL_STACK;
}

bool lbr_is_good(uint8_t integrity)
{
	return integrity == LBRVIRT_INTEGRITY_INTACT ||
	       integrity == LBRVIRT_INTEGRITY_TAIL_CALL ||
	       integrity == LBRVIRT_INTEGRITY_LONGJMP;
}

bool lbr_is_return_of(uint64_t address, uint64_t from)
{
	return address - from >= CALL_SIZE_MIN &&
	       address - from <= CALL_SIZE_MAX;
}

/*
 * After longjmp, or an exception, records of calls that never returned stand
 * between a call and its caller's own. Returns the older record that does lead
 * to @address, or nr.
 */
static size_t find_older_caller(struct unwinder *unwinder,
				const struct process *process,
				const struct lbr_chain *chain, size_t after,
				uint64_t address)
{
	for (size_t i = after + 1; i < chain->nr && i <= after + SKIP_MAX;
	     i++) {
		enum link link = link_check(unwinder, process,
					    &chain->branches[i], address);

		if (link == LINK_HOLDS || link == LINK_JUMPS)
			return i;
	}
	return chain->nr;
}

static void worsen(struct lbr_chain *chain, uint8_t integrity)
{
	if (integrity > chain->integrity)
		chain->integrity = integrity;
}

/* Whether record *i, or an older one, is the call that led to @address. */
static bool follow_link(struct unwinder *unwinder,
			const struct process *process, struct lbr_chain *chain,
			uint64_t address, size_t *i)
{
	switch (link_check(unwinder, process, &chain->branches[*i], address)) {
	case LINK_JUMPS:
		worsen(chain, LBRVIRT_INTEGRITY_TAIL_CALL);
		return true;
	case LINK_HOLDS:
	case LINK_UNKNOWN:
		return true;
	case LINK_BREAKS:
		break;
	}
	*i = find_older_caller(unwinder, process, chain, *i, address);
	if (*i == chain->nr)
		return false;
	worsen(chain, LBRVIRT_INTEGRITY_LONGJMP);
	return true;
}

/* What ran here before exec has left records that lead nowhere. */
static uint8_t judge_break(struct unwinder *unwinder,
			   const struct process *process,
			   const struct lbr_chain *chain, uint64_t address)
{
	if (unwinder_is_outermost(unwinder, process, address) == 1)
		return chain->integrity;
	return chain->nr_calls ? LBRVIRT_INTEGRITY_POLLUTED :
				 LBRVIRT_INTEGRITY_LEAF_MISMATCH;
}

void lbr_check(struct unwinder *unwinder, const struct process *process,
	       size_t first, uint64_t address, struct lbr_chain *chain)
{
	chain->integrity = LBRVIRT_INTEGRITY_INTACT;
	chain->nr_calls = 0;
	for (size_t i = first; i < chain->nr; i++) {
		if (address &&
		    !follow_link(unwinder, process, chain, address, &i)) {
			chain->integrity =
				judge_break(unwinder, process, chain, address);
			return;
		}
		chain->calls[chain->nr_calls++] = (uint8_t)i;
		address = chain->branches[i].from;
	}
	if (process->nr_maps && !process_find_map(process, address))
		chain->integrity = LBRVIRT_INTEGRITY_POLLUTED;
}

void lbr_read(struct unwinder *unwinder, const struct lbrvirt_sample *sample,
	      uint64_t leaf, struct lbr_chain *ret_chain)
{
	size_t depth = unwinder_lbr_depth(unwinder, sample->nr_branches);

	ret_chain->branches = sample->branches;
	ret_chain->nr = sample->nr_branches < LBR_ENTRIES_MAX ?
				sample->nr_branches :
				LBR_ENTRIES_MAX;
	ret_chain->is_full = sample->nr_branches >= depth;
	ret_chain->leaf = leaf;
	ret_chain->nr_calls = 0;
	ret_chain->integrity = LBRVIRT_INTEGRITY_EMPTY;
	link_begin(unwinder);
}

static bool push_frame(struct lbrvirt_stack *stack, uint64_t address,
		       enum lbrvirt_provenance provenance)
{
	if (stack->nr == LBRVIRT_STACK_MAX)
		return false;
	stack->frames[stack->nr++] = (struct lbrvirt_frame){
		.address = address,
		.provenance = (uint8_t)provenance,
	};
	return true;
}

void lbr_append_calls(const struct lbr_chain *chain, size_t first,
		      struct lbrvirt_stack *stack)
{
	for (size_t i = first; i < chain->nr_calls; i++)
		push_frame(stack, chain->branches[chain->calls[i]].from,
			   LBRVIRT_FROM_LBR);
}

void lbr_judge_end(struct unwinder *unwinder, const struct process *process,
		   const struct lbr_chain *chain, struct lbrvirt_stack *stack)
{
	const struct lbrvirt_frame *last;
	int is_outermost = -1;

	if (stack->nr) {
		last = &stack->frames[stack->nr - 1];
		is_outermost = unwinder_is_outermost(
			unwinder, process, last->address - last->is_return);
	}
	stack->cause = LBRVIRT_CAUSE_NONE;
	if (is_outermost == 1) {
		stack->verdict = LBRVIRT_VERDICT_COMPLETE;
	} else if (stack->nr == LBRVIRT_STACK_MAX) {
		stack->verdict = LBRVIRT_VERDICT_TRUNCATED;
		stack->cause = LBRVIRT_CAUSE_TOO_DEEP;
	} else if (chain->is_full) {
		stack->verdict = LBRVIRT_VERDICT_TRUNCATED;
		stack->cause = LBRVIRT_CAUSE_LBR_FULL;
	} else if (is_outermost == 0) {
		stack->verdict = LBRVIRT_VERDICT_TRUNCATED;
		stack->cause = LBRVIRT_CAUSE_LBR_SHORT;
	} else {
		stack->verdict = LBRVIRT_VERDICT_UNKNOWN;
	}
}

static void check_once(struct unwinder *unwinder, const struct process *process,
		       struct lbr_chain *chain)
{
	struct lbr_memo *memo = unwinder_lbr_memo(unwinder);

	if (lbr_memo_find(memo, process->epoch, chain))
		return;
	lbr_check(unwinder, process, 0, chain->leaf, chain);
	if (!link_was_cut(unwinder))
		lbr_memo_keep(memo, process->epoch, chain);
}

void lbr_append(struct unwinder *unwinder, const struct process *process,
		struct lbr_chain *chain, struct lbrvirt_stack *stack)
{
	uint64_t leaf = chain->leaf;

	assert(chain && stack);
	if (chain->nr)
		check_once(unwinder, process, chain);
	stack->integrity = chain->integrity;
	/* The newest call's target is at least in the right function. */
	if (!leaf && chain->nr && lbr_is_good(chain->integrity))
		leaf = chain->branches[0].to;
	if (leaf)
		push_frame(stack, leaf, LBRVIRT_FROM_SAMPLE);
	if (lbr_is_good(chain->integrity)) {
		lbr_append_calls(chain, 0, stack);
		lbr_judge_end(unwinder, process, chain, stack);
		return;
	}
	stack->verdict = LBRVIRT_VERDICT_BROKEN;
	stack->cause = chain->nr ? LBRVIRT_CAUSE_LBR_BAD :
				   LBRVIRT_CAUSE_LBR_EMPTY;
}
