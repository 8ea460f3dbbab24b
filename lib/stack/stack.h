/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * From a sample to its stack, whatever it holds: branch records, registers and
 * a stack copy, a call chain, or the address alone. The one place that decides
 * which of them speaks.
 */
#ifndef LBRVIRT_STACK_STACK_H
#define LBRVIRT_STACK_STACK_H

#include "stack/unwind.h"

/*
 * Fill @ret_stack: kernel frames of the call chain first, then user frames
 *  - of the call chain, with the verdict in the sample's weight, if lbrprof made
 *    both (@has_verdict, and the weight is not 0);
 *  - else out of branch records, if the event is in call-stack mode, joined
 *    with the stack copy or the user part of the call chain; by those alone if
 *    the records are bad;
 *  - else unwound, if the event asks for registers and a stack copy;
 *  - else the user part of the call chain, whose outermost frame is looked at
 *    for the verdict;
 *  - else the sampled address alone.
 */
void stack_build(struct unwinder *unwinder, const struct process *process,
		 const struct lbrvirt_record *record, bool has_verdict,
		 struct lbrvirt_stack *ret_stack);

/*
 * Verdict, cause and provenance of a stack in 64 bits, as lbrprof writes them
 * into PERF_SAMPLE_WEIGHT of each sample whose call chain it made:
 *   bits 0-2 verdict, 3-8 cause, 9-12 integrity of the branch records;
 *   then where the user frames above the leaf came from, three runs of 13 bits
 *   each: 3 bits provenance, 10 bits how many frames have it;
 *   bits 52-54 provenance of the frames after those. 0: nothing is known.
 */
uint64_t stack_to_weight(const struct lbrvirt_stack *stack);
void stack_from_weight(struct lbrvirt_stack *stack, uint64_t weight);

/*
 * Write @stack as a perf call chain with its PERF_CONTEXT_ markers to
 * @ret_chain (room for @max words). Returns the number of words.
 */
size_t stack_to_chain(const struct lbrvirt_stack *stack, uint64_t *ret_chain,
		      size_t max);

#endif
