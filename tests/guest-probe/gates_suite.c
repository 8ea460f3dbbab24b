/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What CPUID and the kernel's driver open and close, on machines made of
 * tables.
 */
#include "config.h"

#include <errno.h>
#include <string.h>

#include "guest-probe/suites.h"
#include "guest-probe/table.h"

START_TEST(a_skylake_guest_with_lbr_has_all_gates_open)
{
	static const struct fake_cpuid cpuid[] = {
		INTEL(0x16),
		CPU(SKYLAKE, GUEST | PDCM),
		KVM_AT(0x40000000),
		{ 0xa, 0, { 0x07300402, 0, 0, 0x603 } },
		END
	};

	table_probe(cpuid, table_pmu_with_lbr, NULL);
	ck_assert_ptr_null(lbrvirt_guest_first_closed(table.guest));
	for (int id = 0; id <= LBRVIRT_GATE_OPEN; id++)
		ck_assert_msg(table_gate((enum lbrvirt_gate_id)id)->is_open,
			      "%d: %s", id,
			      table_gate((enum lbrvirt_gate_id)id)->reason);
	ck_assert_int_eq(lbrvirt_guest_hypervisor(table.guest), LBRVIRT_HV_KVM);
	ck_assert_str_eq(table_gate(LBRVIRT_GATE_CPU)->value,
			 "Intel Skylake (model 0x5e), LBR 32 deep");
	ck_assert_str_eq(table_gate(LBRVIRT_GATE_VPMU)->value,
			 "version 2, 4 counters");
	ck_assert_str_eq(table_gate(LBRVIRT_GATE_DRIVER)->value,
			 "cpu (skylake), 32 branches deep");
}
END_TEST

START_TEST(no_vpmu_closes_first_and_says_how_to_add_one)
{
	static const struct fake_cpuid cpuid[] = { INTEL(0x16),
						   CPU(SKYLAKE, GUEST),
						   KVM_AT(0x40000000), END };

	table_probe(cpuid, table_no_pmu, table_no_hardware);
	ck_assert_int_eq(lbrvirt_guest_first_closed(table.guest)->id,
			 LBRVIRT_GATE_VPMU);
	table_assert_closed(LBRVIRT_GATE_VPMU, "CPUID leaf 0xA is 0");
	ck_assert_ptr_nonnull(
		strstr(table_gate(LBRVIRT_GATE_VPMU)->remedy_admin,
		       "-cpu host,pmu=on"));
	table_assert_closed(LBRVIRT_GATE_LBR_FORMAT, "PDCM");
	table_assert_closed(LBRVIRT_GATE_DRIVER, "no PMU driver");
	table_assert_closed(LBRVIRT_GATE_OPEN, "no PMU driver took");
}
END_TEST

START_TEST(version_1_is_too_old_for_the_lbr_driver)
{
	static const struct fake_cpuid cpuid[] = {
		INTEL(0x16),
		CPU(SKYLAKE, GUEST | PDCM),
		KVM_AT(0x40000000),
		{ 0xa, 0, { 0x401, 0, 0, 0 } },
		END
	};

	table_probe(cpuid, table_pmu_without_lbr, table_no_branches);
	table_assert_closed(LBRVIRT_GATE_VPMU, "version 1");
}
END_TEST

START_TEST(a_pmu_without_lbr_names_lbr_fmt)
{
	static const struct fake_cpuid cpuid[] = {
		INTEL(0x16),
		CPU(SKYLAKE, GUEST | PDCM),
		KVM_AT(0x40000000),
		{ 0xa, 0, { 0x402, 0, 0, 0 } },
		END
	};

	table_probe(cpuid, table_pmu_without_lbr, table_no_branches);
	/* Only MSR 0x345 could tell, and it takes root. */
	ck_assert(!table_gate(LBRVIRT_GATE_LBR_FORMAT)->is_known);
	ck_assert_int_eq(lbrvirt_guest_first_closed(table.guest)->id,
			 LBRVIRT_GATE_DRIVER);
	ck_assert_ptr_nonnull(strstr(
		table_gate(LBRVIRT_GATE_DRIVER)->remedy_admin, "lbr-fmt="));
	ck_assert_ptr_nonnull(
		strstr(table_gate(LBRVIRT_GATE_DRIVER)->remedy_user, "reboot"));
	table_assert_closed(LBRVIRT_GATE_OPEN, "no call-stack LBR");
}
END_TEST

