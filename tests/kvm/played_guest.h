/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What runs in a guest: a program that calls and returns, and the guest
 * kernel's perf around it, with LBR call stacks as Linux takes them. Beside
 * it, the branch records that the program would have on a CPU of its own: what
 * each sample is judged by.
 */
#ifndef LBRVIRT_TESTS_KVM_PLAYED_GUEST_H
#define LBRVIRT_TESTS_KVM_PLAYED_GUEST_H

#include "kvm/host_policy.h"
#include "kvm/vcpu.h"

enum guest_kind {
	GUEST_USES, /* LBR, from start to end */
	GUEST_USED, /* in the first tenth, then no more */
	GUEST_NEVER_USED,
};

enum {
	GUEST_LEVELS_MAX = 64,
	GUEST_LIST_MAX = 80, /* items: a restore of all registers */
};

/* Samples, by what their branch records were. */
struct guest_samples {
	uint64_t taken;
	uint64_t polluted; /* a record that is not of this stack */
	uint64_t foreign;  /* of these: one of the other guest's */
	uint64_t cut;	   /* right, but older ones are missing */
};

/* The program: requests, each some calls deep, one after the other. */
struct guest_program {
	unsigned int level;
	uint32_t functions[GUEST_LEVELS_MAX];
	uint32_t steps_left; /* of the request; then it returns from all */
};

struct played_guest {
	unsigned int number;
	enum guest_kind kind;
	enum host_protocol protocol;
	uint64_t random;
	uint64_t ends_ns; /* its own time, when GUEST_USED stops */
	uint64_t own_ns;
	int phase;
	uint64_t burst_ns; /* left, of the program's turn on the guest's CPU */
	bool has_ended;
	struct guest_program program;
	struct lbr_hw alone; /* its records on a CPU of its own */
	/* What perf saved of the task, as it read it. */
	uint64_t saved_tos;
	unsigned int nr_saved;
	struct guest_branch saved[LBR_DEPTH];
	struct guest_samples samples;
};

void played_guest_init(struct played_guest *guest, unsigned int number,
		       enum guest_kind kind, enum host_protocol protocol,
		       uint64_t run_ns, uint64_t seed);

/* The next list for the vCPU. Returns how many items. */
size_t played_guest_next(struct played_guest *guest,
			 struct guest_item items[GUEST_LIST_MAX]);
/* The list is done: take what it read. */
void played_guest_done(struct played_guest *guest, const struct vcpu *vcpu);

/* Whether the list takes a sample or saves the task's records. */
bool played_guest_takes_sample(const struct played_guest *guest);

/* Let the program run: one call or return on @host's CPU. */
void played_guest_step(struct played_guest *guest, struct host *host);

/* A random number below @below; moves @state on. */
uint64_t played_random(uint64_t *state, uint64_t below);

#endif
