/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Filters take the samples that perf report's would, and refuse what they
 * cannot read.
 */
#include "config.h"

#include <errno.h>

#include "profile/program.h"
#include "profile/suites.h"

#define OTHER_TID 77777u

static struct lbrvirt_context *ctx;

static void set_up(void)
{
	ck_assert_int_eq(lbrvirt_context_new(&ctx), 0);
}

static void tear_down(void)
{
	program_end();
	lbrvirt_context_free(ctx);
}

/*
 * Ten samples, one every 0.1 s from 100 s on: of two threads with names of
 * their own in turn, on CPUs 0 to 4, the last two in other functions.
 */
static void add_ten(struct lbrvirt_profile *profile)
{
	const enum function *usual = STACK(FUNCTION_MAIN, FUNCTION_HOT);
	const enum function *eighth = STACK(FUNCTION_HOT, FUNCTION_LIB);
	const enum function *ninth = STACK(FUNCTION_MAIN, FUNCTION_TEMPLATE);

	program_comm(profile, OTHER_TID, "worker");
	for (unsigned int i = 0; i < 10; i++)
		program_sample(profile, &(struct program_sample){
						.stack = i == 9 ? ninth :
							 i == 8 ? eighth :
								  usual,
						.tid = i % 2 ? OTHER_TID : 0,
						.cpu = i / 2,
						.time_ns = 100 * NS_PER_SEC +
							   i * NS_PER_SEC / 10,
					});
}

static uint64_t taken_by(struct lbrvirt_profile_opts opts)
{
	const struct lbrvirt_profile_totals *totals;
	struct lbrvirt_profile *profile;
	uint64_t samples;

	opts.size = sizeof(opts);
	profile = program_profile(ctx, &opts);
	add_ten(profile);
	totals = lbrvirt_profile_totals(profile);
	samples = totals->samples;
	ck_assert_uint_eq(samples + totals->filtered_out, 10);
	lbrvirt_profile_free(profile);
	return samples;
}

#define TAKEN_BY(...) taken_by((struct lbrvirt_profile_opts){ __VA_ARGS__ })

START_TEST(no_filter_takes_everything)
{
	ck_assert_uint_eq(TAKEN_BY(.size = 0), 10);
}
END_TEST

START_TEST(threads_and_processes_are_taken_by_number)
{
	ck_assert_uint_eq(TAKEN_BY(.tids = "77777"), 5);
	ck_assert_uint_eq(TAKEN_BY(.tids = "1,77777"), 5);
	ck_assert_uint_eq(TAKEN_BY(.pids = "4294967294"), 0);
}
END_TEST

START_TEST(comms_are_taken_by_the_whole_name)
{
	ck_assert_uint_eq(TAKEN_BY(.comms = "worker"), 5);
	ck_assert_uint_eq(TAKEN_BY(.comms = "work"), 0);
	ck_assert_uint_eq(TAKEN_BY(.comms = "program,worker"), 10);
}
END_TEST

START_TEST(cpus_are_taken_by_number_and_range)
{
	ck_assert_uint_eq(TAKEN_BY(.cpus = "0"), 2);
	ck_assert_uint_eq(TAKEN_BY(.cpus = "1-2,4"), 6);
}
END_TEST

START_TEST(a_file_is_named_by_path_or_its_last_part)
{
	ck_assert_uint_eq(TAKEN_BY(.dsos = LIB_PATH), 1);
	ck_assert_uint_eq(TAKEN_BY(.dsos = "libmissing.so"), 1);
	ck_assert_uint_eq(TAKEN_BY(.dsos = "missing"), 0);
}
END_TEST

START_TEST(a_symbol_filter_looks_at_the_leaf_alone)
{
	ck_assert_uint_eq(TAKEN_BY(.symbols = "hot"), 8);
	ck_assert_uint_eq(TAKEN_BY(.symbols = "main"), 0);
}
END_TEST

START_TEST(a_comma_within_brackets_belongs_to_the_name)
{
	ck_assert_uint_eq(TAKEN_BY(.symbols = "map<int, char>"), 1);
	ck_assert_uint_eq(TAKEN_BY(.symbols = "map<int, char>,hot"), 9);
}
END_TEST

START_TEST(times_are_seconds_with_open_ends)
{
	ck_assert_uint_eq(TAKEN_BY(.time = "100.2,100.4"), 3);
	ck_assert_uint_eq(TAKEN_BY(.time = "100.75,"), 2);
	ck_assert_uint_eq(TAKEN_BY(.time = ",100.000000"), 1);
	ck_assert_uint_eq(TAKEN_BY(.time = ","), 10);
}
END_TEST

START_TEST(times_in_percent_are_of_the_recordings_span)
{
	ck_assert_uint_eq(TAKEN_BY(.time = "0%-100%"), 10);
	ck_assert_uint_eq(TAKEN_BY(.time = "0%-50%"), 5);
	ck_assert_uint_eq(TAKEN_BY(.time = "99.5%-100%"), 1);
}
END_TEST

START_TEST(filters_hold_together)
{
	ck_assert_uint_eq(TAKEN_BY(.tids = "77777", .time = "100.2,100.4",
				   .symbols = "hot"),
			  1);
}
END_TEST

static const struct lbrvirt_profile_opts unreadable[] = {
	{ .pids = "init" },
	{ .tids = "1,,2" },
	{ .cpus = "3-1" },
	{ .cpus = "" },
	{ .pids = "99999999999999999999999" },
	{ .time = "10" },
	{ .time = "5,4" },
	{ .time = "a,b" },
	{ .time = "10%-200%" },
	{ .time = "20%-10%" },
	{ .time = "10%" },
	{ .time = "1,99999999999999999999" },
};

START_TEST(what_cannot_be_read_is_refused_in_words)
{
	struct lbrvirt_profile_opts opts = unreadable[_i];
	struct lbrvirt_profile *profile = NULL;

	opts.size = sizeof(opts);
	ck_assert_int_eq(lbrvirt_profile_new(ctx, &opts, &profile), -EINVAL);
	ck_assert_ptr_null(profile);
	ck_assert_str_ne(lbrvirt_context_error(ctx), "");
}
END_TEST

Suite *filter_suite(void)
{
	Suite *suite = suite_create("filters");
	TCase *tc = tcase_create("filters");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, no_filter_takes_everything);
	tcase_add_test(tc, threads_and_processes_are_taken_by_number);
	tcase_add_test(tc, comms_are_taken_by_the_whole_name);
	tcase_add_test(tc, cpus_are_taken_by_number_and_range);
	tcase_add_test(tc, a_file_is_named_by_path_or_its_last_part);
	tcase_add_test(tc, a_symbol_filter_looks_at_the_leaf_alone);
	tcase_add_test(tc, a_comma_within_brackets_belongs_to_the_name);
	tcase_add_test(tc, times_are_seconds_with_open_ends);
	tcase_add_test(tc, times_in_percent_are_of_the_recordings_span);
	tcase_add_test(tc, filters_hold_together);
	tcase_add_loop_test(tc, what_cannot_be_read_is_refused_in_words, 0,
			    sizeof(unreadable) / sizeof(unreadable[0]));
	suite_add_tcase(suite, tc);
	return suite;
}
