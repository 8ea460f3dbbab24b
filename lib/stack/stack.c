/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Chooses among what a sample holds, and carries stacks into call chains and
 * back: the chain has room for addresses only, so what else is known of a
 * stack rides in the sample's weight.
 */
#include "config.h"

#include "stack/stack.h"

#include <assert.h>

#include "stack/lbr.h"
#include "stack/lbr_join.h"
#include "stack/lbr_stitch.h"
#include "stack/unwind_arm64.h"

/* Linux' kernel.perf_event_max_stack unless somebody changed it. */
#define DEFAULT_CHAIN_DEPTH 127

#define CAUSE_SHIFT	    3
#define INTEGRITY_SHIFT	    9
#define RUNS_SHIFT	    13
#define REST_SHIFT	    52
#define NR_RUNS		    3
#define RUN_BITS	    13
#define PROVENANCE_BITS	    3
#define RUN_MAX		    1023

/* The markers that a call chain has between its parts. */
static bool is_marker(uint64_t word)
{
	return word >= (uint64_t)PERF_CONTEXT_MAX;
}

static bool is_in_kernel(const struct lbrvirt_record *record)
{
	return (record->misc & PERF_RECORD_MISC_CPUMODE_MASK) ==
	       PERF_RECORD_MISC_KERNEL;
}

static void push_frame(struct lbrvirt_stack *stack, uint64_t address,
		       uint8_t provenance, bool is_kernel, bool is_return)
{
	if (stack->nr == LBRVIRT_STACK_MAX)
		return;
	stack->frames[stack->nr++] = (struct lbrvirt_frame){
		.address = address,
		.provenance = provenance,
		.is_kernel = is_kernel,
		.is_return = is_return,
	};
}

/*
 * Append one part of the chain, kernel or user; the others, guests' among
 * them, are passed over. A part begins with where its code was, the others
 * are return addresses.
 */
static void append_part(const struct lbrvirt_record *record, bool is_kernel,
			struct lbrvirt_stack *stack)
{
	const struct lbrvirt_sample *sample = &record->sample;
	uint64_t wanted = is_kernel ? (uint64_t)PERF_CONTEXT_KERNEL :
				      (uint64_t)PERF_CONTEXT_USER;
	uint64_t part = is_in_kernel(record) ? (uint64_t)PERF_CONTEXT_KERNEL :
					       (uint64_t)PERF_CONTEXT_USER;
	uint8_t provenance = is_kernel ? LBRVIRT_FROM_KERNEL :
					 LBRVIRT_FROM_CHAIN;
	size_t first = stack->nr;

	for (size_t i = 0; i < sample->nr_callchain; i++) {
		uint64_t word = sample->callchain[i];

		if (is_marker(word))
			part = word;
		else if (part == wanted)
			push_frame(stack, word,
				   stack->nr == first ? LBRVIRT_FROM_SAMPLE :
							provenance,
				   is_kernel, stack->nr != first);
	}
}

/*
 * Registers are numbered by machine, which a sample does not say. x86-64 has
 * 24, of which the kernel gives out no DS to GS; arm and arm64 give out all of
 * their first 16 (arch/x86/kernel/perf_regs.c, arch/arm64 the same, Linux 6.1).
 */
static bool is_x86_64(uint64_t regs_mask)
{
	const uint64_t segments = 0xf000;
	const uint64_t all = 0xffffff;

	return !(regs_mask & segments) && !(regs_mask & ~all);
}

/* Where the user's code was: the sample's address, or, from within the
 * kernel, the registers' or the chain's word for it. 0: not known. */
static uint64_t find_user_leaf(const struct lbrvirt_record *record)
{
	const struct lbrvirt_sample *sample = &record->sample;
	const uint64_t ip_bit = 1u << 8;
	size_t i = 0;

	if (!is_in_kernel(record))
		return sample->ip;
	if (sample->regs_user_abi && sample->regs_user &&
	    is_x86_64(sample->regs_user_mask) &&
	    sample->regs_user_mask & ip_bit)
		return sample->regs_user[__builtin_popcountll(
			sample->regs_user_mask & (ip_bit - 1))];
	while (i < sample->nr_callchain &&
	       sample->callchain[i] != (uint64_t)PERF_CONTEXT_USER)
		i++;
	return i + 1 < sample->nr_callchain ? sample->callchain[i + 1] : 0;
}

