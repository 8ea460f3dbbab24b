/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Hypervisors behind others, and who runs the host.
 */
#include "config.h"

#include <string.h>

#include "guest-probe/suites.h"
#include "guest-probe/table.h"

START_TEST(kvm_is_found_behind_hyper_v)
{
	static const struct fake_cpuid behind[] = { INTEL(0x16),
						    CPU(SKYLAKE, GUEST), HYPERV,
						    KVM_AT(0x40000100), END };
	static const struct fake_cpuid last[] = { INTEL(0x16),
						  CPU(SKYLAKE, GUEST), HYPERV,
						  KVM_AT(0x4000ff00), END };
	static const struct fake_cpuid alone[] = { INTEL(0x16),
						   CPU(SKYLAKE, GUEST), HYPERV,
						   END };
	static const struct fake_cpuid unsigned_[] = { INTEL(0x16),
						       CPU(SKYLAKE, GUEST),
						       END };

	table_probe(behind, table_no_pmu, table_no_hardware);
	ck_assert_int_eq(lbrvirt_guest_hypervisor(table.guest), LBRVIRT_HV_KVM);
	table_probe(last, table_no_pmu, table_no_hardware);
	ck_assert_int_eq(lbrvirt_guest_hypervisor(table.guest), LBRVIRT_HV_KVM);
	table_probe(alone, table_no_pmu, table_no_hardware);
	ck_assert_int_eq(lbrvirt_guest_hypervisor(table.guest),
			 LBRVIRT_HV_HYPERV);
	ck_assert_ptr_nonnull(
		strstr(table_gate(LBRVIRT_GATE_VPMU)->remedy_admin,
		       "Set-VMProcessor"));
	table_probe(unsigned_, table_no_pmu, table_no_hardware);
	ck_assert_int_eq(lbrvirt_guest_hypervisor(table.guest),
			 LBRVIRT_HV_UNKNOWN);
	ck_assert_str_ne(table_gate(LBRVIRT_GATE_VPMU)->remedy_admin, "");
}
END_TEST

static const struct fake_file on_ec2[] = { { "/sys/class/dmi/id/sys_vendor",
					     "Amazon EC2\n" },
					   { NULL, NULL } };
static const struct fake_file on_google[] = { { "/sys/class/dmi/id/sys_vendor",
						"Google\n" },
					      { NULL, NULL } };
static const struct fake_file on_qemu[] = { { "/sys/class/dmi/id/sys_vendor",
					      "QEMU\n" },
					    { NULL, NULL } };
static const struct fake_file on_firecracker_as_root[] = {
	{ "/sys/firmware/acpi/tables/DSDT", "DSDTS...\x02wFIRECKFCVMDSDT" },
	{ NULL, NULL }
};
static const struct fake_file on_firecracker[] = {
	{ "/sys/firmware/acpi/tables/DSDT", NULL },
	{ "/sys/bus/acpi/devices/AMZNC10C:00", "" },
	{ NULL, NULL }
};
static const struct fake_file on_qemu_with_its_clock[] = {
	{ "/sys/class/dmi/id/sys_vendor", "QEMU\n" },
	{ "/sys/bus/acpi/devices/AMZNC10C:00", "" },
	{ NULL, NULL }
};

struct platform {
	const struct fake_file *files;
	const char *value;
	const char *remedy; /* part of it */
};

static const struct platform platforms[] = {
	{ on_ec2, "KVM, Amazon EC2", ".metal" },
	{ on_google, "KVM, Google Cloud", "--performance-monitoring-unit" },
	{ on_qemu, "KVM, QEMU", "pmu=on" },
	{ on_firecracker_as_root, "KVM, Firecracker", "another VMM" },
	{ on_firecracker, "KVM, Firecracker", "another VMM" },
	{ on_qemu_with_its_clock, "KVM, QEMU", "pmu=on" },
	{ NULL, "KVM", "pmu=on" },
};

START_TEST(the_platform_decides_what_its_administrator_can_do)
{
	static const struct fake_cpuid cpuid[] = { INTEL(0x16),
						   CPU(SKYLAKE, GUEST),
						   KVM_AT(0x40000000), END };
	const struct platform *want = &platforms[_i];

	table_probe(cpuid, want->files, table_no_hardware);
	ck_assert_str_eq(table_gate(LBRVIRT_GATE_HYPERVISOR)->value,
			 want->value);
	ck_assert_msg(strstr(table_gate(LBRVIRT_GATE_VPMU)->remedy_admin,
			     want->remedy) != NULL,
		      "%s", table_gate(LBRVIRT_GATE_VPMU)->remedy_admin);
}
END_TEST

Suite *platform_suite(void)
{
	Suite *suite = suite_create("platform");
	TCase *tcase = tcase_create("platform");

	tcase_add_checked_fixture(tcase, table_set_up, table_tear_down);
	tcase_add_test(tcase, kvm_is_found_behind_hyper_v);
	tcase_add_loop_test(tcase,
			    the_platform_decides_what_its_administrator_can_do,
			    0, sizeof(platforms) / sizeof(platforms[0]));
	suite_add_tcase(suite, tcase);
	return suite;
}
