/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Two samples of one thread on a CPU with eight records: what fell out of the
 * second is in the first, and where it may not be believed.
 */
#include "config.h"

#include "stack/lbr_stitch.h"

#include <stdlib.h>
#include <string.h>

#include "stack/suites.h"

#define DEPTH 8

static struct lbr_stitch *stitch;
static struct lbrvirt_stack *stack;
static struct lbrvirt_branch branches[DEPTH];
static struct lbr_chain chain;
static struct lbrvirt_record record;
static bool is_recursion;

static void set_up(void)
{
	ck_assert_int_eq(lbr_stitch_new(&stitch), 0);
	stack = calloc(1, sizeof(*stack));
	ck_assert_ptr_nonnull(stack);
	is_recursion = false;
	record = (struct lbrvirt_record){ .type = PERF_RECORD_SAMPLE,
					  .tid = 7 };
}

static void tear_down(void)
{
	free(stack);
	lbr_stitch_free(stitch);
}

/* The call that is made at a level of the stack, by default one a level. */
static uint64_t call_at(unsigned int level)
{
	return is_recursion ? 0x1000 : 0x1000 + 0x10 * (uint64_t)level;
}

/* A sample with @levels calls under way: the newest eight have records. */
static void sample_at(unsigned int levels, uint64_t time_ns)
{
	unsigned int nr = levels < DEPTH ? levels : DEPTH;

	for (unsigned int i = 0; i < nr; i++) {
		branches[i].from = call_at(levels - 1 - i);
		branches[i].to = call_at(levels - i) & ~0xfull;
	}
	chain = (struct lbr_chain){ .branches = branches,
				    .nr = nr,
				    .is_full = nr == DEPTH,
				    .integrity = LBRVIRT_INTEGRITY_INTACT };
	record.time_ns = time_ns;
	record.sample.branches = branches;
	record.sample.nr_branches = nr;
	record.sample.has_hw_idx = true;
	record.sample.hw_idx = (levels - 1) % DEPTH;
	stack->nr = 0;
}

static bool append(uint64_t epoch)
{
	return lbr_stitch_append(stitch, &record, epoch, &chain, stack);
}

START_TEST(calls_that_fell_out_come_from_the_sample_before)
{
	sample_at(8, 1000);
	ck_assert(!append(1));
	sample_at(11, 2000);
	ck_assert(append(1));
	/* Levels 0 to 2 were overwritten by 8 to 10. */
	ck_assert_uint_eq(stack->nr, 3);
	for (unsigned int i = 0; i < 3; i++) {
		ck_assert_uint_eq(stack->frames[i].address, call_at(2 - i));
		ck_assert_uint_eq(stack->frames[i].provenance,
				  LBRVIRT_FROM_STITCH);
		ck_assert(!stack->frames[i].is_return);
	}
}
END_TEST

START_TEST(what_was_stitched_is_stitched_on)
{
	sample_at(8, 1000);
	append(1);
	sample_at(11, 2000);
	append(1);
	sample_at(14, 3000);
	ck_assert(append(1));
	ck_assert_uint_eq(stack->nr, 6);
	ck_assert_uint_eq(stack->frames[5].address, call_at(0));
}
END_TEST

START_TEST(another_thread_is_not_asked)
{
	sample_at(8, 1000);
	append(1);
	sample_at(11, 2000);
	record.tid = 8;
	ck_assert(!append(1));
	ck_assert_uint_eq(stack->nr, 0);
}
END_TEST

START_TEST(another_program_in_the_same_thread_is_not_asked)
{
	sample_at(8, 1000);
	append(1);
	sample_at(11, 2000);
	ck_assert(!append(2));
}
END_TEST

START_TEST(an_old_sample_is_not_asked)
{
	sample_at(8, 1000);
	append(1);
	sample_at(11, 2000000000);
	ck_assert(!append(1));
}
END_TEST

START_TEST(calls_that_differ_in_between_are_not_stitched)
{
	sample_at(8, 1000);
	append(1);
	sample_at(11, 2000);
	branches[DEPTH - 2].from++;
	ck_assert(!append(1));
}
END_TEST

START_TEST(polluted_records_are_neither_stitched_nor_remembered)
{
	sample_at(8, 1000);
	chain.integrity = LBRVIRT_INTEGRITY_POLLUTED;
	ck_assert(!append(1));
	sample_at(11, 2000);
	ck_assert(!append(1));
}
END_TEST

START_TEST(a_ring_index_that_stands_still_stitches_nothing)
{
	sample_at(8, 1000);
	record.sample.hw_idx = 0;
	append(1);
	sample_at(11, 2000);
	record.sample.hw_idx = 0;
	ck_assert(!append(1));
}
END_TEST

/*
 * Level 3 stands in the register where level 11 was, and all calls are the
 * same: what was below is eight levels too many.
 */
START_TEST(recursion_is_not_stitched)
{
	is_recursion = true;
	sample_at(15, 1000);
	append(1);
	sample_at(10, 2000);
	ck_assert(!append(1));
}
END_TEST

START_TEST(a_sample_without_the_index_stitches_nothing)
{
	sample_at(8, 1000);
	append(1);
	sample_at(11, 2000);
	record.sample.has_hw_idx = false;
	ck_assert(!append(1));
}
END_TEST

START_TEST(a_stack_that_needs_nothing_is_remembered_all_the_same)
{
	sample_at(8, 1000);
	ck_assert(!lbr_stitch_append(stitch, &record, 1, &chain, NULL));
	sample_at(11, 2000);
	ck_assert(append(1));
}
END_TEST

Suite *stitch_suite(void)
{
	Suite *suite = suite_create("stitching");
	TCase *tcase = tcase_create("stitch");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, calls_that_fell_out_come_from_the_sample_before);
	tcase_add_test(tcase, what_was_stitched_is_stitched_on);
	tcase_add_test(tcase, another_thread_is_not_asked);
	tcase_add_test(tcase, another_program_in_the_same_thread_is_not_asked);
	tcase_add_test(tcase, an_old_sample_is_not_asked);
	tcase_add_test(tcase, calls_that_differ_in_between_are_not_stitched);
	tcase_add_test(tcase,
		       polluted_records_are_neither_stitched_nor_remembered);
	tcase_add_test(tcase, a_ring_index_that_stands_still_stitches_nothing);
	tcase_add_test(tcase, recursion_is_not_stitched);
	tcase_add_test(tcase, a_sample_without_the_index_stitches_nothing);
	tcase_add_test(tcase,
		       a_stack_that_needs_nothing_is_remembered_all_the_same);
	suite_add_tcase(suite, tcase);
	return suite;
}
