/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Each gate that closes the way, closed alone, with the exact words that people
 * will paste.
 */
#include "config.h"

#include <errno.h>

#include "guest-probe/row.h"
#include "guest-probe/suites.h"

#define NOT_HERE \
	"not possible on this CPU; run the guest on an Intel host, Haswell to Ice Lake"
#define NO_FORMAT \
	"the host gives this guest a PMU without LBR (MSR 0x345 shows no format)"
#define HYBRID_REMEDY \
	"not possible with mainline KVM on a hybrid CPU; run the guest on a host with cores of one kind, or use bare metal"
#define REBOOT \
	"if the host was using LBR while this guest booted, boot it again: sudo reboot"

/* Gates that close the way, each the first. */
static const struct row gates[] = {
	/* the CPU */
	{ .cpu = IVY_BRIDGE,
	  .call_stack_err = EOPNOTSUPP,
	  .gate = LBRVIRT_GATE_CPU,
	  .verdict = LBRVIRT_GUEST_HARDWARE,
	  .reason = "Ivy Bridge has LBR, but no call-stack mode" },
	{ .signature = KVM,
	  .cpu = IVY_BRIDGE,
	  .call_stack_err = EOPNOTSUPP,
	  .gate = LBRVIRT_GATE_CPU,
	  .verdict = LBRVIRT_GUEST_HARDWARE,
	  .reason = "Ivy Bridge has LBR, but no call-stack mode",
	  .admin = NOT_HERE },
	{ .signature = KVM,
	  .vendor = "AuthenticAMD",
	  .cpu = GENOA,
	  .call_stack_err = EOPNOTSUPP,
	  .gate = LBRVIRT_GATE_CPU,
	  .verdict = LBRVIRT_GUEST_HARDWARE,
	  .reason = "AMD's branch records have no call-stack mode",
	  .admin = NOT_HERE },
	{ .signature = KVM,
	  .vendor = "AuthenticAMD",
	  .cpu = GENOA,
	  .files = { { "/sys/firmware/acpi/tables/DSDT",
		       "DSDTS...\x02wFIRECKFCVMDSDT" } },
	  .call_stack_err = EOPNOTSUPP,
	  .gate = LBRVIRT_GATE_CPU,
	  .verdict = LBRVIRT_GUEST_HARDWARE,
	  .reason = "AMD's branch records have no call-stack mode",
	  .admin =
		  "not possible on this CPU, nor with Firecracker, which gives guests no PMU; run the guest under QEMU on an Intel host, Haswell to Ice Lake" },
	{ .vendor = "CentaurHauls",
	  .cpu = SKYLAKE,
	  .call_stack_err = EOPNOTSUPP,
	  .gate = LBRVIRT_GATE_CPU,
	  .verdict = LBRVIRT_GUEST_HARDWARE,
	  .reason = "only Intel CPUs have call-stack LBR" },
	/* the PMU */
	{ .signature = KVM,
	  .has_no_pmu = true,
	  .no_file = DEVICES "cpu",
	  .call_stack_err = ENOENT,
	  .gate = LBRVIRT_GATE_VPMU,
	  .verdict = LBRVIRT_GUEST_ADMIN,
	  .reason = NO_PMU,
	  .admin = QEMU_PMU },
	{ .has_no_pmu = true,
	  .no_file = DEVICES "cpu",
	  .call_stack_err = ENOENT,
	  .gate = LBRVIRT_GATE_VPMU,
	  .verdict = LBRVIRT_GUEST_HARDWARE,
	  .reason = "this machine shows no PMU (CPUID leaf 0xA is 0)" },
	{ .signature = KVM,
	  .pmu = 0x401,
	  .no_file = DEVICES "cpu/caps",
	  .call_stack_err = EOPNOTSUPP,
	  .gate = LBRVIRT_GATE_VPMU,
	  .verdict = LBRVIRT_GUEST_ADMIN,
	  .reason = "the PMU is version 1, the kernel's LBR driver needs 2",
	  .admin = QEMU_PMU },
	{ .signature = KVM,
	  .cpu = ALDER_LAKE,
	  .has_no_pmu = true,
	  .leaf7_edx = HYBRID | ARCH_LBR,
	  .leaf1c_ebx = 0x7,
	  .no_file = DEVICES "cpu",
	  .call_stack_err = ENOENT,
	  .gate = LBRVIRT_GATE_VPMU,
	  .verdict = LBRVIRT_GUEST_ADMIN,
	  .reason = NO_PMU,
	  .admin = HYBRID_REMEDY },
	/* the LBR format */
	{ .signature = KVM,
	  .no_leaf1 = PDCM,
	  .no_file = DEVICES "cpu/caps",
	  .call_stack_err = EOPNOTSUPP,
	  .gate = LBRVIRT_GATE_LBR_FORMAT,
	  .verdict = LBRVIRT_GUEST_ADMIN,
	  .reason = NO_PDCM,
	  .admin = QEMU_LBR },
	{ .signature = KVM,
	  .msr = MSR_READ,
	  .capabilities = 0x2000,
	  .no_file = DEVICES "cpu/caps",
	  .call_stack_err = EOPNOTSUPP,
	  .gate = LBRVIRT_GATE_LBR_FORMAT,
	  .verdict = LBRVIRT_GUEST_ADMIN,
	  .reason = NO_FORMAT,
	  .admin = QEMU_LBR },
	{ .signature = KVM,
	  .msr = MSR_FAULTS,
	  .no_file = DEVICES "cpu/caps",
	  .call_stack_err = EOPNOTSUPP,
	  .gate = LBRVIRT_GATE_LBR_FORMAT,
	  .verdict = LBRVIRT_GUEST_ADMIN,
	  .reason = NO_FORMAT,
	  .admin = QEMU_LBR },
	{ .msr = MSR_READ,
	  .no_file = DEVICES "cpu/caps",
	  .call_stack_err = EOPNOTSUPP,
	  .gate = LBRVIRT_GATE_LBR_FORMAT,
	  .verdict = LBRVIRT_GUEST_HARDWARE,
	  .reason = "the CPU shows no LBR format (MSR 0x345)" },
	/* architectural LBR */
	{ .signature = KVM,
	  .cpu = SAPPHIRE_RAPIDS,
	  .no_file = DEVICES "cpu/caps",
	  .call_stack_err = EOPNOTSUPP,
	  .gate = LBRVIRT_GATE_ARCH_LBR,
	  .verdict = LBRVIRT_GUEST_ADMIN,
	  .reason =
		  "this CPU's LBR is architectural, and the host hides it, as mainline KVM does",
	  .admin =
		  "not possible with mainline KVM on this CPU; run the guest on a Haswell to Ice Lake host, or use bare metal" },
	{ .cpu = SAPPHIRE_RAPIDS,
	  .no_file = DEVICES "cpu/caps",
	  .call_stack_err = EOPNOTSUPP,
	  .gate = LBRVIRT_GATE_ARCH_LBR,
	  .verdict = LBRVIRT_GUEST_HARDWARE,
	  .reason =
		  "this CPU's LBR is architectural, and the firmware hides it" },
	{ .signature = KVM,
	  .cpu = SAPPHIRE_RAPIDS,
	  .leaf7_edx = ARCH_LBR,
	  .leaf1c_ebx = 0x3,
	  .call_stack_err = EOPNOTSUPP,
	  .gate = LBRVIRT_GATE_ARCH_LBR,
	  .verdict = LBRVIRT_GUEST_ADMIN,
	  .reason =
		  "architectural LBR comes without call-stack mode (CPUID leaf 0x1C EBX is 0x3)",
	  .admin = "show the guest all of CPUID leaf 0x1C" },
	/* the driver */
	{ .signature = KVM,
	  .no_file = DEVICES "cpu/caps",
	  .call_stack_err = EOPNOTSUPP,
	  .gate = LBRVIRT_GATE_DRIVER,
	  .verdict = LBRVIRT_GUEST_ADMIN,
	  .reason =
		  "the kernel drives the PMU without LBR: the LBR format is 0, or the registers failed its test at boot",
	  .user = REBOOT,
	  .admin = QEMU_LBR },
	{ .signature = KVM,
	  .msr = MSR_READ,
	  .capabilities = 0x5,
	  .no_file = DEVICES "cpu/caps",
	  .call_stack_err = EOPNOTSUPP,
	  .gate = LBRVIRT_GATE_DRIVER,
	  .verdict = LBRVIRT_GUEST_ADMIN,
	  .reason =
		  "LBR is shown, but its registers failed the kernel's test at boot: the host was using LBR then, or the guest's CPU model is not the host's",
	  .user = REBOOT,
	  .admin =
		  "end users of LBR on the host (perf record -b, --call-graph lbr) and boot the guest again; QEMU: -cpu host, so that the guest's CPU model is the host's" },
	{ .signature = KVM,
	  .no_file = DEVICES "cpu",
	  .call_stack_err = ENOENT,
	  .gate = LBRVIRT_GATE_DRIVER,
	  .verdict = LBRVIRT_GUEST_ADMIN,
	  .reason = "the kernel has no PMU driver, software events only",
	  .admin = QEMU_PMU },
	{ .cpu = SAPPHIRE_RAPIDS,
	  .leaf7_edx = ARCH_LBR,
	  .leaf1c_ebx = 0x7,
	  .no_file = DEVICES "cpu/caps",
	  .files = { { SYSCTL "osrelease", "4.19.0\n" } },
	  .call_stack_err = EOPNOTSUPP,
	  .gate = LBRVIRT_GATE_DRIVER,
	  .verdict = LBRVIRT_GUEST_USER,
	  .reason =
		  "this kernel is older than its driver for architectural LBR",
	  .user = "boot Linux 5.9 or later" },
	/* the event itself */
	{ .call_stack_err = ENOENT,
	  .gate = LBRVIRT_GATE_OPEN,
	  .verdict = LBRVIRT_GUEST_HARDWARE,
	  .reason = "no PMU driver took the event" },
	{ .signature = KVM,
	  .call_stack_err = EOPNOTSUPP,
	  .gate = LBRVIRT_GATE_OPEN,
	  .verdict = LBRVIRT_GUEST_ADMIN,
	  .reason = "the kernel's PMU driver has no call-stack LBR here",
	  .admin = QEMU_LBR },
	{ .signature = KVM,
	  .call_stack_err = ENOENT,
	  .gate = LBRVIRT_GATE_OPEN,
	  .verdict = LBRVIRT_GUEST_ADMIN,
	  .reason = "no PMU driver took the event",
	  .admin = QEMU_PMU },
	{ .call_stack_err = EINVAL,
	  .gate = LBRVIRT_GATE_OPEN,
	  .verdict = LBRVIRT_GUEST_USER,
	  .reason = "the kernel does not know call-stack LBR",
	  .user = "boot Linux 4.1 or later" },
	{ .call_stack_err = EBUSY,
	  .gate = LBRVIRT_GATE_OPEN,
	  .verdict = LBRVIRT_GUEST_USER,
	  .reason = "somebody else in this guest holds the LBR",
	  .user = "end other profilers (BTS, Intel PT, pinned events)" },
	{ .call_stack_err = EACCES,
	  .gate = LBRVIRT_GATE_OPEN,
	  .verdict = LBRVIRT_GUEST_USER,
	  .reason = "the kernel forbids it",
	  .user = "sudo sysctl kernel.perf_event_paranoid=2" },
	{ .call_stack_err = EPERM,
	  .gate = LBRVIRT_GATE_OPEN,
	  .verdict = LBRVIRT_GUEST_USER,
	  .reason = "seccomp or a security module forbids it",
	  .user = "containers: start with --cap-add PERFMON, or with a seccomp profile that allows perf_event_open" },
	{ .call_stack_err = ENOSYS,
	  .gate = LBRVIRT_GATE_OPEN,
	  .verdict = LBRVIRT_GUEST_USER,
	  .reason =
		  "perf_event_open is missing: no CONFIG_PERF_EVENTS, or a seccomp filter hides it",
	  .user = "containers: use a seccomp profile that allows perf_event_open" },
};

