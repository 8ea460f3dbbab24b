/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The policies. Each is some of six functions, called when KVM would have
 * control anyway or, for interceptions and timers, has it at the price of an
 * exit. DEBUGCTL lies in the VMCS: it is switched with the vCPU for nothing,
 * and writing it is an exit under every policy, which is counted apart.
 */
#include "config.h"

#include "kvm/host_policy.h"

#include <assert.h>
#include <string.h>

#define MSR_PV_LBR_CTRL 0x4b564d05u
#define PV_LBR_ACTIVE	1u

static void save(struct host *host, unsigned int vcpu)
{
	host->vcpus[vcpu].saved = host->lbr;
	host->vcpus[vcpu].counts.saves++;
}

static void restore(struct host *host, unsigned int vcpu)
{
	host->lbr = host->vcpus[vcpu].saved;
	host->owner = (int)vcpu;
	host->vcpus[vcpu].counts.restores++;
}

static void empty(struct host *host, unsigned int vcpu)
{
	memset(&host->lbr, 0, sizeof(host->lbr));
	host->owner = (int)vcpu;
	host->vcpus[vcpu].counts.restores++;
}

static bool is_on(const struct host *host, unsigned int vcpu)
{
	return host->vcpus[vcpu].debugctl & DEBUGCTL_LBR;
}

/* Whoever runs is interrupted, whomever it is about. */
static void take_exit(struct host *host)
{
	if (host->running >= 0)
		host->vcpus[host->running].counts.exits++;
}

/* ---- at every switch ---- */

static void always_in(struct host *host, unsigned int vcpu)
{
	restore(host, vcpu);
}

static void always_out(struct host *host, unsigned int vcpu)
{
	save(host, vcpu);
}

/* The mediated PMU gives the host's registers back to the host. */
static void border_user_exit(struct host *host, unsigned int vcpu)
{
	save(host, vcpu);
	restore(host, vcpu);
}

/* ---- while ACTIVE ---- */

static void active_in(struct host *host, unsigned int vcpu)
{
	if (host->vcpus[vcpu].control & PV_LBR_ACTIVE)
		restore(host, vcpu);
}

static void active_out(struct host *host, unsigned int vcpu)
{
	if (host->vcpus[vcpu].control & PV_LBR_ACTIVE)
		save(host, vcpu);
}

/* ---- lazy ---- */

static void lazy_load(struct host *host, unsigned int vcpu)
{
	restore(host, vcpu);
	host->vcpus[vcpu].is_in_use = true;
}

static void lazy_access(struct host *host, unsigned int vcpu)
{
	if (host->vcpus[vcpu].is_in_use)
		return;
	take_exit(host);
	lazy_load(host, vcpu);
}

/* With LBR on, the CPU is about to write records: as good as an access. */
static void lazy_in(struct host *host, unsigned int vcpu)
{
	if (is_on(host, vcpu))
		lazy_load(host, vcpu);
}

static void lazy_toggle(struct host *host, unsigned int vcpu, bool turns_on)
{
	if (turns_on && !host->vcpus[vcpu].is_in_use)
		lazy_load(host, vcpu);
}

static void lazy_out(struct host *host, unsigned int vcpu)
{
	if (host->vcpus[vcpu].is_in_use)
		save(host, vcpu);
	host->vcpus[vcpu].is_in_use = false;
}

/* ---- in use until a timer says otherwise ---- */

static void watch(struct host *host, unsigned int vcpu)
{
	host->vcpus[vcpu].timer_ns = host->now_ns + host->policy->period_ns;
}

static void take_up(struct host *host, unsigned int vcpu)
{
	host->vcpus[vcpu].is_in_use = true;
	/* Nothing was saved meanwhile. If somebody else had the registers,
	 * they hold nothing of this guest, and what they hold is secret. */
	if (host->owner != (int)vcpu)
		empty(host, vcpu);
	watch(host, vcpu);
}

static void use_in(struct host *host, unsigned int vcpu)
{
	if (host->vcpus[vcpu].is_in_use)
		restore(host, vcpu);
}

static void use_out(struct host *host, unsigned int vcpu)
{
	if (host->vcpus[vcpu].is_in_use)
		save(host, vcpu);
}

