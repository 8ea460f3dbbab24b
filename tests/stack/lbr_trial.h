/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A stepped child with the branch records that a CPU would have, its stack by
 * records and stack copy, and by the stack copy alone.
 */
#ifndef LBRVIRT_TESTS_STACK_LBR_TRIAL_H
#define LBRVIRT_TESTS_STACK_LBR_TRIAL_H

#include "stack/lbr_ring.h"

struct lbr_trial {
	struct stepper stepper;
	struct lbr_ring ring;
	struct lbr_records records;
	struct lbrvirt_stack *stack;
	struct lbrvirt_stack *unwound; /* by the stack copy alone */
	size_t nr_complete;
	size_t nr_unwound_complete;
	size_t nr_good;
	size_t nr_empty;
	size_t nr_from_lbr; /* frames */
	size_t nr_missing;  /* stacks without all the calls */
};

/* As stepper_start(), with a ring of @depth. */
bool lbr_trial_start(struct lbr_trial *trial, void (*program)(void),
		     const char *path, size_t depth);

/* One instruction on, and the records after it. */
bool lbr_trial_step(struct lbr_trial *trial);

/* Both stacks, with @records instead of the child's own. */
void lbr_trial_build(struct lbr_trial *trial,
		     const struct lbr_records *records);

void lbr_trial_end(struct lbr_trial *trial);

/* The same frames, whoever named them: a call or what follows it. */
bool lbr_trial_is_same(const struct lbrvirt_stack *joined,
		       const struct lbrvirt_stack *unwound);

#endif
