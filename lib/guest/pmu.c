/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The virtual PMU and its LBR as CPUID and MSR 0x345 tell of them: leaf 0xA
 * (architectural performance monitoring), PDCM, leaf 0x1C (architectural LBR),
 * 0x80000022 and 0x80000008 (AMD). Intel SDM vol. 2A and 4, AMD APM vol. 3.
 */
#include "config.h"

#include <errno.h>

#include "guest/guest.h"

#define CPUS		  "/sys/bus/event_source/devices/cpu"
#define PDCM		  (1u << 15) /* CPUID.1:ECX */
#define ARCH_LBR	  (1u << 19) /* CPUID.7.0:EDX */
#define AMD_PERFCTR_CORE  (1u << 23) /* CPUID.80000001:ECX */
#define AMD_PERFMON_V2	  (1u << 0)  /* CPUID.80000022:EAX */
#define AMD_LBR_EXT_V2	  (1u << 1)
#define AMD_BRS		  (1u << 31) /* CPUID.80000008:EBX */
#define PERF_CAPABILITIES 0x345u     /* the one MSR that is read here */
#define LBR_FORMAT	  0x3fu
/* CPUID.1C:EBX: filter by level and by kind, call-stack mode. */
#define ARCH_LBR_CALL_STACK 0x7u

/* Needs root and the msr driver, and is not needed. */
void guest_capabilities_read(struct lbrvirt_guest *guest)
{
	struct machine *machine = guest->machine;

	guest->capabilities.err = machine->ops->msr_read(
		machine, 0, PERF_CAPABILITIES, &guest->capabilities.value);
}

/*
 * What the kernel drives is there, whatever CPUID says: an administrator can
 * mask leaves, and paravirtual PMUs (Xen) have none.
 */
static bool is_driven(const struct guest_look *look)
{
	return guest_has_path(look->guest, CPUS) ||
	       guest_has_path(look->guest, CPUS "_core");
}

static bool has_driven_branches(const struct guest_look *look)
{
	return guest_has_path(look->guest, CPUS "/caps/branches") ||
	       guest_has_path(look->guest, CPUS "_core/caps/branches");
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
	guest_say(look->texts->remedy_admin, "%s",
		  guest_platform_pmu_remedy(look->guest));
}

/* Linux takes a PMU of version 1 for the oldest kind, without LBR
 * (intel_pmu_init() of arch/x86/events/intel/core.c: core_pmu). */
