/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Branch records in call-stack mode: whether they are this thread's stack, and
 * the frames they tell.
 */
#ifndef LBRVIRT_STACK_LBR_H
#define LBRVIRT_STACK_LBR_H

#include "stack/unwind.h"

/* More than any CPU has (facts: 64 with Arch LBR); the rest is not read. */
#define LBR_ENTRIES_MAX 128

/* A sample's records, and the sampled address they belong to. */
struct lbr_chain {
	const struct lbrvirt_branch *branches; /* newest first */
	size_t nr;
	bool is_full;  /* as many as the CPU has: older calls may be gone */
	uint64_t leaf; /* 0: not known */
	/*
	 * By lbr_check(): enum lbrvirt_integrity, and the calls that hold,
	 * newest first: indices of branches. Fewer than nr where some never
	 * returned, or where the records break.
	 */
	uint8_t integrity;
	uint8_t calls[LBR_ENTRIES_MAX];
	size_t nr_calls;
};

/* Whether the records of this event are a call stack: those of other modes
 * are the last branches of any kind, and no stack. */
bool lbr_is_call_stack(const struct lbrvirt_event *event);

/* Whether records of this integrity may be shown as a stack. */
bool lbr_is_good(uint8_t integrity);

/* Whether @address is what a call at @from left as its return address. */
bool lbr_is_return_of(uint64_t address, uint64_t from);

/* Read the records of @sample, unchecked. */
void lbr_read(struct unwinder *unwinder, const struct lbrvirt_sample *sample,
	      uint64_t leaf, struct lbr_chain *ret_chain);

/*
 * Check the records from @first on by the code alone: they are to lead to
 * @address (0: not known).
 */
void lbr_check(struct unwinder *unwinder, const struct process *process,
	       size_t first, uint64_t address, struct lbr_chain *chain);

/*
 * Check the records, append the frames that they tell, and judge the stack by
 * where they end. Bad records give the leaf alone.
 */
void lbr_append(struct unwinder *unwinder, const struct process *process,
		struct lbr_chain *chain, struct lbrvirt_stack *stack);

/* Push the calls of @chain from @first on, up to the last. */
void lbr_append_calls(const struct lbr_chain *chain, size_t first,
		      struct lbrvirt_stack *stack);

/* Set verdict and cause of a stack that ends with the records' last call. */
void lbr_judge_end(struct unwinder *unwinder, const struct process *process,
		   const struct lbr_chain *chain, struct lbrvirt_stack *stack);

#endif
