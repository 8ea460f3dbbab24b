/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which symbol stands at an address, and which of its names it has.
 */
#include "config.h"

#include "symbol/suites.h"

#include <string.h>

#include "symbol/names.h"

static void add(struct names *names, uint64_t start, uint64_t size,
		const char *text, enum name_binding binding)
{
	const struct name name = { .start = start,
				   .end = start + size,
				   .limit = 0x10000,
				   .text = text,
				   .binding = binding };

	ck_assert_int_eq(names_add(names, &name), 0);
}

static const char *text_at(const struct names *names, uint64_t address)
{
	const struct name *name = names_find(names, address);

	return name ? name->text : "none";
}

/* Better name first: as seen with perf 6.1 on libc and ld.so. */
static const struct {
	const char *better;
	enum name_binding its_binding;
	const char *other;
	enum name_binding others_binding;
} alias_rows[] = {
	{ "malloc", NAME_GLOBAL, "__GI___libc_malloc", NAME_LOCAL },
	{ "__default_morecore@GLIBC_2.2.5", NAME_GLOBAL, "__glibc_morecore",
	  NAME_LOCAL },
	{ "__libc_read", NAME_GLOBAL, "read", NAME_WEAK },
	{ "local_name", NAME_LOCAL, "weak_name", NAME_WEAK },
	{ "write", NAME_GLOBAL, "__write", NAME_GLOBAL },
	{ "long_name", NAME_LOCAL, "short", NAME_LOCAL },
	/* As long as each other: the first in the table. */
	{ "dlclose@GLIBC_2.2.5", NAME_GLOBAL, "dlclose@@GLIBC_2.34",
	  NAME_GLOBAL },
};

START_TEST(the_best_alias_is_kept)
{
	struct names names = { .nr = 0 };

	add(&names, 0x100, 16, alias_rows[_i].better,
	    alias_rows[_i].its_binding);
	add(&names, 0x100, 16, alias_rows[_i].other,
	    alias_rows[_i].others_binding);
	names_sort(&names);
	ck_assert_str_eq(text_at(&names, 0x108), alias_rows[_i].better);
	names_fini(&names);
}
END_TEST

START_TEST(a_name_with_a_size_beats_one_without)
{
	struct names names = { .nr = 0 };

	add(&names, 0x100, 0, "global_label", NAME_GLOBAL);
	add(&names, 0x100, 16, "sized", NAME_WEAK);
	names_sort(&names);
	ck_assert_str_eq(text_at(&names, 0x100), "sized");
	names_fini(&names);
}
END_TEST

START_TEST(a_symbol_holds_its_bytes_and_no_more)
{
	struct names names = { .nr = 0 };

	add(&names, 0x200, 0x10, "second", NAME_GLOBAL);
	add(&names, 0x100, 0x10, "first", NAME_GLOBAL);
	names_sort(&names);
	ck_assert_str_eq(text_at(&names, 0xff), "none");
	ck_assert_str_eq(text_at(&names, 0x100), "first");
	ck_assert_str_eq(text_at(&names, 0x10f), "first");
	ck_assert_str_eq(text_at(&names, 0x110), "none");
	ck_assert_str_eq(text_at(&names, 0x20f), "second");
	names_fini(&names);
}
END_TEST

START_TEST(a_symbol_without_a_size_reaches_to_the_next)
{
	struct names names = { .nr = 0 };

	add(&names, 0x100, 0, "label", NAME_GLOBAL);
	add(&names, 0x140, 0x10, "next", NAME_GLOBAL);
	add(&names, 0xff00, 0, "last", NAME_GLOBAL);
	names_sort(&names);
	ck_assert_str_eq(text_at(&names, 0x13f), "label");
	ck_assert_str_eq(text_at(&names, 0x140), "next");
	ck_assert_str_eq(text_at(&names, 0xffff), "last");
	ck_assert_str_eq(text_at(&names, 0x10000), "none");
	names_fini(&names);
}
END_TEST

START_TEST(a_symbol_inside_another_gives_way_behind_its_end)
{
	struct names names = { .nr = 0 };

	add(&names, 0x100, 0x100, "outer", NAME_GLOBAL);
	add(&names, 0x120, 0x10, "inner", NAME_GLOBAL);
	add(&names, 0x140, 0x10, "inner_too", NAME_GLOBAL);
	names_sort(&names);
	ck_assert_str_eq(text_at(&names, 0x11f), "outer");
	ck_assert_str_eq(text_at(&names, 0x125), "inner");
	ck_assert_str_eq(text_at(&names, 0x130), "outer");
	ck_assert_str_eq(text_at(&names, 0x14f), "inner_too");
	ck_assert_str_eq(text_at(&names, 0x1ff), "outer");
	ck_assert_str_eq(text_at(&names, 0x200), "none");
	names_fini(&names);
}
END_TEST

START_TEST(no_symbols_is_no_name)
{
	struct names names = { .nr = 0 };

	names_sort(&names);
	ck_assert_ptr_null(names_find(&names, 0));
	names_fini(&names);
}
END_TEST

Suite *names_suite(void)
{
	Suite *suite = suite_create("names");
	TCase *tcase = tcase_create("sorted");

	tcase_add_loop_test(tcase, the_best_alias_is_kept, 0,
			    sizeof(alias_rows) / sizeof(alias_rows[0]));
	tcase_add_test(tcase, a_name_with_a_size_beats_one_without);
	tcase_add_test(tcase, a_symbol_holds_its_bytes_and_no_more);
	tcase_add_test(tcase, a_symbol_without_a_size_reaches_to_the_next);
	tcase_add_test(tcase, a_symbol_inside_another_gives_way_behind_its_end);
	tcase_add_test(tcase, no_symbols_is_no_name);
	suite_add_tcase(suite, tcase);
	return suite;
}
