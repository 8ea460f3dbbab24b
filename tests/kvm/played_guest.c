/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * perf's use of the registers, in the order of arch/x86/events/intel/lbr.c:
 * interrupt: LBR off, TOS, records from the newest to the first empty one, LBR
 * on. Task out: LBR off, the same reads, kept. Task in: every record written,
 * TOS, LBR on. The guest kernel of 2018 sets ACTIVE before that and clears it
 * after the task is out.
 */
#include "config.h"

#include "kvm/played_guest.h"

#include <assert.h>
#include <string.h>

/* The document names these figures. */
#define SAMPLE_NS	 (1 * NS_PER_MS)
#define BURST_NS	 (4 * NS_PER_MS)
#define OTHER_NS	 (2 * NS_PER_MS)
#define REQUEST_STEPS	 400
#define LEVEL_USUAL	 10
#define FUNCTIONS	 4096
#define LBR_SELECT_CALLS 0x3c5 /* user space's calls and returns */
#define MSR_PV_LBR_CTRL	 0x4b564d05u

enum phase {
	PHASE_BEGIN,
	PHASE_TASK_IN,
	PHASE_SAMPLE,
	PHASE_TASK_OUT,
	PHASE_OTHER,
	PHASE_QUIET,
};

/* splitmix64: any seed will do. */
uint64_t played_random(uint64_t *state, uint64_t below)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15ull;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
	return (z ^ (z >> 31)) % below;
}

/* From @ns to three times that. */
static uint64_t draw_span(struct played_guest *guest, uint64_t ns)
{
	return ns + played_random(&guest->random, 2 * ns);
}

void played_guest_init(struct played_guest *guest, unsigned int number,
		       enum guest_kind kind, enum host_protocol protocol,
		       uint64_t run_ns, uint64_t seed)
{
	memset(guest, 0, sizeof(*guest));
	guest->number = number;
	guest->kind = kind;
	guest->protocol = protocol;
	guest->random = seed * 2 + number;
	guest->ends_ns = kind == GUEST_USED ? run_ns / 10 : UINT64_MAX;
	guest->phase = kind == GUEST_NEVER_USED ? PHASE_QUIET : PHASE_BEGIN;
}

/* ---- the program ---- */

/* Which guest an address is of can be told from the address. */
static uint64_t address_of(const struct played_guest *guest, uint32_t function,
			   uint64_t offset)
{
	return (uint64_t)(guest->number + 1) << 40 | (uint64_t)function << 12 |
	       offset;
}

static void call(struct played_guest *guest, struct host *host)
{
	struct guest_program *program = &guest->program;
	uint32_t caller = program->functions[program->level];
	uint32_t callee = (uint32_t)played_random(&guest->random, FUNCTIONS);
	uint64_t from = address_of(guest, caller,
				   8 + played_random(&guest->random, 4000));
	uint64_t to = address_of(guest, callee, 0);

	program->functions[++program->level] = callee;
	host_call(host, from, to);
	lbr_hw_call(&guest->alone, from, to);
}

static void go_back(struct played_guest *guest, struct host *host)
{
	guest->program.level--;
	host_return(host);
	lbr_hw_return(&guest->alone);
}

void played_guest_step(struct played_guest *guest, struct host *host)
{
	struct guest_program *program = &guest->program;
	uint64_t level = program->level;

	if (!host_is_recording(host))
		return;
	if (program->steps_left == 0 && level > 0) {
		go_back(guest, host);
		return;
	}
	if (program->steps_left == 0)
		program->steps_left =
			(uint32_t)(REQUEST_STEPS +
				   played_random(&guest->random,
						 8 * REQUEST_STEPS));
	program->steps_left--;
	/* The deeper, the likelier a return: half and half at LEVEL_USUAL. */
	if (level == 0 ||
	    (level + 1 < GUEST_LEVELS_MAX &&
	     played_random(&guest->random, 2 * LEVEL_USUAL) >= level))
		call(guest, host);
	else
		go_back(guest, host);
}

