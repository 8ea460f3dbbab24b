/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Calls that fell out of the branch records, taken from the thread's sample
 * before. Only for stacks that nothing better can continue: it is a guess with
 * guards, as perf report --stitch-lbr is one.
 */
#ifndef LBRVIRT_STACK_LBR_STITCH_H
#define LBRVIRT_STACK_LBR_STITCH_H

#include "stack/lbr.h"

struct lbr_stitch;

int lbr_stitch_new(struct lbr_stitch **ret_stitch);
void lbr_stitch_free(struct lbr_stitch *stitch);

/*
 * Continue @stack, which ends with the last call of a full @chain, by the calls
 * that the thread's sample before had below it; NULL: it needs none. And
 * remember this sample for the next. Needs the index of the newest record
 * (HW_INDEX); architectural LBR gives none, and nothing is stitched then. The
 * first sample of a thread allocates; without memory nothing is stitched.
 * Returns whether frames were added.
 */
bool lbr_stitch_append(struct lbr_stitch *stitch,
		       const struct lbrvirt_record *record, uint64_t epoch,
		       const struct lbr_chain *chain,
		       struct lbrvirt_stack *stack);

#endif
