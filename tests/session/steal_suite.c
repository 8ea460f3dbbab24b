/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Stolen time by the second: what the recorder notes, and what a reader makes
 * of the note.
 */
#include "config.h"

#include "session/steal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <lbrvirt/perfdata.h>

#include "perfdata/writer.h"
#include "session/suites.h"

#define SECOND 1000000000ull
#define BEGIN  (5 * SECOND)

static struct steal steal;
static char text[STEAL_TEXT_SIZE];

START_TEST(each_second_has_the_share_that_was_taken_in_it)
{
	steal_begin(&steal, BEGIN, 100 * SECOND);
	steal_add(&steal, BEGIN + SECOND, 100 * SECOND);
	/* 0.5 s of two CPUs' second, then of two of theirs. */
	steal_add(&steal, BEGIN + 2 * SECOND, 100 * SECOND + SECOND / 2);
	steal_add(&steal, BEGIN + 4 * SECOND, 101 * SECOND);
	steal_add(&steal, BEGIN + 6 * SECOND, 101 * SECOND);
	steal_text(&steal, 2, text);
	ck_assert_str_eq(text, "5000000000 1000000000 0 250 125 125");
}
END_TEST

START_TEST(looks_between_the_seconds_are_spread_over_both)
{
	steal_begin(&steal, BEGIN, 0);
	steal_add(&steal, BEGIN + SECOND / 2, 0);
	steal_add(&steal, BEGIN + 3 * SECOND / 2, SECOND / 5);
	steal_add(&steal, BEGIN + 2 * SECOND, SECOND / 5);
	steal_text(&steal, 1, text);
	ck_assert_str_eq(text, "5000000000 1000000000 100 100");
}
END_TEST

START_TEST(nothing_taken_is_no_numbers)
{
	steal_begin(&steal, BEGIN, 7);
	steal_add(&steal, BEGIN + 100 * SECOND, 7);
	steal_text(&steal, 4, text);
	ck_assert_str_eq(text, "5000000000 1000000000");
}
END_TEST

START_TEST(a_counter_or_clock_that_goes_back_is_passed_over)
{
	steal_begin(&steal, BEGIN, SECOND);
	steal_add(&steal, BEGIN - 1, 2 * SECOND);
	steal_add(&steal, BEGIN + SECOND, 0);
	steal_add(&steal, BEGIN + SECOND, SECOND);
	steal_add(&steal, BEGIN + 2 * SECOND, SECOND);
	steal_text(&steal, 1, text);
	ck_assert_str_eq(text, "5000000000 1000000000");
}
END_TEST

START_TEST(one_tick_in_a_second_just_begun_is_not_much)
{
	steal_begin(&steal, BEGIN, 0);
	steal_add(&steal, BEGIN + SECOND, 0);
	steal_add(&steal, BEGIN + SECOND + SECOND / 50, SECOND / 100);
	steal_text(&steal, 1, text);
	ck_assert_str_eq(text, "5000000000 1000000000 0 20");
}
END_TEST

START_TEST(a_day_fits_and_keeps_its_sum)
{
	const uint64_t day = 86400;
	uint64_t slot_ns, sum = 0;
	char *at;

	steal_begin(&steal, BEGIN, 0);
	for (uint64_t i = 1; i <= day; i++)
		steal_add(&steal, BEGIN + i * SECOND, i * SECOND / 4);
	steal_text(&steal, 1, text);
	ck_assert_uint_lt(strlen(text), STEAL_TEXT_SIZE);
	strtoull(text, &at, 10);
	slot_ns = strtoull(at, &at, 10);
	ck_assert_uint_ge(slot_ns * STEAL_SLOTS, day * SECOND);
	while (*at == ' ')
		sum += strtoull(at, &at, 10) * (slot_ns / 1000);
	/* A quarter of the time, but for the last slot, not yet full. */
	ck_assert_uint_ge(sum, day * SECOND / 4);
	ck_assert_uint_le(sum, day * SECOND / 4 + slot_ns);
}
END_TEST

/* Read the note back from a file. */
static struct lbrvirt_perfdata *data;
static struct lbrvirt_context *ctx;

