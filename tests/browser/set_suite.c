/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The set of unfolded nodes, against a plain array.
 */
#include "config.h"

#include <errno.h>
#include <stdlib.h>

#include "browser/suites.h"
#include "browser_set.h"

#define KEYS 5000

START_TEST(what_was_added_and_not_removed_is_there)
{
	static bool is_in[KEYS + 1];
	struct browser_set set = { .nr = 0 };
	uint32_t random = 1;

	for (unsigned int i = 0; i < 20 * KEYS; i++) {
		unsigned int key;

		random = random * 1664525u + 1013904223u;
		/* Neighbours, so that slots are fought for. */
		key = 1 + (random >> 8) % KEYS;
		if (random >> 31) {
			ck_assert_int_eq(browser_set_add(&set, key), 0);
			is_in[key] = true;
		} else {
			browser_set_remove(&set, key);
			is_in[key] = false;
		}
	}
	for (unsigned int key = 1; key <= KEYS; key++)
		ck_assert_int_eq(browser_set_has(&set, key), is_in[key]);
	browser_set_fini(&set);
}
END_TEST

START_TEST(a_full_set_refuses_more_and_keeps_what_it_has)
{
	struct browser_set set = { .nr = 0 };

	for (uint64_t key = 1; key <= BROWSER_SET_MAX; key++)
		ck_assert_int_eq(browser_set_add(&set, key), 0);
	ck_assert_int_eq(browser_set_add(&set, BROWSER_SET_MAX + 1),
			 -EOVERFLOW);
	ck_assert_int_eq(browser_set_add(&set, 1), 0);
	ck_assert(browser_set_has(&set, BROWSER_SET_MAX));
	ck_assert(!browser_set_has(&set, BROWSER_SET_MAX + 1));
	browser_set_fini(&set);
}
END_TEST

START_TEST(paths_that_differ_have_keys_that_differ)
{
	uint64_t a = browser_set_key(0, "a", "bc");

	ck_assert_uint_ne(a, browser_set_key(0, "ab", "c"));
	ck_assert_uint_ne(a, browser_set_key(1, "a", "bc"));
	ck_assert_uint_eq(a, browser_set_key(0, "a", "bc"));
}
END_TEST

Suite *set_suite(void)
{
	Suite *suite = suite_create("browser_set");
	TCase *tcase = tcase_create("set");

	tcase_add_test(tcase, what_was_added_and_not_removed_is_there);
	tcase_add_test(tcase, a_full_set_refuses_more_and_keeps_what_it_has);
	tcase_add_test(tcase, paths_that_differ_have_keys_that_differ);
	suite_add_tcase(suite, tcase);
	return suite;
}
