/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Text for the screen: whatever the bytes are, what comes out are characters
 * that each take at least one cell, and as many cells as were allowed.
 */
#include "config.h"

#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <wctype.h>

#include "browser/suites.h"
#include "cells.h"

#define LONG_NAME (1 << 20)

/* False: this machine has no such locale. */
static bool use_utf8(void)
{
	return setlocale(LC_CTYPE, "C.UTF-8") ||
	       setlocale(LC_CTYPE, "C.utf8") ||
	       setlocale(LC_CTYPE, "en_US.UTF-8");
}

static void check_safe(const struct cells *cells, unsigned int columns)
{
	unsigned int sum = 0;

	for (size_t i = 0; i < cells->nr; i++) {
		int width = wcwidth(cells->text[i]);

		ck_assert(iswprint((wint_t)cells->text[i]));
		ck_assert_int_ge(width, 1);
		sum += (unsigned int)width;
	}
	ck_assert_uint_eq(sum, cells->columns);
	ck_assert_uint_le(cells->columns, columns);
	ck_assert_int_eq(cells->text[cells->nr], L'\0');
}

static void check_text(const char *text, bool is_name, unsigned int columns,
		       const wchar_t *wanted)
{
	struct cells cells;

	cells_make(text, is_name, columns, &cells);
	check_safe(&cells, columns);
	ck_assert_msg(wcscmp(cells.text, wanted) == 0, "'%ls' is not '%ls'",
		      cells.text, wanted);
}

START_TEST(controls_and_escape_sequences_become_question_marks)
{
	check_text("\033[31mred\033[0m", true, 80, L"?[31mred?[0m");
	check_text("a\nb\tc\rd\b\a\x7f", true, 80, L"a?b?c?d???");
}
END_TEST

START_TEST(what_is_no_utf8_and_what_has_no_width_becomes_question_marks)
{
	if (!use_utf8())
		return;
	check_text("\xff\xfe\xc3(", true, 80, L"?\?\?(");
	/* C1 controls: NEL, CSI. */
	check_text("\xc2\x85\xc2\x9b"
		   "31m",
		   true, 80, L"??31m");
	/* Right-to-left override, zero width space, a combining acute. */
	check_text("\xe2\x80\xae|\xe2\x80\x8b|e\xcc\x81", true, 80, L"?|?|e?");
	check_text("na\xc3\xafve", true, 80, L"na\u00efve");
}
END_TEST

START_TEST(wide_characters_take_two_columns_and_are_never_halved)
{
	if (!use_utf8())
		return;
	check_text("\xe6\xbc\xa2\xe5\xad\x97", true, 4, L"\u6f22\u5b57");
	check_text("\xe6\xbc\xa2\xe5\xad\x97", false, 3, L"\u6f22\u2026");
	check_text("\xe6\xbc\xa2\xe5\xad\x97", false, 2, L"\u2026");
}
END_TEST

START_TEST(long_names_lose_their_middle_and_other_texts_their_end)
{
	setlocale(LC_CTYPE, "C");
	check_text("abcdefghij", true, 10, L"abcdefghij");
	check_text("abcdefghij", true, 8, L"abc..hij");
	check_text("abcdefghij", false, 8, L"abcdef..");
	check_text("abcdefghij", true, 2, L"");
	check_text("abcdefghij", true, 0, L"");
}
END_TEST

START_TEST(a_name_of_a_megabyte_is_cut_like_any_other)
{
	char *name = malloc(LONG_NAME + 1);
	struct cells cells;

	use_utf8();
	ck_assert_ptr_nonnull(name);
	/* Lead and following bytes: the tail begins amid a character. */
	for (size_t i = 0; i < LONG_NAME; i += 2)
		memcpy(name + i, "\xc3\xa9", 2);
	name[LONG_NAME] = '\0';
	cells_make(name, true, 40, &cells);
	check_safe(&cells, 40);
	ck_assert_uint_eq(cells.columns, 40);
	cells_make(name, true, CELLS_MAX * 2, &cells);
	check_safe(&cells, CELLS_MAX);
	free(name);
}
END_TEST

START_TEST(any_bytes_are_safe_at_any_width)
{
	uint32_t random = 7;

	use_utf8();
	for (unsigned int round = 0; round < 20000; round++) {
		unsigned int columns = round % 30;
		struct cells cells;
		char text[64];

		for (size_t i = 0; i < sizeof(text); i++) {
			random = random * 1664525u + 1013904223u;
			text[i] = (char)(random >> 24 ? random >> 24 : 1);
		}
		text[sizeof(text) - 1] = '\0';
		cells_make(text, round & 1, columns, &cells);
		check_safe(&cells, columns);
	}
}
END_TEST

START_TEST(what_is_behind_columns_begins_with_a_whole_character)
{
	if (!use_utf8())
		return;
	ck_assert_str_eq(cells_behind("abc", 0), "abc");
	ck_assert_str_eq(cells_behind("abc", 2), "c");
	ck_assert_str_eq(cells_behind("abc", 9), "");
	ck_assert_str_eq(cells_behind("\xc3\xa9x", 1), "x");
	ck_assert_str_eq(cells_behind("\xe6\xbc\xa2x", 1), "x");
	ck_assert_str_eq(cells_behind("\xffx", 1), "x");
}
END_TEST

Suite *cells_suite(void)
{
	Suite *suite = suite_create("cells");
	TCase *tcase = tcase_create("cells");

	tcase_add_test(tcase,
		       controls_and_escape_sequences_become_question_marks);
	tcase_add_test(
		tcase,
		what_is_no_utf8_and_what_has_no_width_becomes_question_marks);
	tcase_add_test(tcase,
		       wide_characters_take_two_columns_and_are_never_halved);
	tcase_add_test(tcase,
		       long_names_lose_their_middle_and_other_texts_their_end);
	tcase_add_test(tcase, a_name_of_a_megabyte_is_cut_like_any_other);
	tcase_add_test(tcase, any_bytes_are_safe_at_any_width);
	tcase_add_test(tcase,
		       what_is_behind_columns_begins_with_a_whole_character);
	suite_add_tcase(suite, tcase);
	return suite;
}
