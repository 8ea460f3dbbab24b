/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The exports of stacks, each read back from its text: counts, threads, and
 * names that would be more than a name. That real programs read real ones is
 * shown by clients/exports.sh.
 */
#include "config.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "export/suites.h"
#include "profile/program.h"

#define REPLACEMENT "\xef\xbf\xbd"

/* In the program's comm: a frame more, a line more, a cleared screen. */
#define HOSTILE_COMM "a;b 7\n\033[2Jc"

typedef int write_fn(struct lbrvirt_profile *profile,
		     const struct lbrvirt_export_opts *opts, FILE *out);

static write_fn *const writers[] = {
	lbrvirt_export_folded,	    lbrvirt_export_perfscript,
	lbrvirt_export_pprof,	    lbrvirt_export_speedscope,
	lbrvirt_export_firefox,	    lbrvirt_export_callgrind,
	lbrvirt_export_stacks_json,
};

#define NR_WRITERS ((int)(sizeof(writers) / sizeof(writers[0])))

static struct lbrvirt_context *ctx;
static struct lbrvirt_profile *profile;
static char *text;
static size_t size;

static void set_up(void)
{
	const struct lbrvirt_profile_opts opts = {
		.size = sizeof(opts),
		.by_thread = true,
		.with_times = true,
	};

	ck_assert_int_eq(lbrvirt_context_new(&ctx), 0);
	profile = program_profile(ctx, &opts);
	text = NULL;
}

static void tear_down(void)
{
	free(text);
	program_end();
	lbrvirt_profile_free(profile);
	lbrvirt_context_free(ctx);
}

static void write_with(write_fn *write, const struct lbrvirt_export_opts *opts)
{
	FILE *out;

	free(text);
	text = NULL;
	out = open_memstream(&text, &size);
	ck_assert_msg(!write(profile, opts, out), "%s",
		      lbrvirt_context_error(ctx));
	ck_assert_int_eq(fclose(out), 0);
}

static void write_one(write_fn *write)
{
	write_with(write, NULL);
}

static struct json_object *parse(void)
{
	struct json_tokener *tokener = json_tokener_new();
	struct json_object *root;

	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT |
						JSON_TOKENER_VALIDATE_UTF8);
	root = json_tokener_parse_ex(tokener, text, (int)size - 1);
	ck_assert_int_eq(json_tokener_get_error(tokener), json_tokener_success);
	json_tokener_free(tokener);
	return root;
}

/* The member at the end of a path of keys and places: "a/0/b". */
static struct json_object *at(struct json_object *object, const char *path)
{
	struct json_object *found = NULL;
	char pointer[128];

	snprintf(pointer, sizeof(pointer), "/%s", path);
	ck_assert_msg(!json_pointer_get(object, pointer, &found),
		      "there is no %s", path);
	return found;
}

static void two_threads(void)
{
	program_comm(profile, 4711, "helper");
	program_samples(profile, 7, STACK(FUNCTION_MAIN, FUNCTION_HOT));
	program_sample(profile,
		       &(struct program_sample){
			       .stack = STACK(FUNCTION_MAIN, FUNCTION_COLD),
			       .tid = 4711,
			       .time_ns = 2500000,
			       .period = 9 });
}

START_TEST(folded_lines_are_stacks_with_counts)
{
	const struct lbrvirt_export_opts by_period = {
		.size = sizeof(by_period),
		.by_period = true,
	};

	two_threads();
	write_one(lbrvirt_export_folded);
	ck_assert_str_eq(text, "program;main;hot 7\nhelper;main;cold 1\n");
	write_with(lbrvirt_export_folded, &by_period);
	ck_assert_str_eq(text, "program;main;hot 7\nhelper;main;cold 9\n");
}
END_TEST

/* In what pprof takes for a signed number, and without going round. */
START_TEST(sums_of_huge_periods_end_at_the_largest_signed_number)
{
	const struct lbrvirt_export_opts by_period = {
		.size = sizeof(by_period),
		.by_period = true,
	};

	for (int i = 0; i < 3; i++) {
		program_sample(profile, &(struct program_sample){
						.stack = STACK(FUNCTION_HOT),
						.period = UINT64_MAX - 5 });
		program_sample(profile, &(struct program_sample){
						.stack = STACK(FUNCTION_COLD),
						.period = 1 });
	}
	write_with(lbrvirt_export_folded, &by_period);
	ck_assert_str_eq(text, "program;hot 9223372036854775807\n"
			       "program;cold 0\n");
	ck_assert_uint_eq(lbrvirt_profile_totals(profile)->period, INT64_MAX);
}
END_TEST

START_TEST(stacks_that_differ_in_addresses_alone_are_one_line)
{
	program_sample(profile,
		       &(struct program_sample){ .stack = STACK(FUNCTION_HOT),
						 .offset = 1 });
	program_sample(profile,
		       &(struct program_sample){ .stack = STACK(FUNCTION_HOT),
						 .offset = 2 });
	write_one(lbrvirt_export_folded);
	ck_assert_str_eq(text, "program;hot 2\n");
}
END_TEST

