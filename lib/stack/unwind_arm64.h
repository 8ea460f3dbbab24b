/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Unwinding a copied user stack of an arm64 program: for recordings that come
 * from such a machine. Nobody records on one, so it may be slower than unwind.h.
 */
#ifndef LBRVIRT_STACK_UNWIND_ARM64_H
#define LBRVIRT_STACK_UNWIND_ARM64_H

#include "stack/unwind.h"

struct unwind_arm64;

int unwind_arm64_new(struct dso_table *dsos, struct unwind_arm64 **ret_arm64);
void unwind_arm64_free(struct unwind_arm64 *arm64);

/* Whether registers of this mask can be an arm64 program's, and are enough to
 * unwind it. x86-64's end below bit 24; others' that look alike, if there are
 * any, find no rows: those of arm64 files alone are read. */
bool unwind_arm64_is_mask(uint64_t regs_mask);

/* As unwinder_append(), whose sample has registers of such a mask. */
void unwind_arm64_append(struct unwind_arm64 *arm64, struct unwinder *unwinder,
			 const struct process *process,
			 const struct lbrvirt_sample *sample,
			 struct lbrvirt_stack *stack);

#endif
