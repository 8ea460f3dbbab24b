/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The virtual PMU and its LBR as CPUID tells of them, without reading an MSR:
 * leaf 0xA (architectural performance monitoring), PDCM, leaf 0x1C
 * (architectural LBR), 0x80000022 (AMD). Intel SDM vol. 2A, AMD APM vol. 3.
 */
#include "config.h"

#include "guest/guest.h"

#define CPUS		 "/sys/bus/event_source/devices/cpu"
#define CPU_BRANCHES	 CPUS "/caps/branches"
#define PDCM		 (1u << 15) /* CPUID.1:ECX */
#define ARCH_LBR	 (1u << 19) /* CPUID.7.0:EDX */
#define AMD_PERFCTR_CORE (1u << 23) /* CPUID.80000001:ECX */
/* CPUID.1C:EBX: filter by level and by kind, call-stack mode. */
#define ARCH_LBR_CALL_STACK 0x7u

static void cpuid(const struct guest_look *look, uint32_t leaf,
		  struct cpuid_regs *ret_regs)
{
	if (machine_cpuid(look->guest->machine, leaf, 0, ret_regs))
		*ret_regs = (struct cpuid_regs){ 0 };
}

/*
 * What the kernel drives is there, whatever CPUID says: an administrator can
 * mask leaves, and paravirtual PMUs (Xen) have none.
 */
static bool is_driven(const struct guest_look *look, const char *path)
{
	struct machine *machine = look->guest->machine;

	return machine->ops->has_path(machine, path) == 1;
}

static bool is_bare_metal(const struct guest_look *look)
{
	return look->guest->hypervisor == LBRVIRT_HV_NONE;
}

/* Closed because nobody gave this guest a PMU. */
static void close_without_pmu(const struct guest_look *look, const char *sign)
{
	guest_close(look,
		    is_bare_metal(look) ?
			    "this machine shows no PMU (%s)" :
			    "the host gives this guest no PMU (%s)",
		    sign);
	guest_say(look->texts->remedy_user,
		  "nothing in here: stacks are sampled on cpu-clock instead");
	guest_say(look->texts->remedy_admin, "%s",
		  guest_platform_pmu_remedy(look->guest));
}

static void look_at_intel_pmu(const struct guest_look *look)
{
	struct cpuid_regs regs;
	unsigned int version;

	cpuid(look, 0xa, &regs);
	version = regs.eax & 0xff;
	guest_say(look->texts->value, "version %u, %u counters", version,
		  (regs.eax >> 8) & 0xff);
	if (version == 0 && is_driven(look, CPUS)) {
		guest_say(look->texts->value,
			  "version 0, but the kernel drives one");
	} else if (version == 0) {
		guest_say(look->texts->value, "version 0");
		close_without_pmu(look, "CPUID leaf 0xA is 0");
	} else if (version < 2) {
		guest_close(
			look,
			"the PMU is version 1, the kernel's LBR driver needs 2");
		guest_say(look->texts->remedy_admin, "%s",
			  guest_platform_pmu_remedy(look->guest));
	}
}

/*
 * AMD PMUs are older than any CPUID bit for them, so the kernel tries the
 * registers: what it found stands in sysfs.
 */
static void look_at_amd_pmu(const struct guest_look *look)
{
	struct machine *machine = look->guest->machine;
	struct cpuid_regs v2, core;

	cpuid(look, 0x80000022, &v2);
	cpuid(look, 0x80000001, &core);
	guest_say(look->texts->value, "PerfMonV2 %s, core counters %s",
		  v2.eax & 1 ? "yes" : "no",
		  core.ecx & AMD_PERFCTR_CORE ? "yes" : "no");
	if (machine->ops->has_path(machine, CPUS) == 0)
		close_without_pmu(look, "the kernel tried and found none");
}

