/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A child, its ring, and two stacks at each step.
 */
#include "config.h"

#include "stack/lbr_trial.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "stack/lbr.h"

bool lbr_trial_start(struct lbr_trial *trial, void (*program)(void),
		     const char *path, size_t depth)
{
	memset(trial, 0, sizeof(*trial));
	trial->ring.depth = depth;
	if (!stepper_start(&trial->stepper, program, path)) {
		printf("skipped: ptrace is forbidden here\n");
		return false;
	}
	trial->stack = space_stack();
	trial->unwound = space_stack();
	return true;
}

bool lbr_trial_step(struct lbr_trial *trial)
{
	if (!stepper_step(&trial->stepper))
		return false;
	lbr_ring_follow(&trial->ring, &trial->stepper);
	lbr_ring_read(&trial->ring, &trial->records);
	return true;
}

void lbr_trial_build(struct lbr_trial *trial, const struct lbr_records *records)
{
	const struct space *space = &trial->stepper.space;
	const struct lbrvirt_record record =
		lbr_ring_record(&trial->stepper, records, true);

	stack_build(space->unwinder, space->process, &record, false,
		    trial->stack);
	trial->unwound->nr = 0;
	unwinder_append(space->unwinder, space->process, &record.sample,
			trial->unwound);
}

void lbr_trial_end(struct lbr_trial *trial)
{
	free(trial->unwound);
	free(trial->stack);
	stepper_end(&trial->stepper);
}

bool lbr_trial_is_same(const struct lbrvirt_stack *a,
		       const struct lbrvirt_stack *b)
{
	if (a->nr != b->nr || a->verdict != b->verdict)
		return false;
	for (size_t i = 0; i < a->nr; i++) {
		uint64_t x = a->frames[i].address;
		uint64_t y = b->frames[i].address;

		if (x != y && !lbr_is_return_of(y, x))
			return false;
	}
	return true;
}
