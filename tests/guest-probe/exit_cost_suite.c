/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The cost of an exit, on machines whose CPUID takes what a table says, and on
 * this one.
 */
#include "config.h"

#include "guest/exit_cost.h"

#include <errno.h>
#include <sched.h>

#include "guest-probe/suites.h"
#include "guest/tsc.h"
#include "support/fake_machine.h"

#define GHZ 1000000000ull

static struct lbrvirt_context *ctx;
static struct lbrvirt_exit_cost *cost;
static struct fake_machine fake;
static struct machine *machine;

static void set_up(void)
{
	ck_assert_int_eq(lbrvirt_context_new(&ctx), 0);
	fake = (struct fake_machine){ .tsc_hz = 2 * GHZ };
	fake.cpus = fake_cpus_new(3, 0);
	machine = fake_machine_init(&fake);
	cost = NULL;
}

static void tear_down(void)
{
	fake_cpus_free(fake.cpus);
	lbrvirt_exit_cost_free(cost);
	lbrvirt_context_free(ctx);
}

START_TEST(each_cpu_has_its_figures_and_the_empty_round_is_taken_off)
{
	static const uint64_t ticks[] = { 14000, 12000, 16000 };
	const struct lbrvirt_exit_cost_total *total;
	const struct lbrvirt_exit_cost_cpu *cpu;

	fake.cpuid_ticks = ticks;
	ck_assert_int_eq(exit_cost_measure_on(ctx, machine, NULL, &cost), 0);
	ck_assert_uint_eq(lbrvirt_exit_cost_cpu_count(cost), 3);
	for (size_t i = 0; i < 3; i++) {
		cpu = lbrvirt_exit_cost_cpu(cost, i);
		ck_assert_uint_eq(cpu->cpu, i);
		ck_assert_uint_eq(cpu->empty, 30);
		ck_assert_uint_eq(cpu->median, ticks[i]);
		ck_assert_uint_eq(cpu->p99, 4 * ticks[i]);
		ck_assert_uint_eq(cpu->min, ticks[i] / 2);
	}
	ck_assert_ptr_null(lbrvirt_exit_cost_cpu(cost, 3));
	total = lbrvirt_exit_cost_total(cost);
	ck_assert_uint_eq(total->rounds, LBRVIRT_EXIT_ROUNDS_DEFAULT);
	ck_assert_uint_eq(total->median, 14000);
	ck_assert_uint_eq(total->min, 6000);
	ck_assert_uint_eq(total->p99, 64000);
	ck_assert_uint_eq(total->tsc_hz, 2 * GHZ);
	ck_assert_uint_eq(total->median_ns, 7000);
	ck_assert_uint_eq(total->min_ns, 3000);
	ck_assert_uint_eq(total->p99_ns, 32000);
	ck_assert(total->has_exit);
}
END_TEST

START_TEST(a_cpuid_of_some_cycles_is_no_exit)
{
	static const uint64_t ticks[] = { 120, 130, 120 };

	fake.cpuid_ticks = ticks;
	ck_assert_int_eq(exit_cost_measure_on(ctx, machine, NULL, &cost), 0);
	ck_assert(!lbrvirt_exit_cost_total(cost)->has_exit);
}
END_TEST

START_TEST(only_the_cpus_asked_for_are_measured)
{
	static const uint64_t ticks[] = { 1000, 2000, 3000 };
	const struct lbrvirt_exit_cost_opts opts = { .size = sizeof(opts),
						     .rounds = 100,
						     .cpus = "1,7" };

	fake.cpuid_ticks = ticks;
	ck_assert_int_eq(exit_cost_measure_on(ctx, machine, &opts, &cost), 0);
	ck_assert_uint_eq(lbrvirt_exit_cost_cpu_count(cost), 1);
	ck_assert_uint_eq(lbrvirt_exit_cost_cpu(cost, 0)->cpu, 1);
	ck_assert_uint_eq(lbrvirt_exit_cost_total(cost)->median, 2000);
	ck_assert_uint_eq(lbrvirt_exit_cost_total(cost)->rounds, 100);
}
END_TEST

