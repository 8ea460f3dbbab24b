/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Who refuses perf_event_open: the level, a filter, a module, the kernel itself.
 */
#include "config.h"

#include <errno.h>

#include "guest-probe/suites.h"
#include "guest-probe/table.h"

struct permission {
	int err;
	const char *paranoid;
	const char *status;
	enum lbrvirt_gate_id closed; /* COUNT: none */
	bool is_known;
	const char *said; /* why it is closed */
	const char *remedy;
};

#define NOBODY	  "Name:\tx\nCapEff:\t0000000000000000\nSeccomp:\t0\n"
#define ROOT	  "Name:\tx\nCapEff:\t000001ffffffffff\nSeccomp:\t0\n"
#define PERFMON	  "Name:\tx\nCapEff:\t0000004000000000\nSeccomp:\t0\n"
#define CONTAINED "Name:\tx\nCapEff:\t00000000a80425fb\nSeccomp:\t2\n"

#define LEVEL_REMEDY \
	"sudo sysctl kernel.perf_event_paranoid=2; or run it as root: sudo lbrprof record"
#define SECCOMP_REMEDY \
	"Docker, Podman: --cap-add PERFMON (older ones: SYS_ADMIN), or --security-opt seccomp=FILE, whose profile allows perf_event_open; Kubernetes: securityContext: {capabilities: {add: [PERFMON]}, seccompProfile: {type: Localhost, localhostProfile: FILE}}"
#define MODULE_REMEDY \
	"see which in the audit log: sudo ausearch -m avc, or sudo dmesg | grep -i denied; containers: --security-opt label=disable (SELinux), --security-opt apparmor=unconfined"

static const struct permission permissions[] = {
	{ 0, "2\n", NOBODY, LBRVIRT_GATE_COUNT, true, "", "" },
	{ 0, "3\n", ROOT, LBRVIRT_GATE_COUNT, true, "", "" },
	{ 0, "4\n", PERFMON, LBRVIRT_GATE_COUNT, true, "", "" },
	/* Mainline kernels take 3 for 2. */
	{ 0, "3\n", NOBODY, LBRVIRT_GATE_COUNT, true, "", "" },
	{ EACCES, "3\n", NOBODY, LBRVIRT_GATE_PARANOID, true,
	  "kernel.perf_event_paranoid is 3, which leaves perf to root",
	  LEVEL_REMEDY },
	{ EACCES, "4\n", NOBODY, LBRVIRT_GATE_PARANOID, true,
	  "kernel.perf_event_paranoid is 4, which leaves perf to root",
	  LEVEL_REMEDY },
	{ EACCES, NULL, NOBODY, LBRVIRT_GATE_PARANOID, true,
	  "kernel.perf_event_paranoid is unreadable, which leaves perf to root",
	  LEVEL_REMEDY },
	{ ENOSYS, NULL, NOBODY, LBRVIRT_GATE_PARANOID, true,
	  "the kernel was built without CONFIG_PERF_EVENTS",
	  "boot a kernel with CONFIG_PERF_EVENTS=y" },
	{ EPERM, "2\n", CONTAINED, LBRVIRT_GATE_SECCOMP, true,
	  "a seccomp filter forbids perf_event_open, as containers have",
	  SECCOMP_REMEDY },
	{ ENOSYS, "2\n", CONTAINED, LBRVIRT_GATE_SECCOMP, true,
	  "a seccomp filter forbids perf_event_open, as containers have",
	  SECCOMP_REMEDY },
	{ EPERM, "2\n", NOBODY, LBRVIRT_GATE_LOCKDOWN, true,
	  "a security module (SELinux, AppArmor) forbids perf_event_open",
	  MODULE_REMEDY },
	{ EACCES, "2\n", NOBODY, LBRVIRT_GATE_LOCKDOWN, true,
	  "a security module (SELinux, AppArmor) forbids perf_event_open",
	  MODULE_REMEDY },
	{ EMFILE, "2\n", NOBODY, LBRVIRT_GATE_COUNT, false, "", "" },
};

START_TEST(a_refusal_closes_the_gate_of_who_refused_alone)
{
	static const struct fake_cpuid cpuid[] = {
		INTEL(0x16),
		CPU(SKYLAKE, PDCM),
		{ 0xa, 0, { 0x402, 0, 0, 0 } },
		END
	};
	const struct permission *want = &permissions[_i];
	const struct fake_file files[] = {
		{ "/proc/self/status", want->status },
		{ "/sys/bus/event_source/devices/cpu/caps/branches", "32\n" },
		{ want->paranoid ? "/proc/sys/kernel/perf_event_paranoid" :
				   "/none",
		  want->paranoid },
		{ NULL, NULL },
	};
	const struct fake_open_rule rules[] = {
		{ want->err ? fake_any : NULL, want->err },
		{ 0 },
	};

	table_probe(cpuid, files, rules);
	for (int id = 0; id < LBRVIRT_GATE_OPEN; id++) {
		const struct lbrvirt_gate *got =
			table_gate((enum lbrvirt_gate_id)id);

		if (!got->is_fact)
			ck_assert_msg(got->is_open == (got->id != want->closed),
				      "%s: %s", got->name, got->reason);
	}
	ck_assert_int_eq(table_gate(LBRVIRT_GATE_PARANOID)->is_known,
			 want->is_known);
	ck_assert_int_eq(table_gate(LBRVIRT_GATE_LOCKDOWN)->is_known,
			 want->is_known);
	if (want->closed == LBRVIRT_GATE_COUNT)
		return;
	ck_assert_int_eq(lbrvirt_guest_first_closed(table.guest)->id,
			 want->closed);
	ck_assert_int_eq(lbrvirt_guest_verdict(table.guest),
			 LBRVIRT_GUEST_USER);
	ck_assert_str_eq(table_gate(want->closed)->reason, want->said);
	ck_assert_str_eq(table_gate(want->closed)->remedy_user, want->remedy);
	ck_assert_str_eq(table_gate(want->closed)->remedy_admin, "");
}
END_TEST

START_TEST(every_errno_of_the_open_gate_has_a_reason)
{
	static const int errs[] = { ENOENT, EOPNOTSUPP, EINVAL, EBUSY,
				    EACCES, EPERM,	ENOSYS, EMFILE };
	static const struct fake_cpuid cpuid[] = { INTEL(0x16),
						   CPU(SKYLAKE, GUEST | PDCM),
						   END };
	const struct fake_open_rule rules[] = { { fake_has_branches, errs[_i] },
						{ 0 } };

	table_probe(cpuid, table_pmu_with_lbr, rules);
	table_assert_closed(LBRVIRT_GATE_OPEN, "");
	ck_assert_str_ne(table_gate(LBRVIRT_GATE_OPEN)->reason, "");
}
END_TEST

Suite *permission_suite(void)
{
	Suite *suite = suite_create("permission");
	TCase *tcase = tcase_create("permission");

	tcase_add_checked_fixture(tcase, table_set_up, table_tear_down);
	tcase_add_loop_test(tcase,
			    a_refusal_closes_the_gate_of_who_refused_alone, 0,
			    sizeof(permissions) / sizeof(permissions[0]));
	tcase_add_loop_test(tcase, every_errno_of_the_open_gate_has_a_reason, 0,
			    8);
	suite_add_tcase(suite, tcase);
	return suite;
}
