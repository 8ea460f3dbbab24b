/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The CPUID of the host of 2018: an Intel CPU with a PMU of version 2, LBRs and
 * PERF_CAPABILITIES; KVM's feature bits up to 12.
 */
#ifndef LBRVIRT_TESTS_KVM_PLAYED_CPUID_H
#define LBRVIRT_TESTS_KVM_PLAYED_CPUID_H

#include "kvm/vcpu.h"

/* NULL: KVM_GET_SUPPORTED_CPUID failed. The caller frees it. */
struct kvm_cpuid2 *played_cpuid_2018(void);

/* An entry, or NULL. */
struct kvm_cpuid_entry2 *played_cpuid_entry(struct kvm_cpuid2 *cpuid,
					    uint32_t leaf, uint32_t subleaf);

#endif
