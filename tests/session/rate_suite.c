/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The rate controller, on figures that are made up: a program that is busy on
 * so many CPUs, whose samples cost so much.
 */
#include "config.h"

#include "session/rate.h"

#include <math.h>

#include "session/suites.h"

#define SECOND 1e9

/* What is recorded, and by what. */
struct world {
	double cpus;	    /* busy all the time */
	double sample_ns;   /* as rate_opts have it */
	double recorder_ns; /* for each sample */
	double start_ns;    /* of the recorder, in the first window */
	double idle_ns;	    /* of the recorder, each second */
};

static const struct world usual = {
	.cpus = 2,
	.sample_ns = 15000,
	.recorder_ns = 15000,
};

static void begin(struct rate *rate, const struct world *world, double budget,
		  uint64_t max_hz)
{
	const struct rate_opts opts = {
		.budget = budget,
		.max_hz = max_hz,
		.nr_events = 1,
		.sample_ns = (uint64_t)world->sample_ns,
		.guess_ns = 15000,
	};

	rate_init(rate, &opts);
}

/* So many seconds in windows of one; how often the gear changed. */
static uint32_t live(struct rate *rate, const struct world *world,
		     unsigned int seconds)
{
	uint32_t changes = 0;

	for (unsigned int i = 0; i < seconds; i++) {
		double samples =
			(double)rate->gears.hz[rate->gear] * world->cpus;
		struct rate_window window = {
			.samples = (uint64_t)(samples + 0.5),
			.recorder_ns =
				(uint64_t)(samples * world->recorder_ns +
					   world->idle_ns +
					   (i == 0 ? world->start_ns : 0)),
		};

		changes += rate_take(rate, &window);
	}
	return changes;
}

static double seen(const struct rate *rate)
{
	return rate->spent_ns / rate->recorded_ns;
}

START_TEST(gears_fall_from_below_the_limit_to_a_few_a_second)
{
	static const double budgets[] = { 0.0001, 0.01, 0.05, 1 };
	struct rate rate;

	begin(&rate, &usual, budgets[_i], 999);
	ck_assert_uint_ge(rate.gears.nr, 1);
	ck_assert_uint_le(rate.gears.nr, GEARS_MAX);
	ck_assert_uint_le(rate.gears.hz[0], 999);
	for (uint32_t i = 0; i < rate.gears.nr; i++) {
		ck_assert_uint_gt(rate.gears.hz[i], 0);
		if (i > 0)
			ck_assert_uint_lt(rate.gears.hz[i],
					  rate.gears.hz[i - 1]);
	}
	ck_assert_uint_lt(rate.gear, rate.gears.nr);
}
END_TEST

START_TEST(the_first_rate_is_what_the_measured_cost_allows)
{
	struct rate rate;

	/* 30 us a sample: 1 % is reached at 333 Hz. */
	begin(&rate, &usual, 0.01, 4000);
	ck_assert_uint_le(rate.gears.hz[rate.gear], 333);
	ck_assert_uint_gt(rate.gears.hz[rate.gear], 333 / 2);
	/* The limit stands above what the budget would bear. */
	begin(&rate, &usual, 0.5, 999);
	ck_assert_uint_eq(rate.gears.hz[rate.gear], 999);
	ck_assert_uint_eq(rate.gear, 0);
}
END_TEST

START_TEST(a_steady_program_is_held_within_the_budget_at_one_rate)
{
	struct rate rate;

	begin(&rate, &usual, 0.01, 4000);
	ck_assert_uint_eq(live(&rate, &usual, 60), 0);
	ck_assert(seen(&rate) <= 0.01);
	/* And not by hardly sampling at all. */
	ck_assert(seen(&rate) >= 0.01 / 2);
}
END_TEST

START_TEST(a_recorder_dearer_than_guessed_slows_down_and_pays_back)
{
	struct world dear = usual;
	struct rate rate;

	dear.recorder_ns = 120000;
	begin(&rate, &dear, 0.01, 4000);
	ck_assert_uint_ge(live(&rate, &dear, 60), 1);
	ck_assert(seen(&rate) <= 0.01);
	ck_assert(seen(&rate) >= 0.01 / 2);
	ck_assert_uint_lt(rate.gears.hz[rate.gear], 100);
}
END_TEST

START_TEST(a_recorder_cheaper_than_guessed_speeds_up_step_by_step)
{
	struct world cheap = usual;
	struct rate rate;
	uint64_t before;

	cheap.recorder_ns = 1000;
	cheap.sample_ns = 5000;
	begin(&rate, &cheap, 0.01, 4000);
	before = rate.gears.hz[rate.gear];
	ck_assert_uint_ge(live(&rate, &cheap, 60), 1);
	ck_assert_uint_gt(rate.gears.hz[rate.gear], before);
	ck_assert(seen(&rate) <= 0.01);
}
END_TEST