static bool has_copy(const struct lbrvirt_record *record)
{
	const struct lbrvirt_event *event = record->event;

	return event && event->attr.sample_type & PERF_SAMPLE_STACK_USER &&
	       event->attr.sample_type & PERF_SAMPLE_REGS_USER &&
	       (is_x86_64(event->attr.sample_regs_user) ||
		unwind_arm64_is_mask(event->attr.sample_regs_user));
}

/* A chain that the kernel made by frame pointers: its last frame tells. */
static void judge_chain(struct unwinder *unwinder,
			const struct process *process,
			const struct lbrvirt_record *record, size_t first_user,
			struct lbrvirt_stack *stack)
{
	const struct lbrvirt_frame *last;
	size_t limit = DEFAULT_CHAIN_DEPTH;
	int is_outermost;

	if (record->event && record->event->attr.sample_max_stack)
		limit = record->event->attr.sample_max_stack;
	if (stack->nr == first_user)
		return;
	if (stack->nr == LBRVIRT_STACK_MAX || stack->nr >= limit) {
		stack->verdict = LBRVIRT_VERDICT_TRUNCATED;
		stack->cause = LBRVIRT_CAUSE_TOO_DEEP;
		return;
	}
	last = &stack->frames[stack->nr - 1];
	is_outermost = unwinder_is_outermost(unwinder, process,
					     last->address - last->is_return);
	if (is_outermost == 1)
		stack->verdict = LBRVIRT_VERDICT_COMPLETE;
	else if (is_outermost == 0)
		stack->verdict = LBRVIRT_VERDICT_BROKEN;
}

static void build_from_chain(struct unwinder *unwinder,
			     const struct process *process,
			     const struct lbrvirt_record *record,
			     bool has_verdict, struct lbrvirt_stack *stack)
{
	size_t first_user = stack->nr;

	append_part(record, false, stack);
	if (stack->nr == 0)
		push_frame(stack, record->sample.ip, LBRVIRT_FROM_SAMPLE,
			   is_in_kernel(record), false);
	if (has_verdict)
		stack_from_weight(stack, record->sample.weight);
	else if (record->sample.nr_callchain)
		judge_chain(unwinder, process, record, first_user, stack);
	unwinder_mark_signals(unwinder, process, stack->frames + first_user,
			      stack->nr - first_user);
}

static void append_kernel(const struct lbrvirt_record *record,
			  struct lbrvirt_stack *stack)
{
	append_part(record, true, stack);
	/* The chain may be without its kernel part and the address not. */
	if (stack->nr == 0 && is_in_kernel(record))
		push_frame(stack, record->sample.ip, LBRVIRT_FROM_SAMPLE, true,
			   false);
}

/*
 * A kernel thread has no user part, and its samples say so by having no user
 * registers (perf_sample_regs_user() in Linux).
 */
static bool is_kernel_thread(const struct lbrvirt_record *record)
{
	return has_copy(record) && is_in_kernel(record) &&
	       record->sample.regs_user_abi == PERF_SAMPLE_REGS_ABI_NONE;
}

/*
 * In exec and exit the old memory is gone, or no longer the one that the
 * registers point into: nothing is copied then, and nothing is wrong.
 */
static void judge_missing_copy(const struct lbrvirt_record *record,
			       struct lbrvirt_stack *stack)
{
	const struct lbrvirt_sample *sample = &record->sample;

	if (stack->verdict != LBRVIRT_VERDICT_BROKEN ||
	    !sample->user_stack_asked || sample->user_stack_size)
		return;
	stack->cause = LBRVIRT_CAUSE_NO_COPY;
	if (is_in_kernel(record))
		stack->verdict = LBRVIRT_VERDICT_UNKNOWN;
}

/* The user part of the call chain: frames by frame pointers. */
static const uint64_t *find_user_part(const struct lbrvirt_sample *sample,
				      size_t *ret_nr)
{
	size_t i = 0;
	size_t nr = 0;

	while (i < sample->nr_callchain &&
	       sample->callchain[i] != (uint64_t)PERF_CONTEXT_USER)
		i++;
	for (i++; i + nr < sample->nr_callchain; nr++) {
		if (is_marker(sample->callchain[i + nr]))
			break;
	}
	*ret_nr = nr;
	return nr ? sample->callchain + i : NULL;
}