static void use_access(struct host *host, unsigned int vcpu)
{
	if (host->vcpus[vcpu].is_in_use)
		return;
	take_exit(host);
	take_up(host, vcpu);
}

static void tick_toggle(struct host *host, unsigned int vcpu, bool turns_on)
{
	if (turns_on && !host->vcpus[vcpu].is_in_use)
		take_up(host, vcpu);
}

/* At each tick: is LBR off just now? */
static void tick_timer(struct host *host, unsigned int vcpu)
{
	take_exit(host);
	if (is_on(host, vcpu))
		watch(host, vcpu);
	else
		host->vcpus[vcpu].is_in_use = false;
}

static void delay_toggle(struct host *host, unsigned int vcpu, bool turns_on)
{
	tick_toggle(host, vcpu, turns_on);
	if (turns_on)
		host->vcpus[vcpu].timer_ns = 0;
	else if (is_on(host, vcpu) && host->vcpus[vcpu].is_in_use)
		watch(host, vcpu);
}

/* LBR has been off for the whole period. */
static void delay_timer(struct host *host, unsigned int vcpu)
{
	take_exit(host);
	host->vcpus[vcpu].is_in_use = false;
}

/* ---- Linux since 5.12: arch/x86/kvm/vmx/pmu_intel.c ---- */

/* The host's event that stands for the guest's use is made: its first
 * scheduling empties the registers (intel_pmu_lbr_add). */
static void event_create(struct host *host, unsigned int vcpu)
{
	host->vcpus[vcpu].is_in_use = true;
	empty(host, vcpu);
}

static void event_access(struct host *host, unsigned int vcpu)
{
	if (host->vcpus[vcpu].is_in_use)
		return;
	take_exit(host);
	event_create(host, vcpu);
}

static void event_toggle(struct host *host, unsigned int vcpu, bool turns_on)
{
	if (turns_on && !host->vcpus[vcpu].is_in_use)
		event_create(host, vcpu);
}

/* Host perf restores; then intel_pmu_cleanup() ends the event if LBR is off. */
static void event_in(struct host *host, unsigned int vcpu)
{
	use_in(host, vcpu);
	if (!is_on(host, vcpu))
		host->vcpus[vcpu].is_in_use = false;
}

#define TICK(ms)                                                  \
	{                                                         \
		.name = "timer looks at LBR every " #ms " ms",    \
		.period_ns = (ms)*NS_PER_MS, .switch_in = use_in, \
		.switch_out = use_out, .access = use_access,      \
		.toggle = tick_toggle, .timer = tick_timer,       \
	}

#define DELAY(ms)                                                             \
	{                                                                     \
		.name = "timer, LBR off for " #ms " ms",                      \
		.period_ns = (uint64_t)((ms)*NS_PER_MS), .switch_in = use_in, \
		.switch_out = use_out, .access = use_access,                  \
		.toggle = delay_toggle, .timer = delay_timer,                 \
	}

const struct host_policy host_policies[] = {
	{ .name = "never" },
	{ .name = "while ACTIVE, set by the guest's perf",
	  .protocol = PROTOCOL_KERNEL,
	  .switch_in = active_in,
	  .switch_out = active_out },
	{ .name = "while ACTIVE, set by this library",
	  .protocol = PROTOCOL_LIBRARY,
	  .switch_in = active_in,
	  .switch_out = active_out },
	{ .name = "lazy, MSRs only",
	  .switch_out = lazy_out,
	  .access = lazy_access },
	{ .name = "lazy, MSRs and LBR on",
	  .switch_in = lazy_in,
	  .switch_out = lazy_out,
	  .access = lazy_access,
	  .toggle = lazy_toggle },
	TICK(1),
	TICK(10),
	TICK(100),
	DELAY(0.1),
	DELAY(1),
	DELAY(10),
	DELAY(100),
	{ .name = "Linux since 5.12",
	  .switch_in = event_in,
	  .switch_out = use_out,
	  .access = event_access,
	  .toggle = event_toggle },
	{ .name = "every switch",
	  .switch_in = always_in,
	  .switch_out = always_out },
	{ .name = "mediated, at vCPU scheduling",
	  .switch_in = always_in,
	  .switch_out = always_out },
	{ .name = "mediated, at KVM_RUN's borders",
	  .switch_in = always_in,
	  .switch_out = always_out,
	  .user_exit = border_user_exit },
	{ .name = NULL },
};

