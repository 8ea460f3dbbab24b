/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A child is run one instruction at a time and unwound at each: prologues,
 * epilogues, PLT entries, lazy binding, signal delivery. What the stack must
 * be is known from the CALL and RET instructions that were executed.
 */
#include "config.h"

#include "stack/suites.h"

#include <stdio.h>
#include <stdlib.h>

#include "stack/programs.h"
#include "stack/stepper.h"

static void (*const programs[])(void) = {
	programs_recursion,  programs_callbacks,     programs_signal,
	programs_binding,    programs_failed_lookup, programs_longjmp,
	programs_tail_calls, programs_cold,
};

struct trial {
	struct stepper stepper;
	struct lbrvirt_stack *stack;
	size_t nr_incomplete;
};

/* The calls must be in the stack, in order; between them there may be what a
 * signal put there. */
static bool has_all_calls(const struct trial *trial)
{
	const struct stepper *stepper = &trial->stepper;
	size_t left = stepper->nr_calls;

	for (size_t i = 1; i < trial->stack->nr && left; i++) {
		if (trial->stack->frames[i].address ==
		    stepper->calls[left - 1].return_address)
			left--;
	}
	return left == 0;
}

static void check_child(struct trial *trial)
{
	const struct lbrvirt_sample sample = stepper_sample(&trial->stepper);
	struct lbrvirt_stack *stack = trial->stack;

	stack->nr = 0;
	unwinder_append(trial->stepper.space.unwinder,
			trial->stepper.space.process, &sample, stack);
	if (stack->verdict == LBRVIRT_VERDICT_COMPLETE && has_all_calls(trial))
		return;
	trial->nr_incomplete++;
	if (trial->nr_incomplete < 10)
		printf("at %#llx: verdict %d, %s, %zu of %zu calls\n",
		       trial->stepper.regs.rip, stack->verdict,
		       lbrvirt_cause_text(stack->cause), stack->nr,
		       trial->stepper.nr_calls);
}

START_TEST(every_instruction_unwinds_to_the_first_frame)
{
	const struct unwinder_stats *stats;
	struct trial trial = { 0 };
	struct stepper *stepper = &trial.stepper;

	if (!stepper_start(stepper, programs[_i], NULL)) {
		printf("skipped: ptrace is forbidden here\n");
		return;
	}
	trial.stack = space_stack();
	while (stepper_step(stepper))
		check_child(&trial);
	stats = unwinder_stats(stepper->space.unwinder);
	printf("%zu instructions, %zu frames, %zu rows read, %zu by libunwind\n",
	       stepper->nr_steps, (size_t)stats->nr_frames,
	       (size_t)stats->nr_rule_misses, (size_t)stats->nr_remote_steps);
	ck_assert_uint_gt(stepper->nr_steps, 100);
	ck_assert_uint_le(trial.nr_incomplete * 100, stepper->nr_steps);
	free(trial.stack);
	stepper_end(stepper);
}
END_TEST

Suite *stepped_suite(void)
{
	Suite *suite = suite_create("unwinding at each instruction");
	TCase *tcase = tcase_create("stepped");

	tcase_set_timeout(tcase, 300);
	tcase_add_loop_test(tcase, every_instruction_unwinds_to_the_first_frame,
			    0, sizeof(programs) / sizeof(programs[0]));
	suite_add_tcase(suite, tcase);
	return suite;
}