static void look_at_intel_pmu(const struct guest_look *look)
{
	struct cpuid_regs regs = guest_cpuid(look, 0xa);
	unsigned int version = regs.eax & 0xff;

	guest_say(look->texts->value, "version %u, %u counters", version,
		  (regs.eax >> 8) & 0xff);
	if (version == 0 && is_driven(look)) {
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
	struct cpuid_regs v2 = guest_cpuid(look, 0x80000022);
	struct cpuid_regs core = guest_cpuid(look, 0x80000001);

	guest_say(look->texts->value, "PerfMonV2 %s, core counters %s",
		  v2.eax & AMD_PERFMON_V2 ? "yes" : "no",
		  core.ecx & AMD_PERFCTR_CORE ? "yes" : "no");
	if (!guest_has_kernel(look->guest))
		look->gate->is_known = false;
	else if (machine->ops->has_path(machine, CPUS) == 0)
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

/* The format's names as the kernel has them (events/perf_event.h). */
static void say_format(const struct guest_look *look)
{
	static const char *const names[] = {
		"none, or 32-bit",
		"LIP",
		"EIP",
		"EIP and flags",
		"EIP, flags and TSX",
		"with LBR_INFO",
		"with cycles",
		"with LBR_INFO, newer",
	};
	unsigned int format =
		(unsigned int)(look->guest->capabilities.value & LBR_FORMAT);

	guest_say(look->texts->value, "PDCM, LBR format 0x%x (%s)", format,
		  format < 8 ? names[format] : "another");
}

/*
 * Mainline KVM virtualises the LBR of Haswell to Ice Lake and, since 5.12,
 * shows it by MSR 0x345 alone, which takes root to read: where it cannot be
 * read, the driver gate sees what came of it. Architectural LBR needs no
 * format.
 */
static void look_at_format(const struct guest_look *look)
{
	const struct guest_capabilities *caps = &look->guest->capabilities;

	if (!caps->err)
		say_format(look);
	else if (caps->err == -EIO)
		guest_say(look->texts->value, "PDCM, but MSR 0x345 faults");
	else
		guest_say(look->texts->value, "PDCM, MSR 0x345 not read");
	if (has_driven_branches(look) || look->guest->cpu.lbr == GUEST_LBR_ARCH)
		return;
	if (caps->err && caps->err != -EIO) {
		look->gate->is_known = is_bare_metal(look);
		return;
	}
	if (!caps->err && (caps->value & LBR_FORMAT))
		return;
	guest_close(
		look,
		is_bare_metal(look) ?
			"the CPU shows no LBR format (MSR 0x345)" :
			"the host gives this guest a PMU without LBR (MSR 0x345 shows no format)");
	guest_say(look->texts->remedy_admin, "%s",
		  guest_platform_lbr_remedy(look->guest));
}

static void look_at_pdcm(const struct guest_look *look)
{
	if (guest_cpuid(look, 1).ecx & PDCM) {
		look_at_format(look);
		return;
	}
	if (has_driven_branches(look)) {
		guest_say(look->texts->value,
			  "PDCM hidden, but the kernel drives LBR");
		return;
	}
	guest_say(look->texts->value, "PDCM hidden");
	guest_close(
		look,
		"CPUID hides PDCM, so the kernel cannot read the LBR format");
	guest_say(look->texts->remedy_admin, "%s",
		  guest_platform_lbr_remedy(look->guest));
}

void guest_lbr_format_look(const struct guest_look *look)
{
	switch (look->guest->cpu.vendor) {
	case GUEST_VENDOR_INTEL:
		look_at_pdcm(look);
		break;
	case GUEST_VENDOR_AMD:
		guest_say(look->texts->value, "AMD has none");
		break;
	default:
		look->gate->is_known = false;
		guest_say(look->texts->value, "not known for this CPU");
	}
}

static void look_at_leaf_1c(const struct guest_look *look)
{
	struct cpuid_regs regs = guest_cpuid(look, 0x1c);

	guest_say(look->texts->value, "up to %u deep, call stacks %s",
		  arch_lbr_depth(regs.eax),
		  (regs.ebx & ARCH_LBR_CALL_STACK) == ARCH_LBR_CALL_STACK ?
			  "yes" :
			  "no");
	if ((regs.ebx & ARCH_LBR_CALL_STACK) == ARCH_LBR_CALL_STACK)
		return;
	guest_close(
		look,
		"architectural LBR comes without call-stack mode (CPUID leaf 0x1C EBX is 0x%x)",
		regs.ebx);
	if (!is_bare_metal(look))
		guest_say(look->texts->remedy_admin,
			  "show the guest all of CPUID leaf 0x1C");
}

/* Mainline KVM does not virtualise architectural LBR (6.12; series for it are
 * on the list, not merged). */
void guest_arch_lbr_look(const struct guest_look *look)
{
	if (guest_cpuid(look, 7).edx & ARCH_LBR) {
		look_at_leaf_1c(look);
		return;
	}
	guest_say(look->texts->value, "none");
	if (look->guest->cpu.lbr != GUEST_LBR_ARCH)
		return;
	guest_say(look->texts->value, "hidden");
	if (has_driven_branches(look))
		return;
	guest_close(
		look,
		is_bare_metal(look) ?
			"this CPU's LBR is architectural, and the firmware hides it" :
			"this CPU's LBR is architectural, and the host hides it, as mainline KVM does");
	if (!is_bare_metal(look))
		guest_say(
			look->texts->remedy_admin,
			"not possible with mainline KVM on this CPU; run the guest on a Haswell to Ice Lake host, or use bare metal");
}

/* KVM shows guests of leaf 0x80000022 PerfMonV2 alone (kvm/cpuid.c of 6.12). */
void guest_amd_lbr_look(const struct guest_look *look)
{
	struct cpuid_regs v2;

	if (look->guest->cpu.vendor != GUEST_VENDOR_AMD) {
		guest_say(look->texts->value, "not an AMD CPU");
		return;
	}
	v2 = guest_cpuid(look, 0x80000022);
	if (v2.eax & AMD_LBR_EXT_V2) {
		guest_say(look->texts->value,
			  "LbrExtV2, %u branches, no call stacks",
			  (v2.ebx >> 4) & 0x3f);
		return;
	}
	if (guest_cpuid(look, 0x80000008).ebx & AMD_BRS) {
		guest_say(look->texts->value,
			  "BRS, 16 branches, no call stacks");
		return;
	}
	guest_say(look->texts->value, "no LbrExtV2, no BRS");
	guest_close(
		look,
		is_bare_metal(look) ?
			"this CPU has no branch records that Linux drives" :
			"no branch records are shown, as mainline KVM shows none to AMD guests");
}
