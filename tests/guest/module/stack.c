// SPDX-License-Identifier: LGPL-2.1-or-later OR GPL-2.0-or-later
/*
 * From the calls that have not returned to what the LBRs would hold: at most
 * depth of them, without the ones that deeper calls overwrote, or, where the
 * host let somebody else use the LBRs, that somebody's.
 */
#include <linux/sched.h>
#include <linux/spinlock.h>

#include "lbrplay.h"

/* Own calls on top of another's, in a LBRPLAY_MIXED stack. */
#define MIXED_OWN 3
#define OTHERS	  8

/* The last stack of each of some threads, to pollute others with. */
struct other {
	pid_t tid;
	struct lbrplay_stack stack;
};
static struct other others[OTHERS];
static unsigned int next_other;
static u64 dice;
static DEFINE_RAW_SPINLOCK(lock);

static void add_entry(struct lbrplay_stack *stack, u64 from, u64 to)
{
	struct perf_branch_entry *e = &stack->entry[stack->nr++];

	memset(e, 0, sizeof(*e));
	e->from = from;
	e->to = to;
}

/* Bit n of lost_at is for 16 << n entries. */
static bool is_lost(const struct lbrplay_branch *b)
{
	return lbrplay_set.forget && (b->lost_at & lbrplay_set.depth >> 4);
}

static void fill_own(const struct lbrplay_history *history,
		     struct lbrplay_stack *stack)
{
	stack->nr = 0;
	for (u32 i = 0; i < history->nr && i < lbrplay_set.depth; i++) {
		const struct lbrplay_branch *b = &history->branch[i];

		/* The driver stops reading at the first empty register. */
		if (is_lost(b))
			break;
		add_entry(stack, b->from, b->to);
	}
	if (stack->nr == lbrplay_set.depth)
		atomic64_inc(&lbrplay_count.full);
	if (stack->nr < history->nr)
		atomic64_inc(&lbrplay_count.truncated);
}

/* A thread of another guest: sound in itself, addresses of no one here. */
static void fill_stranger(struct lbrplay_stack *stack)
{
	u64 function = 0x5c7a11d00000ULL;

	stack->nr = 0;
	for (int i = 0; i < 9; i++, function -= 0x2340)
		add_entry(stack, function - 0x2340 + 0x5c, function);
}

/* Remembers @stack; returns another thread's, or NULL. Under the lock. */
static const struct lbrplay_stack *trade(const struct lbrplay_stack *stack)
{
	const struct lbrplay_stack *found = NULL;
	struct other *own = NULL;

	for (unsigned int i = 0; i < OTHERS; i++) {
		struct other *o = &others[(next_other + i) % OTHERS];

		if (o->tid == task_pid_nr(current))
			own = o;
		else if (o->tid && o->stack.nr)
			found = &o->stack;
	}
	if (!own)
		own = &others[next_other++ % OTHERS];
	if (found == &own->stack)
		found = NULL;
	own->tid = task_pid_nr(current);
	own->stack = *stack;
	return found;
}

static bool throw_dice(void)
{
	dice = (dice + lbrplay_set.seed) * 6364136223846793005ULL + 1;
	return (dice >> 33) % 100 < lbrplay_set.pollution;
}

/* Does the host save the LBRs for this CPU when it lets others run? */
static bool is_saved(void)
{
	return lbrplay_set.host_saves && msr_is_active();
}

/* Under the lock. */
static void pollute(struct lbrplay_stack *stack,
		    const struct lbrplay_stack *other)
{
	static struct lbrplay_stack stranger;
	u32 own = 0;

	if (!other || lbrplay_set.pollution_kind == LBRPLAY_STRANGER) {
		fill_stranger(&stranger);
		other = &stranger;
	}
	if (lbrplay_set.pollution_kind == LBRPLAY_MIXED)
		own = min_t(u64, stack->nr, MIXED_OWN);
	stack->nr = own;
	for (u32 i = 0; i < other->nr && stack->nr < lbrplay_set.depth; i++)
		stack->entry[stack->nr++] = other->entry[i];
}

/*
 * Legacy LBRs are a ring; hw_idx is the slot of the newest. Fills
 * @ret_stack, and returns 1 if it was polluted, 0 if not.
 */
int stack_fill(const struct lbrplay_history *history,
	       struct lbrplay_stack *ret_stack)
{
	const struct lbrplay_stack *other;
	int is_polluted;

	fill_own(history, ret_stack);
	raw_spin_lock(&lock);
	other = trade(ret_stack);
	is_polluted = lbrplay_set.pollution && !is_saved() && throw_dice();
	if (is_polluted)
		pollute(ret_stack, other);
	raw_spin_unlock(&lock);

	ret_stack->hw_idx = lbrplay_set.arch || !history->pushed ?
				    0 :
				    (history->pushed - 1) &
					    (lbrplay_set.depth - 1);
	if (lbrplay_set.empty)
		ret_stack->nr = 0;
	return is_polluted;
}
