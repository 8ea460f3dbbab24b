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
	const struct lbr_chain *chain;
	struct lbrvirt_stack *stack;
	size_t at;   /* next frame of the stack to be compared */
	size_t call; /* next call of the chain to be compared */
	uint8_t integrity;
};

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

/* Records of calls that never returned lie above the one wanted. */
static bool skip_calls(struct join *join)
{
	size_t limit = join->call + SKIP_MAX;

	for (size_t i = join->call + 1; i < join->chain->nr && i < limit; i++) {
		if (!is_same(join, join->at, i))
			continue;
		join->call = i;
		join->integrity = LBRVIRT_INTEGRITY_LONGJMP;
		return true;
	}
	return false;
}

/*
 * Frames without a record: the kernel drops records whose code it cannot read.
 * Not before the first frame that agrees, since the newest call is always
 * there.
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
		if (!is_same(join, join->at, join->call) && !skip_calls(join) &&
		    !skip_frames(join, first))
			return false;
		take_call(join);
	}
	return true;
}

/*
 * Find the return address of the record's next call in the stack copy, from
 * the last known stack pointer upwards, and stand there: whatever lies between
 * has no rows, but kept to the calling convention. Registers that calls
 * preserve are taken to be preserved, which the next frames will confirm.
 */
static bool stand_at_call(const struct join *join, struct unwind_cursor *cursor)
{
	const struct unwind_input *input = &cursor->input;
	uint64_t address = cursor->state.regs[CFI_RSP];
	uint64_t word;

	if (!(cursor->state.known & 1u << CFI_RSP))
		return false;
	for (; unwind_state_read(input, address, &word); address += 8) {
		if (!lbr_is_return_of(word, call_from(join, join->call)))
			continue;
		cursor->state.known &= UNWIND_KEPT;
		cursor->state.regs[CFI_RIP] = word;
		cursor->state.regs[CFI_RSP] = address + 8;
		cursor->state.is_return = true;
		return true;
	}
	return false;
}

/* What is left of the records ends the stack. */
static void append_rest(struct join *join)
{
	for (; join->call < join->chain->nr; join->call++) {
		if (join->stack->nr == LBRVIRT_STACK_MAX)
			break;
		join->stack->frames[join->stack->nr++] = (struct lbrvirt_frame){
			.address = call_from(join, join->call),
			.provenance = LBRVIRT_FROM_LBR,
		};
	}
	lbr_judge_end(join->unwinder, join->process, join->chain, join->stack);
}

static bool has_ended(const struct lbrvirt_stack *stack)
{
	return stack->verdict == LBRVIRT_VERDICT_COMPLETE ||
	       stack->cause == LBRVIRT_CAUSE_TOO_DEEP;
}

/* Unwinding has ended early, and the records agree so far. */
static void carry_on(struct join *join, struct unwind_cursor *cursor)
{
	struct lbrvirt_stack *stack = join->stack;

	/* Frames above the last record are the unwinder's alone. */
	while (!has_ended(stack) && join->call < join->chain->nr &&
	       join->at == stack->nr) {
		size_t first = stack->nr;
		size_t call = join->call;

		if (!stand_at_call(join, cursor)) {
			append_rest(join);
			return;
		}
		unwinder_go_on(join->unwinder, cursor, LBRVIRT_FROM_LBR, stack);
		if (!compare(join, first)) {
			/* Led astray: the records alone, from here on. */
			stack->nr = first;
			join->call = call;
			append_rest(join);
			return;
		}
	}
}

void lbr_join(struct unwinder *unwinder, const struct process *process,
	      const struct lbrvirt_sample *sample,
	      const struct lbr_chain *chain, struct lbrvirt_stack *stack)
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
	/* Nothing to compare: then the code must speak for the records. */
	if (stack->nr == leaf + 1)
		join.integrity = chain->integrity;
	else if (!compare(&join, leaf + 1))
		join.integrity = LBRVIRT_INTEGRITY_POLLUTED;
	stack->integrity = join.integrity;
	if (lbr_is_good(join.integrity))
		carry_on(&join, &cursor);
	else if (stack->verdict != LBRVIRT_VERDICT_COMPLETE)
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
