/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * This machine's gates, and callers' mistakes.
 */
#include "config.h"

#include <errno.h>
#include <string.h>

#include "guest-probe/suites.h"
#include "guest-probe/table.h"

START_TEST(no_text_of_a_gate_is_ever_null)
{
	ck_assert_int_eq(lbrvirt_guest_probe(table.ctx, NULL, &table.guest), 0);
	for (int id = 0; id < LBRVIRT_GATE_COUNT; id++) {
		const struct lbrvirt_gate *g =
			table_gate((enum lbrvirt_gate_id)id);

		ck_assert_int_eq(g->id, id);
		ck_assert_str_ne(g->name, "");
		ck_assert_str_ne(g->value, "");
		ck_assert_ptr_nonnull(g->remedy_user);
		ck_assert_ptr_nonnull(g->remedy_admin);
		/* A closed gate says why. */
		ck_assert(g->is_open || !g->is_known || g->reason[0]);
	}
	ck_assert_ptr_null(lbrvirt_guest_gate(table.guest, LBRVIRT_GATE_COUNT));
}
END_TEST

START_TEST(this_machine_is_a_guest_if_cpuinfo_says_so)
{
	struct machine *machine = machine_live();
	struct buffer text = { 0 };
	bool is_guest;

	ck_assert_int_eq(
		machine->ops->read_file(machine, "/proc/cpuinfo", &text), 0);
	is_guest = strstr((const char *)text.bytes, " hypervisor") != NULL;
	buffer_fini(&text);
	ck_assert_int_eq(lbrvirt_guest_probe(table.ctx, NULL, &table.guest), 0);
	ck_assert_int_eq(lbrvirt_guest_hypervisor(table.guest) !=
				 LBRVIRT_HV_NONE,
			 is_guest);
}
END_TEST

START_TEST(bad_arguments_are_refused_and_null_is_answered)
{
	struct lbrvirt_guest_opts opts = { .size = 3 };

	ck_assert_int_eq(lbrvirt_guest_probe(NULL, NULL, &table.guest),
			 -EINVAL);
	ck_assert_int_eq(lbrvirt_guest_probe(table.ctx, NULL, NULL), -EINVAL);
	ck_assert_int_eq(lbrvirt_guest_probe(table.ctx, &opts, &table.guest),
			 -EINVAL);
	ck_assert_ptr_null(table.guest);
	ck_assert_ptr_null(lbrvirt_guest_gate(NULL, LBRVIRT_GATE_CPU));
	ck_assert_ptr_null(lbrvirt_guest_first_closed(NULL));
	ck_assert_int_eq(lbrvirt_guest_hypervisor(NULL), LBRVIRT_HV_UNKNOWN);
	for (int hv = -1; hv < 20; hv++)
		ck_assert_str_ne(
			lbrvirt_hypervisor_name((enum lbrvirt_hypervisor)hv),
			"");
	lbrvirt_guest_free(NULL);
}
END_TEST

Suite *live_suite(void)
{
	Suite *suite = suite_create("live");
	TCase *tcase = tcase_create("live");

	tcase_add_checked_fixture(tcase, table_set_up, table_tear_down);
	tcase_add_test(tcase, no_text_of_a_gate_is_ever_null);
	tcase_add_test(tcase, this_machine_is_a_guest_if_cpuinfo_says_so);
	tcase_add_test(tcase, bad_arguments_are_refused_and_null_is_answered);
	suite_add_tcase(suite, tcase);
	return suite;
}
