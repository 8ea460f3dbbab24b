/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Annotated code as text, on a function of two blocks: a loop of two
 * instructions, entered 1,234,567,890,123 times, and a return.
 */
#include "config.h"

#include <string.h>

#include "browser/suites.h"
#include "code_text.h"

static const struct lbrvirt_instruction instructions[] = {
	{ .address = 0x10,
	  .text = "div",
	  .line = 0,
	  .block = 0,
	  .samples = 3,
	  .period = 30 },
	{ .address = 0x12, .text = "jne", .line = 1, .block = 0 },
	{ .address = 0x14,
	  .text = "call",
	  .line = 1,
	  .block = 1,
	  .samples = 1,
	  .period = 10,
	  .target_name = "evil\033[2J",
	  .target_offset = 4 },
};

static const struct lbrvirt_basic_block blocks[] = {
	{ .first = 0,
	  .nr = 2,
	  .executions = 1234567890123,
	  .branched = 617,
	  .timed = 10,
	  .cycles = 125,
	  .predicted = 3,
	  .mispredicted = 1,
	  .has_shared_cycles = true },
	{ .first = 2, .nr = 1, .executions = 7 },
};

static const struct lbrvirt_source_line lines[] = {
	{ .file = "/src/a.c", .line = 8, .text = "\tx /= y;\033[41m" },
	{ .file = "/src/a.c", .line = 9 },
};

static struct lbrvirt_annotation annotation;
static const struct text_screen screen = { .is_terminal = true, .width = 40 };
static struct code_text code;

#define ALL ((1u << CODE_COLUMNS) - 1)

static void set_up(void)
{
	annotation = (struct lbrvirt_annotation){
		.symbol = "divide",
		.instructions = instructions,
		.nr_instructions = 3,
		.blocks = blocks,
		.nr_blocks = 2,
		.lines = lines,
		.nr_lines = 2,
		.samples = 4,
		.period = 40,
		.misplaced = 2,
		.all_samples = 8,
		.all_period = 80,
		.has_branches = true,
		.has_blocks = true,
		.has_cycles = true,
		.has_predictions = true,
	};
	ck_assert_int_eq(code_text_init(&code, &screen, &annotation), 0);
}

static void tear_down(void)
{
	code_text_fini(&code);
}

START_TEST(instructions_stand_under_their_source_lines)
{
	ck_assert_uint_eq(code.nr, 5);
	ck_assert_str_eq(code.lines[0].text, "a.c:8          x /= y;?[41m");
	ck_assert_ptr_null(code.lines[0].numbers);
	ck_assert_str_eq(code.lines[1].text, "      10  div");
	ck_assert_str_eq(code.lines[2].text, "a.c:9");
	ck_assert_str_eq(code.lines[3].text, "      12  jne");
	ck_assert_str_eq(code.lines[4].text, "      14  call <evil?[2J+0x4>");
	ck_assert_uint_eq(code.hottest, 1);
	ck_assert_str_eq(
		code.sums,
		"4 of 8 samples, 2 between instructions, 50.0% of all");
}
END_TEST

START_TEST(what_is_of_a_block_stands_at_its_ends)
{
	char text[CODE_COLUMNS_SIZE];

	code_columns_titles(ALL, text);
	ck_assert_str_eq(text, " share  samples  executions  cyc/exec"
			       "   taken   mispr");
	ck_assert_str_eq(code.lines[1].numbers,
			 " 75.0%        3       1235G  ~   12.5"
			 "                ");
	ck_assert_str_eq(code.lines[3].numbers,
			 "                                     "
			 "    0.0%   25.0%");
	ck_assert_str_eq(code.lines[4].numbers,
			 " 25.0%        1           7         -"
			 "                ");
}
END_TEST

START_TEST(what_was_not_recorded_has_no_column)
{
	annotation.has_cycles = false;
	annotation.has_predictions = false;
	ck_assert_uint_eq(code_columns_of(&annotation),
			  1u << CODE_SHARE | 1u << CODE_SAMPLES |
				  1u << CODE_EXECUTIONS | 1u << CODE_TAKEN);
	annotation.has_blocks = false;
	ck_assert_uint_eq(code_columns_of(&annotation),
			  1u << CODE_SHARE | 1u << CODE_SAMPLES);
}
END_TEST

START_TEST(where_there_is_little_room_the_least_goes_first)
{
	static const struct {
		unsigned int width;
		unsigned int columns;
	} fits[] = {
		{ 53, ALL },
		{ 52, ALL & ~(1u << CODE_SAMPLES) },
		{ 43, ALL & ~(1u << CODE_SAMPLES | 1u << CODE_TAKEN) },
		{ 16, 1u << CODE_SHARE | 1u << CODE_CYCLES },
		{ 15, 1u << CODE_SHARE },
		{ 0, 1u << CODE_SHARE },
	};

	ck_assert_uint_eq(code_columns_width(ALL), 53);
	for (size_t i = 0; i < sizeof(fits) / sizeof(fits[0]); i++)
		ck_assert_uint_eq(code_columns_fit(ALL, fits[i].width),
				  fits[i].columns);
}
END_TEST

START_TEST(columns_are_picked_from_all_of_them)
{
	char text[CODE_COLUMNS_SIZE];

	code_columns_pick(code.lines[1].numbers, ALL,
			  1u << CODE_SHARE | 1u << CODE_CYCLES, text);
	ck_assert_str_eq(text, " 75.0%  ~   12.5");
	code_columns_pick(code.lines[3].numbers, ALL, 1u << CODE_MISPREDICTED,
			  text);
	ck_assert_str_eq(text, "   25.0%");
}
END_TEST

Suite *code_suite(void)
{
	Suite *suite = suite_create("code");
	TCase *tcase = tcase_create("code");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, instructions_stand_under_their_source_lines);
	tcase_add_test(tcase, what_is_of_a_block_stands_at_its_ends);
	tcase_add_test(tcase, what_was_not_recorded_has_no_column);
	tcase_add_test(tcase, where_there_is_little_room_the_least_goes_first);
	tcase_add_test(tcase, columns_are_picked_from_all_of_them);
	suite_add_tcase(suite, tcase);
	return suite;
}
