// SPDX-License-Identifier: LGPL-2.1-or-later OR GPL-2.0-or-later
/*
 * The call log of a program built for it (programs/calls.awk): every call
 * stores where it comes from just before it happens, and is taken back at
 * the instruction after it. Read in an interrupt, the log says exactly what
 * an LBR in call-stack mode would hold: the two instants at which it is one
 * entry too long are told by the instruction pointer.
 */
#include <linux/sched.h>
#include <linux/uaccess.h>

#include "lbrplay.h"

/* After a call returned, the entry goes with the second instruction. */
#define POP_FIRST_LENGTH 7

int calls_peek(void *to, u64 user_address, size_t size)
{
	return copy_from_user_nofault(to, (void __user *)user_address, size);
}

static const struct lbrplay_thread *find_thread(struct lbrplay_page *page)
{
	if (calls_peek(page, LBRPLAY_PAGE_ADDRESS, sizeof(*page)) ||
	    page->magic != LBRPLAY_MAGIC)
		return NULL;
	for (int i = 0; i < LBRPLAY_THREADS; i++)
		if (page->thread[i].tid == task_pid_nr(current))
			return &page->thread[i];
	return NULL;
}

static bool is_logged(const struct lbrplay_page *page, u64 ip)
{
	for (int i = 0; i < LBRPLAY_RANGES; i++)
		if (ip >= page->range[i].start && ip < page->range[i].end)
			return true;
	return false;
}

/* The call has not happened yet, or has returned already. */
static bool is_over(const struct lbrplay_call *call, u64 ip)
{
	u64 back = call->from + call->length;

	return ip == call->from || ip == back || ip == back + POP_FIRST_LENGTH;
}

static void add_call(struct lbrplay_history *history,
		     const struct lbrplay_call *call)
{
	struct lbrplay_branch *b = &history->branch[history->nr++];

	b->from = call->from;
	b->to = call->to;
	b->sp = call->sp;
	b->lost_at = 0;
	for (int i = 0; i < 3; i++)
		if (call->lost[i])
			b->lost_at |= 1 << i;
	if (!b->to && frames_call_target(b->from, &b->to))
		history->nr--;
}

/*
 * Returns false if this thread keeps no log. The history is the hardware's:
 * calls a longjmp left behind are in it.
 */
bool calls_read(const struct pt_regs *user, struct lbrplay_history *ret)
{
	const struct lbrplay_thread *thread = find_thread(&ret->page);
	u64 top, nr;

	ret->nr = 0;
	if (!thread || calls_peek(&top, thread->top, sizeof(top)) ||
	    top < thread->base)
		return false;

	ret->source = is_logged(&ret->page, user->ip) ? LBRPLAY_CALLS :
							LBRPLAY_FOREIGN;
	ret->pushed = (top - thread->base) / sizeof(struct lbrplay_call);
	nr = min_t(u64, ret->pushed, LBRPLAY_HISTORY_MAX);
	if (calls_peek(ret->call, top - nr * sizeof(ret->call[0]),
		       nr * sizeof(ret->call[0])))
		return false;

	if (nr && is_over(&ret->call[nr - 1], user->ip)) {
		nr--;
		ret->pushed--;
	}
	while (nr--)
		add_call(ret, &ret->call[nr]);
	return true;
}

/* This thread's ring of taken branches, and the index after the newest. */
enum lbrplay_source calls_read_jumps(const struct pt_regs *user,
				     struct lbrplay_history *ret, u8 *ret_next)
{
	const struct lbrplay_thread *thread = find_thread(&ret->page);

	if (!thread || !thread->jumps ||
	    calls_peek(ret_next, thread->jump, sizeof(*ret_next)) ||
	    calls_peek(ret->jump, thread->jumps, sizeof(ret->jump)))
		return LBRPLAY_NOTHING;
	return is_logged(&ret->page, user->ip) ? LBRPLAY_CALLS :
						 LBRPLAY_FOREIGN;
}
