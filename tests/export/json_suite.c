/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The JSON that programs get, read back by a parser.
 */
#include "config.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "export/suites.h"
#include "profile/program.h"

/* What HOSTILE_NAME becomes: one U+FFFD for each byte that is no UTF-8. */
#define REPLACED                                                            \
	"\xef\xbf\xbd(\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef" \
	"\xbf\xbd\xe2\x82\xac\"\\/end"

static struct lbrvirt_context *ctx;
static struct lbrvirt_profile *profile;
static struct json_object *root;

static void set_up(void)
{
	ck_assert_int_eq(lbrvirt_context_new(&ctx), 0);
	profile = program_profile(ctx, NULL);
	root = NULL;
}

static void tear_down(void)
{
	json_object_put(root);
	program_end();
	lbrvirt_profile_free(profile);
	lbrvirt_context_free(ctx);
}

/* Write, and parse what was written strictly: one object, then a newline. */
static void write_and_parse(const char *stack_source)
{
	struct json_tokener *tokener = json_tokener_new();
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT |
						JSON_TOKENER_VALIDATE_UTF8);
	ck_assert_int_eq(lbrvirt_export_json(profile, stack_source, NULL, out),
			 0);
	ck_assert_int_eq(fclose(out), 0);
	root = json_tokener_parse_ex(tokener, text, (int)size - 1);
	ck_assert_int_eq(json_tokener_get_error(tokener), json_tokener_success);
	ck_assert_str_eq(text + size - 1, "\n");
	json_tokener_free(tokener);
	free(text);
}

static struct json_object *get(struct json_object *object, const char *key)
{
	struct json_object *value = NULL;

	ck_assert_msg(json_object_object_get_ex(object, key, &value),
		      "there is no \"%s\"", key);
	return value;
}

static uint64_t number(struct json_object *object, const char *key)
{
	return json_object_get_uint64(get(object, key));
}

static const char *string(struct json_object *object, const char *key)
{
	return json_object_get_string(get(object, key));
}

START_TEST(counts_are_in_samples)
{
	struct json_object *symbols;
	struct json_object *first;

	program_samples(profile, 7, STACK(FUNCTION_MAIN, FUNCTION_HOT));
	program_samples(profile, 3, STACK(FUNCTION_MAIN, FUNCTION_COLD));
	program_lost(profile, PERF_RECORD_LOST, 2);
	write_and_parse("dwarf");
	ck_assert_uint_eq(number(root, "samples"), 10);
	ck_assert_uint_eq(number(root, "lost"), 2);
	ck_assert_str_eq(string(root, "event"), "cpu-clock");
	ck_assert_str_eq(string(root, "stack_source"), "dwarf");
	symbols = get(root, "symbols");
	ck_assert_uint_eq(json_object_array_length(symbols), 3);
	first = json_object_array_get_idx(symbols, 0);
	ck_assert_str_eq(string(first, "symbol"), "hot");
	ck_assert_str_eq(string(first, "dso"), "//anon");
	ck_assert_uint_eq(number(first, "self"), 7);
	ck_assert_uint_eq(number(first, "total"), 7);
}
END_TEST

START_TEST(whole_stacks_are_an_object_of_their_own)
{
	struct json_object *stacks;

	write_and_parse(NULL);
	stacks = get(root, "stacks");
	ck_assert_uint_eq(number(stacks, "complete"), 0);
	ck_assert_uint_eq(number(stacks, "truncated"), 0);
	ck_assert_uint_eq(number(stacks, "broken"), 0);
	ck_assert_str_eq(string(root, "stack_source"), "none");
	ck_assert_uint_eq(json_object_array_length(get(root, "symbols")), 0);
}
END_TEST

START_TEST(names_of_any_bytes_are_valid_utf8)
{
	struct json_object *symbols;

	program_samples(profile, 1, STACK(FUNCTION_HOSTILE));
	write_and_parse("none");
	symbols = get(root, "symbols");
	ck_assert_str_eq(string(json_object_array_get_idx(symbols, 0),
				"symbol"),
			 REPLACED);
}
END_TEST

