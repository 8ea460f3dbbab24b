/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Mangled names, and what perf 6.1 report prints for them.
 */
#include "config.h"

#include "symbol/suites.h"

#include <stdio.h>
#include <string.h>

#include "symbol/demangle.h"

static const struct {
	const char *mangled;
	const char *readable;
} rows[] = {
	/* C++: no parameters, no return types. */
	{ "_Z3fooi", "foo" },
	{ "_ZNK2ns3BoxIlE5grindEl", "ns::Box<long>::grind" },
	{ "_ZN12_GLOBAL__N_19anon_workEl", "(anonymous namespace)::anon_work" },
	{ "_ZZN6shapes5boxesElENKUllE_clEl",
	  "shapes::boxes(long)::{lambda(long)#1}::operator()" },
	{ "_Z8fold_allIiET_S0_", "fold_all<int>" },
	{ "_Z6sorterl.cold", "sorter" },
	/* Rust, legacy (without its hash) and v0. */
	{ "_ZN4core3fmt9Formatter3pad17h0123456789abcdefE",
	  "core::fmt::Formatter::pad" },
	{ "_RNvCs1234_7mycrate3foo", "mycrate::foo" },
	{ "_RNvNtCs1234_7mycrate3bar3baz", "mycrate::bar::baz" },
	/* D. */
	{ "_D3foo3barFiZv", "foo.bar(int)" },
	{ "_Dmain", "D main" },
	/* Not mangled, or not rightly. */
	{ "main", "main" },
	{ "_start", "_start" },
	{ "_Z", "_Z" },
	{ "_ZN", "_ZN" },
	{ "_R", "_R" },
	{ "_D", "_D" },
	{ "", "" },
};

START_TEST(a_name_reads_as_in_perf_report)
{
	struct intern *strings;

	ck_assert_int_eq(intern_new(&strings), 0);
	ck_assert_str_eq(demangle(strings, rows[_i].mangled),
			 rows[_i].readable);
	intern_free(strings);
}
END_TEST

/*
 * A pair of ints, a pair of two of those, and so on: each "S0_I…E" is twice as
 * long as the one before it when it is written out, 2^30 characters and more.
 */
START_TEST(a_name_that_would_fill_memory_stays_mangled)
{
	static const char digits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
	struct intern *strings;
	char mangled[512] = "_Z1fISt4pairIiiE";
	size_t length = strlen(mangled);

	for (int i = 0; i < 30; i++)
		length += (size_t)snprintf(mangled + length,
					   sizeof(mangled) - length,
					   "S0_IS%c_S%c_E", digits[i + 1],
					   digits[i + 1]);
	snprintf(mangled + length, sizeof(mangled) - length, "Evv");
	ck_assert_int_eq(intern_new(&strings), 0);
	ck_assert_str_eq(demangle(strings, mangled), mangled);
	intern_free(strings);
}
END_TEST

/* The same with two steps is a name as any other. */
START_TEST(a_name_with_substitutions_is_written_out)
{
	struct intern *strings;

	ck_assert_int_eq(intern_new(&strings), 0);
	ck_assert_str_eq(
		demangle(strings, "_Z1fISt4pairIiiES0_IS1_S1_EEvv"),
		"f<std::pair<int, int>, std::pair<std::pair<int, int>, std::pair<int, int> > >");
	intern_free(strings);
}
END_TEST

START_TEST(a_very_long_name_stays_mangled)
{
	static char mangled[100000];
	struct intern *strings;

	memset(mangled, 'P', sizeof(mangled) - 1);
	memcpy(mangled, "_Z1f", 4);
	mangled[sizeof(mangled) - 2] = 'i';
	ck_assert_int_eq(intern_new(&strings), 0);
	ck_assert_str_eq(demangle(strings, mangled), mangled);
	memcpy(mangled, "_D1f", 4);
	ck_assert_str_eq(demangle(strings, mangled), mangled);
	intern_free(strings);
}
END_TEST

Suite *demangle_suite(void)
{
	Suite *suite = suite_create("demangle");
	TCase *tcase = tcase_create("names");

	tcase_add_loop_test(tcase, a_name_reads_as_in_perf_report, 0,
			    sizeof(rows) / sizeof(rows[0]));
	tcase_add_test(tcase, a_name_that_would_fill_memory_stays_mangled);
	tcase_add_test(tcase, a_name_with_substitutions_is_written_out);
	tcase_add_test(tcase, a_very_long_name_stays_mangled);
	suite_add_tcase(suite, tcase);
	return suite;
}
