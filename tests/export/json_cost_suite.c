/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What sampling costs, in doctor's JSON: the words of the schema, byte by byte,
 * of a machine whose CPUID takes what a table says.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <lbrvirt/export.h>

#include "export/suites.h"
#include "guest/exit_cost.h"
#include "guest/guest.h"
#include "support/fake_machine.h"

static struct lbrvirt_context *ctx;
static struct fake_machine fake;
static struct machine *machine;
static struct lbrvirt_exit_cost *cost;
static struct lbrvirt_guest *guest;
static struct lbrvirt_doctor doctor;
static char *text;

static void set_up(void)
{
	ck_assert_int_eq(lbrvirt_context_new(&ctx), 0);
	fake = (struct fake_machine){ .tsc_hz = 2000000000 };
	fake.cpus = fake_cpus_new(2, 0);
	machine = fake_machine_init(&fake);
	ck_assert_int_eq(guest_probe_on(ctx, machine, &guest), 0);
	doctor = (struct lbrvirt_doctor){ .size = sizeof(doctor),
					  .guest = guest };
	cost = NULL;
	text = NULL;
}

static void tear_down(void)
{
	free(text);
	lbrvirt_exit_cost_free(cost);
	lbrvirt_guest_free(guest);
	fake_cpus_free(fake.cpus);
	lbrvirt_context_free(ctx);
}

static void measure(const uint64_t *ticks)
{
	const struct lbrvirt_exit_cost_opts opts = { .size = sizeof(opts),
						     .rounds = 100 };

	fake.cpuid_ticks = ticks;
	ck_assert_int_eq(exit_cost_measure_on(ctx, machine, &opts, &cost), 0);
	doctor.exit_cost = cost;
}

static void export(void)
{
	size_t size;
	FILE *out = open_memstream(&text, &size);

	ck_assert_int_eq(lbrvirt_export_doctor_json(&doctor, out), 0);
	ck_assert_int_eq(fclose(out), 0);
}

/* The answer ends with it. */
static void assert_end(const char *end)
{
	size_t length = strlen(end);

	ck_assert_uint_gt(strlen(text), length);
	ck_assert_str_eq(text + strlen(text) - length, end);
}

START_TEST(an_exit_has_its_figures_and_what_the_model_makes_of_them)
{
	static const uint64_t ticks[] = { 10000, 12000 };

	measure(ticks);
	export();
	assert_end(
		",\"exit_cost\":{\"rounds\":100,\"tsc_hz\":2000000000,"
		"\"tsc_source\":\"measured\",\"leaves_guest\":true,"
		"\"min_ticks\":5000,\"median_ticks\":10000,\"p99_ticks\":48000,"
		"\"min_ns\":2500,\"median_ns\":5000,\"p99_ns\":24000,"
		"\"kvm_cycles\":1500,\"kvm_fast_cycles\":750,\"cpus\":["
		"{\"cpu\":0,\"min_ticks\":5000,\"median_ticks\":10000,"
		"\"p99_ticks\":40000,\"empty_ticks\":30},"
		"{\"cpu\":1,\"min_ticks\":6000,\"median_ticks\":12000,"
		"\"p99_ticks\":48000,\"empty_ticks\":30}],\"model\":["
		"{\"interrupt\":\"timer\",\"exits\":2,\"sample_ns\":10000,"
		"\"overhead\":[{\"hz\":99,\"percent\":0.10},"
		"{\"hz\":999,\"percent\":1.00},{\"hz\":4000,\"percent\":4.00}],"
		"\"hz_of_1_percent\":1000},"
		"{\"interrupt\":\"pmi\",\"exits\":7,\"sample_ns\":35000,"
		"\"overhead\":[{\"hz\":99,\"percent\":0.35},"
		"{\"hz\":999,\"percent\":3.50},{\"hz\":4000,\"percent\":14.00}],"
		"\"hz_of_1_percent\":285},"
		"{\"interrupt\":\"pmi-mediated\",\"exits\":2,"
		"\"sample_ns\":10000,"
		"\"overhead\":[{\"hz\":99,\"percent\":0.10},"
		"{\"hz\":999,\"percent\":1.00},{\"hz\":4000,\"percent\":4.00}],"
		"\"hz_of_1_percent\":1000}]}}\n");
}
END_TEST

