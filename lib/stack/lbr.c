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

#include "stack/jumps.h"

/* A return address follows its call: CALL takes 2 bytes (register) to 7 (SIB
 * and 32-bit displacement), 8 with a prefix (Intel SDM vol. 2A). */
#define CALL_SIZE_MIN 2
#define CALL_SIZE_MAX 8

enum link {
	LINK_HOLDS,
	LINK_JUMPS,   /* by a jump from one function into the other */
	LINK_UNKNOWN, /* the code cannot be read, or jumps where only it knows */
	LINK_BREAKS,
};

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

/* The link between code at @address and the record that entered at @entry. */
static enum link check_link(struct unwinder *unwinder,
			    const struct process *process, uint64_t address,
			    uint64_t entry)
{
	struct jumps_function from, to;

	if (process->nr_maps == 0)
		return LINK_UNKNOWN;
	if (!process_find_map(process, address) ||
	    !process_find_map(process, entry))
		return LINK_BREAKS;
	if (!unwinder_function(unwinder, process, entry, &from.start,
			       &from.end) ||
	    !unwinder_function(unwinder, process, address, &to.start, &to.end))
		return LINK_UNKNOWN;
	if (from.start == to.start)
		return LINK_HOLDS;
	switch (jumps_find(unwinder, process, entry, &from, &to)) {
	case JUMPS_YES:
		return LINK_JUMPS;
	case JUMPS_SOMEWHERE:
		return LINK_UNKNOWN;
	case JUMPS_NO:
		break;
	}
	return LINK_BREAKS;
}

/*
 * After longjmp, or an exception, records of calls that never returned stand
 * between a call and its caller's own. Returns the older record whose function
 * does hold @address, or nr.
 */
static size_t find_older_caller(struct unwinder *unwinder,
				const struct process *process,
				const struct lbr_chain *chain, size_t after,
				uint64_t address)
{
	for (size_t i = after + 1; i < chain->nr; i++) {
		if (check_link(unwinder, process, address,
			       chain->branches[i].to) == LINK_HOLDS)
			return i;
	}
	return chain->nr;
}

static void worsen(struct lbr_chain *chain, uint8_t integrity)
{
	if (integrity > chain->integrity)
		chain->integrity = integrity;
}

static bool follow_link(struct unwinder *unwinder,
			const struct process *process, struct lbr_chain *chain,
			uint64_t address, size_t *i)
{
	switch (check_link(unwinder, process, address,
			   chain->branches[*i].to)) {
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

static void check_chain(struct unwinder *unwinder,
			const struct process *process, struct lbr_chain *chain)
{
	uint64_t address = chain->leaf;

	chain->integrity = LBRVIRT_INTEGRITY_INTACT;
	for (size_t i = 0; i < chain->nr; i++) {
		if (address &&
		    !follow_link(unwinder, process, chain, address, &i)) {
			chain->integrity =
				address == chain->leaf ?
					LBRVIRT_INTEGRITY_LEAF_MISMATCH :
					LBRVIRT_INTEGRITY_POLLUTED;
			return;
		}
		chain->calls[chain->nr_calls++] = (uint8_t)i;
		address = chain->branches[i].from;
	}
	if (process->nr_maps && !process_find_map(process, address))
		chain->integrity = LBRVIRT_INTEGRITY_POLLUTED;
}

void lbr_read(struct unwinder *unwinder, const struct process *process,
	      const struct lbrvirt_sample *sample, uint64_t leaf,
	      struct lbr_chain *ret_chain)
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
	if (ret_chain->nr)
		check_chain(unwinder, process, ret_chain);
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
	int is_outermost = -1;

	if (stack->nr)
		is_outermost = unwinder_is_outermost(
			unwinder, process,
			stack->frames[stack->nr - 1].address);
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

void lbr_append(struct unwinder *unwinder, const struct process *process,
		const struct lbr_chain *chain, struct lbrvirt_stack *stack)
{
	uint64_t leaf = chain->leaf;

	assert(chain && stack);
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