/* ---- the guest's perf ---- */

static size_t add(struct guest_item *items, size_t nr, enum guest_op op,
		  uint32_t ecx, uint64_t value)
{
	assert(nr < GUEST_LIST_MAX);
	items[nr] = (struct guest_item){ .op = (uint16_t)op,
					 .eax = (uint32_t)value,
					 .ecx = ecx,
					 .edx = (uint32_t)(value >> 32) };
	return nr + 1;
}

static size_t add_work(struct played_guest *guest, struct guest_item *items,
		       size_t nr, uint64_t ns)
{
	guest->own_ns += ns;
	return add(items, nr, GUEST_OP_WORK, 0, ns);
}

static size_t add_sample(struct guest_item *items, size_t nr, uint32_t debugctl)
{
	nr = add(items, nr, GUEST_OP_SAMPLE, 0, LBR_DEPTH);
	items[nr - 1].ebx = GUEST_SAMPLE;
	items[nr - 1].edx = debugctl;
	return nr;
}

static size_t add_control(struct guest_item *items, size_t nr, uint32_t value)
{
	nr = add(items, nr, GUEST_OP_RDMSR, MSR_PV_LBR_CTRL, 0);
	return add(items, nr, GUEST_OP_WRMSR, MSR_PV_LBR_CTRL, value);
}

static size_t list_task_in(struct played_guest *guest, struct guest_item *items)
{
	size_t nr = 0;

	if (guest->protocol == PROTOCOL_KERNEL)
		nr = add_control(items, nr, 1);
	for (unsigned int i = 0; i < LBR_DEPTH; i++) {
		struct guest_branch branch = { 0, 0 };
		uint32_t slot = (uint32_t)(guest->saved_tos + LBR_DEPTH - i) %
				LBR_DEPTH;

		if (i < guest->nr_saved)
			branch = guest->saved[i];
		nr = add(items, nr, GUEST_OP_WRMSR, MSR_LBR_FROM + slot,
			 branch.from);
		nr = add(items, nr, GUEST_OP_WRMSR, MSR_LBR_TO + slot,
			 branch.to);
	}
	nr = add(items, nr, GUEST_OP_WRMSR, MSR_LBR_TOS, guest->saved_tos);
	nr = add(items, nr, GUEST_OP_WRMSR, MSR_LBR_SELECT, LBR_SELECT_CALLS);
	nr = add(items, nr, GUEST_OP_WRMSR, MSR_DEBUGCTL, DEBUGCTL_LBR);
	guest->burst_ns = draw_span(guest, BURST_NS);
	return nr;
}

static size_t list_sample(struct played_guest *guest, struct guest_item *items)
{
	uint64_t ns = SAMPLE_NS * 9 / 10 +
		      played_random(&guest->random, SAMPLE_NS / 5);
	size_t nr = add_work(guest, items, 0, ns);

	guest->burst_ns -= ns < guest->burst_ns ? ns : guest->burst_ns;
	return add_sample(items, nr, DEBUGCTL_LBR);
}

static size_t list_task_out(struct played_guest *guest,
			    struct guest_item *items)
{
	size_t nr = add_work(guest, items, 0, guest->burst_ns);

	nr = add_sample(items, nr, 0);
	if (guest->protocol == PROTOCOL_KERNEL)
		nr = add_control(items, nr, 0);
	return nr;
}

static size_t list_of_phase(struct played_guest *guest,
			    struct guest_item *items)
{
	switch ((enum phase)guest->phase) {
	case PHASE_BEGIN:
		return guest->protocol == PROTOCOL_LIBRARY ?
			       add_control(items, 0, 1) :
			       0;
	case PHASE_TASK_IN:
		return list_task_in(guest, items);
	case PHASE_SAMPLE:
		return list_sample(guest, items);
	case PHASE_TASK_OUT:
		return list_task_out(guest, items);
	case PHASE_OTHER:
		return add_work(guest, items, 0, draw_span(guest, OTHER_NS));
	case PHASE_QUIET:
	default:
		return add_work(guest, items, 0, NS_PER_MS);
	}
}

