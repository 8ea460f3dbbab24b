/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The error set is closed: every code has its own words, and whatever the
 * kernel says becomes one of them.
 */
#include "config.h"

#include "base/suites.h"

#include <errno.h>
#include <limits.h>

#include "base/error.h"

static const int public_set[] = {
	EINVAL, EOPNOTSUPP, ENODEV, EACCES, EBUSY, EBADMSG,
	ENOENT, ENODATA, EOVERFLOW, ENOMEM, EIO,
};

enum { PUBLIC_SET_SIZE = sizeof(public_set) / sizeof(public_set[0]) };

START_TEST(every_code_has_words_of_its_own)
{
	const char *text = lbrvirt_strerror(public_set[_i]);

	ck_assert_str_ne(text, "");
	ck_assert_str_ne(text, "unknown error");
	for (int i = 0; i < _i; i++)
		ck_assert_str_ne(text, lbrvirt_strerror(public_set[i]));
}
END_TEST

START_TEST(the_sign_of_a_code_does_not_matter)
{
	ck_assert_str_eq(lbrvirt_strerror(-public_set[_i]),
			 lbrvirt_strerror(public_set[_i]));
}
END_TEST

START_TEST(codes_outside_the_set_are_unknown)
{
	ck_assert_str_eq(lbrvirt_strerror(-EAGAIN), "unknown error");
	ck_assert_str_eq(lbrvirt_strerror(4095), "unknown error");
	ck_assert_str_eq(lbrvirt_strerror(INT_MIN), "unknown error");
}
END_TEST

START_TEST(public_codes_map_to_themselves)
{
	ck_assert_int_eq(error_from_errno(public_set[_i]), public_set[_i]);
}
END_TEST

START_TEST(every_errno_maps_into_the_set)
{
	int code = error_from_errno(_i);
	int found = 0;

	for (int i = 0; i < PUBLIC_SET_SIZE; i++)
		found += code == public_set[i];
	ck_assert_int_eq(found, 1);
}
END_TEST

Suite *error_suite(void)
{
	Suite *suite = suite_create("error");
	TCase *text = tcase_create("text");
	TCase *map = tcase_create("map");

	tcase_add_loop_test(text, every_code_has_words_of_its_own, 0,
			    PUBLIC_SET_SIZE);
	tcase_add_loop_test(text, the_sign_of_a_code_does_not_matter, 0,
			    PUBLIC_SET_SIZE);
	tcase_add_test(text, codes_outside_the_set_are_unknown);
	suite_add_tcase(suite, text);

	tcase_add_loop_test(map, public_codes_map_to_themselves, 0,
			    PUBLIC_SET_SIZE);
	tcase_add_loop_test(map, every_errno_maps_into_the_set, 1, 134);
	suite_add_tcase(suite, map);

	return suite;
}
