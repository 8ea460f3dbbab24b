/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The branch records of a stepped child, as a CPU in call-stack mode has them:
 * a call writes one, over the oldest if need be, and a return takes the newest
 * away, whatever it is. What was overwritten does not come back. (Intel SDM
 * vol. 3B, "Last Branch Records": call-stack mode.)
 */
#ifndef LBRVIRT_TESTS_STACK_LBR_RING_H
#define LBRVIRT_TESTS_STACK_LBR_RING_H

#include "stack/stepper.h"

#define LBR_RING_MAX 64

struct lbr_ring {
	size_t depth;
	size_t nr;
	struct stepper_call calls[LBR_RING_MAX]; /* oldest first */
};

/* What the kernel hands out of a ring. */
struct lbr_records {
	size_t nr;
	struct lbrvirt_branch branches[LBR_RING_MAX]; /* newest first */
};

/* Take in the child's last instruction. */
void lbr_ring_follow(struct lbr_ring *ring, const struct stepper *stepper);

/* "call next" is left out, as the kernel does. */
void lbr_ring_read(const struct lbr_ring *ring,
		   struct lbr_records *ret_records);

/*
 * How many of the child's calls under way have a record, counted from the
 * newest up to the first that has none.
 */
size_t lbr_ring_count(const struct lbr_ring *ring,
		      const struct stepper *stepper);

/* A sample record with @records; with a stack copy if @is_joined. */
struct lbrvirt_record lbr_ring_record(struct stepper *stepper,
				      const struct lbr_records *records,
				      bool is_joined);

/* Print what a stack is and what it should be, to find out about it. */
void lbr_ring_print(const struct stepper *stepper,
		    const struct lbr_records *records,
		    const struct lbrvirt_stack *stack);

#endif