START_TEST(hostile_names_stay_one_frame_of_one_line)
{
	program_comm(profile, program_pid(), HOSTILE_COMM);
	program_samples(profile, 1, STACK(FUNCTION_HOSTILE));
	write_one(lbrvirt_export_folded);
	ck_assert_str_eq(
		text,
		"a:b 7" REPLACEMENT REPLACEMENT "[2Jc;" REPLACEMENT
		"(" REPLACEMENT REPLACEMENT REPLACEMENT REPLACEMENT REPLACEMENT
		"\xe2\x82\xac\"\\/end 1\n");
}
END_TEST

/* Neither bytes that are no UTF-8 nor, outside of JSON's quotes, a control. */
START_TEST(every_text_format_escapes_hostile_names)
{
	program_comm(profile, program_pid(), HOSTILE_COMM);
	program_samples(profile, 1, STACK(FUNCTION_HOSTILE));
	write_one(writers[_i]);
	if (writers[_i] == lbrvirt_export_pprof)
		return;
	ck_assert_uint_eq(strlen(text), size);
	ck_assert_ptr_null(strchr(text, '\033'));
	ck_assert_ptr_null(strstr(text, "\xc0\xaf"));
	ck_assert_ptr_null(strstr(text, "\xed\xa0"));
	ck_assert_ptr_nonnull(strstr(text, REPLACEMENT "("));
}
END_TEST

START_TEST(perfscript_sums_periods)
{
	two_threads();
	write_one(lbrvirt_export_perfscript);
	ck_assert_ptr_nonnull(strstr(text, "/4711          9 cpu-clock: \n"));
	ck_assert_ptr_nonnull(strstr(text, " hot (//anon)\n\t"));
}
END_TEST

START_TEST(speedscope_has_all_threads_and_each)
{
	struct json_object *root;

	two_threads();
	write_one(lbrvirt_export_speedscope);
	root = parse();
	ck_assert_uint_eq(json_object_array_length(at(root, "profiles")), 3);
	ck_assert_int_eq(json_object_get_int(at(root, "profiles/0/endValue")),
			 8);
	ck_assert_int_eq(json_object_get_int(at(root, "profiles/1/weights/0")),
			 7);
	ck_assert_str_eq(json_object_get_string(at(root, "profiles/2/name")),
			 "helper, thread 4711");
	json_object_put(root);
}
END_TEST

START_TEST(firefox_has_times_from_the_first_sample_on)
{
	struct json_object *root;

	program_sample(profile,
		       &(struct program_sample){ .stack = STACK(FUNCTION_HOT),
						 .time_ns = 1000000000 });
	program_sample(profile,
		       &(struct program_sample){ .stack = STACK(FUNCTION_HOT),
						 .time_ns = 1002500000 });
	write_one(lbrvirt_export_firefox);
	root = parse();
	ck_assert_double_eq(
		json_object_get_double(at(root, "threads/0/samples/time/1")),
		2.5);
	ck_assert_int_eq(
		json_object_get_int(at(root, "threads/0/stackTable/length")),
		1);
	json_object_put(root);
}
END_TEST

START_TEST(firefox_wants_a_profile_with_times)
{
	struct lbrvirt_profile *timeless;
	FILE *out = fopen("/dev/null", "w");

	ck_assert_int_eq(lbrvirt_profile_new(ctx, NULL, &timeless), 0);
	ck_assert_int_eq(lbrvirt_export_firefox(timeless, NULL, out), -EINVAL);
	lbrvirt_profile_free(timeless);
	fclose(out);
}
END_TEST

/* Samples in calls to a function, which some readers take for its total. */
static unsigned long calls_to(const char *name)
{
	unsigned long sum = 0;
	unsigned int number;
	char needle[64];
	char *found;

	snprintf(needle, sizeof(needle), ") %s\n", name);
	found = strstr(text, needle);
	ck_assert_ptr_nonnull(found);
	while (*found != '(')
		found--;
	ck_assert_int_eq(sscanf(found, "(%u)", &number), 1);
	snprintf(needle, sizeof(needle), "\ncfn=(%u)", number);
	for (found = text; (found = strstr(found, needle)); found++) {
		unsigned long samples;

		ck_assert_int_eq(sscanf(found,
					"\ncfn=%*[^\n]\ncalls=%*u 0\n"
					"%*u %lu",
					&samples),
				 1);
		sum += samples;
	}
	return sum;
}

/* hot calls itself and cold in turn; each stands on the stack, once. */
START_TEST(callgrind_counts_recursion_once)
{
	program_samples(profile, 5,
			STACK(FUNCTION_MAIN, FUNCTION_HOT, FUNCTION_HOT,
			      FUNCTION_WORK, FUNCTION_HOT, FUNCTION_COLD));
	write_one(lbrvirt_export_callgrind);
	ck_assert_ptr_nonnull(strstr(text, "summary: 5 5\n"));
	/* main's, hot's, work's; that of the one above all. */
	ck_assert_ptr_nonnull(strstr(text, "calls=5 0\n0 5 5\n"));
	ck_assert_ptr_null(strstr(text, "calls=10 "));
	ck_assert_ptr_null(strstr(text, "calls=15 "));
	ck_assert_uint_eq(calls_to("main"), 5);
	ck_assert_uint_eq(calls_to("hot"), 5);
	ck_assert_uint_eq(calls_to("work"), 5);
	ck_assert_uint_eq(calls_to("cold"), 5);
}
END_TEST

