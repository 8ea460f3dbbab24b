/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which CPUs have which LBR. The table follows the kernel's own
 * (arch/x86/events/intel/core.c, lbr.c, asm/intel-family.h of Linux 6.12).
 * Family and model may be the hypervisor's invention; the open gate has the
 * last word.
 */
#include "config.h"

#include <string.h>

#include "guest/guest.h"

#define FAMILY_6 6
#define HYBRID	 (1u << 15) /* CPUID.7.0:EDX; Intel SDM vol. 2A */

struct uarch {
	const char *name;
	enum guest_lbr lbr;
	unsigned int depth;
	unsigned char models[8]; /* of family 6; ended by 0 */
};

static const struct uarch uarches[] = {
	{ "Core 2", GUEST_LBR_BRANCHES, 4, { 0x0f, 0x16, 0x17, 0x1d } },
	{ "Bonnell", GUEST_LBR_BRANCHES, 8, { 0x1c, 0x26 } },
	{ "Saltwell", GUEST_LBR_BRANCHES, 8, { 0x27, 0x35, 0x36 } },
	{ "Silvermont", GUEST_LBR_BRANCHES, 8, { 0x37, 0x4a, 0x4d, 0x5a } },
	{ "Airmont", GUEST_LBR_BRANCHES, 8, { 0x4c, 0x75 } },
	{ "Knights Landing", GUEST_LBR_BRANCHES, 8, { 0x57 } },
	{ "Knights Mill", GUEST_LBR_BRANCHES, 8, { 0x85 } },
	{ "Nehalem", GUEST_LBR_BRANCHES, 16, { 0x1a, 0x1e, 0x1f, 0x2e } },
	{ "Westmere", GUEST_LBR_BRANCHES, 16, { 0x25, 0x2c, 0x2f } },
	{ "Sandy Bridge", GUEST_LBR_BRANCHES, 16, { 0x2a, 0x2d } },
	{ "Ivy Bridge", GUEST_LBR_BRANCHES, 16, { 0x3a, 0x3e } },
	{ "Haswell", GUEST_LBR_CALL_STACK, 16, { 0x3c, 0x3f, 0x45, 0x46 } },
	{ "Broadwell", GUEST_LBR_CALL_STACK, 16, { 0x3d, 0x47, 0x4f, 0x56 } },
	{ "Skylake", GUEST_LBR_CALL_STACK, 32, { 0x4e, 0x5e } },
	{ "Skylake/Cascade Lake server", GUEST_LBR_CALL_STACK, 32, { 0x55 } },
	{ "Kaby/Coffee Lake", GUEST_LBR_CALL_STACK, 32, { 0x8e, 0x9e } },
	{ "Comet Lake", GUEST_LBR_CALL_STACK, 32, { 0xa5, 0xa6 } },
	{ "Cannon Lake", GUEST_LBR_CALL_STACK, 32, { 0x66 } },
	{ "Ice Lake", GUEST_LBR_CALL_STACK, 32, { 0x7d, 0x7e } },
	{ "Ice Lake server", GUEST_LBR_CALL_STACK, 32, { 0x6a, 0x6c } },
	{ "Tiger Lake", GUEST_LBR_CALL_STACK, 32, { 0x8c, 0x8d } },
	{ "Rocket Lake", GUEST_LBR_CALL_STACK, 32, { 0xa7 } },
	{ "Goldmont", GUEST_LBR_CALL_STACK, 32, { 0x5c, 0x5f } },
	{ "Goldmont Plus", GUEST_LBR_CALL_STACK, 32, { 0x7a } },
	{ "Tremont", GUEST_LBR_CALL_STACK, 32, { 0x86, 0x96, 0x9c } },
	{ "Alder Lake", GUEST_LBR_ARCH, 0, { 0x97, 0x9a, 0xbe } },
	{ "Raptor Lake", GUEST_LBR_ARCH, 0, { 0xb7, 0xba, 0xbf } },
	{ "Meteor Lake", GUEST_LBR_ARCH, 0, { 0xaa, 0xac } },
	{ "Arrow Lake", GUEST_LBR_ARCH, 0, { 0xb5, 0xc5, 0xc6 } },
	{ "Lunar Lake", GUEST_LBR_ARCH, 0, { 0xbd } },
	{ "Sapphire Rapids", GUEST_LBR_ARCH, 0, { 0x8f } },
	{ "Emerald Rapids", GUEST_LBR_ARCH, 0, { 0xcf } },
	{ "Granite Rapids", GUEST_LBR_ARCH, 0, { 0xad, 0xae } },
	{ "Sierra Forest", GUEST_LBR_ARCH, 0, { 0xaf } },
	{ "Grand Ridge", GUEST_LBR_ARCH, 0, { 0xb6 } },
};

/*
 * Models that come with cores of two kinds. KVM hides the bit of CPUID that
 * says so from guests (kvm_set_cpu_caps()); some CPUs of these models have one
 * kind alone, which no guest can tell.
 */
static const unsigned char hybrid_models[] = { 0x97, 0x9a, 0xaa, 0xac,
					       0xb5, 0xb7, 0xba, 0xbd,
					       0xbf, 0xc5, 0xc6 };

static const struct uarch *find_uarch(unsigned int model)
{
	for (size_t i = 0; i < sizeof(uarches) / sizeof(uarches[0]); i++) {
		const struct uarch *u = &uarches[i];

		for (size_t m = 0; m < sizeof(u->models) && u->models[m]; m++)
			if (u->models[m] == model)
				return u;
	}
	return NULL;
}