/*
 * What could not be unwound to its end, as where files are missing, may be
 * longer in the chain: perf leaves the chain's user part out where it copies
 * stacks, other tools put there what they unwound themselves.
 */
static void prefer_longer_chain(struct unwinder *unwinder,
				const struct process *process,
				const struct lbrvirt_record *record,
				size_t first_user, struct lbrvirt_stack *stack)
{
	size_t nr;

	if (stack->verdict == LBRVIRT_VERDICT_COMPLETE ||
	    !find_user_part(&record->sample, &nr) ||
	    nr <= stack->nr - first_user)
		return;
	stack->nr = first_user;
	stack->verdict = LBRVIRT_VERDICT_UNKNOWN;
	stack->cause = LBRVIRT_CAUSE_NONE;
	build_from_chain(unwinder, process, record, false, stack);
}

/*
 * The records are of no use. Frame pointers are, if they lead all the way up:
 * by chance they do not.
 */
static void fall_back_to_chain(struct unwinder *unwinder,
			       const struct process *process,
			       const uint64_t *addresses, size_t nr,
			       struct lbrvirt_stack *stack)
{
	if (nr < 2 || nr - 1 > LBRVIRT_STACK_MAX - stack->nr ||
	    unwinder_is_outermost(unwinder, process, addresses[nr - 1] - 1) !=
		    1)
		return;
	for (size_t i = 1; i < nr; i++)
		push_frame(stack, addresses[i], LBRVIRT_FROM_FP, false, true);
	stack->verdict = LBRVIRT_VERDICT_COMPLETE;
	stack->cause = LBRVIRT_CAUSE_NONE;
}

static void build_from_lbr(struct unwinder *unwinder,
			   const struct process *process,
			   const struct lbrvirt_record *record,
			   struct lbrvirt_stack *stack)
{
	const struct lbrvirt_sample *sample = &record->sample;
	struct lbr_chain chain;
	const uint64_t *addresses;
	bool is_short;
	size_t nr;

	lbr_read(unwinder, sample, find_user_leaf(record), &chain);
	/* Call-stack mode is Intel's: with another's registers it is a fake. */
	if (has_copy(record) && is_x86_64(sample->regs_user_mask)) {
		lbr_join(unwinder, process, sample, &chain, stack);
		judge_missing_copy(record, stack);
		return;
	}
	lbr_append(unwinder, process, &chain, stack);
	addresses = find_user_part(sample, &nr);
	if (addresses && !lbr_is_good(stack->integrity))
		fall_back_to_chain(unwinder, process, addresses, nr, stack);
	is_short = stack->verdict == LBRVIRT_VERDICT_TRUNCATED &&
		   !(addresses && lbr_join_chain(unwinder, process, &chain,
						 addresses, nr, stack));
	if (lbr_stitch_append(unwinder_stitch(unwinder), record, process->epoch,
			      &chain, is_short ? stack : NULL))
		lbr_judge_end(unwinder, process, &chain, stack);
}

void stack_build(struct unwinder *unwinder, const struct process *process,
		 const struct lbrvirt_record *record, bool has_verdict,
		 struct lbrvirt_stack *ret_stack)
{
	const struct lbrvirt_sample *sample = &record->sample;
	size_t first_user;

	assert(unwinder && process && ret_stack);
	assert(record->type == PERF_RECORD_SAMPLE);
	ret_stack->nr = 0;
	ret_stack->verdict = LBRVIRT_VERDICT_UNKNOWN;
	ret_stack->cause = LBRVIRT_CAUSE_NONE;
	ret_stack->integrity = LBRVIRT_INTEGRITY_NONE;
	append_kernel(record, ret_stack);
	first_user = ret_stack->nr;
	if (is_kernel_thread(record)) {
		ret_stack->verdict = LBRVIRT_VERDICT_COMPLETE;
	} else if (has_verdict && sample->weight && sample->nr_callchain) {
		build_from_chain(unwinder, process, record, true, ret_stack);
	} else if (lbr_is_call_stack(record->event)) {
		build_from_lbr(unwinder, process, record, ret_stack);
	} else if (has_copy(record)) {
		unwinder_append(unwinder, process, sample, ret_stack);
		judge_missing_copy(record, ret_stack);
		prefer_longer_chain(unwinder, process, record, first_user,
				    ret_stack);
	} else {
		build_from_chain(unwinder, process, record, false, ret_stack);
	}
}

