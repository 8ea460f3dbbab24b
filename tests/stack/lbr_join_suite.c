/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Branch records beside a stack copy or a chain of frame pointers, at each
 * instruction of real programs: each has to help where the other ends.
 */
#include "config.h"

#include "stack/suites.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "stack/lbr.h"
#include "stack/lbr_trial.h"
#include "stack/programs.h"

/*
 * Whether all calls are there, in order, and those that have a record came
 * from it. Between them there may be what a signal put there.
 */
static bool has_all_calls(struct lbr_trial *trial)
{
	const struct stepper *stepper = &trial->stepper;
	size_t left = stepper->nr_calls;
	size_t nr_recorded = lbr_ring_count(&trial->ring, stepper);

	for (size_t i = 1; i < trial->stack->nr && left; i++) {
		const struct lbrvirt_frame *frame = &trial->stack->frames[i];
		const struct stepper_call *call = &stepper->calls[left - 1];
		bool is_record = frame->provenance == LBRVIRT_FROM_LBR;

		if (frame->address !=
		    (is_record ? call->from : call->return_address))
			continue;
		if (is_record == frame->is_return ||
		    is_record != (stepper->nr_calls - left < nr_recorded))
			return false;
		trial->nr_from_lbr += is_record;
		left--;
	}
	return left == 0;
}

static void count(struct lbr_trial *trial)
{
	const struct lbrvirt_stack *stack = trial->stack;

	trial->nr_complete += stack->verdict == LBRVIRT_VERDICT_COMPLETE;
	trial->nr_unwound_complete += trial->unwound->verdict ==
				      LBRVIRT_VERDICT_COMPLETE;
	trial->nr_good += lbr_is_good(stack->integrity);
	trial->nr_empty += stack->integrity == LBRVIRT_INTEGRITY_EMPTY;
	if (!has_all_calls(trial) && trial->nr_missing++ < 3)
		lbr_ring_print(&trial->stepper, &trial->records, stack);
}

static void check_counts(const struct lbr_trial *trial)
{
	size_t nr = trial->stepper.nr_steps;

	printf("%zu instructions, %zu complete (%zu by unwinding alone), "
	       "%zu empty, %zu missing calls, %zu frames by records\n",
	       nr, trial->nr_complete, trial->nr_unwound_complete,
	       trial->nr_empty, trial->nr_missing, trial->nr_from_lbr);
	ck_assert_uint_gt(nr, 500);
	ck_assert_uint_gt(trial->nr_from_lbr, nr);
	ck_assert_uint_le((nr - trial->nr_complete) * 100, nr);
	ck_assert_uint_le(trial->nr_missing * 100, nr);
	/* A leaf without rows may be left by a frame pointer to the caller of
	 * its caller, of which there is no record to say so. */
	ck_assert_uint_le((nr - trial->nr_good - trial->nr_empty) * 100, nr);
}

static const struct {
	void (*program)(void);
	size_t depth;
} joined[] = {
	{ programs_recursion, 32 },
	{ programs_recursion, 8 },
	{ programs_callbacks, 16 },
	{ programs_binding, 16 },
	{ programs_tail_calls, 16 },
	{ programs_cold, 16 },
	{ programs_longjmp, 32 },
	{ programs_deep, 16 },
	{ programs_deep, 32 },
	{ programs_bare_leaf, 16 },
	{ programs_bare_leaf_of_variable, 16 },
};

START_TEST(joined_stacks_are_complete)
{
	struct lbr_trial trial;

	if (!lbr_trial_start(&trial, joined[_i].program, NULL,
			     joined[_i].depth))
		return;
	while (lbr_trial_step(&trial)) {
		lbr_trial_build(&trial, &trial.records);
		count(&trial);
	}
	check_counts(&trial);
	lbr_trial_end(&trial);
}
END_TEST

START_TEST(a_joined_program_is_complete_from_its_first_instruction)
{
	struct lbr_trial trial;

	if (!lbr_trial_start(&trial, NULL, "/bin/true", 16))
		return;
	while (lbr_trial_step(&trial)) {
		lbr_trial_build(&trial, &trial.records);
		count(&trial);
	}
	check_counts(&trial);
	lbr_trial_end(&trial);
}
END_TEST

/* Unwinding ends at such a function; the records lead through it, and on to
 * the first frame. */
START_TEST(code_without_rows_is_left_by_the_records)
{
	static void (*const programs[])(void) = {
		programs_bare_middle, programs_bare_middle_of_variable
	};
	struct lbr_trial trial;

	if (!lbr_trial_start(&trial, programs[_i], NULL, 16))
		return;
	while (lbr_trial_step(&trial)) {
		lbr_trial_build(&trial, &trial.records);
		count(&trial);
	}
	check_counts(&trial);
	ck_assert_uint_gt(trial.nr_complete, trial.nr_unwound_complete + 20);
	lbr_trial_end(&trial);
}
END_TEST

/*
 * Nobody called the handler, so its frames, the kernel's and the interrupted
 * one have no records. Returning from it takes a record away, the newest of
 * the interrupted function: until that returns, the records look polluted.
 */
START_TEST(signal_handlers_do_not_spoil_the_stack)
{
	struct lbr_trial trial;

	if (!lbr_trial_start(&trial, programs_signal, NULL, 16))
		return;
	while (lbr_trial_step(&trial)) {
		lbr_trial_build(&trial, &trial.records);
		ck_assert_uint_eq(trial.stack->verdict,
				  LBRVIRT_VERDICT_COMPLETE);
		ck_assert(lbr_trial_is_same(trial.stack, trial.unwound));
		trial.nr_good += lbr_is_good(trial.stack->integrity);
		trial.nr_empty += trial.stack->integrity ==
				  LBRVIRT_INTEGRITY_EMPTY;
	}
	ck_assert_uint_le(trial.stepper.nr_steps,
			  trial.nr_good + trial.nr_empty + 50);
	lbr_trial_end(&trial);
}
END_TEST

