/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The tests on counts: values that can be worked out by hand, and that they
 * keep their word: among equals they are wrong no more often than they say.
 */
#include "config.h"

#include "profile/significance.h"

#include <math.h>

#include "profile/suites.h"

#define CLOSE 1e-12

/* Fisher's lady tasting tea: 4 cups of 8 are to be named, of which 4 are
 * right; by chance there are 70 ways. */
START_TEST(all_four_cups_are_one_way_of_seventy)
{
	struct significance s = significance_of_shares(4, 4, 0, 4);

	ck_assert_double_eq_tol(s.chance, 2.0 / 70, CLOSE);
	ck_assert_double_eq_tol(s.least, 2.0 / 70, CLOSE);
}
END_TEST

START_TEST(three_cups_of_four_are_seventeen_ways)
{
	struct significance s = significance_of_shares(3, 4, 1, 4);

	ck_assert_double_eq_tol(s.chance, 2.0 * 17 / 70, CLOSE);
	ck_assert_double_eq_tol(s.least, 2.0 / 70, CLOSE);
}
END_TEST

START_TEST(ten_throws_of_one_side_are_one_of_512)
{
	struct significance s = significance_of_rates(0, 10, 0.5);

	ck_assert_double_eq_tol(s.chance, 1.0 / 512, CLOSE);
	ck_assert_double_eq_tol(s.least, 1.0 / 512, CLOSE);
	s = significance_of_rates(10, 0, 0.5);
	ck_assert_double_eq_tol(s.chance, 1.0 / 512, CLOSE);
}
END_TEST

/* 1 of 3 and a quarter of all exposure: (1/4)² of the throws at least 2. */
START_TEST(unequal_exposures_count)
{
	struct significance s = significance_of_rates(2, 0, 0.25);

	ck_assert_double_eq_tol(s.chance, 2.0 / 16, CLOSE);
	s = significance_of_rates(0, 2, 0.25);
	ck_assert_double_eq(s.chance, 1);
	ck_assert_double_eq_tol(s.least, 2.0 / 16, CLOSE);
}
END_TEST

START_TEST(sides_can_be_exchanged)
{
	struct significance a = significance_of_shares(30, 200, 70, 300);
	struct significance b = significance_of_shares(70, 300, 30, 200);

	ck_assert_double_eq_tol(a.chance, b.chance, CLOSE);
	ck_assert_double_eq_tol(a.least, b.least, CLOSE);
	a = significance_of_rates(30, 70, 0.4);
	b = significance_of_rates(70, 30, 0.6);
	ck_assert_double_eq_tol(a.chance, b.chance, CLOSE);
}
END_TEST

/* Where the normal distribution is good enough, by two standard deviations:
 * 2 × 0.02275, and the exact one is a little above. */
START_TEST(millions_of_samples_agree_with_the_normal_distribution)
{
	const uint64_t nr = 2000000;
	double deviation = sqrt(2 * 0.25 * (double)nr);
	uint64_t more = nr / 2 + (uint64_t)deviation;
	uint64_t less = nr / 2 - (uint64_t)deviation;
	struct significance s = significance_of_shares(less, nr, more, nr);

	ck_assert_double_eq_tol(s.chance, erfc(2 / sqrt(2)), 2e-4);
	/* Of nr throws: 2 × 707.1. */
	s = significance_of_rates(nr / 2 - 1414, nr / 2 + 1414, 0.5);
	ck_assert_double_eq_tol(s.chance, erfc(sqrt(2)), 2e-4);
}
END_TEST

START_TEST(nothing_at_all_says_nothing)
{
	ck_assert_double_eq(significance_of_shares(0, 10, 0, 20).chance, 1);
	ck_assert_double_eq(significance_of_shares(0, 0, 3, 20).chance, 1);
	ck_assert_double_eq(significance_of_shares(10, 10, 20, 20).chance, 1);
	ck_assert_double_eq(significance_of_rates(0, 0, 0.5).chance, 1);
	ck_assert_double_eq(significance_of_rates(1, 1, 0).chance, 1);
}
END_TEST

/* What can be, summed with its probability: the test is called significant at
 * 5% in at most 5% of all cases, whatever the share is. */
START_TEST(equals_are_called_different_no_more_often_than_said)
{
	const unsigned int nr = 60;

	for (double p = 0.02; p < 0.6; p += 0.03) {
		double wrong = 0;

		for (unsigned int a = 0; a <= nr; a++) {
			for (unsigned int b = 0; b <= nr; b++) {
				double chance =
					significance_of_shares(a, nr, b, nr)
						.chance;

				if (chance > 0.05)
					continue;
				wrong += exp(
					2 * lgamma(nr + 1) - lgamma(a + 1) -
					lgamma(b + 1) - lgamma(nr - a + 1) -
					lgamma(nr - b + 1) + (a + b) * log(p) +
					(2 * nr - a - b) * log1p(-p));
			}
		}
		ck_assert_double_le(wrong, 0.05);
		/* Nor is it so careful that it says nothing. */
		if (p > 0.2)
			ck_assert_double_ge(wrong, 0.005);
	}
}
END_TEST

START_TEST(numbers_that_can_never_be_called_changed_are_not_corrected_for)
{
	double few[] = { 1, 1, 1e-9, 0.5, 1e-9, 1, 0.2, 1e-9 };
	double many[] = { 1e-9, 1e-9, 1e-9 };
	double edge[] = { 0.04, 0.02, 1 };
	double none[] = { 1, 1 };

	ck_assert_uint_eq(significance_nr_tested(few, 8, 0.05), 3);
	ck_assert_uint_eq(significance_nr_tested(many, 3, 0.05), 3);
	/* Two could at 5%; at half of it only one, and one is less than 2. */
	ck_assert_uint_eq(significance_nr_tested(edge, 3, 0.05), 2);
	ck_assert_uint_eq(significance_nr_tested(none, 2, 0.05), 1);
	ck_assert_uint_eq(significance_nr_tested(NULL, 0, 0.05), 1);
}
END_TEST

Suite *significance_suite(void)
{
	Suite *suite = suite_create("significance");
	TCase *tests = tcase_create("exact tests");

	tcase_add_test(tests, all_four_cups_are_one_way_of_seventy);
	tcase_add_test(tests, three_cups_of_four_are_seventeen_ways);
	tcase_add_test(tests, ten_throws_of_one_side_are_one_of_512);
	tcase_add_test(tests, unequal_exposures_count);
	tcase_add_test(tests, sides_can_be_exchanged);
	tcase_add_test(tests,
		       millions_of_samples_agree_with_the_normal_distribution);
	tcase_add_test(tests, nothing_at_all_says_nothing);
	tcase_add_test(tests,
		       equals_are_called_different_no_more_often_than_said);
	tcase_add_test(
		tests,
		numbers_that_can_never_be_called_changed_are_not_corrected_for);
	suite_add_tcase(suite, tests);
	return suite;
}
