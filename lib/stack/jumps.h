/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Whether a function that was entered may have left for another one by jumps:
 * what tail calls and the cold parts of functions look like from outside.
 */
#ifndef LBRVIRT_STACK_JUMPS_H
#define LBRVIRT_STACK_JUMPS_H

#include "stack/unwind.h"

/* [start, end) in addresses of the process. */
struct jumps_function {
	uint64_t start;
	uint64_t end;
};

enum jumps {
	JUMPS_NO,
	JUMPS_YES,
	JUMPS_BOUND,	 /* @entry is a stub that stands for it */
	JUMPS_SOMEWHERE, /* by a register or memory, so nobody can tell */
};

/*
 * Look for jumps in the function that was entered at @entry, and in those that
 * it jumps to, that lead into @to. Functions of other files that a stub stands
 * for are known by name only.
 */
enum jumps jumps_find(struct unwinder *unwinder, const struct process *process,
		      uint64_t entry, const struct jumps_function *to);

#endif
