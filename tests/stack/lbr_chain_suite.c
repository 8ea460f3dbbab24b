/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Where branch records are full and there is no stack copy, the kernel's walk
 * by frame pointers continues the stack, if it is the same one.
 */
#include "config.h"

#include "stack/suites.h"

#include <stdlib.h>

#include "stack/space.h"

#define DEPTH 8
#define USER  ((uint64_t)PERF_CONTEXT_USER)

/* A call of 5 bytes, in a function for each level. */
#define CALL(level)	(0x1000u * (level) + 0x10)
#define RETURN(level)	(CALL(level) + 5)
#define RECURSIVE_CALL	0x9010u
#define RECURSIVE_ENTRY 0x9000u

static const struct lbrvirt_event event = {
	.name = "cycles:u",
	.attr.sample_type = PERF_SAMPLE_IP | PERF_SAMPLE_BRANCH_STACK |
			    PERF_SAMPLE_CALLCHAIN,
	.attr.branch_sample_type = PERF_SAMPLE_BRANCH_USER |
				   PERF_SAMPLE_BRANCH_CALL_STACK,
};

static struct space space;
static struct lbrvirt_stack *stack;
static struct lbrvirt_branch branches[DEPTH];

static void set_up(void)
{
	space_init(&space, false);
	space.process = process_table_get(space.processes, 1);
	stack = space_stack();
}

static void tear_down(void)
{
	free(stack);
	space_fini(&space);
}

/* The stack of a thread that is @level calls deep. */
static void build_at(unsigned int level, bool is_recursion,
		     const uint64_t *chain, size_t nr_chain)
{
	struct lbrvirt_record record = {
		.type = PERF_RECORD_SAMPLE,
		.misc = PERF_RECORD_MISC_USER,
		.event = &event,
		.pid = 1,
		.tid = 1,
		.sample.ip = 0x500,
		.sample.branches = branches,
		.sample.callchain = chain,
		.sample.nr_callchain = nr_chain,
	};

	for (size_t i = 0; i < DEPTH && i < level; i++) {
		unsigned int at = level - (unsigned int)i;

		branches[i].from = is_recursion ? RECURSIVE_CALL : CALL(at);
		branches[i].to = is_recursion ? RECURSIVE_ENTRY : CALL(at) + 9;
		record.sample.nr_branches++;
	}
	stack_build(space.unwinder, space.process, &record, false, stack);
}

START_TEST(frame_pointers_continue_below_the_oldest_record)
{
	/* Level 11 is missing: its function makes no frame. */
	const uint64_t chain[] = { USER,      0x500,	 RETURN(12), RETURN(10),
				   RETURN(9), RETURN(8), RETURN(7),  RETURN(6),
				   RETURN(5), RETURN(4), RETURN(3) };

	build_at(12, false, chain, 11);
	ck_assert_uint_eq(stack->nr, 1 + DEPTH + 2);
	ck_assert_uint_eq(stack->frames[DEPTH].address, CALL(5));
	ck_assert_uint_eq(stack->frames[DEPTH].provenance, LBRVIRT_FROM_LBR);
	ck_assert_uint_eq(stack->frames[DEPTH + 1].address, RETURN(4));
	ck_assert_uint_eq(stack->frames[DEPTH + 1].provenance, LBRVIRT_FROM_FP);
	ck_assert(stack->frames[DEPTH + 1].is_return);
}
END_TEST

START_TEST(frame_pointers_of_a_recursion_are_not_counted_twice)
{
	uint64_t chain[2 + 12] = { USER, 0x500 };

	for (size_t i = 0; i < 12; i++)
		chain[2 + i] = RECURSIVE_CALL + 5;
	build_at(12, true, chain, 14);
	ck_assert_uint_eq(stack->nr, 1 + 12);
}
END_TEST

START_TEST(frame_pointers_of_another_stack_are_left_alone)
{
	const uint64_t chain[] = { USER,      0x500,	 RETURN(12), 0xbad,
				   RETURN(9), RETURN(5), RETURN(4) };

	build_at(12, false, chain, 7);
	ck_assert_uint_eq(stack->nr, 1 + DEPTH);
	ck_assert_uint_eq(stack->verdict, LBRVIRT_VERDICT_TRUNCATED);
	ck_assert_uint_eq(stack->cause, LBRVIRT_CAUSE_LBR_FULL);
}
END_TEST

Suite *lbr_chain_suite(void)
{
	Suite *suite = suite_create("branch records and frame pointers");
	TCase *tcase = tcase_create("join");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, frame_pointers_continue_below_the_oldest_record);
	tcase_add_test(tcase,
		       frame_pointers_of_a_recursion_are_not_counted_twice);
	tcase_add_test(tcase, frame_pointers_of_another_stack_are_left_alone);
	suite_add_tcase(suite, tcase);
	return suite;
}
