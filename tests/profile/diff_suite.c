/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Comparisons: what is laid over what, the numbers by each basis, what is
 * found, and that equals are called equal as often as was promised.
 */
#include "config.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "profile/program.h"
#include "profile/suites.h"

#define CLOSE 1e-9

static struct lbrvirt_context *ctx;
static struct lbrvirt_profile *before;
static struct lbrvirt_profile *after;
static struct lbrvirt_diff *diff;

static void set_up(void)
{
	ck_assert_int_eq(lbrvirt_context_new(&ctx), 0);
	before = program_profile(ctx, NULL);
	after = program_profile(ctx, NULL);
	diff = NULL;
}

static void tear_down(void)
{
	program_end();
	lbrvirt_diff_free(diff);
	lbrvirt_profile_free(before);
	lbrvirt_profile_free(after);
	lbrvirt_context_free(ctx);
}

#define OPTS(...)                                         \
	(&(struct lbrvirt_diff_opts){                     \
		.size = sizeof(struct lbrvirt_diff_opts), \
		__VA_ARGS__ })

static void compare(const struct lbrvirt_diff_opts *opts)
{
	ck_assert_msg(!lbrvirt_diff_new(before, after, opts, &diff), "%s",
		      lbrvirt_context_error(ctx));
}

/* The function of that name, or NULL. */
static const struct lbrvirt_diff_symbol *find(const char *name)
{
	const struct lbrvirt_diff_symbol *symbols;
	size_t nr;

	ck_assert_int_eq(lbrvirt_diff_symbols(diff, &symbols, &nr), 0);
	for (size_t i = 0; i < nr; i++)
		if (strcmp(symbols[i].symbol, name) == 0)
			return &symbols[i];
	return NULL;
}

static const struct lbrvirt_diff_node *
child(const struct lbrvirt_diff_node *node, const char *name)
{
	for (size_t i = 0; i < node->nr_children; i++)
		if (strcmp(node->children[i]->symbol, name) == 0)
			return node->children[i];
	ck_abort_msg("%s has no child %s", node->symbol, name);
	return NULL;
}

static void sample_hot(struct lbrvirt_profile *profile, unsigned int nr)
{
	program_samples(profile, nr,
			STACK(FUNCTION_START, FUNCTION_MAIN, FUNCTION_HOT));
}

static void sample_cold(struct lbrvirt_profile *profile, unsigned int nr)
{
	program_samples(profile, nr,
			STACK(FUNCTION_START, FUNCTION_MAIN, FUNCTION_COLD));
}

START_TEST(shares_are_of_each_total)
{
	const struct lbrvirt_diff_symbol *hot;

	sample_hot(before, 30);
	sample_cold(before, 70);
	sample_hot(after, 100);
	sample_cold(after, 100);
	compare(NULL);
	hot = find("hot");
	ck_assert_double_eq_tol(hot->self.before, 0.3, CLOSE);
	ck_assert_double_eq_tol(hot->self.after, 0.5, CLOSE);
	ck_assert_uint_eq(hot->self.samples_before, 30);
	ck_assert_uint_eq(hot->self.samples_after, 100);
	ck_assert_int_eq(hot->self.verdict, LBRVIRT_DIFF_MORE);
	ck_assert_int_eq(find("cold")->self.verdict, LBRVIRT_DIFF_LESS);
	ck_assert_double_eq_tol(find("main")->total.before, 1, CLOSE);
	ck_assert_int_eq(find("main")->total.verdict, LBRVIRT_DIFF_NOISE);
}
END_TEST

/* One function became slower, the rest is as it was: by run, it alone. */
START_TEST(by_run_only_what_grew_is_more)
{
	sample_hot(before, 300);
	sample_cold(before, 700);
	sample_hot(after, 600);
	sample_cold(after, 700);
	compare(OPTS(.basis = LBRVIRT_DIFF_BY_RUN));
	ck_assert_int_eq(find("hot")->self.verdict, LBRVIRT_DIFF_MORE);
	ck_assert_int_eq(find("cold")->self.verdict, LBRVIRT_DIFF_NOISE);
	ck_assert_double_eq_tol(find("hot")->self.after, 600, CLOSE);
}
END_TEST

