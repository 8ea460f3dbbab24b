/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One step by frame pointer, out of code that says nothing of itself.
 */
#ifndef LBRVIRT_STACK_UNWIND_FP_H
#define LBRVIRT_STACK_UNWIND_FP_H

#include "stack/unwind_state.h"

/*
 * Replace @state by its caller's, if RBP holds up as a frame pointer. False:
 * it does not; @state is untouched.
 */
bool unwind_fp_step(const struct unwind_input *input,
		    struct unwind_state *state);

#endif
