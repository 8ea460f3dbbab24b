/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The stack copy holds every return address, but needs unwind rows to find
 * them; the branch records hold the newest calls, and need nothing. A frame is
 * the same in both if the return address follows the call. So the two can check
 * each other, and each can carry on where the other ends.
 */
#include "config.h"

#include "stack/lbr_join.h"

#include <string.h>

#include "stack/unwind_state.h"

/* So many calls may have been left by longjmp, or have no record. */
#define SKIP_MAX 32

/* The stack under way. */
struct join {
	struct unwinder *unwinder;
	const struct process *process;
	struct lbr_chain *chain;
	struct lbrvirt_stack *stack;
	size_t at;   /* next frame of the stack to be compared */
	size_t call; /* next record of the chain to be compared */
	uint8_t integrity;
};

static void worsen(struct join *join, uint8_t integrity)
{
	if (integrity > join->integrity)
		join->integrity = integrity;
}

static uint64_t call_from(const struct join *join, size_t call)
{
	return join->chain->branches[call].from;
}

static bool is_same(const struct join *join, size_t at, size_t call)
{
	return lbr_is_return_of(join->stack->frames[at].address,
				call_from(join, call));
}

/* Both know this frame: it is the record's, which names the call itself. */
static void take_call(struct join *join)
{
	struct lbrvirt_frame *frame = &join->stack->frames[join->at++];

	frame->address = call_from(join, join->call++);
	frame->provenance = LBRVIRT_FROM_LBR;
	frame->is_return = false;
}

/* Check the records from the next one on, by where the last frame lies. */
static void check_rest(struct join *join, size_t last)
{
	const struct lbrvirt_frame *frame = &join->stack->frames[last];

	lbr_check(join->unwinder, join->process, join->call,
		  frame->address - frame->is_return, join->chain);
}

/*
 * A frame pointer passes over functions that keep none. Put in those of the
 * records before @end that the code confirms. False: it confirms none.
 */
static bool insert_calls(struct join *join, size_t end)
{
	struct lbrvirt_stack *stack = join->stack;
	struct lbr_chain *chain = join->chain;
	size_t nr = 0;

	check_rest(join, join->at - 1);
	while (nr < chain->nr_calls && chain->calls[nr] < end)
		nr++;
	if (nr == 0 || nr == chain->nr_calls || chain->calls[nr] != end ||
	    nr > LBRVIRT_STACK_MAX - stack->nr)
		return false;
	memmove(&stack->frames[join->at + nr], &stack->frames[join->at],
		(stack->nr - join->at) * sizeof(stack->frames[0]));
	for (size_t i = 0; i < nr; i++) {
		stack->frames[join->at++] = (struct lbrvirt_frame){
			.address = call_from(join, chain->calls[i]),
			.provenance = LBRVIRT_FROM_LBR,
		};
	}
	stack->nr += nr;
	return true;
}

/*
 * The frame has a record, but others lie above it: of calls that never
 * returned, or of frames that unwinding did not see.
 */
static bool skip_calls(struct join *join)
{
	size_t limit = join->call + SKIP_MAX;

	for (size_t i = join->call + 1; i < join->chain->nr && i < limit; i++) {
		if (!is_same(join, join->at, i))
			continue;
		if (join->stack->frames[join->at].provenance !=
			    LBRVIRT_FROM_FP ||
		    !insert_calls(join, i))
			worsen(join, LBRVIRT_INTEGRITY_LONGJMP);
		join->call = i;
		return true;
	}
	return false;
}

/*
 * Frames without a record: the kernel drops records whose code it cannot read.
 * Not before the first frame that agrees: the newest record is lost only when
 * a signal handler returns, which nobody called, and records of other moments
 * would pass for such.
 */
static bool skip_frames(struct join *join, size_t first)
{
	size_t limit = join->at + SKIP_MAX;

	if (join->at == first)
		return false;
	for (size_t i = join->at + 1; i < join->stack->nr && i < limit; i++) {
		if (!is_same(join, i, join->call))
			continue;
		join->at = i;
		return true;
	}
	return false;
}

/*
 * Compare the frames from @first on with the records left. False: they are not
 * of the same stack.
 */