START_TEST(by_time_twice_the_time_may_have_twice_the_samples)
{
	for (unsigned int i = 0; i < 1001; i++)
		program_sample(before, &(struct program_sample){
					       .stack = STACK(FUNCTION_MAIN),
					       .time_ns = i * 1000000 });
	for (unsigned int i = 0; i < 2001; i++)
		program_sample(after, &(struct program_sample){
					      .stack = STACK(FUNCTION_MAIN),
					      .time_ns = i * 1000000 });
	compare(OPTS(.basis = LBRVIRT_DIFF_BY_TIME));
	ck_assert_double_eq_tol(find("main")->self.before, 1001, CLOSE);
	ck_assert_double_eq_tol(find("main")->self.after, 1000.5, CLOSE);
	ck_assert_int_eq(find("main")->self.verdict, LBRVIRT_DIFF_NOISE);
	lbrvirt_diff_free(diff);
	compare(OPTS(.basis = LBRVIRT_DIFF_BY_RUN));
	ck_assert_int_eq(find("main")->self.verdict, LBRVIRT_DIFF_MORE);
}
END_TEST

START_TEST(a_function_of_one_side_is_there)
{
	sample_hot(before, 500);
	sample_hot(after, 400);
	sample_cold(after, 100);
	compare(NULL);
	ck_assert_uint_eq(find("cold")->self.samples_before, 0);
	ck_assert_int_eq(find("cold")->self.verdict, LBRVIRT_DIFF_MORE);
	lbrvirt_diff_free(diff);
	ck_assert_int_eq(lbrvirt_diff_new(after, before, NULL, &diff), 0);
	ck_assert_uint_eq(find("cold")->self.samples_after, 0);
	ck_assert_int_eq(find("cold")->self.verdict, LBRVIRT_DIFF_LESS);
}
END_TEST

/* The same function on two ways: one became longer by what the other lost. */
START_TEST(paths_are_told_apart)
{
	const struct lbrvirt_diff_node *root;
	const struct lbrvirt_diff_node *start;
	const enum function *direct = STACK(FUNCTION_START, FUNCTION_HOT);
	const enum function *by_work =
		STACK(FUNCTION_START, FUNCTION_WORK, FUNCTION_HOT);

	program_samples(before, 300, direct);
	program_samples(before, 100, by_work);
	program_samples(after, 100, direct);
	program_samples(after, 300, by_work);
	compare(NULL);
	ck_assert_int_eq(find("hot")->self.verdict, LBRVIRT_DIFF_NOISE);
	root = lbrvirt_diff_tree(diff);
	ck_assert_str_eq(root->symbol, "all");
	ck_assert_ptr_null(root->parent);
	start = child(root, "start");
	ck_assert_ptr_eq(start->parent, root);
	ck_assert_int_eq(child(start, "hot")->total.verdict, LBRVIRT_DIFF_LESS);
	ck_assert_int_eq(child(child(start, "work"), "hot")->total.verdict,
			 LBRVIRT_DIFF_MORE);
}
END_TEST

