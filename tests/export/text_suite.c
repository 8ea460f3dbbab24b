/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Numbers and padding are printf's.
 */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "export/suites.h"
#include "export/text.h"

static const uint64_t values[] = {
	0,
	1,
	9,
	10,
	15,
	16,
	255,
	99999,
	100000,
	99999999,
	100000000,
	0x7fffffff,
	1234567890123456,
	9999999999999999,
	10000000000000000,
	UINT64_MAX,
};

#define NR_VALUES (sizeof(values) / sizeof(values[0]))

static void check(struct text *text, const char *wanted)
{
	ck_assert_uint_eq(text->bytes.size, strlen(wanted));
	ck_assert_int_eq(memcmp(text->bytes.bytes, wanted, strlen(wanted)), 0);
	text->bytes.size = 0;
}

START_TEST(numbers_are_as_printf_has_them)
{
	struct text text = { .is_short = false };
	uint64_t value = values[_i];
	char wanted[128];

	for (unsigned int width = 0; width < 24; width++) {
		text_put_decimal(&text, value, width);
		snprintf(wanted, sizeof(wanted), "%*" PRIu64, (int)width,
			 value);
		check(&text, wanted);
		text_put_hex(&text, value, width);
		snprintf(wanted, sizeof(wanted), "%*" PRIx64, (int)width,
			 value);
		check(&text, wanted);
		text_put_zeroed(&text, value, width);
		snprintf(wanted, sizeof(wanted), "%0*" PRIu64, (int)width,
			 value);
		check(&text, wanted);
	}
	text_put_padded(&text, "app", 5);
	text_put_padded(&text, "app", 2);
	text_put_char(&text, '!');
	check(&text, "  appapp!");
	text_fini(&text);
}
END_TEST

START_TEST(text_is_written_in_large_pieces_and_whole)
{
	struct text text = { .is_short = false };
	char *written = NULL;
	size_t size;
	FILE *out = open_memstream(&written, &size);

	for (int i = 0; i < 100000; i++) {
		text_put_decimal(&text, (uint64_t)i, 9);
		text_put_char(&text, '\n');
		ck_assert_int_eq(text_pass_on(&text, out), 0);
		ck_assert_uint_lt(text.bytes.size, 1024 * 1024);
	}
	ck_assert_int_eq(text_flush(&text, out), 0);
	ck_assert_int_eq(fclose(out), 0);
	ck_assert_uint_eq(size, 1000000);
	ck_assert_str_eq(written + size - 10, "    99999\n");
	free(written);
	text_fini(&text);
}
END_TEST

START_TEST(what_ran_out_of_memory_says_so)
{
	struct text text = { .is_short = true };

	text_put_string(&text, "some");
	ck_assert_int_eq(text_pass_on(&text, stderr), -ENOMEM);
	text_fini(&text);
}
END_TEST

Suite *text_suite(void)
{
	Suite *suite = suite_create("text");
	TCase *tcase = tcase_create("text");

	tcase_add_loop_test(tcase, numbers_are_as_printf_has_them, 0,
			    (int)NR_VALUES);
	tcase_add_test(tcase, text_is_written_in_large_pieces_and_whole);
	tcase_add_test(tcase, what_ran_out_of_memory_says_so);
	suite_add_tcase(suite, tcase);
	return suite;
}
