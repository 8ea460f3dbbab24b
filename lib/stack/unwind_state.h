/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What is known of one frame while a stack is unwound, and the copied memory
 * it is unwound from. Shared by the fast loop and libunwind's single steps.
 */
#ifndef LBRVIRT_STACK_UNWIND_STATE_H
#define LBRVIRT_STACK_UNWIND_STATE_H

#include <string.h>

#include "process/process.h"
#include "stack/cfi.h"

struct unwind_state {
	uint64_t regs[CFI_NR_REGISTERS]; /* by enum cfi_register */
	uint32_t known;			 /* bit i: regs[i] is */
	bool is_return; /* RIP follows a call: look up the byte before it */
};

/* What stays the same over one stack. */
struct unwind_input {
	const struct process *process;
	struct dso_table *dsos;
	const unsigned char *copy; /* of the stack, from @base on */
	uint64_t base;
	uint64_t size;
	bool is_cut; /* the stack goes on above the copy */
};

/* An unwinding that can be taken up again where it ended. */
struct unwind_cursor {
	struct unwind_input input;
	struct unwind_state state; /* of the last frame pushed, or the first */
};

/* Callee-saved registers, and those that every step finds. */
#define UNWIND_KEPT                                                      \
	(1u << CFI_RBX | 1u << CFI_RBP | 1u << CFI_RSP | 1u << CFI_R12 | \
	 1u << CFI_R13 | 1u << CFI_R14 | 1u << CFI_R15 | 1u << CFI_RIP)

/* One word of the copied stack. False: outside of it. */
static inline bool unwind_state_read(const struct unwind_input *input,
				     uint64_t address, uint64_t *ret_word)
{
	uint64_t at = address - input->base;

	if (input->size < sizeof(*ret_word) ||
	    at > input->size - sizeof(*ret_word))
		return false;
	memcpy(ret_word, input->copy + at, sizeof(*ret_word));
	return true;
}

#endif