START_TEST(hidden_architectural_lbr_needs_an_older_host)
{
	static const struct fake_cpuid cpuid[] = {
		INTEL(0x20),
		CPU(SAPPHIRE_RAPIDS, GUEST | PDCM),
		KVM_AT(0x40000000),
		{ 0xa, 0, { 0x802, 0, 0, 0 } },
		END
	};

	table_probe(cpuid, table_pmu_without_lbr, table_no_branches);
	ck_assert(table_gate(LBRVIRT_GATE_CPU)->is_open);
	ck_assert_int_eq(lbrvirt_guest_first_closed(table.guest)->id,
			 LBRVIRT_GATE_ARCH_LBR);
	table_assert_closed(LBRVIRT_GATE_ARCH_LBR, "architectural");
	ck_assert_ptr_nonnull(
		strstr(table_gate(LBRVIRT_GATE_ARCH_LBR)->remedy_admin,
		       "Haswell to Ice Lake"));
}
END_TEST

START_TEST(architectural_lbr_tells_its_depth_and_modes)
{
	static const struct fake_cpuid whole[] = {
		INTEL(0x20),
		CPU(SAPPHIRE_RAPIDS, GUEST | PDCM),
		{ 7, 0, { 0, 0, 0, ARCH_LBR } },
		{ 0x1c, 0, { 0x8b, 0x7, 0, 0 } },
		{ 0xa, 0, { 0x802, 0, 0, 0 } },
		END
	};
	static const struct fake_cpuid part[] = {
		INTEL(0x20),
		CPU(SAPPHIRE_RAPIDS, GUEST | PDCM),
		{ 7, 0, { 0, 0, 0, ARCH_LBR } },
		{ 0x1c, 0, { 0x3, 0x3, 0, 0 } },
		{ 0xa, 0, { 0x802, 0, 0, 0 } },
		END
	};

	table_probe(whole, table_pmu_with_lbr, NULL);
	ck_assert(table_gate(LBRVIRT_GATE_ARCH_LBR)->is_open);
	ck_assert_str_eq(table_gate(LBRVIRT_GATE_ARCH_LBR)->value,
			 "up to 64 deep, call stacks yes");
	table_probe(part, table_pmu_with_lbr, table_no_branches);
	table_assert_closed(LBRVIRT_GATE_ARCH_LBR, "without call-stack mode");
	ck_assert_str_eq(table_gate(LBRVIRT_GATE_ARCH_LBR)->value,
			 "up to 16 deep, call stacks no");
}
END_TEST

START_TEST(ivy_bridge_has_branches_but_no_call_stacks)
{
	static const struct fake_cpuid cpuid[] = {
		INTEL(0xd),
		CPU(IVY_BRIDGE, PDCM),
		{ 0xa, 0, { 0x403, 0, 0, 0 } },
		END
	};

	table_probe(cpuid, table_pmu_with_lbr, table_no_branches);
	ck_assert_int_eq(lbrvirt_guest_hypervisor(table.guest),
			 LBRVIRT_HV_NONE);
	ck_assert_int_eq(lbrvirt_guest_first_closed(table.guest)->id,
			 LBRVIRT_GATE_CPU);
	table_assert_closed(LBRVIRT_GATE_CPU, "Ivy Bridge has LBR");
}
END_TEST

START_TEST(amd_has_no_call_stack_mode_with_and_without_branches)
{
	static const struct fake_cpuid bare[] = {
		AMD(0x10),
		CPU(0xa10f11, 0),
		{ 0x80000000, 0, { 0x80000028, 0, 0, 0 } },
		{ 0x80000022, 0, { 7, 0x106, 0, 0 } },
		END
	};
	static const struct fake_cpuid in_kvm[] = {
		AMD(0x10),
		CPU(0xb00f21, GUEST),
		KVM_AT(0x40000000),
		{ 0x80000000, 0, { 0x80000028, 0, 0, 0 } },
		END
	};

	table_probe(bare, table_pmu_with_lbr, table_no_branches);
	table_assert_closed(LBRVIRT_GATE_CPU, "no call-stack mode");
	ck_assert_str_eq(table_gate(LBRVIRT_GATE_CPU)->value,
			 "AMD family 25 model 0x11");
	ck_assert(table_gate(LBRVIRT_GATE_VPMU)->is_open);
	ck_assert_str_eq(table_gate(LBRVIRT_GATE_AMD_LBR)->value,
			 "LbrExtV2, 16 branches, no call stacks");
	table_probe(in_kvm, table_no_pmu, table_no_hardware);
	ck_assert_str_eq(table_gate(LBRVIRT_GATE_CPU)->value,
			 "AMD family 26 model 0x2");
	table_assert_closed(
		LBRVIRT_GATE_VPMU,
		"the host gives this guest no PMU (the kernel tried and found none)");
}
END_TEST