START_TEST(the_rate_asked_for_is_never_exceeded)
{
	struct world free_of_cost = { .cpus = 2 };
	struct rate rate;

	begin(&rate, &free_of_cost, 1, 777);
	live(&rate, &free_of_cost, 60);
	ck_assert_uint_eq(rate.gears.hz[rate.gear], 777);
	ck_assert_uint_eq(rate.gears.hz[rate.fastest], 777);
}
END_TEST

START_TEST(a_dear_start_is_paid_back_and_says_nothing_of_a_sample)
{
	struct world slow_start = usual;
	struct rate rate;

	/* As much as 5 s of two CPUs allow. */
	slow_start.start_ns = 0.1 * SECOND;
	begin(&rate, &slow_start, 0.01, 4000);
	live(&rate, &slow_start, 5);
	ck_assert(seen(&rate) > 0.01);
	/* Half of the budget is sampled all the same. */
	ck_assert(rate.cost_ns < 40000);
	ck_assert_uint_ge(rate.gears.hz[rate.gear], 333 / 4);
	live(&rate, &usual, 55);
	ck_assert(seen(&rate) <= 0.01);
	ck_assert_uint_gt(rate.gears.hz[rate.gear], 333 / 2);
}
END_TEST

START_TEST(figures_that_waver_a_little_do_not_change_the_rate)
{
	struct world world = usual;
	uint32_t changes = 0;
	struct rate rate;

	begin(&rate, &world, 0.01, 4000);
	live(&rate, &world, 3);
	for (int i = 0; i < 100; i++) {
		world.recorder_ns = i % 2 ? 14000 : 16000;
		changes += live(&rate, &world, 1);
	}
	ck_assert_uint_eq(changes, 0);
}
END_TEST

START_TEST(a_recorder_whose_bare_life_is_dear_ends_at_the_slowest_gear)
{
	struct world idle = usual;
	struct rate rate;

	idle.cpus = 0.05;
	idle.idle_ns = 0.05 * SECOND;
	begin(&rate, &idle, 0.01, 4000);
	live(&rate, &idle, 60);
	ck_assert_uint_eq(rate.gear, rate.gears.nr - 1);
	ck_assert(isfinite(rate.cost_ns) && isfinite(rate.debt_ns));
}
END_TEST

START_TEST(a_window_without_samples_changes_nothing_but_the_debt)
{
	const struct rate_window empty = { .recorder_ns = 1000000 };
	struct rate rate;

	begin(&rate, &usual, 0.01, 4000);
	ck_assert(!rate_take(&rate, &empty));
	ck_assert(rate.spent_ns == 1e6 && rate.debt_ns == 1e6);
	ck_assert(rate.recorded_ns == 0);
	ck_assert_uint_eq(rate.shifts, 0);
}
END_TEST

START_TEST(two_events_share_the_budget)
{
	struct rate_opts opts = {
		.budget = 0.01,
		.max_hz = 4000,
		.nr_events = 1,
		.sample_ns = 30000,
	};
	struct rate one, two;

	rate_init(&one, &opts);
	opts.nr_events = 2;
	rate_init(&two, &opts);
	ck_assert_uint_le(two.gears.hz[two.gear],
			  one.gears.hz[one.gear] / 2 + 1);
}
END_TEST

START_TEST(a_window_is_taken_when_it_says_enough)
{
	const struct rate_window none = { .samples = 0 };
	const struct rate_window few = { .samples = 3 };
	const struct rate_window many = { .samples = 300 };

	ck_assert(!rate_is_ripe(&none, 60000000000u));
	ck_assert(!rate_is_ripe(&few, 1000000000));
	ck_assert(rate_is_ripe(&few, 2000000000));
	ck_assert(!rate_is_ripe(&many, 100000000));
	ck_assert(rate_is_ripe(&many, 250000000));
}
END_TEST

Suite *rate_suite(void)
{
	Suite *suite = suite_create("rate");
	TCase *rates = tcase_create("rates");

	tcase_add_loop_test(
		rates, gears_fall_from_below_the_limit_to_a_few_a_second, 0, 4);
	tcase_add_test(rates, the_first_rate_is_what_the_measured_cost_allows);
	tcase_add_test(rates,
		       a_steady_program_is_held_within_the_budget_at_one_rate);
	tcase_add_test(rates,
		       a_recorder_dearer_than_guessed_slows_down_and_pays_back);
	tcase_add_test(rates,
		       a_recorder_cheaper_than_guessed_speeds_up_step_by_step);
	tcase_add_test(rates, the_rate_asked_for_is_never_exceeded);
	tcase_add_test(rates,
		       a_dear_start_is_paid_back_and_says_nothing_of_a_sample);
	tcase_add_test(rates,
		       figures_that_waver_a_little_do_not_change_the_rate);
	tcase_add_test(
		rates,
		a_recorder_whose_bare_life_is_dear_ends_at_the_slowest_gear);
	tcase_add_test(rates,
		       a_window_without_samples_changes_nothing_but_the_debt);
	tcase_add_test(rates, two_events_share_the_budget);
	tcase_add_test(rates, a_window_is_taken_when_it_says_enough);
	suite_add_tcase(suite, rates);
	return suite;
}
