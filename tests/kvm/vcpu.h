/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A virtual machine of some real vCPUs under /dev/kvm, each of which executes
 * lists of items (kvm/guest_page.h). The owner chooses its CPUID, and which
 * MSRs KVM hands to the owner instead of answering itself.
 */
#ifndef LBRVIRT_TESTS_KVM_VCPU_H
#define LBRVIRT_TESTS_KVM_VCPU_H

#include <linux/kvm.h>
#include <stdbool.h>
#include <stdint.h>

#include "kvm/guest_page.h"

enum { VM_VCPUS_MAX = 8, VM_CPUID_MAX = 256 };

/* Accesses to these registers come to the owner. */
struct vm_msr_range {
	uint32_t base;
	uint32_t count; /* at most 64 */
	bool reads, writes;
};

struct vcpu {
	int fd;
	struct kvm_run *run;
	unsigned char *segment; /* its own, of GUEST_SEGMENT_SIZE */
};

struct vm {
	int kvm_fd;
	int fd;
	size_t run_size;
	unsigned char *memory;
	size_t memory_size;
	unsigned int nr_vcpus;
	struct vcpu vcpus[VM_VCPUS_MAX];
};

enum vcpu_exit_kind {
	VCPU_EXIT_END,	 /* the list is done; the next one may be loaded */
	VCPU_EXIT_WORK,	 /* .value: how much */
	VCPU_EXIT_RDMSR, /* to be answered */
	VCPU_EXIT_WRMSR, /* .value: what is written; to be answered */
};

struct vcpu_exit {
	enum vcpu_exit_kind kind;
	uint32_t msr;
	uint64_t value;
};

/* Why there can be no such machine here, for a test to say when it is
 * skipped; NULL if there can. */
const char *vm_missing(void);

/*
 * Make a machine of @nr_vcpus, each waiting for a list. @cpuid: what its vCPUs
 * show; @ranges: ended by count 0, NULL none. 0 or -errno. vm_fini() ends it,
 * also after a failure.
 */
int vm_init(struct vm *vm, unsigned int nr_vcpus,
	    const struct kvm_cpuid2 *cpuid, const struct vm_msr_range *ranges);
void vm_fini(struct vm *vm);

/* All that KVM can show, as KVM_GET_SUPPORTED_CPUID says it. NULL: it failed.
 * The caller frees it; it has room for VM_CPUID_MAX entries. */
struct kvm_cpuid2 *vm_supported_cpuid(void);

/* Give @vcpu a list of at most GUEST_ITEMS_MAX - 1 items. Only
 * before the first vcpu_run() and after VCPU_EXIT_END. */
void vcpu_load(struct vcpu *vcpu, const struct guest_item *items, size_t nr);
/* An item of the list, as the vCPU left it. */
const struct guest_item *vcpu_item(const struct vcpu *vcpu, size_t index);

/* Run until the owner has something to do. 0, -EIO: the guest's code went
 * astray, or -errno. */
int vcpu_run(struct vcpu *vcpu, struct vcpu_exit *ret_exit);

/* Answer the exit of an MSR: what was read, or #GP. */
void vcpu_answer(struct vcpu *vcpu, uint64_t value);
void vcpu_answer_fault(struct vcpu *vcpu);

#endif
