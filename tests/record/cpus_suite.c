/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * CPU lists: what the kernel writes and what people type.
 */
#include "config.h"

#include "machine/cpus.h"

#include <errno.h>

#include "record/suites.h"
#include "support/fake_machine.h"

static struct cpus parsed(const char *text)
{
	struct cpus cpus = { NULL, 0 };

	ck_assert_int_eq(cpus_parse(text, &cpus), 0);
	return cpus;
}

START_TEST(ranges_and_single_cpus_are_spelled_out)
{
	static const int expected[] = { 0, 1, 2, 5, 8, 9 };
	struct cpus cpus = parsed("0-2,5,8-9\n");

	ck_assert_uint_eq(cpus.nr, 6);
	for (size_t i = 0; i < cpus.nr; i++)
		ck_assert_int_eq(cpus.cpu[i], expected[i]);
	cpus_fini(&cpus);
}
END_TEST

START_TEST(order_and_repetition_do_not_matter)
{
	struct cpus cpus = parsed("3,1,3,1-2");

	ck_assert_uint_eq(cpus.nr, 3);
	ck_assert_int_eq(cpus.cpu[0], 1);
	ck_assert_int_eq(cpus.cpu[2], 3);
	cpus_fini(&cpus);
}
END_TEST

static const char *const no_lists[] = {
	"", ",", "1,", "-1", "2-1", "1-", "a", "1 2", "0x1", "1;2",
};

START_TEST(what_is_no_list_is_refused)
{
	struct cpus cpus = { NULL, 0 };

	ck_assert_int_eq(cpus_parse(no_lists[_i], &cpus), -EINVAL);
	ck_assert_ptr_null(cpus.cpu);
}
END_TEST

START_TEST(a_cpu_no_kernel_knows_is_refused)
{
	struct cpus cpus = { NULL, 0 };

	ck_assert_int_eq(cpus_parse("0-8192", &cpus), -EOVERFLOW);
	ck_assert_int_eq(cpus_parse("99999999999999999999", &cpus),
			 -EOVERFLOW);
}
END_TEST

static const struct fake_file four_cpus[] = {
	{ "/sys/devices/system/cpu/online", "0,2-4\n" },
	{ NULL, NULL },
};

START_TEST(wanted_cpus_that_are_offline_are_left_out)
{
	struct fake_machine fake = { .files = four_cpus };
	struct cpus cpus = { NULL, 0 };

	ck_assert_int_eq(cpus_online(NULL, fake_machine_init(&fake), "1-3",
				     &cpus),
			 0);
	ck_assert_uint_eq(cpus.nr, 2);
	ck_assert_int_eq(cpus.cpu[0], 2);
	ck_assert_int_eq(cpus.cpu[1], 3);
	cpus_fini(&cpus);
}
END_TEST

START_TEST(no_wanted_cpu_online_is_said_so)
{
	struct fake_machine fake = { .files = four_cpus };
	struct cpus cpus = { NULL, 0 };

	ck_assert_int_eq(cpus_online(NULL, fake_machine_init(&fake), "1",
				     &cpus),
			 -ENOENT);
	ck_assert_int_eq(cpus_online(NULL, fake_machine_init(&fake), "one",
				     &cpus),
			 -EINVAL);
}
END_TEST

Suite *cpus_suite(void)
{
	Suite *suite = suite_create("cpus");
	TCase *parse = tcase_create("parse");
	TCase *online = tcase_create("online");

	tcase_add_test(parse, ranges_and_single_cpus_are_spelled_out);
	tcase_add_test(parse, order_and_repetition_do_not_matter);
	tcase_add_loop_test(parse, what_is_no_list_is_refused, 0,
			    sizeof(no_lists) / sizeof(no_lists[0]));
	tcase_add_test(parse, a_cpu_no_kernel_knows_is_refused);
	suite_add_tcase(suite, parse);
	tcase_add_test(online, wanted_cpus_that_are_offline_are_left_out);
	tcase_add_test(online, no_wanted_cpu_online_is_said_so);
	suite_add_tcase(suite, online);
	return suite;
}
