/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Whether reading a counter leaves the guest, on machines whose exits and reads
 * take what a table says, and on this one.
 */
#include "config.h"

#include "guest/counter_cost.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "guest-probe/suites.h"
#include "guest/exit_cost.h"
#include "support/fake_machine.h"

static struct lbrvirt_context *ctx;
static struct lbrvirt_exit_cost *exit_cost;
static struct lbrvirt_counter_cost cost;
static struct fake_machine fake;
static struct machine *machine;

static void set_up(void)
{
	ck_assert_int_eq(lbrvirt_context_new(&ctx), 0);
	fake = (struct fake_machine){ .tsc_hz = 2000000000 };
	fake.cpus = fake_cpus_new(1, 0);
	machine = fake_machine_init(&fake);
	cost = (struct lbrvirt_counter_cost){ .size = sizeof(cost) };
	exit_cost = NULL;
}

static void tear_down(void)
{
	fake_cpus_free(fake.cpus);
	lbrvirt_exit_cost_free(exit_cost);
	lbrvirt_context_free(ctx);
}

static void time_exits(const uint64_t *ticks)
{
	const struct lbrvirt_exit_cost_opts opts = { .size = sizeof(opts),
						     .rounds = 100 };

	fake.cpuid_ticks = ticks;
	ck_assert_int_eq(exit_cost_measure_on(ctx, machine, &opts, &exit_cost),
			 0);
}

struct reading {
	uint64_t exit, hardware, software;
	uint64_t ticks;
	enum lbrvirt_counter_way way;
};

static const struct reading readings[] = {
	{ 1200, 1500, 1400, 100, LBRVIRT_COUNTER_KEPT },
	{ 1200, 1400, 1500, 0, LBRVIRT_COUNTER_KEPT },
	{ 1200, 1700, 1400, 300, LBRVIRT_COUNTER_KEPT },
	{ 1200, 1701, 1400, 301, LBRVIRT_COUNTER_UNCLEAR },
	{ 1200, 1999, 1400, 599, LBRVIRT_COUNTER_UNCLEAR },
	{ 1200, 2000, 1400, 600, LBRVIRT_COUNTER_EXITS },
	{ 1200, 2600, 1400, 1200, LBRVIRT_COUNTER_EXITS },
	{ 14000, 15600, 1400, 14200, LBRVIRT_COUNTER_EXITS },
	{ 14000, 1600, 1400, 200, LBRVIRT_COUNTER_KEPT },
};

START_TEST(an_exit_is_known_by_this_machines_own)
{
	const struct reading *want = &readings[_i];

	time_exits(&want->exit);
	fake.read_ticks[0] = want->hardware;
	fake.read_ticks[1] = want->software;
	ck_assert_int_eq(
		counter_cost_measure_on(ctx, machine, exit_cost, &cost), 0);
	ck_assert_uint_eq(cost.ticks, want->ticks);
	ck_assert_uint_eq(cost.ns, (want->ticks + 1) / 2);
	ck_assert_int_eq(cost.way, want->way);
	/* Users' own code, on the PMU or not at all. */
	ck_assert_uint_eq(fake.opens[0].type, PERF_TYPE_HARDWARE);
	ck_assert(fake.opens[0].exclude_kernel);
	ck_assert(fake.opens[0].pinned);
}
END_TEST

static void refuse(int err)
{
	ck_assert_int_eq(
		counter_cost_measure_on(ctx, machine, exit_cost, &cost), err);
	ck_assert_str_ne(lbrvirt_context_error(ctx), "");
	ck_assert_uint_eq(cost.ticks, 0);
}

START_TEST(without_exits_there_is_nothing_to_compare_with)
{
	static const uint64_t ticks = 100;

	time_exits(&ticks);
	refuse(-EOPNOTSUPP);
}
END_TEST

START_TEST(without_a_pmu_there_is_no_counter)
{
	static const struct fake_open_rule rules[] = { { fake_is_hardware,
							 ENOENT },
						       { 0 } };
	static const uint64_t ticks = 1200;

	time_exits(&ticks);
	fake.rules = rules;
	refuse(-ENOENT);
	ck_assert_ptr_nonnull(
		strstr(lbrvirt_context_error(ctx), "there is no PMU"));
}
END_TEST

START_TEST(a_counter_that_is_not_to_be_had_is_said_so)
{
	static const uint64_t ticks = 1200;

	time_exits(&ticks);
	fake.read_err = -ENODATA;
	refuse(-EBUSY);
	fake.read_err = -EIO;
	refuse(-EIO);
	fake.bind_err = EINVAL;
	refuse(-EINVAL);
}
END_TEST

/* With a PMU some way or other, without one an errno; never a crash. */
START_TEST(this_machine_has_an_answer)
{
	int err = lbrvirt_exit_cost_measure(ctx, NULL, &exit_cost);

	if (err) {
		printf("skipped: %s\n", lbrvirt_context_error(ctx));
		return;
	}
	err = lbrvirt_counter_cost_measure(ctx, exit_cost, &cost);
	if (err)
		ck_assert_str_ne(lbrvirt_context_error(ctx), "");
	else
		ck_assert_int_le(cost.way, LBRVIRT_COUNTER_UNCLEAR);
}
END_TEST

START_TEST(bad_arguments_are_refused)
{
	static const uint64_t ticks = 1200;

	time_exits(&ticks);
	ck_assert_int_eq(lbrvirt_counter_cost_measure(NULL, exit_cost, &cost),
			 -EINVAL);
	ck_assert_int_eq(lbrvirt_counter_cost_measure(ctx, NULL, &cost),
			 -EINVAL);
	ck_assert_int_eq(lbrvirt_counter_cost_measure(ctx, exit_cost, NULL),
			 -EINVAL);
	cost.size--;
	ck_assert_int_eq(lbrvirt_counter_cost_measure(ctx, exit_cost, &cost),
			 -EINVAL);
}
END_TEST

Suite *counter_cost_suite(void)
{
	Suite *suite = suite_create("counter_cost");
	TCase *tcase = tcase_create("counter");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_loop_test(tcase, an_exit_is_known_by_this_machines_own, 0,
			    sizeof(readings) / sizeof(readings[0]));
	tcase_add_test(tcase, without_exits_there_is_nothing_to_compare_with);
	tcase_add_test(tcase, without_a_pmu_there_is_no_counter);
	tcase_add_test(tcase, a_counter_that_is_not_to_be_had_is_said_so);
	tcase_add_test(tcase, this_machine_has_an_answer);
	tcase_add_test(tcase, bad_arguments_are_refused);
	suite_add_tcase(suite, tcase);
	return suite;
}