START_TEST(a_cpu_that_may_not_be_used_is_left_out_and_none_is_said_so)
{
	static const uint64_t ticks[] = { 1000, 2000, 3000 };

	fake.cpuid_ticks = ticks;
	atomic_store(&fake.cpus->is_offline[0], true);
	ck_assert_int_eq(exit_cost_measure_on(ctx, machine, NULL, &cost), 0);
	ck_assert_uint_gt(lbrvirt_exit_cost_cpu(cost, 0)->cpu, 0);
	lbrvirt_exit_cost_free(cost);
	cost = NULL;
	fake.bind_err = EINVAL;
	ck_assert_int_eq(exit_cost_measure_on(ctx, machine, NULL, &cost),
			 -ENOENT);
	ck_assert_ptr_null(cost);
	ck_assert_str_ne(lbrvirt_context_error(ctx), "");
}
END_TEST

START_TEST(without_rdtscp_nothing_is_measured)
{
	fake.tsc_hz = 0;
	ck_assert_int_eq(exit_cost_measure_on(ctx, machine, NULL, &cost),
			 -EOPNOTSUPP);
	ck_assert_ptr_null(cost);
}
END_TEST

START_TEST(rounds_out_of_range_are_refused)
{
	static const uint32_t rounds[] = { 1, 99, 1000001 };
	const struct lbrvirt_exit_cost_opts opts = { .size = sizeof(opts),
						     .rounds = rounds[_i] };

	ck_assert_int_eq(exit_cost_measure_on(ctx, machine, &opts, &cost),
			 -EINVAL);
}
END_TEST

START_TEST(the_percentile_is_a_value_that_so_many_do_not_exceed)
{
	uint64_t values[] = { 9, 1, 8, 2, 7, 3, 6, 4, 5, 10 };

	ck_assert_uint_eq(exit_cost_percentile(values, 10, 50), 5);
	ck_assert_uint_eq(exit_cost_percentile(values, 10, 99), 10);
	ck_assert_uint_eq(exit_cost_percentile(values, 10, 0), 1);
	ck_assert_uint_eq(exit_cost_percentile(values, 1, 50), 1);
}
END_TEST

/* What CPUID says of the TSC, and whether it is believed at 2 GHz. */
struct told {
	const char *what;
	struct fake_cpuid cpuid[6];
	uint64_t hz;
	enum lbrvirt_tsc_source source;
};

#define HIGHEST                       \
	{                             \
		0, 0,                 \
		{                     \
			0x16, 1, 1, 1 \
		}                     \
	}

static const struct told told[] = {
	{ "nothing", { HIGHEST }, 2 * GHZ, LBRVIRT_TSC_MEASURED },
	{ "crystal of 25 MHz times 160 / 2",
	  { HIGHEST, { 0x15, 0, { 2, 160, 25000000, 0 } } },
	  2 * GHZ,
	  LBRVIRT_TSC_CRYSTAL },
	{ "a ratio and no crystal",
	  { HIGHEST, { 0x15, 0, { 2, 160, 0, 0 } } },
	  2 * GHZ,
	  LBRVIRT_TSC_MEASURED },
	{ "base of 1,995 MHz",
	  { HIGHEST, { 0x16, 0, { 1995, 3000, 100, 0 } } },
	  1995000000,
	  LBRVIRT_TSC_BASE },
	{ "the host's base, the counter being scaled",
	  { HIGHEST, { 0x16, 0, { 2600, 3000, 100, 0 } } },
	  2 * GHZ,
	  LBRVIRT_TSC_MEASURED },
	{ "the hypervisor's word before the crystal's",
	  { HIGHEST,
	    { 0x15, 0, { 2, 160, 25000000, 0 } },
	    { 1, 0, { 0, 0, 1u << 31, 0 } },
	    { 0x40000000, 0, { 0x40000010, 1, 1, 1 } },
	    { 0x40000010, 0, { 2000100, 0, 0, 0 } } },
	  2000100000,
	  LBRVIRT_TSC_HYPERVISOR },
	{ "a leaf that the hypervisor does not have",
	  { HIGHEST,
	    { 1, 0, { 0, 0, 1u << 31, 0 } },
	    { 0x40000000, 0, { 0x40000001, 1, 1, 1 } },
	    { 0x40000010, 0, { 2000100, 0, 0, 0 } } },
	  2 * GHZ,
	  LBRVIRT_TSC_MEASURED },
};

START_TEST(the_frequency_is_whose_word_agrees_with_the_clock)
{
	enum lbrvirt_tsc_source source;
	uint64_t hz;

	fake.cpuid = told[_i].cpuid;
	ck_assert_int_eq(tsc_find_hz(machine, &hz, &source), 0);
	ck_assert_msg(hz == told[_i].hz && source == told[_i].source,
		      "%s: %llu Hz, source %d", told[_i].what,
		      (unsigned long long)hz, (int)source);
}
END_TEST