START_TEST(without_records_the_unwound_stack_stands)
{
	static const struct lbr_records none = { 0 };
	struct lbr_trial trial;

	if (!lbr_trial_start(&trial, programs_callbacks, NULL, 16))
		return;
	while (lbr_trial_step(&trial)) {
		lbr_trial_build(&trial, &none);
		ck_assert_uint_eq(trial.stack->integrity,
				  LBRVIRT_INTEGRITY_EMPTY);
		ck_assert(lbr_trial_is_same(trial.stack, trial.unwound));
		ck_assert_uint_eq(trial.stack->verdict,
				  LBRVIRT_VERDICT_COMPLETE);
	}
	lbr_trial_end(&trial);
}
END_TEST

#define NR_CHAIN (LBRVIRT_STACK_MAX + 1)

/* PUSH %rbp, RET, ENDBR64 or MOV %rsp,%rbp: RBP is the caller's. */
static bool is_without_frame(const struct stepper *stepper)
{
	static const unsigned char endbr64[] = { 0xf3, 0x0f, 0x1e, 0xfa };
	static const unsigned char move[] = { 0x48, 0x89, 0xe5 };
	const unsigned char *code;
	size_t size;

	code = unwinder_code(stepper->space.unwinder, stepper->space.process,
			     stepper->regs.rip, 4, &size);
	return code && size == 4 &&
	       (code[0] == 0x55 || code[0] == 0xc3 ||
		memcmp(code, endbr64, sizeof(endbr64)) == 0 ||
		memcmp(code, move, sizeof(move)) == 0);
}

/*
 * The kernel's chain by frame pointers: what was unwound, but without the
 * leaf's caller where the leaf has no frame, or never makes one.
 */
static size_t make_chain(const struct lbr_trial *trial, uint64_t *chain)
{
	const struct lbrvirt_stack *unwound = trial->unwound;
	bool is_bare = trial->stepper.nr_steps % 2 && unwound->nr > 2 &&
		       unwound->frames[1].address != unwound->frames[2].address;
	size_t nr = 0;

	is_bare |= is_without_frame(&trial->stepper);
	chain[nr++] = (uint64_t)PERF_CONTEXT_USER;
	for (size_t i = 0; i < unwound->nr; i++) {
		if (i != 1 || !is_bare)
			chain[nr++] = unwound->frames[i].address;
	}
	return nr;
}

static void build_with_chain(struct lbr_trial *trial)
{
	static const struct lbrvirt_event event = {
		.name = "cycles:u",
		.attr.sample_type = PERF_SAMPLE_IP | PERF_SAMPLE_BRANCH_STACK |
				    PERF_SAMPLE_CALLCHAIN,
		.attr.branch_sample_type = PERF_SAMPLE_BRANCH_USER |
					   PERF_SAMPLE_BRANCH_CALL_STACK,
	};
	struct lbrvirt_record record;
	uint64_t chain[NR_CHAIN];

	lbr_trial_build(trial, &trial->records);
	record = lbr_ring_record(&trial->stepper, &trial->records, false);
	record.event = &event;
	record.sample.callchain = chain;
	record.sample.nr_callchain = make_chain(trial, chain);
	stack_build(trial->stepper.space.unwinder, trial->stepper.space.process,
		    &record, false, trial->stack);
}

START_TEST(frame_pointers_continue_the_records)
{
	size_t nr_continued = 0;
	struct lbr_trial trial;

	if (!lbr_trial_start(&trial, programs_deep, NULL, 16))
		return;
	while (lbr_trial_step(&trial)) {
		const struct lbrvirt_stack *stack = trial.stack;

		build_with_chain(&trial);
		/* The last record has to be in the chain, to be gone on from. */
		if (trial.records.nr < 2)
			continue;
		if (!lbr_trial_is_same(stack, trial.unwound)) {
			lbr_ring_print(&trial.stepper, &trial.records, stack);
			ck_abort_msg("another stack than unwound");
		}
		ck_assert_uint_eq(stack->frames[1].provenance,
				  LBRVIRT_FROM_LBR);
		ck_assert_uint_eq(stack->frames[stack->nr - 1].provenance,
				  LBRVIRT_FROM_FP);
		nr_continued++;
	}
	ck_assert_uint_gt(nr_continued, 500);
	lbr_trial_end(&trial);
}
END_TEST

Suite *lbr_join_suite(void)
{
	Suite *suite = suite_create("branch records joined");
	TCase *tcase = tcase_create("join");

	tcase_set_timeout(tcase, 300);
	tcase_add_loop_test(tcase, joined_stacks_are_complete, 0,
			    sizeof(joined) / sizeof(joined[0]));
	tcase_add_test(tcase,
		       a_joined_program_is_complete_from_its_first_instruction);
	tcase_add_loop_test(tcase, code_without_rows_is_left_by_the_records, 0,
			    2);
	tcase_add_test(tcase, signal_handlers_do_not_spoil_the_stack);
	tcase_add_test(tcase, without_records_the_unwound_stack_stands);
	tcase_add_test(tcase, frame_pointers_continue_the_records);
	suite_add_tcase(suite, tcase);
	return suite;
}
