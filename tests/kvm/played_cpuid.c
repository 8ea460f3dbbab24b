/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the CPUID of a host of 2018 shows, made from what KVM can show here, so
 * that all that does not matter is as real as can be.
 */
#include "config.h"

#include "kvm/played_cpuid.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* Sky Lake has call stacks in its LBR. */
#define SKY_LAKE       0x000506e3
#define ECX_PDCM       (1u << 15)
#define ECX_HYPERVISOR (1u << 31)
#define EDX_ARCH_LBR   (1u << 19)
/* Version 2, 4 counters of 48 bits, 7 events; 3 fixed ones of 48 bits. */
#define PMU_EAX 0x07300402
#define PMU_EDX 0x00000603
/* KVM's features 0 to 12: what there was in 2018, and the protocol's. */
#define FEATURES_TO_12 0x1fffu
#define FEATURE_12     (1u << 12)
#define LEAF_SIGNATURE 0x40000000
#define LEAF_FEATURES  0x40000001

struct kvm_cpuid_entry2 *played_cpuid_entry(struct kvm_cpuid2 *cpuid,
					    uint32_t leaf, uint32_t subleaf)
{
	for (uint32_t i = 0; i < cpuid->nent; i++) {
		struct kvm_cpuid_entry2 *entry = &cpuid->entries[i];

		if (entry->function == leaf && entry->index == subleaf)
			return entry;
	}
	return NULL;
}

/* The entry of a leaf, all zeros but for its number; added if need be. */
static struct kvm_cpuid_entry2 *blank_entry(struct kvm_cpuid2 *cpuid,
					    uint32_t leaf)
{
	struct kvm_cpuid_entry2 *entry = played_cpuid_entry(cpuid, leaf, 0);

	if (!entry && cpuid->nent < VM_CPUID_MAX)
		entry = &cpuid->entries[cpuid->nent++];
	if (entry) {
		memset(entry, 0, sizeof(*entry));
		entry->function = leaf;
	}
	return entry;
}

/* Leaves of AMD, and those of later Intel CPUs. */
static void drop_foreign(struct kvm_cpuid2 *cpuid)
{
	uint32_t nr = 0;

	for (uint32_t i = 0; i < cpuid->nent; i++) {
		uint32_t leaf = cpuid->entries[i].function;

		if (leaf <= 0x16 || leaf == LEAF_SIGNATURE ||
		    leaf == LEAF_FEATURES ||
		    (leaf >= 0x80000000 && leaf <= 0x80000008))
			cpuid->entries[nr++] = cpuid->entries[i];
	}
	cpuid->nent = nr;
}

static bool make_sky_lake(struct kvm_cpuid2 *cpuid)
{
	struct kvm_cpuid_entry2 *first = blank_entry(cpuid, 0);
	struct kvm_cpuid_entry2 *model = played_cpuid_entry(cpuid, 1, 0);
	struct kvm_cpuid_entry2 *more = played_cpuid_entry(cpuid, 7, 0);
	struct kvm_cpuid_entry2 *pmu = blank_entry(cpuid, 0xa);

	if (!first || !model || !pmu)
		return false;
	first->eax = 0x16;
	memcpy(&first->ebx, "Genu", 4);
	memcpy(&first->edx, "ineI", 4);
	memcpy(&first->ecx, "ntel", 4);
	model->eax = SKY_LAKE;
	model->ecx |= ECX_PDCM | ECX_HYPERVISOR;
	if (more)
		more->edx &= ~EDX_ARCH_LBR;
	pmu->eax = PMU_EAX;
	pmu->edx = PMU_EDX;
	return true;
}

struct kvm_cpuid2 *played_cpuid_2018(void)
{
	struct kvm_cpuid2 *cpuid = vm_supported_cpuid();
	struct kvm_cpuid_entry2 *features;

	if (!cpuid)
		return NULL;
	drop_foreign(cpuid);
	features = played_cpuid_entry(cpuid, LEAF_FEATURES, 0);
	if (!features || !make_sky_lake(cpuid)) {
		free(cpuid);
		return NULL;
	}
	features->eax = (features->eax & FEATURES_TO_12) | FEATURE_12;
	features->edx = 0;
	return cpuid;
}
