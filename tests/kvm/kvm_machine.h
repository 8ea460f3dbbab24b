/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A machine whose CPUID, RDMSR and WRMSR are executed by vCPUs under /dev/kvm,
 * one a CPU; files and perf events are those of the fake machine. The accesses
 * that KVM hands to user space are answered by a host that the test plays, and
 * kept in order.
 *
 * Only the process that made a vCPU can run it, and the library accesses MSRs
 * from other processes too. So a thread runs the vCPUs and everybody, here or
 * in a child, asks it through a socket that is found by its name.
 */
#ifndef LBRVIRT_TESTS_KVM_KVM_MACHINE_H
#define LBRVIRT_TESTS_KVM_KVM_MACHINE_H

#include <pthread.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "kvm/vcpu.h"
#include "support/fake_machine.h"

enum { KVM_ACCESSES_MAX = 4096 };

struct kvm_access {
	unsigned int cpu;
	uint32_t msr;
	bool is_write;
	bool has_faulted;
	uint64_t value; /* read or written */
};

/* The host that is played. Called in the thread that runs the vCPUs. */
struct kvm_host {
	/* An access that came to user space: true and *@value, or false: it
	 * faults. For a write *@value is what is written. */
	bool (*answer)(struct kvm_host *host, unsigned int cpu, uint32_t msr,
		       bool is_write, uint64_t *value);
};

struct kvm_machine {
	struct fake_machine fake; /* first: its machine is the one passed on */
	struct machine_ops ops;
	struct vm vm;
	struct kvm_host *host;
	pthread_t thread;
	bool has_thread;
	int listener;
	struct sockaddr_un name;
	socklen_t name_size;
	pthread_mutex_t lock; /* of what follows */
	size_t nr_accesses;
	struct kvm_access accesses[KVM_ACCESSES_MAX];
};

/* What a machine is made of. */
struct kvm_machine_opts {
	unsigned int nr_cpus;
	const struct kvm_cpuid2 *cpuid;
	const struct vm_msr_range *ranges; /* that come to @host */
	struct kvm_host *host;
	const struct fake_file *files;
};

/* Start one. 0 or -errno; kvm_machine_fini() ends it, also after a failure.
 * Pass &kvm->fake.machine on. */
int kvm_machine_init(struct kvm_machine *kvm,
		     const struct kvm_machine_opts *opts);
void kvm_machine_fini(struct kvm_machine *kvm);

/* How many accesses came to the host so far, and a copy of one of them. */
size_t kvm_machine_access_count(struct kvm_machine *kvm);
struct kvm_access kvm_machine_access(struct kvm_machine *kvm, size_t index);
void kvm_machine_forget(struct kvm_machine *kvm);

/* An MSR as KVM itself holds it, past the guest and the filter; and to change
 * it there. 0 or -errno. */
int kvm_machine_peek(struct kvm_machine *kvm, unsigned int cpu, uint32_t msr,
		     uint64_t *ret_value);
int kvm_machine_poke(struct kvm_machine *kvm, unsigned int cpu, uint32_t msr,
		     uint64_t value);

#endif
