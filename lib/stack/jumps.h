/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Whether one function jumps into another: what a tail call and the cold part
 * of a function look like from outside.
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
	JUMPS_SOMEWHERE, /* by a register or memory, as a PLT entry does */
};

/*
 * Look for a jump in the code of @from, entered at @entry, that leads into
 * @to. Bytes are searched, not decoded: data that looks like such a jump is
 * taken for one, which is rare, since all four bytes of its target must fit.
 */
enum jumps jumps_find(struct unwinder *unwinder, const struct process *process,
		      uint64_t entry, const struct jumps_function *from,
		      const struct jumps_function *to);

#endif
