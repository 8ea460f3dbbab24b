/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * x86-64 calls: CALL rel32 (E8) and CALL through memory or a register (FF /2).
 * Intel SDM vol. 2A, CALL.
 */
#include "config.h"

#include "stack/calls.h"

#include "stack/insn.h"

bool calls_can_be(struct unwinder *unwinder, const struct process *process,
		  uint64_t from, uint64_t to)
{
	const unsigned char *code;
	struct insn insn;
	size_t size;

	code = unwinder_code(unwinder, process, from, INSN_SIZE_MAX, &size);
	if (!code)
		return true;
	if (!insn_decode(code, size, &insn) || insn.is_vector)
		return false;
	if (insn.map == 0 && insn.opcode == 0xe8)
		return to == from + insn.size + (uint64_t)insn.immediate;
	return insn_is_indirect(&insn, 2);
}
