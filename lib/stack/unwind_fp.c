/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Decides whether RBP is a frame pointer, which nothing but its surroundings
 * can tell: what it points at must look like a saved RBP and a return address.
 */
#include "config.h"

#include "stack/unwind_fp.h"

#include <sys/mman.h>

#define LONGEST_CALL 7

/* Length of "call *operand" (FF /2) by its ModRM byte, without prefixes
 * (Intel SDM vol. 2A, 2.1.5: 32-bit addressing forms). 0: no such call. */
static size_t indirect_call_length(unsigned char modrm)
{
	unsigned int mod = modrm >> 6;
	unsigned int rm = modrm & 7;
	size_t length = 2;

	if ((modrm >> 3 & 7) != 2)
		return 0;
	if (mod == 3)
		return length;
	if (rm == 4)
		length++;
	if (mod == 1)
		return length + 1;
	return length + (mod == 2 || rm == 5 ? 4 : 0);
}

/* Whether the code that ends at @end, of @size bytes, ends with a call. */
static bool ends_with_call(const unsigned char *end, size_t size)
{
	if (size >= 5 && end[-5] == 0xe8)
		return true;
	for (size_t length = 2; length <= size; length++) {
		const unsigned char *code = end - length;

		if (code[0] == 0xff && indirect_call_length(code[1]) == length)
			return true;
	}
	return false;
}

enum answer { ANSWER_NO, ANSWER_YES, ANSWER_UNKNOWN };

/* Whether @address is one that a call could have left behind. */
static enum answer is_return_address(const struct unwind_input *input,
				     uint64_t address)
{
	const struct map *map = process_find_map(input->process, address - 1);
	const unsigned char *code;
	uint64_t vaddr;
	size_t size;

	if (!map || !(map->prot & PROT_EXEC))
		return ANSWER_NO;
	if (address - map->start < LONGEST_CALL ||
	    !dso_vaddr(input->dsos, map->dso,
		       address - LONGEST_CALL - map->start + map->offset,
		       &vaddr))
		return ANSWER_UNKNOWN;
	code = dso_bytes(input->dsos, map->dso, vaddr, LONGEST_CALL, &size);
	if (!code || size < LONGEST_CALL)
		return ANSWER_UNKNOWN;
	return ends_with_call(code + size, size) ? ANSWER_YES : ANSWER_NO;
}

/*
 * If the code of the caller can be read, a call before the return address is
 * proof enough: the caller may use RBP for anything. If not (it was made at run
 * time too), the saved RBP must lead on upwards, or be the outermost's 0.
 */
bool unwind_fp_step(const struct unwind_input *input,
		    struct unwind_state *state)
{
	struct unwind_state caller = { .is_return = true };
	uint64_t rbp = state->regs[CFI_RBP];
	uint64_t saved;
	uint64_t ra;
	enum answer answer;

	if (!(state->known >> CFI_RBP & 1) || rbp < state->regs[CFI_RSP] ||
	    rbp % 8 || !unwind_state_read(input, rbp, &saved) ||
	    !unwind_state_read(input, rbp + 8, &ra))
		return false;
	answer = is_return_address(input, ra);
	if (answer == ANSWER_NO ||
	    (answer == ANSWER_UNKNOWN && saved && saved <= rbp))
		return false;
	caller.regs[CFI_RBP] = saved;
	caller.regs[CFI_RSP] = rbp + 16;
	caller.regs[CFI_RIP] = ra;
	caller.known = 1u << CFI_RBP | 1u << CFI_RSP | 1u << CFI_RIP;
	*state = caller;
	return true;
}
