/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Timing samples of the real kernel.
 */
#include "config.h"

#include <lbrvirt/cost.h>

#include <errno.h>

#include "record/suites.h"

static struct lbrvirt_context *ctx;
static struct lbrvirt_plan *plan;

static void make_plan(const char *event, enum lbrvirt_call_graph call_graph)
{
	struct lbrvirt_plan_opts opts = {
		.size = sizeof(opts),
		.events = &event,
		.nr_events = 1,
		.call_graph = call_graph,
	};

	ck_assert_msg(lbrvirt_plan_new(ctx, NULL, &opts, &plan) == 0, "%s",
		      lbrvirt_context_error(ctx));
}

static void set_up(void)
{
	ck_assert_int_eq(lbrvirt_context_new(&ctx), 0);
	plan = NULL;
}

static void tear_down(void)
{
	lbrvirt_plan_free(plan);
	lbrvirt_context_free(ctx);
}

START_TEST(samples_of_the_clock_are_timed)
{
	static const enum lbrvirt_call_graph kinds[] = {
		LBRVIRT_CALL_GRAPH_NONE, LBRVIRT_CALL_GRAPH_DWARF
	};
	struct lbrvirt_sample_cost cost = { .size = sizeof(cost) };

	make_plan("cpu-clock:u", kinds[_i]);
	ck_assert_msg(lbrvirt_sample_cost_measure(ctx, plan, &cost) == 0, "%s",
		      lbrvirt_context_error(ctx));
	ck_assert_str_eq(cost.event, "cpu-clock:u");
	ck_assert_uint_ge(cost.nr_samples, 10);
	/* An interrupt has never cost less than a hundred cycles. */
	ck_assert_uint_gt(cost.median_ns, 20);
	ck_assert_uint_le(cost.median_ns, cost.p99_ns);
}
END_TEST

START_TEST(an_event_that_does_not_come_is_said_so)
{
	struct lbrvirt_sample_cost cost = { .size = sizeof(cost) };

	make_plan("alignment-faults", LBRVIRT_CALL_GRAPH_NONE);
	ck_assert_int_eq(lbrvirt_sample_cost_measure(ctx, plan, &cost),
			 -ENODATA);
	ck_assert_uint_eq(cost.median_ns, 0);
	ck_assert_ptr_null(cost.event);
}
END_TEST

START_TEST(bad_arguments_are_refused)
{
	struct lbrvirt_sample_cost cost = { .size = 1 };

	make_plan("cpu-clock:u", LBRVIRT_CALL_GRAPH_NONE);
	ck_assert_int_eq(lbrvirt_sample_cost_measure(ctx, plan, &cost),
			 -EINVAL);
	ck_assert_int_eq(lbrvirt_sample_cost_measure(ctx, plan, NULL), -EINVAL);
	cost.size = sizeof(cost);
	ck_assert_int_eq(lbrvirt_sample_cost_measure(ctx, NULL, &cost),
			 -EINVAL);
	ck_assert_int_eq(lbrvirt_sample_cost_measure(NULL, plan, &cost),
			 -EINVAL);
}
END_TEST

Suite *sample_cost_suite(void)
{
	Suite *suite = suite_create("sample_cost");
	TCase *live = tcase_create("live");

	tcase_add_checked_fixture(live, set_up, tear_down);
	tcase_add_loop_test(live, samples_of_the_clock_are_timed, 0, 2);
	tcase_add_test(live, an_event_that_does_not_come_is_said_so);
	tcase_add_test(live, bad_arguments_are_refused);
	suite_add_tcase(suite, live);
	return suite;
}