static size_t inflate_all(unsigned char *to, size_t room)
{
	z_stream stream = {
		.next_in = (unsigned char *)text,
		.avail_in = (unsigned int)size,
		.next_out = to,
		.avail_out = (unsigned int)room,
	};

	ck_assert_int_eq(inflateInit2(&stream, 15 + 16), Z_OK);
	ck_assert_int_eq(inflate(&stream, Z_FINISH), Z_STREAM_END);
	ck_assert_int_eq(inflateEnd(&stream), Z_OK);
	return stream.total_out;
}

static uint64_t read_varint(const unsigned char *bytes, size_t *at_byte)
{
	uint64_t value = 0;
	unsigned int shift = 0;

	do
		value |= (uint64_t)(bytes[*at_byte] & 0x7f) << shift;
	while (shift += 7, bytes[(*at_byte)++] & 0x80);
	return value;
}

START_TEST(pprof_is_fields_to_the_last_byte)
{
	unsigned char bytes[8192];
	size_t counts[16] = { 0 };
	size_t end;
	size_t i = 0;

	two_threads();
	write_one(lbrvirt_export_pprof);
	end = inflate_all(bytes, sizeof(bytes));
	while (i < end) {
		uint64_t key = read_varint(bytes, &i);
		uint64_t value = read_varint(bytes, &i);

		ck_assert_uint_lt(key >> 3, 16);
		counts[key >> 3]++;
		if ((key & 7) == 2)
			i += value;
	}
	ck_assert_uint_eq(i, end);
	ck_assert_uint_eq(counts[1], 2); /* sample types */
	ck_assert_uint_eq(counts[2], 2); /* stacks */
	ck_assert_uint_eq(counts[3], 1); /* files */
	ck_assert_uint_eq(counts[4], 3); /* places: main's, hot, cold */
	ck_assert_uint_eq(counts[5], 3); /* functions */
}
END_TEST

START_TEST(json_names_each_thing_once)
{
	struct json_object *root;

	two_threads();
	write_one(lbrvirt_export_stacks_json);
	root = parse();
	ck_assert_int_eq(json_object_get_int(at(root, "samples")), 8);
	ck_assert_uint_eq(json_object_array_length(at(root, "functions")), 3);
	ck_assert_uint_eq(json_object_array_length(at(root, "frames")), 3);
	ck_assert_int_eq(json_object_get_int(at(root, "stacks/1/tid")), 4711);
	ck_assert_str_eq(json_object_get_string(at(root, "stacks/1/comm")),
			 "helper");
	json_object_put(root);
}
END_TEST

START_TEST(an_empty_profile_is_a_valid_file)
{
	write_one(writers[_i]);
	if (text[0] == '{')
		json_object_put(parse());
}
END_TEST

START_TEST(a_full_disk_is_an_error)
{
	FILE *full = fopen("/dev/full", "w");

	ck_assert_ptr_nonnull(full);
	two_threads();
	ck_assert_int_eq(writers[_i](profile, NULL, full), -EIO);
	fclose(full);
}
END_TEST

START_TEST(a_missing_argument_is_an_error)
{
	ck_assert_int_eq(writers[_i](NULL, NULL, stdout), -EINVAL);
	ck_assert_int_eq(writers[_i](profile, NULL, NULL), -EINVAL);
}
END_TEST

Suite *stacks_suite(void)
{
	Suite *suite = suite_create("stacks");
	TCase *tcase = tcase_create("stacks");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, folded_lines_are_stacks_with_counts);
	tcase_add_test(tcase,
		       sums_of_huge_periods_end_at_the_largest_signed_number);
	tcase_add_test(tcase,
		       stacks_that_differ_in_addresses_alone_are_one_line);
	tcase_add_test(tcase, hostile_names_stay_one_frame_of_one_line);
	tcase_add_loop_test(tcase, every_text_format_escapes_hostile_names, 0,
			    NR_WRITERS);
	tcase_add_test(tcase, perfscript_sums_periods);
	tcase_add_test(tcase, speedscope_has_all_threads_and_each);
	tcase_add_test(tcase, firefox_has_times_from_the_first_sample_on);
	tcase_add_test(tcase, firefox_wants_a_profile_with_times);
	tcase_add_test(tcase, callgrind_counts_recursion_once);
	tcase_add_test(tcase, pprof_is_fields_to_the_last_byte);
	tcase_add_test(tcase, json_names_each_thing_once);
	tcase_add_loop_test(tcase, an_empty_profile_is_a_valid_file, 0,
			    NR_WRITERS);
	tcase_add_loop_test(tcase, a_full_disk_is_an_error, 0, NR_WRITERS);
	tcase_add_loop_test(tcase, a_missing_argument_is_an_error, 0,
			    NR_WRITERS);
	suite_add_tcase(suite, tcase);
	return suite;
}