START_TEST(without_exits_there_is_no_model)
{
	static const uint64_t ticks[] = { 100, 100 };

	measure(ticks);
	export();
	ck_assert_ptr_nonnull(strstr(text, "\"leaves_guest\":false"));
	assert_end(",\"model\":[]}}\n");
}
END_TEST

START_TEST(a_sample_has_its_figures)
{
	const struct lbrvirt_sample_cost sample = {
		.size = sizeof(sample),
		.event = "cpu-clock:u",
		.nr_samples = 40,
		.median_ns = 25000,
		.p99_ns = 90000,
	};

	doctor.sample_cost = &sample;
	export();
	ck_assert_ptr_null(strstr(text, "exit_cost"));
	assert_end(",\"sample_cost\":{\"event\":\"cpu-clock:u\",\"samples\":40,"
		   "\"median_ns\":25000,\"p99_ns\":90000,\"overhead\":["
		   "{\"hz\":99,\"percent\":0.25},{\"hz\":999,\"percent\":2.50},"
		   "{\"hz\":4000,\"percent\":10.00}],"
		   "\"hz_of_1_percent\":400}}\n");
}
END_TEST

START_TEST(a_sample_of_no_cost_has_no_highest_rate)
{
	const struct lbrvirt_sample_cost sample = { .size = sizeof(sample),
						    .event = "cycles" };

	doctor.sample_cost = &sample;
	export();
	assert_end("{\"hz\":4000,\"percent\":0.00}]}}\n");
}
END_TEST

START_TEST(a_counter_leaves_the_guest_or_not)
{
	static const char *const ways[] = { "no", "yes", "unclear" };
	const struct lbrvirt_counter_cost counter = {
		.size = sizeof(counter),
		.ticks = 1300,
		.ns = 500,
		.way = (enum lbrvirt_counter_way)_i,
	};
	char end[128];

	doctor.counter_cost = &counter;
	export();
	snprintf(end, sizeof(end),
		 ",\"counter_cost\":{\"ticks\":1300,\"ns\":500,"
		 "\"leaves_guest\":\"%s\"}}\n",
		 ways[_i]);
	assert_end(end);
}
END_TEST

START_TEST(what_could_not_be_measured_has_an_error_alone)
{
	doctor.exit_cost_error = "no \"RDTSCP\"";
	doctor.counter_cost_error = "no PMU";
	doctor.sample_cost_error = "no plan";
	export();
	assert_end(",\"exit_cost\":{\"error\":\"no \\\"RDTSCP\\\"\"},"
		   "\"counter_cost\":{\"error\":\"no PMU\"},"
		   "\"sample_cost\":{\"error\":\"no plan\"}}\n");
}
END_TEST

START_TEST(nothing_is_said_unasked)
{
	export();
	ck_assert_ptr_null(strstr(text, "_cost\""));
}
END_TEST

Suite *json_cost_suite(void)
{
	Suite *suite = suite_create("json cost");
	TCase *tc = tcase_create("costs");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(
		tc, an_exit_has_its_figures_and_what_the_model_makes_of_them);
	tcase_add_test(tc, without_exits_there_is_no_model);
	tcase_add_test(tc, a_sample_has_its_figures);
	tcase_add_test(tc, a_sample_of_no_cost_has_no_highest_rate);
	tcase_add_loop_test(tc, a_counter_leaves_the_guest_or_not, 0, 3);
	tcase_add_test(tc, what_could_not_be_measured_has_an_error_alone);
	tcase_add_test(tc, nothing_is_said_unasked);
	suite_add_tcase(suite, tc);
	return suite;
}