const struct host_policy *host_policy_named(const char *name)
{
	const struct host_policy *policy = host_policies;

	while (policy->name && strcmp(policy->name, name) != 0)
		policy++;
	return policy->name ? policy : NULL;
}

void host_init(struct host *host, const struct host_policy *policy)
{
	memset(host, 0, sizeof(*host));
	host->policy = policy;
	host->running = -1;
	host->owner = -1;
}

void host_switch_in(struct host *host, unsigned int vcpu)
{
	assert(host->running < 0 && vcpu < HOST_VCPUS);
	host->running = (int)vcpu;
	host->vcpus[vcpu].counts.switches++;
	if (host->policy->switch_in)
		host->policy->switch_in(host, vcpu);
}

void host_switch_out(struct host *host)
{
	assert(host->running >= 0);
	if (host->policy->switch_out)
		host->policy->switch_out(host, (unsigned int)host->running);
	host->running = -1;
}

uint64_t host_next_timer(const struct host *host)
{
	uint64_t next = UINT64_MAX;

	for (unsigned int i = 0; i < HOST_VCPUS; i++) {
		uint64_t timer = host->vcpus[i].timer_ns;

		if (timer && timer < next)
			next = timer;
	}
	return next;
}

void host_pass_time(struct host *host, uint64_t ns)
{
	assert(host->running >= 0);
	host->now_ns += ns;
	host->vcpus[host->running].counts.ran_ns += ns;
	for (unsigned int i = 0; i < HOST_VCPUS; i++) {
		struct host_vcpu *vcpu = &host->vcpus[i];

		if (!vcpu->timer_ns || vcpu->timer_ns > host->now_ns)
			continue;
		vcpu->timer_ns = 0;
		host->policy->timer(host, i);
	}
}

void host_user_exit(struct host *host)
{
	assert(host->running >= 0);
	host->vcpus[host->running].counts.user_exits++;
	if (host->policy->user_exit)
		host->policy->user_exit(host, (unsigned int)host->running);
}

void host_forget_counts(struct host *host, unsigned int vcpu)
{
	memset(&host->vcpus[vcpu].counts, 0, sizeof(host->vcpus[vcpu].counts));
}

bool host_rdmsr(struct host *host, uint32_t msr, uint64_t *ret_value)
{
	unsigned int vcpu = (unsigned int)host->running;
	uint64_t *reg = lbr_hw_register(&host->lbr, msr);

	if (msr == MSR_PV_LBR_CTRL) {
		take_exit(host);
		*ret_value = host->vcpus[vcpu].control;
		return true;
	}
	if (!reg)
		return false;
	if (host->policy->access)
		host->policy->access(host, vcpu);
	*ret_value = *reg;
	return true;
}

static void write_debugctl(struct host *host, uint64_t value)
{
	unsigned int vcpu = (unsigned int)host->running;

	host->vcpus[vcpu].counts.toggles++;
	if (host->policy->toggle)
		host->policy->toggle(host, vcpu, value & DEBUGCTL_LBR);
	host->vcpus[vcpu].debugctl = value;
}

bool host_wrmsr(struct host *host, uint32_t msr, uint64_t value)
{
	unsigned int vcpu = (unsigned int)host->running;
	uint64_t *reg = lbr_hw_register(&host->lbr, msr);

	if (msr == MSR_PV_LBR_CTRL) {
		take_exit(host);
		if (value & ~(uint64_t)PV_LBR_ACTIVE)
			return false;
		host->vcpus[vcpu].control = value;
		return true;
	}
	if (msr == MSR_DEBUGCTL) {
		write_debugctl(host, value);
		return true;
	}
	if (!reg || (msr == MSR_LBR_TOS && value >= LBR_DEPTH))
		return false;
	if (host->policy->access)
		host->policy->access(host, vcpu);
	*reg = value;
	return true;
}

bool host_is_recording(const struct host *host)
{
	return is_on(host, (unsigned int)host->running);
}

void host_call(struct host *host, uint64_t from, uint64_t to)
{
	if (host_is_recording(host))
		lbr_hw_call(&host->lbr, from, to);
}

void host_return(struct host *host)
{
	if (host_is_recording(host))
		lbr_hw_return(&host->lbr);
}
