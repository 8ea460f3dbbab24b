/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The schedule, and what each exit of a vCPU means for the played CPU. The
 * play's clock counts what the guest's instructions would take; what a policy
 * costs is counted and not played, so that all policies meet the same guests.
 */
#include "config.h"

#include "kvm/play.h"

#include <cpuid.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <x86intrin.h>

/* The document names these figures. */
#define SLICE_NS     (250 * NS_PER_US) /* and up to seven times more */
#define USER_EXIT_NS (1 * NS_PER_MS)   /* of running, and up to twice more */
#define STEP_NS	     (5 * NS_PER_US)   /* between calls or returns */
#define ACCESS_NS    100
/* Turning LBR off: from then on perf's handler reads and acknowledges the
 * counters' status before it comes to the branch records. */
#define TOGGLE_NS (5 * NS_PER_US)

struct actor {
	struct vm vm;
	struct played_guest guest;
	uint64_t work_ns;      /* left */
	uint64_t step_ns;      /* until the program's next call or return */
	uint64_t user_exit_ns; /* until the next exit to user space */
	bool has_exit;	       /* an access that waits for its answer */
	struct vcpu_exit exit;
	uint64_t caught;
};

struct play {
	struct host host;
	struct actor actors[HOST_VCPUS];
	uint64_t random;
	uint64_t slice_end_ns;
};

static const struct vm_msr_range lbr_ranges[] = {
	{ MSR_LBR_SELECT, 2, .reads = true, .writes = true },
	{ MSR_DEBUGCTL, 1, .reads = true, .writes = true },
	{ MSR_LBR_FROM, LBR_DEPTH, .reads = true, .writes = true },
	{ MSR_LBR_TO, LBR_DEPTH, .reads = true, .writes = true },
	{ 0x4b564d05, 1, .reads = true, .writes = true },
	{ 0 },
};