START_TEST(a_full_disk_is_an_error)
{
	FILE *full = fopen("/dev/full", "w");

	ck_assert_ptr_nonnull(full);
	program_samples(profile, 1, STACK(FUNCTION_HOT));
	ck_assert_int_eq(lbrvirt_export_json(profile, "none", NULL, full),
			 -EIO);
	fclose(full);
}
END_TEST

static void export_doctor(const struct lbrvirt_doctor *doctor)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	ck_assert_int_eq(lbrvirt_export_doctor_json(doctor, out), 0);
	ck_assert_int_eq(fclose(out), 0);
	root = json_tokener_parse(text);
	ck_assert_ptr_nonnull(root);
	free(text);
}

START_TEST(a_doctors_answer_has_all_gates)
{
	static const struct lbrvirt_doctor_test test = {
		.name = "lbr",
		.has_run = true,
		.words = "none came",
	};
	struct lbrvirt_doctor doctor = {
		.size = sizeof(doctor),
		.verdict = LBRVIRT_GUEST_ADMIN,
		.plan_error = "no plan",
		.pv_error = "no look",
		.tests = &test,
		.nr_tests = 1,
	};
	struct lbrvirt_guest *guest;
	struct json_object *gates;

	ck_assert_int_eq(lbrvirt_guest_probe(ctx, NULL, &guest), 0);
	doctor.guest = guest;
	export_doctor(&doctor);
	ck_assert_str_eq(string(root, "verdict"), "admin");
	ck_assert_uint_eq(number(root, "status"), 4);
	ck_assert_str_eq(string(get(root, "record"), "error"), "no plan");
	ck_assert_str_eq(string(get(root, "pv"), "error"), "no look");
	gates = get(root, "gates");
	ck_assert_uint_eq(json_object_array_length(gates), LBRVIRT_GATE_COUNT);
	for (int id = 0; id < LBRVIRT_GATE_COUNT; id++) {
		const struct lbrvirt_gate *gate =
			lbrvirt_guest_gate(guest, (enum lbrvirt_gate_id)id);
		struct json_object *row =
			json_object_array_get_idx(gates, (size_t)id);

		ck_assert_str_eq(string(row, "name"), gate->name);
		ck_assert_str_eq(string(row, "state"),
				 !gate->is_known ? "unknown" :
				 gate->is_open	 ? "open" :
						   "closed");
		ck_assert_str_eq(string(row, "remedy_user"), gate->remedy_user);
	}
	gates = json_object_array_get_idx(get(root, "self_test"), 0);
	ck_assert_str_eq(string(gates, "name"), "lbr");
	ck_assert(!json_object_get_boolean(get(gates, "passed")));
	lbrvirt_guest_free(guest);
}
END_TEST

START_TEST(null_pointers_are_the_callers_mistake)
{
	const struct lbrvirt_doctor nobody = { .size = sizeof(nobody) };

	ck_assert_int_eq(lbrvirt_export_json(NULL, "none", NULL, stdout),
			 -EINVAL);
	ck_assert_int_eq(lbrvirt_export_json(profile, "none", NULL, NULL),
			 -EINVAL);
	ck_assert_int_eq(lbrvirt_export_doctor_json(NULL, stdout), -EINVAL);
	ck_assert_int_eq(lbrvirt_export_doctor_json(&nobody, stdout), -EINVAL);
}
END_TEST

Suite *json_suite(void)
{
	Suite *suite = suite_create("json");
	TCase *tc = tcase_create("json");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, counts_are_in_samples);
	tcase_add_test(tc, whole_stacks_are_an_object_of_their_own);
	tcase_add_test(tc, names_of_any_bytes_are_valid_utf8);
	tcase_add_test(tc, a_full_disk_is_an_error);
	tcase_add_test(tc, a_doctors_answer_has_all_gates);
	tcase_add_test(tc, null_pointers_are_the_callers_mistake);
	suite_add_tcase(suite, tc);
	return suite;
}