size_t played_guest_next(struct played_guest *guest,
			 struct guest_item items[GUEST_LIST_MAX])
{
	size_t nr = list_of_phase(guest, items);

	/* Put back, at the end of the recording, what was there before. */
	if (guest->phase == PHASE_TASK_OUT && guest->own_ns >= guest->ends_ns &&
	    guest->protocol == PROTOCOL_LIBRARY)
		nr = add_control(items, nr, 0);
	return nr;
}

/* ---- what it read ---- */

/* A record may also be torn: emptied between the reads of its two halves. */
static bool is_foreign(const struct played_guest *guest,
		       const struct guest_branch *branch)
{
	uint64_t number = (branch->from | branch->to) >> 40;

	return number && number != guest->number + 1;
}

static void judge(struct played_guest *guest, const struct guest_branch *read,
		  unsigned int nr)
{
	struct guest_branch right[LBR_DEPTH];
	unsigned int nr_right = lbr_hw_read_stack(&guest->alone, right);
	unsigned int same = 0;
	bool has_foreign = false;

	while (same < nr && same < nr_right &&
	       memcmp(&read[same], &right[same], sizeof(*read)) == 0)
		same++;
	for (unsigned int i = same; i < nr; i++)
		has_foreign = has_foreign || is_foreign(guest, &read[i]);
	guest->samples.taken++;
	if (same < nr)
		guest->samples.polluted++;
	else if (same < nr_right)
		guest->samples.cut++;
	if (has_foreign)
		guest->samples.foreign++;
}

static unsigned int read_sample(const struct vcpu *vcpu, uint64_t *ret_tos,
				struct guest_branch read[LBR_DEPTH])
{
	const unsigned char *at = vcpu->segment + GUEST_SAMPLE;
	/* The second item of both lists that take one. */
	uint32_t end = vcpu_item(vcpu, 1)->ebx;
	size_t size = end - GUEST_SAMPLE - sizeof(uint64_t);

	assert(end >= GUEST_SAMPLE + sizeof(uint64_t) &&
	       size <= LBR_DEPTH * sizeof(*read));
	memcpy(ret_tos, at, sizeof(*ret_tos));
	memcpy(read, at + sizeof(*ret_tos), size);
	return (unsigned int)(size / sizeof(*read));
}

static int phase_after_sample(const struct played_guest *guest)
{
	return guest->burst_ns > SAMPLE_NS * 11 / 10 ? PHASE_SAMPLE :
						       PHASE_TASK_OUT;
}

void played_guest_done(struct played_guest *guest, const struct vcpu *vcpu)
{
	struct guest_branch read[LBR_DEPTH];
	uint64_t tos;

	switch ((enum phase)guest->phase) {
	case PHASE_BEGIN:
		guest->phase = PHASE_TASK_IN;
		break;
	case PHASE_TASK_IN:
		guest->phase = phase_after_sample(guest);
		break;
	case PHASE_SAMPLE:
		judge(guest, read, read_sample(vcpu, &tos, read));
		guest->phase = phase_after_sample(guest);
		break;
	case PHASE_TASK_OUT:
		guest->nr_saved =
			read_sample(vcpu, &guest->saved_tos, guest->saved);
		guest->has_ended = guest->own_ns >= guest->ends_ns;
		guest->phase = guest->has_ended ? PHASE_QUIET : PHASE_OTHER;
		break;
	case PHASE_OTHER:
		guest->phase = PHASE_TASK_IN;
		break;
	case PHASE_QUIET:
	default:
		break;
	}
}

bool played_guest_takes_sample(const struct played_guest *guest)
{
	return guest->phase == PHASE_SAMPLE || guest->phase == PHASE_TASK_OUT;
}
