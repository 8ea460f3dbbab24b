/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Branch records without a stack copy, at each instruction of real programs:
 * the frames must be the calls that have a record, and the code alone has to
 * confirm them.
 */
#include "config.h"

#include "stack/suites.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "stack/lbr_ring.h"
#include "stack/programs.h"

struct trial {
	struct stepper stepper;
	struct lbr_ring ring;
	struct lbr_records records;
	struct lbrvirt_stack *stack;
	size_t nr_recorded;  /* steps with records */
	size_t nr_good;	     /* the records are taken for the stack */
	size_t nr_different; /* and are not */
	size_t nr_complete;
	size_t nr_broken;
	size_t integrities[LBRVIRT_INTEGRITY_EMPTY + 1];
	size_t causes[16];
};

static bool start(struct trial *trial, void (*program)(void), const char *path,
		  size_t depth)
{
	memset(trial, 0, sizeof(*trial));
	trial->ring.depth = depth;
	if (!stepper_start(&trial->stepper, program, path)) {
		printf("skipped: ptrace is forbidden here\n");
		return false;
	}
	trial->stack = space_stack();
	return true;
}

static bool advance(struct trial *trial)
{
	struct lbrvirt_record record;

	if (!stepper_step(&trial->stepper))
		return false;
	lbr_ring_follow(&trial->ring, &trial->stepper);
	lbr_ring_read(&trial->ring, &trial->records);
	record = lbr_ring_record(&trial->stepper, &trial->records, false);
	stack_build(trial->stepper.space.unwinder, trial->stepper.space.process,
		    &record, false, trial->stack);
	return true;
}

static void finish(struct trial *trial)
{
	printf("%zu instructions, %zu with records, %zu good, %zu different, "
	       "%zu complete\n",
	       trial->stepper.nr_steps, trial->nr_recorded, trial->nr_good,
	       trial->nr_different, trial->nr_complete);
	free(trial->stack);
	stepper_end(&trial->stepper);
}

/* The sampled address, then the calls as far as they have records. */
static bool is_as_executed(const struct trial *trial)
{
	const struct stepper *stepper = &trial->stepper;
	const struct lbrvirt_stack *stack = trial->stack;
	size_t nr = lbr_ring_count(&trial->ring, stepper);

	if (stack->nr != nr + 1 ||
	    stack->frames[0].address != stepper->regs.rip)
		return false;
	for (size_t i = 0; i < nr; i++) {
		if (stack->frames[i + 1].address !=
		    stepper->calls[stepper->nr_calls - 1 - i].from)
			return false;
	}
	return true;
}

static void count(struct trial *trial)
{
	const struct lbrvirt_stack *stack = trial->stack;
	bool is_good = stack->verdict != LBRVIRT_VERDICT_BROKEN;

	trial->integrities[stack->integrity]++;
	trial->causes[stack->cause]++;
	if (trial->records.nr == 0) {
		ck_assert_uint_eq(stack->integrity, LBRVIRT_INTEGRITY_EMPTY);
		ck_assert_uint_eq(stack->verdict, LBRVIRT_VERDICT_BROKEN);
		return;
	}
	trial->nr_recorded++;
	trial->nr_good += is_good;
	trial->nr_broken += !is_good;
	if (!is_good)
		ck_assert_uint_eq(stack->nr, 1);
	else if (!is_as_executed(trial) && trial->nr_different++ < 3)
		lbr_ring_print(&trial->stepper, &trial->records, stack);
	if (stack->verdict == LBRVIRT_VERDICT_COMPLETE) {
		trial->nr_complete++;
		ck_assert_uint_eq(stack->nr, trial->stepper.nr_calls + 1);
	}
}

static const struct {
	void (*program)(void);
	size_t depth;
} clean[] = {
	{ programs_recursion, 32 },   { programs_recursion, 8 },
	{ programs_callbacks, 32 },   { programs_callbacks, 8 },
	{ programs_binding, 16 },     { programs_tail_calls, 16 },
	{ programs_cold, 16 },	      { programs_deep, 64 },
	{ programs_bare_middle, 16 }, { programs_bare_middle_of_variable, 16 },
	{ programs_bare_leaf, 16 },   { programs_bare_leaf_of_variable, 16 },
};

/*
 * The test's own calls, before the child was traced, have no records: no stack
 * is complete.
 */
