/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * In call-stack mode the CPU pushes a record on a call and pops one on a
 * return, so that the records are the calls under way, newest first (Intel
 * SDM vol. 3B, "Last Branch Records": call-stack mode). Each names the call
 * instruction itself, not the address after it. When more calls are under way
 * than records fit in, the oldest are gone.
 */
#include "config.h"

#include "stack/lbr.h"

#include <assert.h>

bool lbr_is_call_stack(const struct lbrvirt_event *event)
{
	return event && event->attr.sample_type & PERF_SAMPLE_BRANCH_STACK &&
	       event->attr.branch_sample_type & PERF_SAMPLE_BRANCH_CALL_STACK;
}

static bool push_frame(struct lbrvirt_stack *stack, uint64_t address,
		       enum lbrvirt_provenance provenance)
{
	if (stack->nr == LBRVIRT_STACK_MAX) {
		stack->verdict = LBRVIRT_VERDICT_TRUNCATED;
		stack->cause = LBRVIRT_CAUSE_TOO_DEEP;
		return false;
	}
	stack->frames[stack->nr++] = (struct lbrvirt_frame){
		.address = address,
		.provenance = (uint8_t)provenance,
	};
	return true;
}

void lbr_append(const struct lbrvirt_sample *sample, uint64_t leaf,
		size_t depth, struct lbrvirt_stack *stack)
{
	assert(sample && stack && depth);
	stack->verdict = LBRVIRT_VERDICT_COMPLETE;
	stack->cause = LBRVIRT_CAUSE_NONE;
	if (sample->nr_branches == 0) {
		stack->verdict = LBRVIRT_VERDICT_BROKEN;
		stack->cause = LBRVIRT_CAUSE_LBR_EMPTY;
	} else if (sample->nr_branches >= depth) {
		stack->verdict = LBRVIRT_VERDICT_TRUNCATED;
		stack->cause = LBRVIRT_CAUSE_LBR_FULL;
	}
	/* The newest call's target is at least in the right function. */
	if (leaf == 0 && sample->nr_branches)
		leaf = sample->branches[0].to;
	if (leaf && !push_frame(stack, leaf, LBRVIRT_FROM_SAMPLE))
		return;
	for (size_t i = 0; i < sample->nr_branches; i++) {
		if (!push_frame(stack, sample->branches[i].from,
				LBRVIRT_FROM_LBR))
			return;
	}
}