static uint64_t min_of(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static struct actor *running(struct play *play)
{
	return &play->actors[play->host.running];
}

/* Time in which the program of the running guest goes on. */
static void work(struct play *play, uint64_t ns)
{
	struct actor *actor = running(play);

	host_pass_time(&play->host, ns);
	while (ns >= actor->step_ns) {
		ns -= actor->step_ns;
		actor->step_ns = STEP_NS;
		played_guest_step(&actor->guest, &play->host);
	}
	actor->step_ns -= ns;
}

/* Work until it is done, or something else is due. */
static void work_on(struct play *play)
{
	struct actor *actor = running(play);
	struct host *host = &play->host;
	uint64_t ns = min_of(actor->work_ns, actor->user_exit_ns);
	uint64_t due = min_of(host_next_timer(host), play->slice_end_ns);

	if (due > host->now_ns)
		ns = min_of(ns, due - host->now_ns);
	work(play, ns);
	actor->work_ns -= ns;
	actor->user_exit_ns -= ns;
	if (actor->user_exit_ns == 0) {
		actor->user_exit_ns =
			USER_EXIT_NS +
			played_random(&play->random, 2 * USER_EXIT_NS);
		host_user_exit(host);
	}
}

static int answer(struct play *play)
{
	struct actor *actor = running(play);
	struct vcpu *vcpu = &actor->vm.vcpus[0];
	struct host *host = &play->host;
	uint32_t msr = actor->exit.msr;
	uint64_t value = 0;
	bool exists;

	actor->has_exit = false;
	if (actor->exit.kind == VCPU_EXIT_WRMSR)
		exists = host_wrmsr(host, msr, actor->exit.value);
	else
		exists = host_rdmsr(host, msr, &value);
	if (!exists)
		return -EIO;
	vcpu_answer(vcpu, value);
	host_pass_time(host, msr == MSR_DEBUGCTL ? TOGGLE_NS : ACCESS_NS);
	return 0;
}

static void load_next(struct play *play)
{
	struct actor *actor = running(play);
	struct guest_item items[GUEST_LIST_MAX];
	size_t nr = played_guest_next(&actor->guest, items);

	vcpu_load(&actor->vm.vcpus[0], items, nr);
}

static void end_list(struct play *play)
{
	struct actor *actor = running(play);
	bool had_ended = actor->guest.has_ended;

	played_guest_done(&actor->guest, &actor->vm.vcpus[0]);
	if (actor->guest.has_ended && !had_ended)
		host_forget_counts(&play->host,
				   (unsigned int)play->host.running);
	load_next(play);
}

/* Whatever is next on the running vCPU. */
static int go_on(struct play *play)
{
	struct actor *actor = running(play);
	int err;

	if (actor->work_ns) {
		work_on(play);
		return 0;
	}
	if (actor->has_exit)
		return answer(play);
	err = vcpu_run(&actor->vm.vcpus[0], &actor->exit);
	if (err)
		return err;
	if (actor->exit.kind == VCPU_EXIT_END)
		end_list(play);
	else if (actor->exit.kind == VCPU_EXIT_WORK)
		actor->work_ns = actor->exit.value;
	else
		actor->has_exit = true;
	return 0;
}

/* perf, or the program's task, is about to be read. */
static bool is_reading(struct play *play)
{
	const struct played_guest *guest = &running(play)->guest;

	return played_guest_takes_sample(guest) &&
	       !host_is_recording(&play->host);
}

static int play_slice(struct play *play, unsigned int vcpu)
{
	int err = 0;

	play->slice_end_ns +=
		SLICE_NS + played_random(&play->random, 7 * SLICE_NS);
	host_switch_in(&play->host, vcpu);
	while (!err && play->host.now_ns < play->slice_end_ns)
		err = go_on(play);
	running(play)->caught += is_reading(play);
	host_switch_out(&play->host);
	return err;
}

static int start_guest(struct play *play, unsigned int number,
		       const struct kvm_cpuid2 *cpuid,
		       const struct play_opts *opts)
{
	struct actor *actor = &play->actors[number];
	struct guest_item items[GUEST_LIST_MAX];
	int err = vm_init(&actor->vm, 1, cpuid, lbr_ranges);

	actor->step_ns = STEP_NS;
	actor->user_exit_ns = USER_EXIT_NS;
	played_guest_init(&actor->guest, number, opts->kinds[number],
			  opts->policy->protocol, opts->run_ns / HOST_VCPUS,
			  opts->seed);
	if (!err)
		vcpu_load(&actor->vm.vcpus[0], items,
			  played_guest_next(&actor->guest, items));
	return err;
}

int play_run(const struct kvm_cpuid2 *cpuid, const struct play_opts *opts,
	     struct play_result ret_results[HOST_VCPUS])
{
	struct play *play = calloc(1, sizeof(*play));
	int err = 0;

	if (!play)
		return -ENOMEM;
	play->random = opts->seed;
	host_init(&play->host, opts->policy);
	for (unsigned int i = 0; i < HOST_VCPUS; i++) {
		int failed = start_guest(play, i, cpuid, opts);

		err = err ? err : failed;
	}
	for (unsigned int turn = 0; !err && play->host.now_ns < opts->run_ns;
	     turn++)
		err = play_slice(play, turn % HOST_VCPUS);
	for (unsigned int i = 0; i < HOST_VCPUS; i++) {
		ret_results[i].samples = play->actors[i].guest.samples;
		ret_results[i].counts = play->host.vcpus[i].counts;
		ret_results[i].caught = play->actors[i].caught;
		vm_fini(&play->actors[i].vm);
	}
	free(play);
	return err;
}

enum { MEASURE_ITEMS = 1000, MEASURE_TURNS = 5, MEASURE_OWN = 1001 };

/* The fastest of some turns: what disturbs only adds. */
static int measure_list(struct vcpu *vcpu, enum guest_op op,
			uint64_t *ret_ticks)
{
	static struct guest_item items[MEASURE_ITEMS];
	struct vcpu_exit exit;

	for (int i = 0; i < MEASURE_ITEMS; i++)
		items[i] = (struct guest_item){ .op = (uint16_t)op,
						.ecx = MSR_LBR_TOS };
	*ret_ticks = UINT64_MAX;
	for (int i = 0; i < MEASURE_TURNS; i++) {
		uint64_t begin;
		int err;

		vcpu_load(vcpu, items, MEASURE_ITEMS);
		begin = __rdtsc();
		do {
			err = vcpu_run(vcpu, &exit);
			if (!err && exit.kind != VCPU_EXIT_END)
				vcpu_answer(vcpu, 0);
		} while (!err && exit.kind != VCPU_EXIT_END);
		if (err)
			return err;
		*ret_ticks = min_of(*ret_ticks, __rdtsc() - begin);
	}
	return 0;
}

static int compare_ticks(const void *a, const void *b)
{
	uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;

	return (left > right) - (left < right);
}

/* The median: the TSC stops for nobody, least of all for an interrupt. */
static uint64_t measure_own(void)
{
	uint64_t ticks[MEASURE_OWN];

	for (int i = 0; i < MEASURE_OWN; i++) {
		unsigned int eax, ebx, ecx, edx;
		uint64_t begin = __rdtsc();

		__cpuid(0, eax, ebx, ecx, edx);
		ticks[i] = __rdtsc() - begin;
	}
	qsort(ticks, MEASURE_OWN, sizeof(*ticks), compare_ticks);
	return ticks[MEASURE_OWN / 2];
}

int play_measure(const struct kvm_cpuid2 *cpuid, struct play_prices *ret_prices)
{
	static const enum guest_op ops[] = { GUEST_OP_NOTHING, GUEST_OP_CPUID,
					     GUEST_OP_RDMSR };
	uint64_t ticks[3] = { 0 };
	struct vm vm;
	int err = vm_init(&vm, 1, cpuid, lbr_ranges);

	for (int i = 0; !err && i < 3; i++)
		err = measure_list(&vm.vcpus[0], ops[i], &ticks[i]);
	vm_fini(&vm);
	if (err)
		return err;
	for (int i = 1; i < 3; i++)
		ticks[i] -= min_of(ticks[i], ticks[0]);
	ret_prices->kernel = ticks[1] / MEASURE_ITEMS;
	ret_prices->user = ticks[2] / MEASURE_ITEMS;
	ret_prices->own = measure_own();
	return 0;
}