START_TEST(nodes_stand_behind_their_parents_and_sum_up)
{
	const struct lbrvirt_diff_node *root;
	size_t nr;

	sample_hot(before, 3);
	program_samples(before, 2, STACK(FUNCTION_START, FUNCTION_WORK));
	sample_cold(after, 4);
	program_samples(after, 5,
			STACK(FUNCTION_START, FUNCTION_WORK, FUNCTION_LIB));
	compare(NULL);
	root = lbrvirt_diff_tree(diff);
	nr = lbrvirt_diff_totals(diff)->nr_nodes;
	ck_assert_uint_eq(nr, 7);
	for (size_t i = 0; i < nr; i++) {
		const struct lbrvirt_diff_node *node = &root[i];
		uint64_t below = node->self.samples_after;

		if (i)
			ck_assert(node->parent < node);
		for (size_t j = 0; j < node->nr_children; j++)
			below += node->children[j]->total.samples_after;
		ck_assert_uint_eq(below, node->total.samples_after);
	}
	ck_assert_uint_eq(root->total.samples_before, 5);
	ck_assert_uint_eq(root->total.samples_after, 9);
}
END_TEST

START_TEST(recursion_counts_once)
{
	program_samples(before, 6,
			STACK(FUNCTION_MAIN, FUNCTION_WORK, FUNCTION_WORK,
			      FUNCTION_HOT, FUNCTION_WORK));
	sample_hot(after, 6);
	compare(NULL);
	ck_assert_uint_eq(find("work")->total.samples_before, 6);
	ck_assert_uint_eq(find("work")->self.samples_before, 6);
}
END_TEST

START_TEST(code_without_a_name_is_one_function_of_its_file)
{
	sample_hot(before, 5);
	program_samples(before, 5, STACK(FUNCTION_MAIN, FUNCTION_LIB));
	sample_hot(after, 5);
	compare(NULL);
	ck_assert_ptr_null(find(LIB_NAME));
	ck_assert_ptr_nonnull(find("[no name]"));
	ck_assert_str_eq(find("[no name]")->dso, LIB_PATH);
}
END_TEST

/* Half of the period is in ten samples: they tell no more than some twenty. */
START_TEST(a_few_long_samples_are_not_many)
{
	const struct lbrvirt_diff_totals *totals;

	for (unsigned int i = 0; i < 10; i++) {
		program_sample(before, &(struct program_sample){
					       .stack = STACK(FUNCTION_HOT),
					       .period = 100 });
		program_sample(after, &(struct program_sample){
					      .stack = STACK(FUNCTION_COLD),
					      .period = 100 });
	}
	program_samples(before, 1000, STACK(FUNCTION_COLD));
	program_samples(after, 1000, STACK(FUNCTION_COLD));
	compare(NULL);
	totals = lbrvirt_diff_totals(diff);
	/* (2 × 1000)² / (10 × 100² + 1000) */
	ck_assert_double_eq_tol(totals->before.effective, 4e6 / 101000, CLOSE);
	/* Half against nothing, of 40 samples: sure, but not as of 1000. */
	ck_assert_int_eq(find("hot")->self.verdict, LBRVIRT_DIFF_LESS);
	ck_assert_double_ge(find("hot")->self.chance, 1e-12);
}
END_TEST

START_TEST(less_than_the_least_change_is_noise)
{
	sample_hot(before, 10000);
	sample_cold(before, 90000);
	sample_hot(after, 11000);
	sample_cold(after, 89000);
	compare(OPTS(.least_change = 0.009));
	ck_assert_int_eq(find("hot")->self.verdict, LBRVIRT_DIFF_MORE);
	lbrvirt_diff_free(diff);
	compare(OPTS(.least_change = 0.011));
	ck_assert_int_eq(find("hot")->self.verdict, LBRVIRT_DIFF_NOISE);
}
END_TEST

/* A generator of our own, so that a failure comes again. */
static uint64_t next_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

/* @nr samples of one program: shares of 50, 25, 12.5 … percent. */
static void draw(struct lbrvirt_profile *profile, unsigned int nr,
		 uint64_t *state)
{
	static const enum function leaves[] = { FUNCTION_HOT, FUNCTION_COLD,
						FUNCTION_WORK, FUNCTION_MAIN,
						FUNCTION_TEMPLATE };

	for (unsigned int i = 0; i < nr; i++) {
		unsigned int at = (unsigned int)__builtin_ctzll(
			next_random(state) >> 11 | 1ull << 4);

		program_samples(profile, 1, STACK(FUNCTION_START, leaves[at]));
	}
}

