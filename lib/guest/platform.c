/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the host's administrator can do, by who runs the host: ready to paste
 * where there is something to paste.
 */
#include "config.h"

#include "guest/guest.h"

struct remedy {
	const char *pmu; /* the guest has no PMU */
	const char *lbr; /* it has one without LBR */
};

/* Where the platform is known, it decides. */
static const struct remedy by_platform[GUEST_PLATFORM_COUNT] = {
	[GUEST_PLATFORM_FIRECRACKER] = {
		"Firecracker gives guests no PMU and cannot be told to; use another VMM or bare metal",
		"Firecracker gives guests no LBR and cannot be told to; use another VMM or bare metal",
	},
	[GUEST_PLATFORM_EC2] = {
		"use a larger instance type, which has a PMU, or a bare-metal one (.metal), which has LBR too",
		"use a bare-metal instance type (.metal)",
	},
	[GUEST_PLATFORM_GOOGLE] = {
		"use a C4 machine type with --performance-monitoring-unit=standard; LBR needs a bare-metal type",
		"use a bare-metal machine type",
	},
	[GUEST_PLATFORM_AZURE] = {
		"own Hyper-V host: Set-VMProcessor VM -Perfmon @(\"pmu\",\"lbr\"); in a cloud, use a bare-metal type",
		"own Hyper-V host: Set-VMProcessor VM -Perfmon @(\"pmu\",\"lbr\"); in a cloud, use a bare-metal type",
	},
};

/* Else the hypervisor does. */
static const struct remedy by_hypervisor[] = {
	[LBRVIRT_HV_NONE] = { "", "" },
	[LBRVIRT_HV_KVM] = {
		"QEMU: -cpu host,pmu=on; libvirt: <features><pmu state='on'/></features>; host module parameter kvm.enable_pmu=1 (a hybrid host CPU cannot)",
		"QEMU: -cpu host,pmu=on,lbr-fmt=N with N the low 6 bits of MSR 0x345 on the host (rdmsr -u 0x345); the guest's CPU model must be the host's; kvm_intel.enable_mediated_pmu=N",
	},
	[LBRVIRT_HV_HYPERV] = {
		"Set-VMProcessor VM -Perfmon @(\"pmu\",\"lbr\") on the host",
		"Set-VMProcessor VM -Perfmon @(\"pmu\",\"lbr\") on the host",
	},
	[LBRVIRT_HV_VMWARE] = {
		"vpmc.enable = \"TRUE\" in the .vmx file, or Virtualize CPU performance counters in the VM's CPU settings",
		"ask VMware whether this version virtualises LBR",
	},
	[LBRVIRT_HV_XEN] = {
		"boot Xen with vpmu=on",
		"Xen's vPMU has no LBR for guests' call stacks; use KVM or bare metal",
	},
	[LBRVIRT_HV_TCG] = {
		"TCG emulates no PMU; run QEMU with -accel kvm -cpu host,pmu=on",
		"TCG emulates no LBR; run QEMU with -accel kvm -cpu host,pmu=on,lbr-fmt=N",
	},
	[LBRVIRT_HV_BHYVE] = { "", "" },
	[LBRVIRT_HV_ACRN] = { "", "" },
	[LBRVIRT_HV_JAILHOUSE] = { "", "" },
	[LBRVIRT_HV_VIRTUALBOX] = { "", "" },
	[LBRVIRT_HV_PARALLELS] = { "", "" },
	[LBRVIRT_HV_UNKNOWN] = { "", "" },
};

static const struct remedy *find_remedy(const struct lbrvirt_guest *guest)
{
	static const struct remedy unknown = {
		"ask whoever runs the host whether guests can have a PMU; else use bare metal",
		"ask whoever runs the host whether guests can have LBR; else use bare metal",
	};
	const struct remedy *remedy = &by_platform[guest->platform];

	if (guest->hypervisor == LBRVIRT_HV_NONE)
		return &by_hypervisor[LBRVIRT_HV_NONE];
	if (remedy->pmu)
		return remedy;
	remedy = &by_hypervisor[guest->hypervisor];
	return remedy->pmu[0] ? remedy : &unknown;
}

const char *guest_platform_pmu_remedy(const struct lbrvirt_guest *guest)
{
	return find_remedy(guest)->pmu;
}

const char *guest_platform_lbr_remedy(const struct lbrvirt_guest *guest)
{
	return find_remedy(guest)->lbr;
}
