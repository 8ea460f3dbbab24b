/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a sample adds to a profile, and what the sums over it are.
 */
#include "config.h"

#include <errno.h>

#include "profile/program.h"
#include "profile/suites.h"

static struct lbrvirt_context *ctx;
static struct lbrvirt_profile *profile;

static void set_up(void)
{
	ck_assert_int_eq(lbrvirt_context_new(&ctx), 0);
	profile = program_profile(ctx, NULL);
}

static void tear_down(void)
{
	program_end();
	lbrvirt_profile_free(profile);
	lbrvirt_context_free(ctx);
}

START_TEST(self_counts_the_leaf_and_total_everything_above)
{
	const struct lbrvirt_profile_symbol *s;

	program_samples(profile, 7,
			STACK(FUNCTION_START, FUNCTION_MAIN, FUNCTION_HOT));
	program_samples(profile, 3,
			STACK(FUNCTION_START, FUNCTION_MAIN, FUNCTION_COLD));
	s = program_find(profile, "hot");
	ck_assert_uint_eq(s->self, 7);
	ck_assert_uint_eq(s->total, 7);
	s = program_find(profile, "main");
	ck_assert_uint_eq(s->self, 0);
	ck_assert_uint_eq(s->total, 10);
	ck_assert_uint_eq(lbrvirt_profile_totals(profile)->samples, 10);
}
END_TEST

START_TEST(recursion_counts_once_a_stack)
{
	enum function deep[62];
	const struct lbrvirt_profile_symbol *s;

	deep[0] = FUNCTION_MAIN;
	for (unsigned int i = 1; i < 61; i++)
		deep[i] = FUNCTION_WORK;
	deep[61] = FUNCTION_END;
	program_samples(profile, 5, deep);
	s = program_find(profile, "work");
	ck_assert_uint_eq(s->self, 5);
	ck_assert_uint_eq(s->total, 5);
}
END_TEST

START_TEST(addresses_of_one_function_are_one_symbol)
{
	const struct lbrvirt_profile_symbol *symbols;
	size_t nr;

	for (uint64_t offset = 0; offset < 16; offset++)
		program_sample(profile, &(struct program_sample){
						.stack = STACK(FUNCTION_HOT),
						.offset = offset });
	ck_assert_int_eq(lbrvirt_profile_symbols(profile, &symbols, &nr), 0);
	ck_assert_uint_eq(nr, 1);
	ck_assert_uint_eq(symbols[0].self, 16);
	ck_assert_uint_eq(lbrvirt_profile_totals(profile)->nr_stacks, 16);
}
END_TEST

START_TEST(equal_stacks_are_one_distinct_stack)
{
	program_samples(profile, 100, STACK(FUNCTION_MAIN, FUNCTION_HOT));
	ck_assert_uint_eq(lbrvirt_profile_totals(profile)->nr_stacks, 1);
}
END_TEST

START_TEST(periods_are_summed_beside_samples)
{
	const struct lbrvirt_profile_symbol *s;

	program_sample(profile,
		       &(struct program_sample){ .stack = STACK(FUNCTION_HOT),
						 .period = 1000 });
	program_sample(profile,
		       &(struct program_sample){ .stack = STACK(FUNCTION_HOT),
						 .period = 500 });
	s = program_find(profile, "hot");
	ck_assert_uint_eq(s->self, 2);
	ck_assert_uint_eq(s->self_period, 1500);
	ck_assert_uint_eq(lbrvirt_profile_totals(profile)->period, 1500);
}
END_TEST

START_TEST(a_fixed_period_counts_for_samples_without_one)
{
	struct lbrvirt_event event = program_event;

	event.attr.sample_type &= ~(uint64_t)PERF_SAMPLE_PERIOD;
	event.attr.freq = 0;
	event.attr.sample_period = 20000;
	program_sample(profile,
		       &(struct program_sample){ .stack = STACK(FUNCTION_HOT),
						 .event = &event });
	ck_assert_uint_eq(lbrvirt_profile_totals(profile)->period, 20000);
}
END_TEST

START_TEST(what_has_no_name_is_file_and_offset)
{
	const struct lbrvirt_profile_symbol *s;

	program_samples(profile, 1, STACK(FUNCTION_MAIN, FUNCTION_LIB));
	s = program_find(profile, LIB_NAME);
	ck_assert_ptr_nonnull(s);
	ck_assert_str_eq(s->dso, LIB_PATH);
}
END_TEST