START_TEST(exits_of_a_sample_are_those_of_the_model)
{
	ck_assert_uint_eq(lbrvirt_interrupt_exits(LBRVIRT_INTERRUPT_TIMER), 2);
	ck_assert_uint_eq(lbrvirt_interrupt_exits(LBRVIRT_INTERRUPT_PMI), 7);
	ck_assert_uint_eq(
		lbrvirt_interrupt_exits(LBRVIRT_INTERRUPT_PMI_MEDIATED), 2);
	ck_assert_uint_eq(lbrvirt_interrupt_exits((enum lbrvirt_interrupt)9),
			  0);
}
END_TEST

START_TEST(this_machine_is_measured_and_the_thread_goes_back_where_it_was)
{
	const struct lbrvirt_exit_cost_opts opts = { .size = sizeof(opts),
						     .rounds = 500 };
	const struct lbrvirt_exit_cost_total *total;
	cpu_set_t before, after;
	int err;

	ck_assert_int_eq(sched_getaffinity(0, sizeof(before), &before), 0);
	err = lbrvirt_exit_cost_measure(ctx, &opts, &cost);
	if (err == -EOPNOTSUPP)
		return;
	ck_assert_msg(err == 0, "%s", lbrvirt_context_error(ctx));
	ck_assert_int_eq(sched_getaffinity(0, sizeof(after), &after), 0);
	ck_assert(CPU_EQUAL(&before, &after));
	total = lbrvirt_exit_cost_total(cost);
	ck_assert_uint_ge(lbrvirt_exit_cost_cpu_count(cost), 1);
	ck_assert_uint_le(total->min, total->median);
	ck_assert_uint_le(total->median, total->p99);
	/* No x86-64 counts less than 100 MHz or more than 20 GHz. */
	ck_assert_uint_gt(total->tsc_hz, GHZ / 10);
	ck_assert_uint_lt(total->tsc_hz, 20 * GHZ);
}
END_TEST

START_TEST(bad_arguments_are_refused)
{
	struct lbrvirt_exit_cost_opts opts = { .size = 3 };

	ck_assert_int_eq(lbrvirt_exit_cost_measure(NULL, NULL, &cost), -EINVAL);
	ck_assert_int_eq(lbrvirt_exit_cost_measure(ctx, NULL, NULL), -EINVAL);
	ck_assert_int_eq(lbrvirt_exit_cost_measure(ctx, &opts, &cost), -EINVAL);
	ck_assert_ptr_null(lbrvirt_exit_cost_total(NULL));
	ck_assert_uint_eq(lbrvirt_exit_cost_cpu_count(NULL), 0);
	ck_assert_ptr_null(lbrvirt_exit_cost_cpu(NULL, 0));
	lbrvirt_exit_cost_free(NULL);
}
END_TEST

Suite *exit_cost_suite(void)
{
	Suite *suite = suite_create("exit_cost");
	TCase *made = tcase_create("made");
	TCase *live = tcase_create("live");

	tcase_add_checked_fixture(made, set_up, tear_down);
	tcase_add_test(
		made,
		each_cpu_has_its_figures_and_the_empty_round_is_taken_off);
	tcase_add_test(made, a_cpuid_of_some_cycles_is_no_exit);
	tcase_add_test(made, only_the_cpus_asked_for_are_measured);
	tcase_add_test(
		made,
		a_cpu_that_may_not_be_used_is_left_out_and_none_is_said_so);
	tcase_add_test(made, without_rdtscp_nothing_is_measured);
	tcase_add_loop_test(made, rounds_out_of_range_are_refused, 0, 3);
	tcase_add_test(made,
		       the_percentile_is_a_value_that_so_many_do_not_exceed);
	tcase_add_loop_test(made,
			    the_frequency_is_whose_word_agrees_with_the_clock,
			    0, sizeof(told) / sizeof(told[0]));
	tcase_add_test(made, exits_of_a_sample_are_those_of_the_model);
	suite_add_tcase(suite, made);

	tcase_add_checked_fixture(live, set_up, tear_down);
	tcase_add_test(
		live,
		this_machine_is_measured_and_the_thread_goes_back_where_it_was);
	tcase_add_test(live, bad_arguments_are_refused);
	suite_add_tcase(suite, live);
	return suite;
}
