// SPDX-License-Identifier: LGPL-2.1-or-later OR GPL-2.0-or-later
/*
 * Any-branch mode: the last taken branches, from the ring that a program
 * built with programs/branches.awk writes. From and to are what happened.
 * Mispredictions and cycles are made up, by rules that a test can repeat:
 *
 *   cycles       one for each 4 bytes of straight code before the branch,
 *                and 1 more, 15 more if it was mispredicted
 *   mispredicted each 8th of the conditional and indirect branches
 *                in the ring, counted by its index
 *
 * A program without the ring gets an empty stack.
 */
#include "lbrplay.h"

#define KIND_SHIFT	  56
#define MISPREDICT_EVERY  8
#define MISPREDICT_CYCLES 15

void branches_read(const struct pt_regs *user, struct lbrplay_history *ret)
{
	u8 next;

	ret->nr = 0;
	ret->source = calls_read_jumps(user, ret, &next);
	if (ret->source != LBRPLAY_CALLS)
		return;
	for (int i = 1; i < LBRPLAY_HISTORY_MAX; i++) {
		const struct lbrplay_jump *jump = &ret->jump[(u8)(next - i)];
		struct lbrplay_branch *b = &ret->branch[ret->nr];

		if (!jump->from)
			break;
		b->from = jump->from & ((1ULL << KIND_SHIFT) - 1);
		b->to = jump->to;
		b->kind = jump->from >> KIND_SHIFT;
		b->lost_at = (u8)(next - i) % MISPREDICT_EVERY == 0;
		/* Written, but not executed yet. */
		if (i == 1 && b->from == user->ip)
			continue;
		ret->nr++;
	}
	ret->pushed = ret->nr;
}

static bool is_wanted(u8 kind, u64 wanted)
{
	u64 mask = PERF_SAMPLE_BRANCH_ANY;

	switch (kind) {
	case PERF_BR_COND:
		mask |= PERF_SAMPLE_BRANCH_COND;
		break;
	case PERF_BR_IND:
		mask |= PERF_SAMPLE_BRANCH_IND_JUMP;
		break;
	case PERF_BR_CALL:
		mask |= PERF_SAMPLE_BRANCH_ANY_CALL | PERF_SAMPLE_BRANCH_CALL;
		break;
	case PERF_BR_IND_CALL:
		mask |= PERF_SAMPLE_BRANCH_ANY_CALL |
			PERF_SAMPLE_BRANCH_IND_CALL;
		break;
	case PERF_BR_RET:
		mask |= PERF_SAMPLE_BRANCH_ANY_RETURN;
		break;
	}
	return wanted & mask;
}

static bool can_mispredict(u8 kind)
{
	return kind == PERF_BR_COND || kind == PERF_BR_IND ||
	       kind == PERF_BR_IND_CALL || kind == PERF_BR_RET;
}

/* Straight code runs from the older branch's target to this branch. */
static u64 count_cycles(const struct lbrplay_branch *b,
			const struct lbrplay_branch *older)
{
	u64 bytes = older && b->from >= older->to ? b->from - older->to : 0;

	return min_t(u64, 1 + bytes / 4, 0xff00);
}

void branches_fill(const struct lbrplay_history *history, u64 wanted,
		   struct lbrplay_stack *stack)
{
	stack->nr = 0;
	stack->hw_idx = 0;
	for (u32 i = 0; i < history->nr && i < lbrplay_set.depth; i++) {
		const struct lbrplay_branch *b = &history->branch[i];
		struct perf_branch_entry *e = &stack->entry[stack->nr];
		bool missed = b->lost_at && can_mispredict(b->kind);

		if (!is_wanted(b->kind, wanted))
			continue;
		memset(e, 0, sizeof(*e));
		e->from = b->from;
		e->to = b->to;
		if (!(wanted & PERF_SAMPLE_BRANCH_NO_FLAGS)) {
			e->mispred = missed;
			e->predicted = !missed;
		}
		if (!(wanted & PERF_SAMPLE_BRANCH_NO_CYCLES))
			e->cycles = count_cycles(b, i + 1 < history->nr ?
							    b + 1 :
							    NULL) +
				    missed * MISPREDICT_CYCLES;
		if (wanted & PERF_SAMPLE_BRANCH_TYPE_SAVE)
			e->type = b->kind;
		if (missed)
			atomic64_inc(&lbrplay_count.mispredicted);
		stack->nr++;
	}
	atomic64_add(stack->nr, &lbrplay_count.branches);
}