START_TEST(the_flat_list_is_by_self_then_total_then_name)
{
	const struct lbrvirt_profile_symbol *symbols;
	size_t nr;

	program_samples(profile, 1, STACK(FUNCTION_START, FUNCTION_HOT));
	program_samples(profile, 1, STACK(FUNCTION_START, FUNCTION_COLD));
	program_samples(profile, 2, STACK(FUNCTION_START, FUNCTION_MAIN));
	ck_assert_int_eq(lbrvirt_profile_symbols(profile, &symbols, &nr), 0);
	ck_assert_uint_eq(nr, 4);
	ck_assert_str_eq(symbols[0].symbol, "main");
	ck_assert_str_eq(symbols[1].symbol, "cold");
	ck_assert_str_eq(symbols[2].symbol, "hot");
	ck_assert_str_eq(symbols[3].symbol, "start");
}
END_TEST

START_TEST(stacks_are_told_whole_cut_and_broken_by_their_verdict)
{
	const struct lbrvirt_resolver_opts resolver = { .size = sizeof(
								resolver),
							.has_verdict = true };
	const struct lbrvirt_profile_opts opts = { .size = sizeof(opts),
						   .resolver = &resolver };
	const struct lbrvirt_profile_totals *totals;
	struct lbrvirt_profile *judged = program_profile(ctx, &opts);

	for (unsigned int verdict = 1; verdict <= 3; verdict++)
		for (unsigned int i = 0; i < verdict; i++)
			program_sample(judged,
				       &(struct program_sample){
					       .stack = STACK(FUNCTION_MAIN,
							      FUNCTION_HOT),
					       .weight = verdict });
	totals = lbrvirt_profile_totals(judged);
	ck_assert_uint_eq(totals->complete, 1);
	ck_assert_uint_eq(totals->truncated, 2);
	ck_assert_uint_eq(totals->broken, 3);
	ck_assert_uint_eq(totals->unknown, 0);
	ck_assert_uint_eq(totals->nr_stacks, 3);
	lbrvirt_profile_free(judged);
}
END_TEST

START_TEST(frames_are_counted_by_where_they_came_from)
{
	const struct lbrvirt_profile_totals *totals;

	program_samples(profile, 4,
			STACK(FUNCTION_START, FUNCTION_MAIN, FUNCTION_HOT));
	totals = lbrvirt_profile_totals(profile);
	ck_assert_uint_eq(totals->frames_by_provenance[LBRVIRT_FROM_SAMPLE], 4);
	ck_assert_uint_eq(totals->frames_by_provenance[LBRVIRT_FROM_CHAIN], 8);
}
END_TEST

START_TEST(losses_said_twice_count_once)
{
	program_lost(profile, PERF_RECORD_LOST, 3);
	program_lost(profile, PERF_RECORD_LOST, 4);
	ck_assert_uint_eq(lbrvirt_profile_totals(profile)->lost, 7);
	program_lost(profile, PERF_RECORD_LOST_SAMPLES, 9);
	ck_assert_uint_eq(lbrvirt_profile_totals(profile)->lost, 9);
}
END_TEST

START_TEST(the_first_event_with_samples_is_taken)
{
	program_sample(profile, &(struct program_sample){
					.stack = STACK(FUNCTION_HOT),
					.event = &program_other_event });
	program_samples(profile, 5, STACK(FUNCTION_COLD));
	ck_assert_str_eq(lbrvirt_profile_event(profile), "page-faults");
	ck_assert_uint_eq(lbrvirt_profile_totals(profile)->samples, 1);
}
END_TEST

START_TEST(a_named_event_is_the_only_one_taken)
{
	const struct lbrvirt_profile_opts opts = { .size = sizeof(opts),
						   .event = "cpu-clock" };
	struct lbrvirt_profile *one = program_profile(ctx, &opts);

	program_sample(
		one, &(struct program_sample){ .stack = STACK(FUNCTION_HOT),
					       .event = &program_other_event });
	ck_assert_str_eq(lbrvirt_profile_event(one), "");
	program_samples(one, 5, STACK(FUNCTION_COLD));
	ck_assert_str_eq(lbrvirt_profile_event(one), "cpu-clock");
	ck_assert_uint_eq(lbrvirt_profile_totals(one)->samples, 5);
	lbrvirt_profile_free(one);
}
END_TEST

START_TEST(single_stacks_come_most_frequent_and_outermost_first)
{
	struct lbrvirt_profile_stack stack;

	program_samples(profile, 1, STACK(FUNCTION_MAIN, FUNCTION_COLD));
	program_samples(profile, 2,
			STACK(FUNCTION_START, FUNCTION_MAIN, FUNCTION_HOT));
	ck_assert_int_eq(lbrvirt_profile_stack(profile, 0, &stack), 0);
	ck_assert_uint_eq(stack.samples, 2);
	ck_assert_uint_eq(stack.nr_symbols, 3);
	ck_assert_str_eq(stack.symbols[0]->name, "start");
	ck_assert_str_eq(stack.symbols[2]->name, "hot");
	ck_assert_str_eq(stack.comm, "program");
	ck_assert_uint_eq(stack.pid, program_pid());
	ck_assert_int_eq(lbrvirt_profile_stack(profile, 2, &stack), -ENOENT);
}
END_TEST

