/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The hosts that the protocol's tests play: which registers come to user space,
 * and how they answer.
 */
#ifndef LBRVIRT_TESTS_KVM_PLAYED_HOSTS_H
#define LBRVIRT_TESTS_KVM_PLAYED_HOSTS_H

#include "kvm/kvm_machine.h"
#include "kvm/played_cpuid.h"

enum {
	MSR_PERF_CAPABILITIES = 0x345,
	MSR_PV_CONTROL = 0x4b564d05, /* MSR_KVM_PV_LBR_CTRL, POLL_CONTROL */
};

/*
 * KVM as it is: shows all it can, answers the control MSR itself, in the
 * kernel. Only writes to it come here, where they fault: none is expected.
 */
extern const struct vm_msr_range today_ranges[];
struct kvm_host *today_host(void);

/* The same, but PERF_CAPABILITIES is played: for a guest that is shown what
 * there was in 2018. host_2018 answers, and lets writes through to nobody. */
extern const struct vm_msr_range masked_ranges[];

/*
 * The host of 2018: an Intel CPU with a PMU of version 2, LBRs and
 * PERF_CAPABILITIES; feature bits up to 12. The control MSR is 0 after reset,
 * and bits other than 0 fault.
 */
struct host_2018 {
	struct kvm_host host;
	uint64_t control[VM_VCPUS_MAX];
};

extern const struct vm_msr_range host_2018_ranges[];
struct kvm_host *host_2018_init(struct host_2018 *host);

#endif