static bool compare(struct join *join, size_t first)
{
	join->at = first;
	while (join->at < join->stack->nr && join->call < join->chain->nr) {
		/* No call entered a signal handler, or what it interrupted. */
		if (!join->stack->frames[join->at].is_return) {
			if (join->at++ == first)
				first++;
			continue;
		}
		if (!is_same(join, join->at, join->call) && !skip_calls(join) &&
		    !skip_frames(join, first))
			return false;
		take_call(join);
	}
	return true;
}

/*
 * Code without rows may have used RBP for itself. If the caller's is a frame
 * pointer, it lies above the caller's stack pointer @sp; if the register does
 * not, it was saved, mostly as the first thing below the return address. Where
 * the caller's is none, nobody asks for it.
 */
static void find_frame_pointer(struct unwind_state *state,
			       const struct unwind_input *input, uint64_t sp)
{
	uint64_t end = input->base + input->size;
	uint64_t at = sp - 16; /* below the return address */
	uint64_t word;

	if (state->known & 1u << CFI_RBP && state->regs[CFI_RBP] >= sp &&
	    state->regs[CFI_RBP] < end)
		return;
	for (;
	     at >= state->regs[CFI_RSP] && unwind_state_read(input, at, &word);
	     at -= 8) {
		if (word < sp || word >= end || word % 8)
			continue;
		state->regs[CFI_RBP] = word;
		state->known |= 1u << CFI_RBP;
		return;
	}
}

/*
 * Find the return address of the record's next call in the stack copy, from
 * the last known stack pointer upwards, and stand there: whatever lies between
 * has no rows, but kept to the calling convention. Registers that calls
 * preserve are taken to be preserved, which the next frames will confirm.
 */
static bool stand_at_call(struct unwind_cursor *cursor, uint64_t from)
{
	const struct unwind_input *input = &cursor->input;
	uint64_t address = cursor->state.regs[CFI_RSP];
	uint64_t word;

	if (!(cursor->state.known & 1u << CFI_RSP))
		return false;
	for (; unwind_state_read(input, address, &word); address += 8) {
		if (!lbr_is_return_of(word, from))
			continue;
		cursor->state.known &= UNWIND_KEPT;
		find_frame_pointer(&cursor->state, input, address + 8);
		cursor->state.regs[CFI_RIP] = word;
		cursor->state.regs[CFI_RSP] = address + 8;
		cursor->state.is_return = true;
		return true;
	}
	return false;
}

/* The checked calls from call @next on end the stack. */
static void append_rest(struct join *join, size_t next)
{
	lbr_append_calls(join->chain, next, join->stack);
	if (lbr_is_good(join->chain->integrity)) {
		lbr_judge_end(join->unwinder, join->process, join->chain,
			      join->stack);
		return;
	}
	join->stack->verdict = LBRVIRT_VERDICT_BROKEN;
	join->stack->cause = LBRVIRT_CAUSE_LBR_BAD;
}

static bool has_ended(const struct lbrvirt_stack *stack)
{
	return stack->verdict == LBRVIRT_VERDICT_COMPLETE ||
	       stack->cause == LBRVIRT_CAUSE_TOO_DEEP;
}

/*
 * Unwinding has ended early, and the records agree so far. Those left had
 * nothing to be compared with, so the code has to speak for them.
 */
static void carry_on(struct join *join, struct unwind_cursor *cursor)
{
	const struct lbr_chain *chain = join->chain;
	struct lbrvirt_stack *stack = join->stack;
	size_t next = 0;

	/* Frames above the last record are the unwinder's alone. */
	if (has_ended(stack) || join->call >= chain->nr ||
	    join->at != stack->nr)
		return;
	check_rest(join, stack->nr - 1);
	worsen(join, chain->integrity);
	/* Neither has any frame agreed, nor does the code. */
	if (join->call == 0 && !lbr_is_good(chain->integrity))
		return;
	while (!has_ended(stack) && join->at == stack->nr) {
		size_t first = stack->nr;

		while (next < chain->nr_calls &&
		       chain->calls[next] < join->call)
			next++;
		if (next == chain->nr_calls)
			break;
		join->call = chain->calls[next];
		if (!stand_at_call(cursor, call_from(join, join->call))) {
			append_rest(join, next);
			return;
		}
		unwinder_go_on(join->unwinder, cursor, LBRVIRT_FROM_LBR, stack);
		if (!compare(join, first)) {
			/* Led astray: the records alone, from here on. */
			stack->nr = first;
			append_rest(join, next);
			return;
		}
	}
}

