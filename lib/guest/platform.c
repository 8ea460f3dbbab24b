/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the host's administrator can do, by who runs the host: ready to paste
 * where there is something to paste.
 */
#include "config.h"

#include "guest/guest.h"

/*
 * Where they come from: QEMU's lbr-fmt from its patch of 2022 and a guest seen
 * to boot with it (danobi/vmtest, pull request 113); migratable=no from QEMU's
 * code (the default word of features is used then); the module parameters from
 * KVM's code (6.12, 7.0); Firecracker from its docs/cpu_templates; Google's
 * machine types from its documentation; Hyper-V's from Microsoft's ("Enable
 * Intel Performance Monitoring Hardware in a Hyper-V virtual machine"),
 * VMware's from its article 344161, Xen's from its list of command line
 * options. Amazon's is from memory, and those of the rest follow from there
 * being no switch that is known: they are worded with care for that.
 */
struct remedy {
	const char *pmu; /* the guest has no PMU */
	const char *lbr; /* it has one without LBR */
};

/* Where the platform is known, it decides. */
static const struct remedy by_platform[GUEST_PLATFORM_COUNT] = {
	[GUEST_PLATFORM_FIRECRACKER] = {
		"not possible with Firecracker, which gives guests no PMU; use another VMM (QEMU) or bare metal",
		"not possible with Firecracker, which gives guests no PMU; use another VMM (QEMU) or bare metal",
	},
	[GUEST_PLATFORM_CLOUD_HYPERVISOR] = {
		"no switch for a PMU is known of Cloud Hypervisor; use QEMU: -cpu host,pmu=on,lbr-fmt=N, or bare metal",
		"no switch for LBR is known of Cloud Hypervisor; use QEMU: -cpu host,pmu=on,lbr-fmt=N, or bare metal",
	},
	[GUEST_PLATFORM_EC2] = {
		"use a larger instance type, which may have a PMU; LBR takes a bare-metal one (.metal)",
		"use a bare-metal instance type (.metal)",
	},
	[GUEST_PLATFORM_GOOGLE] = {
		"use a C4 machine type: gcloud compute instances create NAME --machine-type=c4-standard-4 --performance-monitoring-unit=standard; LBR takes a bare-metal type",
		"use a bare-metal machine type",
	},
	[GUEST_PLATFORM_AZURE] = {
		"no Azure machine type with a PMU or LBR is known here; ask Azure, or use a host of your own",
		"no Azure machine type with LBR is known here; ask Azure, or use a host of your own",
	},
};

#define HYPERV_REMEDY \
	"Hyper-V host, guest off: Set-VMProcessor NAME -Perfmon @(\"pmu\",\"lbr\")"
#define NO_SWITCH_PMU \
	"no switch for a PMU is known of this hypervisor; use KVM or bare metal"
#define NO_SWITCH_LBR \
	"no switch for LBR is known of this hypervisor; use KVM or bare metal"

/* Else the hypervisor does. */
static const struct remedy by_hypervisor[] = {
	[LBRVIRT_HV_NONE] = { "", "" },
	[LBRVIRT_HV_KVM] = {
		"QEMU: -cpu host,pmu=on; libvirt: <features><pmu state='on'/></features>; host: modprobe kvm enable_pmu=1",
		"host: rdmsr -u 0x345, and N is the low 6 bits (0x5 on Skylake); QEMU: -cpu host,pmu=on,lbr-fmt=N or -cpu host,migratable=no,pmu=on; host: kvm_intel.enable_mediated_pmu=N, and its CPU Haswell to Ice Lake",
	},
	[LBRVIRT_HV_HYPERV] = { HYPERV_REMEDY, HYPERV_REMEDY },
	[LBRVIRT_HV_VMWARE] = {
		".vmx file: vpmc.enable = \"TRUE\"; or the VM's settings, CPU: Virtualize CPU performance counters",
		"no switch for LBR is known of VMware; ask VMware, or use KVM or bare metal",
	},
	[LBRVIRT_HV_XEN] = {
		"Xen's command line: vpmu=on",
		"no switch for LBR is known of Xen; use KVM or bare metal",
	},
	[LBRVIRT_HV_TCG] = {
		"not possible with TCG, which emulates no PMU; QEMU: -accel kvm -cpu host,pmu=on",
		"not possible with TCG, which emulates no LBR; QEMU: -accel kvm -cpu host,pmu=on,lbr-fmt=N",
	},
	[LBRVIRT_HV_BHYVE] = { NO_SWITCH_PMU, NO_SWITCH_LBR },
	[LBRVIRT_HV_ACRN] = { NO_SWITCH_PMU, NO_SWITCH_LBR },
	[LBRVIRT_HV_JAILHOUSE] = { NO_SWITCH_PMU, NO_SWITCH_LBR },
	[LBRVIRT_HV_VIRTUALBOX] = {
		"not possible with VirtualBox, which gives guests no PMU; use KVM or bare metal",
		NO_SWITCH_LBR,
	},
	[LBRVIRT_HV_PARALLELS] = { NO_SWITCH_PMU, NO_SWITCH_LBR },
	[LBRVIRT_HV_UNKNOWN] = {
		"ask whoever runs the host whether guests can have a PMU; else use bare metal",
		"ask whoever runs the host whether guests can have LBR; else use bare metal",
	},
};

/* KVM gives a hybrid CPU's guests no PMU at all: which core would it be of? */
static const struct remedy on_hybrid_kvm = {
	"not possible with mainline KVM on a hybrid CPU; run the guest on a host with cores of one kind, or use bare metal",
	"not possible with mainline KVM on a hybrid CPU; run the guest on a host with cores of one kind, or use bare metal",
};

static const struct remedy *find_remedy(const struct lbrvirt_guest *guest)
{
	const struct remedy *remedy = &by_platform[guest->platform];

	if (guest->hypervisor == LBRVIRT_HV_NONE)
		return &by_hypervisor[LBRVIRT_HV_NONE];
	if (remedy->pmu)
		return remedy;
	if (guest->hypervisor == LBRVIRT_HV_KVM && guest->cpu.is_hybrid)
		return &on_hybrid_kvm;
	return &by_hypervisor[guest->hypervisor];
}

const char *guest_platform_pmu_remedy(const struct lbrvirt_guest *guest)
{
	return find_remedy(guest)->pmu;
}

const char *guest_platform_lbr_remedy(const struct lbrvirt_guest *guest)
{
	return find_remedy(guest)->lbr;
}