/* The first user frame after the leaf. */
static size_t find_first_caller(const struct lbrvirt_stack *stack)
{
	size_t i = 0;

	while (i < stack->nr && stack->frames[i].is_kernel)
		i++;
	return i < stack->nr ? i + 1 : i;
}

uint64_t stack_to_weight(const struct lbrvirt_stack *stack)
{
	uint64_t weight = (uint64_t)stack->verdict |
			  (uint64_t)stack->cause << CAUSE_SHIFT |
			  (uint64_t)stack->integrity << INTEGRITY_SHIFT;
	size_t i = find_first_caller(stack);

	for (unsigned int run = 0; run < NR_RUNS && i < stack->nr; run++) {
		uint64_t provenance = stack->frames[i].provenance;
		uint64_t nr = 0;

		while (i < stack->nr && nr < RUN_MAX &&
		       stack->frames[i].provenance == provenance) {
			i++;
			nr++;
		}
		weight |= (provenance | nr << PROVENANCE_BITS)
			  << (RUNS_SHIFT + run * RUN_BITS);
	}
	if (i < stack->nr)
		weight |= (uint64_t)stack->frames[i].provenance << REST_SHIFT;
	return weight;
}

static void set_provenance(struct lbrvirt_frame *frame, uint64_t provenance)
{
	frame->provenance = provenance > LBRVIRT_FROM_STITCH ?
				    LBRVIRT_FROM_CHAIN :
				    (uint8_t)provenance;
	/* A branch record names the call, not what follows it. */
	frame->is_return = frame->provenance != LBRVIRT_FROM_LBR &&
			   frame->provenance != LBRVIRT_FROM_STITCH;
}

void stack_from_weight(struct lbrvirt_stack *stack, uint64_t weight)
{
	const uint64_t provenance_mask = (1u << PROVENANCE_BITS) - 1;
	size_t i = find_first_caller(stack);

	if (weight == 0)
		return;
	stack->verdict = weight & 0x7;
	stack->cause = weight >> CAUSE_SHIFT & 0x3f;
	stack->integrity = weight >> INTEGRITY_SHIFT & 0xf;
	if (stack->verdict > LBRVIRT_VERDICT_BROKEN)
		stack->verdict = LBRVIRT_VERDICT_UNKNOWN;
	if (stack->integrity > LBRVIRT_INTEGRITY_EMPTY)
		stack->integrity = LBRVIRT_INTEGRITY_NONE;
	for (unsigned int run = 0; run < NR_RUNS; run++) {
		uint64_t word = weight >> (RUNS_SHIFT + run * RUN_BITS);
		uint64_t nr = word >> PROVENANCE_BITS & RUN_MAX;

		for (; nr > 0 && i < stack->nr; nr--, i++)
			set_provenance(&stack->frames[i],
				       word & provenance_mask);
	}
	for (; i < stack->nr; i++)
		set_provenance(&stack->frames[i],
			       weight >> REST_SHIFT & provenance_mask);
}

static size_t put_word(uint64_t *chain, size_t nr, size_t max, uint64_t word)
{
	if (nr < max)
		chain[nr++] = word;
	return nr;
}

size_t stack_to_chain(const struct lbrvirt_stack *stack, uint64_t *ret_chain,
		      size_t max)
{
	size_t nr = 0;

	for (size_t i = 0; i < stack->nr; i++) {
		const struct lbrvirt_frame *frame = &stack->frames[i];

		if (i == 0 ||
		    stack->frames[i - 1].is_kernel != frame->is_kernel)
			nr = put_word(ret_chain, nr, max,
				      frame->is_kernel ?
					      (uint64_t)PERF_CONTEXT_KERNEL :
					      (uint64_t)PERF_CONTEXT_USER);
		nr = put_word(ret_chain, nr, max, frame->address);
	}
	return nr;
}