static void set_up(void)
{
	ck_assert_int_eq(lbrvirt_context_new(&ctx), 0);
	data = NULL;
}

static void tear_down(void)
{
	lbrvirt_perfdata_close(data);
	lbrvirt_context_free(ctx);
}

static void note(const char *words)
{
	static const struct lbrvirt_event event = {
		.name = "dummy:u",
		.attr = { .type = PERF_TYPE_SOFTWARE,
			  .config = PERF_COUNT_SW_DUMMY },
	};
	static const struct writer_header header;
	const struct writer_opts opts = {
		.events = &event,
		.nr_events = 1,
		.header = &header,
	};
	/* A round's end: without any record no file is left. */
	const struct perf_event_header round = { .type = 68,
						 .size = sizeof(round) };
	char path[] = "steal-XXXXXX";
	struct writer *writer;

	close(mkstemp(path));
	ck_assert_int_eq(writer_open(ctx, path, &opts, &writer), 0);
	ck_assert_int_eq(writer_note(writer, "steal", words), 0);
	ck_assert_int_eq(writer_append(writer, &round, sizeof(round)), 0);
	ck_assert_int_eq(writer_close(writer), 0);
	ck_assert_int_eq(lbrvirt_perfdata_open(ctx, path, NULL, &data), 0);
	unlink(path);
}

START_TEST(neighbouring_seconds_are_one_stretch)
{
	struct lbrvirt_steal got;

	note("5000000000 1000000000 0 19 100 140 0 500");
	ck_assert_int_eq(lbrvirt_perfdata_steal(data, 0, &got), 0);
	ck_assert_uint_eq(got.origin_ns, BEGIN);
	ck_assert_uint_eq(got.begin_ns, BEGIN + 2 * SECOND);
	ck_assert_uint_eq(got.end_ns, BEGIN + 4 * SECOND);
	ck_assert(got.percent == 12);
	ck_assert_int_eq(lbrvirt_perfdata_steal(data, 1, &got), 0);
	ck_assert_uint_eq(got.begin_ns, BEGIN + 5 * SECOND);
	ck_assert_uint_eq(got.end_ns, BEGIN + 6 * SECOND);
	ck_assert(got.percent == 50);
	ck_assert_int_eq(lbrvirt_perfdata_steal(data, 2, &got), -ENOENT);
	ck_assert_int_eq(lbrvirt_perfdata_steal(data, 0, NULL), -EINVAL);
	ck_assert_int_eq(lbrvirt_perfdata_steal(NULL, 0, &got), -EINVAL);
}
END_TEST

START_TEST(a_note_that_makes_no_sense_says_nothing)
{
	static const char *const notes[] = {
		"",
		"steal",
		"5000000000",
		"5000000000 0 900",
		"5000000000 1000000000 1001",
		"5000000000 1000000000 -1 900",
		"18446744073709551615 1 900",
		"5 9223372036854775808 0 900",
		"99999999999999999999 1 900",
	};
	struct lbrvirt_steal got = { .percent = 3 };

	note(notes[_i]);
	ck_assert_int_eq(lbrvirt_perfdata_steal(data, 0, &got), -ENOENT);
	ck_assert(got.percent == 3);
}
END_TEST

Suite *steal_suite(void)
{
	Suite *suite = suite_create("steal");
	TCase *written = tcase_create("written");
	TCase *read = tcase_create("read");

	tcase_add_test(written, each_second_has_the_share_that_was_taken_in_it);
	tcase_add_test(written, looks_between_the_seconds_are_spread_over_both);
	tcase_add_test(written, nothing_taken_is_no_numbers);
	tcase_add_test(written,
		       a_counter_or_clock_that_goes_back_is_passed_over);
	tcase_add_test(written, one_tick_in_a_second_just_begun_is_not_much);
	tcase_add_test(written, a_day_fits_and_keeps_its_sum);
	suite_add_tcase(suite, written);

	tcase_add_checked_fixture(read, set_up, tear_down);
	tcase_add_test(read, neighbouring_seconds_are_one_stretch);
	tcase_add_loop_test(read, a_note_that_makes_no_sense_says_nothing, 0,
			    9);
	suite_add_tcase(suite, read);
	return suite;
}