/*
 * 300 comparisons of equals at 5%: 15 may be wrong, and 30 or more are with a
 * chance of 1 to 5000 if the rate is just 5%. It is less, as the test is exact.
 */
START_TEST(equals_differ_no_more_often_than_the_error_rate)
{
	uint64_t state = 0x2545f4914f6cdd1d;
	unsigned int wrong_symbols = 0;
	unsigned int wrong_paths = 0;

	for (unsigned int i = 0; i < 300; i++) {
		tear_down();
		set_up();
		draw(before, 400, &state);
		draw(after, 300, &state);
		compare(NULL);
		wrong_symbols += lbrvirt_diff_totals(diff)->changed_symbols > 0;
		wrong_paths += lbrvirt_diff_totals(diff)->changed_paths > 0;
	}
	ck_assert_uint_lt(wrong_symbols, 30);
	ck_assert_uint_lt(wrong_paths, 30);
}
END_TEST

START_TEST(other_events_are_refused)
{
	struct lbrvirt_diff *none = NULL;

	sample_hot(before, 5);
	program_sample(after, &(struct program_sample){
				      .stack = STACK(FUNCTION_HOT),
				      .event = &program_other_event });
	ck_assert_int_eq(lbrvirt_diff_new(before, after, NULL, &none), -EINVAL);
	ck_assert_ptr_null(none);
	ck_assert_ptr_nonnull(
		strstr(lbrvirt_context_error(ctx), "page-faults"));
}
END_TEST

START_TEST(a_side_without_samples_is_named)
{
	struct lbrvirt_diff *none = NULL;

	sample_hot(before, 5);
	ck_assert_int_eq(lbrvirt_diff_new(before, after, NULL, &none),
			 -ENODATA);
	ck_assert_ptr_nonnull(strstr(lbrvirt_context_error(ctx), "second"));
	ck_assert_int_eq(lbrvirt_diff_new(before, NULL, NULL, &none), -EINVAL);
	ck_assert_int_eq(lbrvirt_diff_new(before, before, OPTS(.error_rate = 1),
					  &none),
			 -EINVAL);
	ck_assert_int_eq(lbrvirt_diff_new(before, before,
					  OPTS(.least_change = -1), &none),
			 -EINVAL);
	ck_assert_int_eq(lbrvirt_diff_new(before, before,
					  OPTS(.basis = LBRVIRT_DIFF_BY_TIME),
					  &none),
			 -ENODATA);
}
END_TEST

Suite *diff_suite(void)
{
	Suite *suite = suite_create("diff");
	TCase *tests = tcase_create("comparisons");

	tcase_add_checked_fixture(tests, set_up, tear_down);
	tcase_add_test(tests, shares_are_of_each_total);
	tcase_add_test(tests, by_run_only_what_grew_is_more);
	tcase_add_test(tests,
		       by_time_twice_the_time_may_have_twice_the_samples);
	tcase_add_test(tests, a_function_of_one_side_is_there);
	tcase_add_test(tests, paths_are_told_apart);
	tcase_add_test(tests, nodes_stand_behind_their_parents_and_sum_up);
	tcase_add_test(tests, recursion_counts_once);
	tcase_add_test(tests, code_without_a_name_is_one_function_of_its_file);
	tcase_add_test(tests, a_few_long_samples_are_not_many);
	tcase_add_test(tests, less_than_the_least_change_is_noise);
	tcase_add_test(tests, equals_differ_no_more_often_than_the_error_rate);
	tcase_add_test(tests, other_events_are_refused);
	tcase_add_test(tests, a_side_without_samples_is_named);
	/* Hundreds of comparisons, on a machine that may be busy. */
	tcase_set_timeout(tests, 120);
	suite_add_tcase(suite, tests);
	return suite;
}
