/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One physical CPU with its LBR registers, shared by two vCPUs, and when its
 * host saves and restores them: the policies that were proposed. The host sees
 * what KVM would: switches, accesses it intercepts, DEBUGCTL, timers. What it
 * does is counted; what it would cost is the reader's to say.
 */
#ifndef LBRVIRT_TESTS_KVM_HOST_POLICY_H
#define LBRVIRT_TESTS_KVM_HOST_POLICY_H

#include "kvm/lbr_hw.h"

enum { HOST_VCPUS = 2, NS_PER_MS = 1000000, NS_PER_US = 1000 };

struct host;

/* Who sets ACTIVE in the guest, if anybody does. */
enum host_protocol {
	PROTOCOL_NONE,
	PROTOCOL_KERNEL,  /* perf, whenever it schedules the event */
	PROTOCOL_LIBRARY, /* this library, once a recording */
};

struct host_policy {
	const char *name;
	enum host_protocol protocol;
	uint64_t period_ns;
	/* What the host does then; NULL: nothing. @vcpu is the one it is
	 * about: for a timer, the one that it watches. */
	void (*switch_in)(struct host *host, unsigned int vcpu);
	void (*switch_out)(struct host *host, unsigned int vcpu);
	void (*access)(struct host *host, unsigned int vcpu); /* LBR register */
	/* DEBUGCTL.LBR becomes @is_on; the old value is still in place. */
	void (*toggle)(struct host *host, unsigned int vcpu, bool is_on);
	void (*timer)(struct host *host, unsigned int vcpu);
	void (*user_exit)(struct host *host, unsigned int vcpu);
};

/* In the table's order; ended by name NULL. */
extern const struct host_policy host_policies[];
const struct host_policy *host_policy_named(const char *name);

/* Since the start, or since host_forget_counts(). */
struct host_counts {
	uint64_t ran_ns;
	uint64_t switches; /* times it was switched in */
	uint64_t user_exits;
	uint64_t toggles; /* of DEBUGCTL: an exit each, under any policy */
	uint64_t saves;
	uint64_t restores; /* emptying the registers counts as one */
	uint64_t exits;	   /* that the policy causes */
};

struct host_vcpu {
	struct lbr_hw saved;
	uint64_t debugctl;
	uint64_t control;  /* MSR_KVM_PV_LBR_CTRL */
	bool is_in_use;	   /* accesses pass; saved when switched out */
	uint64_t timer_ns; /* when it fires; 0: it is off */
	struct host_counts counts;
};

struct host {
	const struct host_policy *policy;
	uint64_t now_ns;
	int running; /* -1: no vCPU */
	struct lbr_hw lbr;
	int owner; /* whose records they are; -1: nobody's */
	struct host_vcpu vcpus[HOST_VCPUS];
};

void host_init(struct host *host, const struct host_policy *policy);
void host_switch_in(struct host *host, unsigned int vcpu);
void host_switch_out(struct host *host);
/* The next timer that fires; UINT64_MAX: none is set. */
uint64_t host_next_timer(const struct host *host);
/* Let time pass, with the vCPU that is switched in running. */
void host_pass_time(struct host *host, uint64_t ns);
void host_user_exit(struct host *host);
void host_forget_counts(struct host *host, unsigned int vcpu);

/* The running vCPU's instructions. False: the register does not exist. */
bool host_rdmsr(struct host *host, uint32_t msr, uint64_t *ret_value);
bool host_wrmsr(struct host *host, uint32_t msr, uint64_t value);
bool host_is_recording(const struct host *host); /* its DEBUGCTL.LBR */
void host_call(struct host *host, uint64_t from, uint64_t to);
void host_return(struct host *host);

#endif