START_TEST(an_unknown_model_is_left_to_the_kernel)
{
	static const struct fake_cpuid cpuid[] = {
		INTEL(0x24),
		CPU(0xf06f0, GUEST | PDCM),
		{ 0xa, 0, { 0x802, 0, 0, 0 } },
		END
	};

	table_probe(cpuid, table_pmu_with_lbr, NULL);
	ck_assert(!table_gate(LBRVIRT_GATE_CPU)->is_known);
	ck_assert_ptr_null(lbrvirt_guest_first_closed(table.guest));
}
END_TEST

START_TEST(what_opens_is_there_whatever_cpuid_says)
{
	static const struct fake_cpuid cpuid[] = { AMD(0x10),
						   CPU(0xb00f21, GUEST), END };

	table_probe(cpuid, table_pmu_with_lbr, NULL);
	ck_assert(!table_gate(LBRVIRT_GATE_CPU)->is_open);
	ck_assert_ptr_null(lbrvirt_guest_first_closed(table.guest));
}
END_TEST

/* Masked leaves close no gate while the kernel drives the PMU, so that a
 * refusal is not laid to them. */
START_TEST(what_the_kernel_drives_is_there_whatever_cpuid_says)
{
	static const struct fake_cpuid cpuid[] = { INTEL(0x16),
						   CPU(SKYLAKE, GUEST), END };

	table_probe(cpuid, table_pmu_with_lbr, table_no_branches);
	ck_assert(table_gate(LBRVIRT_GATE_VPMU)->is_open);
	ck_assert(table_gate(LBRVIRT_GATE_LBR_FORMAT)->is_open);
	ck_assert(!table_gate(LBRVIRT_GATE_OPEN)->is_open);
	ck_assert_int_eq(lbrvirt_guest_first_closed(table.guest)->id,
			 LBRVIRT_GATE_OPEN);

	table_probe(cpuid, table_pmu_without_lbr, table_no_branches);
	ck_assert(table_gate(LBRVIRT_GATE_VPMU)->is_open);
	table_assert_closed(LBRVIRT_GATE_LBR_FORMAT, "PDCM");
}
END_TEST

START_TEST(another_architecture_closes_the_first_gate)
{
	table.fake = (struct fake_machine){ .is_not_x86 = true,
					    .rules = table_no_hardware };
	ck_assert_int_eq(guest_probe_on(table.ctx,
					fake_machine_init(&table.fake),
					&table.guest),
			 0);
	ck_assert_int_eq(lbrvirt_guest_first_closed(table.guest)->id,
			 LBRVIRT_GATE_ARCH);
	table_assert_closed(LBRVIRT_GATE_ARCH, "only x86_64 CPUs have LBR");
	ck_assert_str_eq(table_gate(LBRVIRT_GATE_ARCH)->remedy_user, "");
	ck_assert_str_eq(table_gate(LBRVIRT_GATE_ARCH)->remedy_admin, "");
	for (int id = LBRVIRT_GATE_ARCH + 1; id < LBRVIRT_GATE_OPEN; id++) {
		const struct lbrvirt_gate *gate =
			table_gate((enum lbrvirt_gate_id)id);

		ck_assert_msg(gate->is_fact || gate->is_open || !gate->is_known,
			      "%s: %s", gate->name, gate->reason);
	}
}
END_TEST

Suite *gates_suite(void)
{
	Suite *suite = suite_create("gates");
	TCase *tcase = tcase_create("gates");

	tcase_add_checked_fixture(tcase, table_set_up, table_tear_down);
	tcase_add_test(tcase, a_skylake_guest_with_lbr_has_all_gates_open);
	tcase_add_test(tcase, no_vpmu_closes_first_and_says_how_to_add_one);
	tcase_add_test(tcase, version_1_is_too_old_for_the_lbr_driver);
	tcase_add_test(tcase, a_pmu_without_lbr_names_lbr_fmt);
	tcase_add_test(tcase, hidden_architectural_lbr_needs_an_older_host);
	tcase_add_test(tcase, architectural_lbr_tells_its_depth_and_modes);
	tcase_add_test(tcase, ivy_bridge_has_branches_but_no_call_stacks);
	tcase_add_test(tcase,
		       amd_has_no_call_stack_mode_with_and_without_branches);
	tcase_add_test(tcase, an_unknown_model_is_left_to_the_kernel);
	tcase_add_test(tcase, what_opens_is_there_whatever_cpuid_says);
	tcase_add_test(tcase,
		       what_the_kernel_drives_is_there_whatever_cpuid_says);
	tcase_add_test(tcase, another_architecture_closes_the_first_gate);
	suite_add_tcase(suite, tcase);
	return suite;
}
