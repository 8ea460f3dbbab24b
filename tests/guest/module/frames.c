// SPDX-License-Identifier: LGPL-2.1-or-later OR GPL-2.0-or-later
/*
 * The call chain of a program that keeps no log, from its frame pointers.
 * It must have been built with -fno-omit-frame-pointer; calls made by code
 * that was not are missing, as is everything outside them.
 */
#include "lbrplay.h"

static const u8 push_bp = 0x55;
static const u8 move_bp[3] = { 0x48, 0x89, 0xe5 };
static const u8 endbr[4] = { 0xf3, 0x0f, 0x1e, 0xfa };

/* Only a direct call names its target. */
int frames_call_target(u64 from, u64 *ret_to)
{
	u8 code[5];
	s32 offset;

	if (calls_peek(code, from, sizeof(code)))
		return -EFAULT;
	if (code[0] != 0xe8)
		return -ENOENT;
	memcpy(&offset, code + 1, sizeof(offset));
	*ret_to = from + sizeof(code) + offset;
	return 0;
}

/* The prologue nearest before inside, which is in the called function. */
static u64 find_entry(u64 inside, u8 *code)
{
	u64 start = inside - LBRPLAY_CODE + sizeof(move_bp);

	if (calls_peek(code, start, LBRPLAY_CODE))
		return inside;
	for (int i = LBRPLAY_CODE - 4; i >= 0; i--) {
		if (code[i] != push_bp ||
		    memcmp(code + i + 1, move_bp, sizeof(move_bp)))
			continue;
		if (i >= 4 && !memcmp(code + i - 4, endbr, sizeof(endbr)))
			i -= 4;
		return start + i;
	}
	return inside;
}

/* The call that returns to back, made to a function that inside lies in. */
static int find_call(u64 back, u64 inside, u8 *code, struct lbrplay_branch *ret)
{
	const u8 *end = code + 8;

	if (!frames_call_target(back - 5, &ret->to) && ret->to <= inside) {
		ret->from = back - 5;
		return 0;
	}
	if (calls_peek(code, back - 8, 8))
		return -EFAULT;
	for (int length = 2; length < 8; length++) {
		if (!lbrplay_is_indirect_call(end, length))
			continue;
		ret->from = back - length;
		ret->to = find_entry(inside, code);
		return 0;
	}
	/* A PLT's entry may lie after the function it leads to. */
	if (!frames_call_target(back - 5, &ret->to)) {
		ret->from = back - 5;
		return 0;
	}
	return -ENOENT;
}

/*
 * GCC gives a function that calls nothing no frame, whatever the options.
 * Then the top of the stack is the return address of a direct call, to code
 * shortly before ip that does not begin as others do.
 */
static bool is_frameless(const struct pt_regs *user)
{
	u64 back, entry;
	u8 code[sizeof(endbr) + 1];

	if (calls_peek(&back, user->sp, sizeof(back)) ||
	    frames_call_target(back - 5, &entry) || entry > user->ip ||
	    user->ip - entry >= LBRPLAY_CODE ||
	    calls_peek(code, entry, sizeof(code)))
		return false;
	if (!memcmp(code, endbr, sizeof(endbr)))
		return code[sizeof(endbr)] != push_bp;
	return code[0] != push_bp;
}

/*
 * In a prologue before bp is set, and at the final ret, bp is still, or
 * again, the caller's, and the return address lies elsewhere. Returns its
 * address, or 0 if the frame is complete.
 */
static u64 find_early_return(const struct pt_regs *user)
{
	u8 code[4];

	if (calls_peek(code, user->ip, sizeof(code)))
		return 0;
	if (code[0] == push_bp || code[0] == 0xc3 ||
	    !memcmp(code, endbr, sizeof(endbr)))
		return user->sp;
	if (!memcmp(code, move_bp, sizeof(move_bp)))
		return user->sp + 8;
	return is_frameless(user) ? user->sp : 0;
}

static bool add_frame(struct lbrplay_history *history, u64 slot, u64 *inside)
{
	struct lbrplay_branch *b = &history->branch[history->nr];
	u64 back;

	if (history->nr == LBRPLAY_HISTORY_MAX ||
	    calls_peek(&back, slot, sizeof(back)) ||
	    find_call(back, *inside, history->code, b))
		return false;
	b->sp = slot + 8;
	b->lost_at = 0;
	*inside = b->from;
	history->nr++;
	return true;
}

void frames_read(const struct pt_regs *user, struct lbrplay_history *ret)
{
	u64 inside = user->ip, bp = user->bp, sp = user->sp, slot, next;

	ret->source = LBRPLAY_FRAMES;
	ret->nr = 0;
	slot = find_early_return(user);
	if (slot && !add_frame(ret, slot, &inside))
		goto out;
	while (bp >= sp && !(bp & 7)) {
		if (!add_frame(ret, bp + 8, &inside) ||
		    calls_peek(&next, bp, sizeof(next)))
			break;
		sp = bp + 16;
		bp = next;
	}
out:
	ret->pushed = ret->nr;
}
