/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Looks at machines made of CPUID tables.
 */
#include "config.h"

#include "guest-probe/table.h"

#include <errno.h>
#include <string.h>

const struct fake_open_rule table_no_hardware[] = { { fake_is_hardware,
						      ENOENT },
						    { 0 } };

const struct fake_open_rule table_no_branches[] = { { fake_has_branches,
						      EOPNOTSUPP },
						    { 0 } };

const struct fake_file table_pmu_with_lbr[] = {
	{ "/sys/bus/event_source/devices/cpu/caps/branches", "32\n" },
	{ "/sys/bus/event_source/devices/cpu/caps/pmu_name", "skylake\n" },
	{ "/proc/sys/kernel/perf_event_paranoid", "2\n" },
	{ NULL, NULL },
};

const struct fake_file table_pmu_without_lbr[] = {
	{ "/sys/bus/event_source/devices/cpu/type", "4\n" },
	{ "/proc/sys/kernel/perf_event_paranoid", "2\n" },
	{ NULL, NULL },
};

const struct fake_file table_no_pmu[] = {
	{ "/proc/sys/kernel/perf_event_paranoid", "2\n" },
	{ NULL, NULL },
};

struct table_rig table;

void table_set_up(void)
{
	table.guest = NULL;
	ck_assert_int_eq(lbrvirt_context_new(&table.ctx), 0);
}

void table_tear_down(void)
{
	lbrvirt_guest_free(table.guest);
	lbrvirt_context_free(table.ctx);
}

void table_probe(const struct fake_cpuid *cpuid, const struct fake_file *files,
		 const struct fake_open_rule *rules)
{
	lbrvirt_guest_free(table.guest);
	table.fake = (struct fake_machine){ .cpuid = cpuid,
					    .files = files,
					    .rules = rules };
	ck_assert_int_eq(guest_probe_on(table.ctx,
					fake_machine_init(&table.fake),
					&table.guest),
			 0);
}

const struct lbrvirt_gate *table_gate(enum lbrvirt_gate_id id)
{
	return lbrvirt_guest_gate(table.guest, id);
}

void table_assert_closed(enum lbrvirt_gate_id id, const char *reason)
{
	ck_assert_msg(!table_gate(id)->is_open && table_gate(id)->is_known,
		      "%s is open", table_gate(id)->name);
	ck_assert_msg(strstr(table_gate(id)->reason, reason) != NULL, "%s: %s",
		      table_gate(id)->name, table_gate(id)->reason);
}
