/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Two guests on two real vCPUs, which take turns on one played physical CPU.
 * Every access of theirs to an LBR register is a real exit, answered out of
 * that CPU; between two of them the schedule may switch to the other guest, in
 * the middle of an interrupt handler too. Time is played: a run is the same on
 * every machine.
 */
#ifndef LBRVIRT_TESTS_KVM_PLAY_H
#define LBRVIRT_TESTS_KVM_PLAY_H

#include "kvm/host_policy.h"
#include "kvm/played_guest.h"

struct play_opts {
	const struct host_policy *policy;
	enum guest_kind kinds[HOST_VCPUS];
	uint64_t run_ns;
	uint64_t seed;
};

struct play_result {
	struct guest_samples samples;
	/* Switched out between LBR off and the end of the reads. */
	uint64_t caught;
	/* Of a guest that used LBR: from the end of its recording on. */
	struct host_counts counts;
};

/* Play. @cpuid: what the vCPUs show. 0 or -errno. */
int play_run(const struct kvm_cpuid2 *cpuid, const struct play_opts *opts,
	     struct play_result ret_results[HOST_VCPUS]);

/* What an exit costs here, in ticks of the TSC. */
struct play_prices {
	uint64_t kernel; /* a CPUID of a vCPU, which KVM answers by itself */
	uint64_t user;	 /* an RDMSR of a vCPU, answered by this program */
	uint64_t own;	 /* a CPUID of this program's: an exit in a guest */
};

/* Measure. 0 or -errno. */
int play_measure(const struct kvm_cpuid2 *cpuid,
		 struct play_prices *ret_prices);

#endif
