/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * When samples were taken, and that memory for it is bounded.
 */
#include "config.h"

#include "profile/timeline.h"

#include <check.h>

#include "profile/profile.h"
#include "profile/program.h"
#include "profile/suites.h"

#define MANY 3000000u

START_TEST(few_samples_keep_their_times)
{
	struct timeline timeline = { .nr = 0 };

	timeline_add(&timeline, 7, 1000000001, 3);
	timeline_add(&timeline, 7, 1000000002, 4);
	ck_assert_uint_eq(timeline.nr, 2);
	ck_assert_uint_eq(timeline.points[1].time_ns, 1000000002);
	ck_assert_uint_eq(timeline.points[1].period, 4);
	ck_assert_uint_eq(timeline.points[1].samples, 1);
	timeline_fini(&timeline);
}
END_TEST

START_TEST(many_samples_become_few_points_and_none_is_lost)
{
	struct timeline timeline = { .nr = 0 };
	uint64_t samples = 0;
	uint64_t period = 0;

	for (uint32_t i = 0; i < MANY; i++)
		timeline_add(&timeline, i % 3, (uint64_t)i * 1000, 2);
	timeline_sort(&timeline);
	ck_assert(!timeline.is_short);
	ck_assert_uint_lt(timeline.nr, MANY / 3);
	for (size_t i = 0; i < timeline.nr; i++) {
		if (i)
			ck_assert_uint_le(timeline.points[i - 1].time_ns,
					  timeline.points[i].time_ns);
		samples += timeline.points[i].samples;
		period += timeline.points[i].period;
	}
	ck_assert_uint_eq(samples, MANY);
	ck_assert_uint_eq(period, 2ull * MANY);
	timeline_fini(&timeline);
}
END_TEST

START_TEST(a_slot_of_more_stacks_than_points_still_holds_them)
{
	struct timeline timeline = { .nr = 0 };

	for (uint32_t i = 0; i < MANY; i++)
		timeline_add(&timeline, i, 5, 1);
	ck_assert_uint_eq(timeline.nr, MANY);
	timeline_fini(&timeline);
}
END_TEST

START_TEST(only_samples_that_count_have_points)
{
	const struct lbrvirt_profile_opts opts = {
		.size = sizeof(opts),
		.with_times = true,
		.time = "10%-20%",
	};
	struct lbrvirt_context *ctx;
	struct lbrvirt_profile *profile;

	ck_assert_int_eq(lbrvirt_context_new(&ctx), 0);
	profile = program_profile(ctx, &opts);
	for (uint64_t i = 0; i <= 100; i++)
		program_sample(profile, &(struct program_sample){
						.stack = STACK(FUNCTION_HOT),
						.time_ns = i * NS_PER_SEC,
					});
	/* Summed twice, counted once. */
	ck_assert_uint_eq(lbrvirt_profile_totals(profile)->samples, 11);
	program_sample(profile, &(struct program_sample){
					.stack = STACK(FUNCTION_HOT),
					.time_ns = 100 * NS_PER_SEC,
				});
	ck_assert_uint_eq(lbrvirt_profile_totals(profile)->samples, 11);
	ck_assert_uint_eq(profile->timeline.nr, 11);
	program_end();
	lbrvirt_profile_free(profile);
	lbrvirt_context_free(ctx);
}
END_TEST

START_TEST(threads_are_told_apart_when_asked_for)
{
	const struct lbrvirt_profile_opts opts = {
		.size = sizeof(opts),
		.by_thread = true,
	};
	struct lbrvirt_profile_stack stack;
	struct lbrvirt_context *ctx;
	struct lbrvirt_profile *profile;

	ck_assert_int_eq(lbrvirt_context_new(&ctx), 0);
	profile = program_profile(ctx, _i ? &opts : NULL);
	program_comm(profile, 4711, "program");
	program_samples(profile, 2, STACK(FUNCTION_HOT));
	program_sample(profile,
		       &(struct program_sample){ .stack = STACK(FUNCTION_HOT),
						 .tid = 4711 });
	ck_assert_uint_eq(lbrvirt_profile_totals(profile)->nr_stacks,
			  _i ? 2 : 1);
	ck_assert_int_eq(lbrvirt_profile_stack(profile, 0, &stack), 0);
	ck_assert_uint_eq(stack.tid, _i ? program_pid() : 0);
	ck_assert_uint_eq(stack.samples, _i ? 2 : 3);
	ck_assert_uint_eq(program_find(profile, "hot")->self, 3);
	program_end();
	lbrvirt_profile_free(profile);
	lbrvirt_context_free(ctx);
}
END_TEST

Suite *timeline_suite(void)
{
	Suite *suite = suite_create("timeline");
	TCase *tcase = tcase_create("timeline");

	tcase_add_test(tcase, few_samples_keep_their_times);
	tcase_add_test(tcase, many_samples_become_few_points_and_none_is_lost);
	tcase_add_test(tcase,
		       a_slot_of_more_stacks_than_points_still_holds_them);
	tcase_add_test(tcase, only_samples_that_count_have_points);
	tcase_add_loop_test(tcase, threads_are_told_apart_when_asked_for, 0, 2);
	suite_add_tcase(suite, tcase);
	return suite;
}
