/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * x86-64 jumps that leave a function: JMP rel32 (E9), Jcc rel32 (0F 80 to 8F),
 * and JMP through memory or a register (FF /4). Intel SDM vol. 2A, JMP and Jcc.
 */
#include "config.h"

#include "stack/jumps.h"

#include <string.h>

/* Longer functions are searched so far. */
#define CODE_SIZE_MAX (64u << 10)
/* A PLT entry jumps within its 16 bytes, an ENDBR64 before it included. */
#define STUB_SIZE 16

static bool leads_into(const unsigned char *code, uint64_t address,
		       const struct jumps_function *to)
{
	int32_t offset;
	uint64_t target;

	memcpy(&offset, code, sizeof(offset));
	target = address + sizeof(offset) + (uint64_t)(int64_t)offset;
	return target >= to->start && target < to->end;
}

/* A stub: it begins with a jump to where only memory knows. */
static bool is_stub(const unsigned char *code, size_t size)
{
	static const unsigned char endbr64[] = { 0xf3, 0x0f, 0x1e, 0xfa };
	size_t at = 0;

	if (size >= sizeof(endbr64) &&
	    memcmp(code, endbr64, sizeof(endbr64)) == 0)
		at = sizeof(endbr64);
	if (at < size && code[at] == 0xf2) /* BND */
		at++;
	return at + 1 < size && code[at] == 0xff &&
	       (code[at + 1] & 0x38) == 0x20;
}

enum jumps jumps_find(struct unwinder *unwinder, const struct process *process,
		      uint64_t entry, const struct jumps_function *from,
		      const struct jumps_function *to)
{
	uint64_t wanted = from->end - from->start;
	const unsigned char *code;
	size_t size;

	code = unwinder_code(unwinder, process, entry, STUB_SIZE, &size);
	if (!code || is_stub(code, size))
		return JUMPS_SOMEWHERE;
	if (wanted > CODE_SIZE_MAX)
		wanted = CODE_SIZE_MAX;
	code = unwinder_code(unwinder, process, from->start, wanted, &size);
	for (size_t i = 0; code && i + 5 <= size; i++) {
		bool is_jump = code[i] == 0xe9 ||
			       (i > 0 && code[i - 1] == 0x0f &&
				(code[i] & 0xf0) == 0x80);

		if (is_jump &&
		    leads_into(code + i + 1, from->start + i + 1, to))
			return JUMPS_YES;
	}
	return JUMPS_NO;
}
