/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Whether a branch record can be of this code at all.
 */
#ifndef LBRVIRT_STACK_CALLS_H
#define LBRVIRT_STACK_CALLS_H

#include "stack/unwind.h"

/*
 * Whether the code at @from is a call, and leads to @to if it says where it
 * leads. True also where there is no code to look at.
 */
bool calls_can_be(struct unwinder *unwinder, const struct process *process,
		  uint64_t from, uint64_t to);

#endif