START_TEST(a_gate_closes_alone_and_says_who_must_do_what)
{
	const struct row *row = &gates[_i];

	row_probe(row);
	for (int id = 0; id < (int)row->gate; id++) {
		const struct lbrvirt_gate *gate =
			lbrvirt_guest_gate(rig.guest, (enum lbrvirt_gate_id)id);

		ck_assert_msg(gate->is_fact || gate->is_open, "%s: %s",
			      gate->name, gate->reason);
	}
	row_assert_closed(row);
	/* What comes of it: the kernel drives no LBR, and opens none. */
	for (int id = (int)row->gate + 1; id < LBRVIRT_GATE_COUNT; id++) {
		const struct lbrvirt_gate *gate =
			lbrvirt_guest_gate(rig.guest, (enum lbrvirt_gate_id)id);

		ck_assert_msg(gate->is_fact || gate->is_open ||
				      id == LBRVIRT_GATE_DRIVER ||
				      id == LBRVIRT_GATE_OPEN,
			      "%s: %s", gate->name, gate->reason);
	}
	ck_assert_int_eq(lbrvirt_guest_first_closed(rig.guest)->id, row->gate);
	ck_assert_int_eq(lbrvirt_guest_verdict(rig.guest), row->verdict);
}
END_TEST

START_TEST(a_closed_gate_is_closed_of_the_saved_machine_too)
{
	row_assert_saved(&gates[_i]);
}
END_TEST

Suite *closed_suite(void)
{
	Suite *suite = suite_create("closed");
	TCase *tcase = tcase_create("closed");

	tcase_add_checked_fixture(tcase, row_set_up, row_tear_down);
	tcase_add_loop_test(tcase,
			    a_gate_closes_alone_and_says_who_must_do_what, 0,
			    ROW_COUNT(gates));
	tcase_add_loop_test(tcase,
			    a_closed_gate_is_closed_of_the_saved_machine_too, 0,
			    ROW_COUNT(gates));
	suite_add_tcase(suite, tcase);
	return suite;
}