START_TEST(results_follow_samples_added_later)
{
	const struct lbrvirt_profile_node *root;

	program_samples(profile, 1, STACK(FUNCTION_HOT));
	ck_assert_uint_eq(program_find(profile, "hot")->self, 1);
	ck_assert_int_eq(lbrvirt_profile_tree(profile, LBRVIRT_TREE_CALLS, NULL,
					      &root),
			 0);
	program_samples(profile, 1, STACK(FUNCTION_HOT));
	ck_assert_uint_eq(program_find(profile, "hot")->self, 2);
	ck_assert_int_eq(lbrvirt_profile_tree(profile, LBRVIRT_TREE_CALLS, NULL,
					      &root),
			 0);
	ck_assert_uint_eq(root->total, 2);
}
END_TEST

START_TEST(an_empty_profile_has_an_answer_to_everything)
{
	const struct lbrvirt_profile_symbol *symbols;
	const struct lbrvirt_profile_node *root;
	struct lbrvirt_profile_stack stack;
	size_t nr;

	ck_assert_uint_eq(lbrvirt_profile_totals(profile)->samples, 0);
	ck_assert_int_eq(lbrvirt_profile_symbols(profile, &symbols, &nr), 0);
	ck_assert_uint_eq(nr, 0);
	ck_assert_int_eq(lbrvirt_profile_tree(profile, LBRVIRT_TREE_CALLS, NULL,
					      &root),
			 0);
	ck_assert_uint_eq(root->nr_children, 0);
	ck_assert_int_eq(lbrvirt_profile_stack(profile, 0, &stack), -ENOENT);
}
END_TEST

START_TEST(null_pointers_are_the_callers_mistake)
{
	ck_assert_int_eq(lbrvirt_profile_new(NULL, NULL, &profile), -EINVAL);
	ck_assert_int_eq(lbrvirt_profile_new(ctx, NULL, NULL), -EINVAL);
	ck_assert_int_eq(lbrvirt_profile_add(profile, NULL), -EINVAL);
	ck_assert_int_eq(lbrvirt_profile_load(profile, NULL), -EINVAL);
	ck_assert_int_eq(lbrvirt_profile_symbols(profile, NULL, NULL), -EINVAL);
	ck_assert_int_eq(lbrvirt_profile_stack(profile, 0, NULL), -EINVAL);
	ck_assert_ptr_null(lbrvirt_profile_totals(NULL));
	ck_assert_str_eq(lbrvirt_profile_event(NULL), "");
	lbrvirt_profile_free(NULL);
}
END_TEST

START_TEST(settings_of_a_later_version_are_refused_unless_unused)
{
	struct {
		struct lbrvirt_profile_opts opts;
		uint64_t later;
	} grown = { .opts.size = sizeof(grown), .later = 0 };
	struct lbrvirt_profile *made = NULL;

	ck_assert_int_eq(lbrvirt_profile_new(ctx, &grown.opts, &made), 0);
	lbrvirt_profile_free(made);
	grown.later = 1;
	ck_assert_int_eq(lbrvirt_profile_new(ctx, &grown.opts, &made), -EINVAL);
}
END_TEST

Suite *count_suite(void)
{
	Suite *suite = suite_create("counts");
	TCase *tc = tcase_create("samples");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, self_counts_the_leaf_and_total_everything_above);
	tcase_add_test(tc, recursion_counts_once_a_stack);
	tcase_add_test(tc, addresses_of_one_function_are_one_symbol);
	tcase_add_test(tc, equal_stacks_are_one_distinct_stack);
	tcase_add_test(tc, periods_are_summed_beside_samples);
	tcase_add_test(tc, a_fixed_period_counts_for_samples_without_one);
	tcase_add_test(tc, what_has_no_name_is_file_and_offset);
	tcase_add_test(tc, the_flat_list_is_by_self_then_total_then_name);
	tcase_add_test(tc,
		       stacks_are_told_whole_cut_and_broken_by_their_verdict);
	tcase_add_test(tc, frames_are_counted_by_where_they_came_from);
	tcase_add_test(tc, losses_said_twice_count_once);
	tcase_add_test(tc, the_first_event_with_samples_is_taken);
	tcase_add_test(tc, a_named_event_is_the_only_one_taken);
	tcase_add_test(tc,
		       single_stacks_come_most_frequent_and_outermost_first);
	tcase_add_test(tc, results_follow_samples_added_later);
	tcase_add_test(tc, an_empty_profile_has_an_answer_to_everything);
	tcase_add_test(tc, null_pointers_are_the_callers_mistake);
	tcase_add_test(tc,
		       settings_of_a_later_version_are_refused_unless_unused);
	suite_add_tcase(suite, tc);
	return suite;
}
