/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One step by libunwind, for rows that no fixed rule can say.
 */
#ifndef LBRVIRT_STACK_UNWIND_REMOTE_H
#define LBRVIRT_STACK_UNWIND_REMOTE_H

#include "stack/unwind_state.h"

struct unwind_remote;

int unwind_remote_new(struct unwind_remote **ret_remote);
void unwind_remote_free(struct unwind_remote *remote);

/*
 * Replace @state by its caller's. The mapping of its RIP must have rows that
 * cfi_row.h found fit for libunwind. False: no such step; @state is untouched.
 */
bool unwind_remote_step(struct unwind_remote *remote,
			const struct unwind_input *input,
			struct unwind_state *state);

#endif