static bool is_hybrid_model(unsigned int model)
{
	return memchr(hybrid_models, (int)model, sizeof(hybrid_models));
}

static enum guest_vendor find_vendor(const struct cpuid_regs *leaf0)
{
	char text[12];

	memcpy(text, &leaf0->ebx, 4);
	memcpy(text + 4, &leaf0->edx, 4);
	memcpy(text + 8, &leaf0->ecx, 4);
	if (memcmp(text, "GenuineIntel", sizeof(text)) == 0)
		return GUEST_VENDOR_INTEL;
	if (memcmp(text, "AuthenticAMD", sizeof(text)) == 0 ||
	    memcmp(text, "HygonGenuine", sizeof(text)) == 0)
		return GUEST_VENDOR_AMD;
	return GUEST_VENDOR_OTHER;
}

/* Family and model of CPUID.1:EAX (Intel SDM vol. 2A, CPUID). */
static void split_signature(uint32_t eax, struct guest_cpu *cpu)
{
	cpu->family = (eax >> 8) & 0xf;
	cpu->model = (eax >> 4) & 0xf;
	if (cpu->family >= 6)
		cpu->model |= (eax >> 12) & 0xf0;
	if (cpu->family == 0xf)
		cpu->family += (eax >> 20) & 0xff;
}

static void read_cpu(struct lbrvirt_guest *guest)
{
	struct guest_cpu *cpu = &guest->cpu;
	const struct uarch *uarch;
	struct cpuid_regs regs;

	if (machine_cpuid(guest->machine, 0, 0, &regs))
		return;
	cpu->vendor = find_vendor(&regs);
	if (machine_cpuid(guest->machine, 1, 0, &regs))
		return;
	split_signature(regs.eax, cpu);
	if (cpu->vendor == GUEST_VENDOR_AMD)
		cpu->lbr = GUEST_LBR_BRANCHES;
	else if (cpu->vendor == GUEST_VENDOR_OTHER)
		cpu->lbr = GUEST_LBR_NONE;
	if (cpu->vendor != GUEST_VENDOR_INTEL || cpu->family != FAMILY_6)
		return;
	if (machine_cpuid(guest->machine, 7, 0, &regs) == 0)
		cpu->is_hybrid = regs.edx & HYBRID;
	if (guest->hypervisor != LBRVIRT_HV_NONE && is_hybrid_model(cpu->model))
		cpu->is_hybrid = true;
	uarch = find_uarch(cpu->model);
	if (!uarch)
		return;
	cpu->uarch = uarch->name;
	cpu->lbr = uarch->lbr;
	cpu->depth = uarch->depth;
}

void guest_arch_look(const struct guest_look *look)
{
	struct cpuid_regs regs;

	if (machine_cpuid(look->guest->machine, 0, 0, &regs) == 0) {
		guest_say(look->texts->value, "x86_64");
		return;
	}
	guest_say(look->texts->value, "not x86_64");
	guest_close(look, "only x86_64 CPUs have LBR");
}

static void say_value(const struct guest_look *look)
{
	static const char *const vendors[] = {
		[GUEST_VENDOR_OTHER] = "neither Intel nor AMD",
		[GUEST_VENDOR_INTEL] = "Intel",
		[GUEST_VENDOR_AMD] = "AMD",
	};
	const struct guest_cpu *cpu = &look->guest->cpu;

	if (cpu->depth)
		guest_say(look->texts->value,
			  "Intel %s (model 0x%x), LBR %u deep", cpu->uarch,
			  cpu->model, cpu->depth);
	else if (cpu->uarch[0])
		guest_say(look->texts->value,
			  "Intel %s (model 0x%x), architectural LBR",
			  cpu->uarch, cpu->model);
	else
		guest_say(look->texts->value, "%s family %u model 0x%x",
			  vendors[cpu->vendor], cpu->family, cpu->model);
}

static void say_remedy(const struct guest_look *look)
{
	if (look->guest->hypervisor == LBRVIRT_HV_NONE)
		return;
	guest_say(
		look->texts->remedy_admin, "not possible on this CPU%s",
		look->guest->platform == GUEST_PLATFORM_FIRECRACKER ?
			", nor with Firecracker, which gives guests no PMU; run the guest under QEMU on an Intel host, Haswell to Ice Lake" :
			"; run the guest on an Intel host, Haswell to Ice Lake");
}

void guest_cpu_look(const struct guest_look *look)
{
	const struct guest_cpu *cpu = &look->guest->cpu;

	if (!look->guest->gates[LBRVIRT_GATE_ARCH].is_open) {
		look->gate->is_known = false;
		return;
	}
	read_cpu(look->guest);
	say_value(look);
	if (look->guest->hypervisor == LBRVIRT_HV_TCG) {
		/* Made up: it says nothing about the host's. */
		look->gate->is_known = false;
		return;
	}
	if (cpu->lbr == GUEST_LBR_UNKNOWN)
		look->gate->is_known = false;
	if (cpu->lbr >= GUEST_LBR_CALL_STACK || cpu->lbr == GUEST_LBR_UNKNOWN)
		return;
	if (cpu->vendor == GUEST_VENDOR_AMD)
		guest_close(look,
			    "AMD's branch records have no call-stack mode");
	else if (cpu->vendor == GUEST_VENDOR_OTHER)
		guest_close(look, "only Intel CPUs have call-stack LBR");
	else
		guest_close(look, "%s has LBR, but no call-stack mode",
			    cpu->uarch);
	say_remedy(look);
}
