/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What each host's administrator is told, where guests have no PMU, and where
 * they have one without LBR.
 */
#include "config.h"

#include <errno.h>

#include "guest-probe/row.h"
#include "guest-probe/suites.h"

#define FIRECRACKER_REMEDY \
	"not possible with Firecracker, which gives guests no PMU; use another VMM (QEMU) or bare metal"
#define HYPERV_REMEDY \
	"Hyper-V host, guest off: Set-VMProcessor NAME -Perfmon @(\"pmu\",\"lbr\")"
#define NO_SWITCH_PMU \
	"no switch for a PMU is known of this hypervisor; use KVM or bare metal"
#define NO_SWITCH_LBR \
	"no switch for LBR is known of this hypervisor; use KVM or bare metal"

struct host {
	const char *signature;
	const char *vendor; /* DMI's */
	const char *tag;
	const char *pmu, *lbr;
};

static const struct host hosts[] = {
	{ KVM, NULL, NULL, QEMU_PMU, QEMU_LBR },
	{ "Linux KVM Hv", NULL, NULL, QEMU_PMU, QEMU_LBR },
	{ KVM, "QEMU\n", NULL, QEMU_PMU, QEMU_LBR },
	{ KVM, "Cloud Hypervisor\n", NULL,
	  "no switch for a PMU is known of Cloud Hypervisor; use QEMU: -cpu host,pmu=on,lbr-fmt=N, or bare metal",
	  "no switch for LBR is known of Cloud Hypervisor; use QEMU: -cpu host,pmu=on,lbr-fmt=N, or bare metal" },
	{ KVM, "Amazon EC2\n", NULL,
	  "use a larger instance type, which may have a PMU; LBR takes a bare-metal one (.metal)",
	  "use a bare-metal instance type (.metal)" },
	{ KVM, "Google\n", NULL,
	  "use a C4 machine type: gcloud compute instances create NAME --machine-type=c4-standard-4 --performance-monitoring-unit=standard; LBR takes a bare-metal type",
	  "use a bare-metal machine type" },
	{ "Microsoft Hv", "Microsoft Corporation\n",
	  "7783-7084-3265-9085-8269-3286-77\n",
	  "no Azure machine type with a PMU or LBR is known here; ask Azure, or use a host of your own",
	  "no Azure machine type with LBR is known here; ask Azure, or use a host of your own" },
	{ "Microsoft Hv", "Microsoft Corporation\n", "\n", HYPERV_REMEDY,
	  HYPERV_REMEDY },
	{ "VMwareVMware", "VMware, Inc.\n", NULL,
	  ".vmx file: vpmc.enable = \"TRUE\"; or the VM's settings, CPU: Virtualize CPU performance counters",
	  "no switch for LBR is known of VMware; ask VMware, or use KVM or bare metal" },
	{ "XenVMMXenVMM", "Xen\n", NULL, "Xen's command line: vpmu=on",
	  "no switch for LBR is known of Xen; use KVM or bare metal" },
	{ "TCGTCGTCGTCG", "QEMU\n", NULL,
	  "not possible with TCG, which emulates no PMU; QEMU: -accel kvm -cpu host,pmu=on",
	  "not possible with TCG, which emulates no LBR; QEMU: -accel kvm -cpu host,pmu=on,lbr-fmt=N" },
	{ "bhyve bhyve ", NULL, NULL, NO_SWITCH_PMU, NO_SWITCH_LBR },
	{ "ACRNACRNACRN", NULL, NULL, NO_SWITCH_PMU, NO_SWITCH_LBR },
	{ "Jailhouse\0\0\0", NULL, NULL, NO_SWITCH_PMU, NO_SWITCH_LBR },
	{ "VBoxVBoxVBox", NULL, NULL,
	  "not possible with VirtualBox, which gives guests no PMU; use KVM or bare metal",
	  NO_SWITCH_LBR },
	{ " lrpepyh  vr", NULL, NULL, NO_SWITCH_PMU, NO_SWITCH_LBR },
	{ " prl hyperv ", NULL, NULL, NO_SWITCH_PMU, NO_SWITCH_LBR },
	{ "WhoAreYouNow", NULL, NULL,
	  "ask whoever runs the host whether guests can have a PMU; else use bare metal",
	  "ask whoever runs the host whether guests can have LBR; else use bare metal" },
};

static struct row row_on(const struct host *host)
{
	return (struct row){
		.signature = host->signature,
		.files = { { host->vendor ? "/sys/class/dmi/id/sys_vendor" :
					    "/none",
			     host->vendor },
			   { host->tag ? "/sys/class/dmi/id/chassis_asset_tag" :
					 "/none",
			     host->tag } },
		.verdict = LBRVIRT_GUEST_ADMIN,
	};
}

START_TEST(every_host_without_a_pmu_has_its_remedy)
{
	struct row row = row_on(&hosts[_i]);

	row.has_no_pmu = true;
	row.no_file = DEVICES "cpu";
	row.call_stack_err = ENOENT;
	row.gate = LBRVIRT_GATE_VPMU;
	row.reason = NO_PMU;
	row.admin = hosts[_i].pmu;
	row_probe(&row);
	row_assert_closed(&row);
}
END_TEST

START_TEST(every_host_without_lbr_has_its_remedy)
{
	struct row row = row_on(&hosts[_i]);

	row.no_leaf1 = PDCM;
	row.no_file = DEVICES "cpu/caps";
	row.call_stack_err = EOPNOTSUPP;
	row.gate = LBRVIRT_GATE_LBR_FORMAT;
	row.reason = NO_PDCM;
	row.admin = hosts[_i].lbr;
	row_probe(&row);
	row_assert_closed(&row);
}
END_TEST

START_TEST(firecracker_has_its_remedy_on_intel)
{
	const struct row row = {
		.signature = KVM,
		.has_no_pmu = true,
		.no_file = DEVICES "cpu",
		.files = { { "/sys/bus/acpi/devices/AMZNC10C:00", "" } },
		.call_stack_err = ENOENT,
		.gate = LBRVIRT_GATE_VPMU,
		.reason = NO_PMU,
		.admin = FIRECRACKER_REMEDY,
	};

	row_probe(&row);
	row_assert_closed(&row);
	ck_assert_int_eq(lbrvirt_guest_verdict(rig.guest), LBRVIRT_GUEST_ADMIN);
}
END_TEST

Suite *hosts_suite(void)
{
	Suite *suite = suite_create("hosts");
	TCase *tcase = tcase_create("hosts");

	tcase_add_checked_fixture(tcase, row_set_up, row_tear_down);
	tcase_add_loop_test(tcase, every_host_without_a_pmu_has_its_remedy, 0,
			    ROW_COUNT(hosts));
	tcase_add_loop_test(tcase, every_host_without_lbr_has_its_remedy, 0,
			    ROW_COUNT(hosts));
	tcase_add_test(tcase, firecracker_has_its_remedy_on_intel);
	suite_add_tcase(suite, tcase);
	return suite;
}
