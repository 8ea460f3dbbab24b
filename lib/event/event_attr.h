/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * From an event that was asked for to the attribute that the kernel is given.
 */
#ifndef LBRVIRT_EVENT_EVENT_ATTR_H
#define LBRVIRT_EVENT_EVENT_ATTR_H

#include <lbrvirt/stack.h>

#include "event/plan.h"

/*
 * User registers of each sample: AX BX CX DX SI DI BP SP IP and R8..R15, by
 * their numbers in enum perf_event_x86_regs (asm/perf_regs.h). Flags and
 * segments between them say nothing of the stack.
 */
#define EVENT_ATTR_USER_REGS 0xff01ffull

/*
 * Call-stack mode records the user's calls alone. Flags and cycles live in
 * registers of their own, which the kernel then need not read: a third fewer
 * in each interrupt (arch/x86/events/intel/lbr.c).
 */
#define EVENT_ATTR_CALL_STACK                                         \
	(PERF_SAMPLE_BRANCH_USER | PERF_SAMPLE_BRANCH_CALL_STACK |    \
	 PERF_SAMPLE_BRANCH_NO_FLAGS | PERF_SAMPLE_BRANCH_NO_CYCLES | \
	 PERF_SAMPLE_BRANCH_HW_INDEX)

/* The attribute of @request with stacks from @source, by the plan's rate and
 * sizes. */
void event_attr_fill(const struct lbrvirt_plan *plan,
		     const struct event_request *request,
		     enum lbrvirt_stack_source source,
		     struct perf_event_attr *ret_attr);

#endif