void guest_vpmu_look(const struct guest_look *look)
{
	switch (look->guest->cpu.vendor) {
	case GUEST_VENDOR_INTEL:
		look_at_intel_pmu(look);
		break;
	case GUEST_VENDOR_AMD:
		look_at_amd_pmu(look);
		break;
	default:
		look->gate->is_known = false;
		guest_say(look->texts->value, "not known for this CPU");
	}
}

/* Depths are multiples of 8, one a bit of the mask. */
static unsigned int arch_lbr_depth(uint32_t mask)
{
	mask &= 0xff;
	return mask ? 8 * (32 - (unsigned int)__builtin_clz(mask)) : 0;
}

static void look_at_arch_lbr(const struct guest_look *look)
{
	struct cpuid_regs regs;

	cpuid(look, 0x1c, &regs);
	guest_say(look->texts->value, "architectural LBR, up to %u deep",
		  arch_lbr_depth(regs.eax));
	if ((regs.ebx & ARCH_LBR_CALL_STACK) == ARCH_LBR_CALL_STACK)
		return;
	guest_close(
		look,
		"the host shows architectural LBR without call-stack mode (CPUID leaf 0x1C EBX is 0x%x)",
		regs.ebx);
	guest_say(look->texts->remedy_admin,
		  "show the guest all of CPUID leaf 0x1C");
}

/*
 * Mainline KVM virtualises the LBR of Haswell to Ice Lake and, since 5.12,
 * shows it by MSR 0x345 alone, which takes root to read: the driver gate sees
 * what came of it.
 */
static void look_at_legacy_lbr(const struct guest_look *look)
{
	struct cpuid_regs regs;

	cpuid(look, 1, &regs);
	guest_say(look->texts->value, "PDCM %s",
		  regs.ecx & PDCM ? "yes" : "no");
	if (regs.ecx & PDCM) {
		if (!is_bare_metal(look))
			look->gate->is_known = false;
		return;
	}
	if (is_driven(look, CPU_BRANCHES)) {
		guest_say(look->texts->value,
			  "PDCM no, but the kernel drives one");
		return;
	}
	guest_close(
		look,
		"CPUID hides PDCM, so the kernel cannot read the LBR format");
	guest_say(look->texts->remedy_admin, "%s",
		  guest_platform_lbr_remedy(look->guest));
}

static void look_at_intel_lbr(const struct guest_look *look)
{
	struct cpuid_regs regs;

	cpuid(look, 7, &regs);
	if (regs.edx & ARCH_LBR) {
		look_at_arch_lbr(look);
	} else if (look->guest->cpu.lbr == GUEST_LBR_ARCH &&
		   !is_driven(look, CPU_BRANCHES)) {
		guest_say(look->texts->value, "architectural LBR hidden");
		guest_close(
			look,
			"this CPU's LBR is architectural, and the host hides it, as mainline KVM does");
		guest_say(
			look->texts->remedy_admin,
			"run the guest on a Haswell to Ice Lake host, or use bare metal");
	} else {
		look_at_legacy_lbr(look);
	}
}

static void look_at_amd_lbr(const struct guest_look *look)
{
	struct cpuid_regs regs;

	cpuid(look, 0x80000022, &regs);
	if (regs.eax & 2)
		guest_say(look->texts->value,
			  "LbrExtV2, %u branches, no call stacks",
			  (regs.ebx >> 4) & 0x3f);
	else
		guest_say(look->texts->value, "no LbrExtV2");
	guest_close(look, "AMD's branch records have no call-stack mode");
	guest_say(look->texts->remedy_user,
		  "nothing: stacks are taken by unwinding or frame pointers");
}

void guest_lbr_look(const struct guest_look *look)
{
	switch (look->guest->cpu.vendor) {
	case GUEST_VENDOR_INTEL:
		look_at_intel_lbr(look);
		break;
	case GUEST_VENDOR_AMD:
		look_at_amd_lbr(look);
		break;
	default:
		look->gate->is_known = false;
		guest_say(look->texts->value, "not known for this CPU");
	}
}
