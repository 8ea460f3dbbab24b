/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Branch records in call-stack mode to frames.
 */
#ifndef LBRVIRT_STACK_LBR_H
#define LBRVIRT_STACK_LBR_H

#include <lbrvirt/sample.h>
#include <lbrvirt/stack.h>

/* Whether the records of this event are a call stack: those of other modes
 * are the last branches of any kind, and no stack. */
bool lbr_is_call_stack(const struct lbrvirt_event *event);

/*
 * Append the user frames of @sample to @stack: @leaf, where the program was
 * (0: not known), then one call site for each record. @depth: see unwinder_lbr_depth().
 */
void lbr_append(const struct lbrvirt_sample *sample, uint64_t leaf,
		size_t depth, struct lbrvirt_stack *stack);

#endif