START_TEST(records_are_the_calls_that_were_executed)
{
	struct trial trial;

	if (!start(&trial, clean[_i].program, NULL, clean[_i].depth))
		return;
	while (advance(&trial))
		count(&trial);
	ck_assert_uint_gt(trial.nr_good, 100);
	ck_assert_uint_le(trial.nr_broken * 100, trial.nr_recorded);
	ck_assert_uint_eq(trial.nr_different, 0);
	ck_assert_uint_eq(trial.nr_complete, 0);
	ck_assert_uint_eq(trial.integrities[LBRVIRT_INTEGRITY_POLLUTED], 0);
	ck_assert_uint_eq(trial.integrities[LBRVIRT_INTEGRITY_LONGJMP], 0);
	finish(&trial);
}
END_TEST

START_TEST(a_jump_for_a_call_is_a_tail_call)
{
	struct trial trial;

	if (!start(&trial, programs_tail_calls, NULL, 16))
		return;
	while (advance(&trial))
		count(&trial);
	ck_assert_uint_gt(trial.integrities[LBRVIRT_INTEGRITY_TAIL_CALL], 10);
	finish(&trial);
}
END_TEST

/* Then the records of a short stack hold everything, and say so. */
START_TEST(a_program_from_its_first_instruction_is_complete)
{
	struct trial trial;

	if (!start(&trial, NULL, "/bin/true", 32))
		return;
	while (advance(&trial))
		count(&trial);
	ck_assert_uint_gt(trial.nr_recorded, 1000);
	ck_assert_uint_le((trial.nr_recorded - trial.nr_complete) * 100,
			  trial.nr_recorded);
	ck_assert_uint_eq(trial.nr_different, 0);
	ck_assert_uint_eq(trial.nr_broken, 0);
	finish(&trial);
}
END_TEST

/*
 * Records of calls that are over stay on top. They are told from those under
 * way by the code; not at the two instructions of longjmp() after it has
 * changed the stack pointer, nor where the function that was left could have
 * jumped anywhere, as one of the dynamic linker can.
 */
START_TEST(calls_left_by_longjmp_are_taken_out)
{
	static void (*const programs[])(void) = { programs_longjmp,
						  programs_failed_lookup };
	struct trial trial;

	if (!start(&trial, programs[_i], NULL, 32))
		return;
	while (advance(&trial))
		count(&trial);
	ck_assert_uint_eq(trial.nr_broken, 0);
	ck_assert_uint_gt(trial.integrities[LBRVIRT_INTEGRITY_LONGJMP], 100);
	ck_assert_uint_le(trial.nr_different, _i == 0 ? 2 : 100);
	finish(&trial);
}
END_TEST

static const size_t shallow[] = { 16, 32 };

/*
 * 60 calls and more in a ring of 16 or 32: full, then, after returns, short.
 * The frames are right, and some are missing.
 */
START_TEST(overwritten_records_leave_a_truncated_stack)
{
	struct trial trial;

	if (!start(&trial, programs_deep, NULL, shallow[_i]))
		return;
	while (advance(&trial)) {
		count(&trial);
		if (trial.records.nr == 0 ||
		    lbr_ring_count(&trial.ring, &trial.stepper) ==
			    trial.stepper.nr_calls)
			continue;
		ck_assert_uint_eq(trial.stack->verdict,
				  LBRVIRT_VERDICT_TRUNCATED);
		if (trial.records.nr == shallow[_i])
			ck_assert_uint_eq(trial.stack->cause,
					  LBRVIRT_CAUSE_LBR_FULL);
	}
	ck_assert_uint_gt(trial.causes[LBRVIRT_CAUSE_LBR_FULL], 100);
	ck_assert_uint_gt(trial.causes[LBRVIRT_CAUSE_LBR_SHORT], 100);
	ck_assert_uint_eq(trial.nr_different, 0);
	ck_assert_uint_eq(trial.nr_broken, 0);
	finish(&trial);
}
END_TEST

Suite *lbr_suite(void)
{
	Suite *suite = suite_create("branch records alone");
	TCase *tcase = tcase_create("lbr");

	tcase_set_timeout(tcase, 300);
	tcase_add_loop_test(tcase, records_are_the_calls_that_were_executed, 0,
			    sizeof(clean) / sizeof(clean[0]));
	tcase_add_test(tcase, a_jump_for_a_call_is_a_tail_call);
	tcase_add_test(tcase, a_program_from_its_first_instruction_is_complete);
	tcase_add_loop_test(tcase, calls_left_by_longjmp_are_taken_out, 0, 2);
	tcase_add_loop_test(tcase, overwritten_records_leave_a_truncated_stack,
			    0, sizeof(shallow) / sizeof(shallow[0]));
	suite_add_tcase(suite, tcase);
	return suite;
}
