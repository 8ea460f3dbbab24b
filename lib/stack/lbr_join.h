/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One stack out of two sources: branch records and an unwound stack copy, or a
 * chain of frame pointers.
 */
#ifndef LBRVIRT_STACK_LBR_JOIN_H
#define LBRVIRT_STACK_LBR_JOIN_H

#include "stack/lbr.h"

/*
 * Append the user frames of @sample, which has registers and a stack copy.
 * Where both sources know a frame they are compared; where the unwinding ends
 * early the records go on, and unwinding again where they lead. Bad records
 * leave the unwound stack alone. Sets verdict, cause and integrity.
 */
void lbr_join(struct unwinder *unwinder, const struct process *process,
	      const struct lbrvirt_sample *sample, struct lbr_chain *chain,
	      struct lbrvirt_stack *stack);

/*
 * Continue a stack that ends with the last record by the user part of a frame
 * pointer chain (@addresses, innermost first), if that holds the last call's
 * return address. Returns whether it did.
 */
bool lbr_join_chain(struct unwinder *unwinder, const struct process *process,
		    const struct lbr_chain *chain, const uint64_t *addresses,
		    size_t nr, struct lbrvirt_stack *stack);

#endif