void lbr_join(struct unwinder *unwinder, const struct process *process,
	      const struct lbrvirt_sample *sample, struct lbr_chain *chain,
	      struct lbrvirt_stack *stack)
{
	struct unwind_cursor cursor;
	struct join join = {
		.unwinder = unwinder,
		.process = process,
		.chain = chain,
		.stack = stack,
		.at = stack->nr + 1,
		.integrity = LBRVIRT_INTEGRITY_INTACT,
	};
	size_t leaf = stack->nr;

	if (!unwinder_begin(unwinder, process, sample, &cursor)) {
		lbr_append(unwinder, process, chain, stack);
		return;
	}
	unwinder_go_on(unwinder, &cursor, LBRVIRT_FROM_SAMPLE, stack);
	if (chain->nr == 0) {
		stack->integrity = LBRVIRT_INTEGRITY_EMPTY;
		return;
	}
	if (compare(&join, leaf + 1))
		carry_on(&join, &cursor);
	else
		join.integrity = LBRVIRT_INTEGRITY_POLLUTED;
	stack->integrity = join.integrity;
	if (!lbr_is_good(join.integrity) &&
	    stack->verdict != LBRVIRT_VERDICT_COMPLETE)
		stack->cause = LBRVIRT_CAUSE_LBR_BAD;
}

/*
 * Whether the code at @leaf has not yet made its frame, or left it: RBP is
 * still the caller's then, whose own return address a walk by RBP misses.
 */
static bool lacks_frame(struct unwinder *unwinder,
			const struct process *process, uint64_t leaf)
{
	static const unsigned char endbr[] = { 0xf3, 0x0f, 0x1e, 0xfa };
	static const unsigned char move_sp[] = { 0x48, 0x89, 0xe5 };
	const unsigned char push_bp = 0x55, ret = 0xc3;
	const unsigned char *code;
	size_t size;

	code = unwinder_code(unwinder, process, leaf, sizeof(endbr), &size);
	if (!code || size < sizeof(endbr))
		return false;
	return code[0] == push_bp || code[0] == ret ||
	       memcmp(code, endbr, sizeof(endbr)) == 0 ||
	       memcmp(code, move_sp, sizeof(move_sp)) == 0;
}

/*
 * Frame pointers know a part of the calls, in the same order: functions that
 * make no frame are missing. A return address alone tells nothing, as recursion
 * has the same one many times, so all from call @call on are followed. Returns
 * the index after the last call's address; 0: the chain has something else in
 * between, or ends before.
 */
static size_t match_chain(const struct lbr_chain *chain, size_t call,
			  const uint64_t *addresses, size_t nr)
{
	size_t i = 1; /* the first is the leaf */
	bool is_last = false;

	for (; call < chain->nr_calls && i < nr; call++) {
		uint64_t from = chain->branches[chain->calls[call]].from;

		is_last = lbr_is_return_of(addresses[i], from);
		i += is_last;
	}
	return is_last ? i : 0;
}

bool lbr_join_chain(struct unwinder *unwinder, const struct process *process,
		    const struct lbr_chain *chain, const uint64_t *addresses,
		    size_t nr, struct lbrvirt_stack *stack)
{
	size_t before = stack->nr;
	size_t i;

	i = match_chain(chain, lacks_frame(unwinder, process, chain->leaf),
			addresses, nr);
	if (i == 0)
		return false;
	for (; i < nr && stack->nr < LBRVIRT_STACK_MAX; i++) {
		/* Where code has other uses for RBP, the walk leaves code. */
		if (process->nr_maps &&
		    !process_find_map(process, addresses[i]))
			break;
		stack->frames[stack->nr++] = (struct lbrvirt_frame){
			.address = addresses[i],
			.provenance = LBRVIRT_FROM_FP,
			.is_return = true,
		};
	}
	if (stack->nr == before)
		return false;
	lbr_judge_end(unwinder, process, chain, stack);
	return true;
}
