/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Capstone 4 and 5. What it cannot read (instructions younger than it) is
 * passed by its length, which on x86-64 stack/insn.h knows; else what comes
 * after would be read from its middle.
 */
#include "config.h"

#include "symbol/disassembler.h"

#include <assert.h>
#include <capstone/capstone.h>
#include <elf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "stack/insn.h"

struct disassembler {
	unsigned int machine;
	csh handle; /* 0: not open */
	cs_insn *insn;
};

static bool find_arch(unsigned int machine, cs_arch *ret_arch,
		      cs_mode *ret_mode)
{
	switch (machine) {
	case EM_X86_64:
		*ret_arch = CS_ARCH_X86;
		*ret_mode = CS_MODE_64;
		return true;
	case EM_386:
		*ret_arch = CS_ARCH_X86;
		*ret_mode = CS_MODE_32;
		return true;
	case EM_AARCH64:
		*ret_arch = CS_ARCH_ARM64;
		*ret_mode = CS_MODE_LITTLE_ENDIAN;
		return true;
	default:
		return false;
	}
}

int disassembler_new(unsigned int machine, bool is_intel,
		     struct disassembler **ret_disassembler)
{
	struct disassembler *disassembler;
	cs_arch arch;
	cs_mode mode;
	cs_err err;

	if (!find_arch(machine, &arch, &mode))
		return -EOPNOTSUPP;
	disassembler = calloc(1, sizeof(*disassembler));
	if (!disassembler)
		return -ENOMEM;
	disassembler->machine = machine;
	err = cs_open(arch, mode, &disassembler->handle);
	if (err == CS_ERR_OK) {
		if (arch == CS_ARCH_X86 && !is_intel)
			cs_option(disassembler->handle, CS_OPT_SYNTAX,
				  CS_OPT_SYNTAX_ATT);
		cs_option(disassembler->handle, CS_OPT_DETAIL, CS_OPT_ON);
		disassembler->insn = cs_malloc(disassembler->handle);
	}
	if (!disassembler->insn) {
		disassembler_free(disassembler);
		/* Capstone can be built without some machines. */
		return err == CS_ERR_ARCH || err == CS_ERR_MODE ? -EOPNOTSUPP :
								  -ENOMEM;
	}
	*ret_disassembler = disassembler;
	return 0;
}

void disassembler_free(struct disassembler *disassembler)
{
	if (!disassembler)
		return;
	if (disassembler->insn)
		cs_free(disassembler->insn, 1);
	if (disassembler->handle)
		cs_close(&disassembler->handle);
	free(disassembler);
}

static bool is_in(const struct disassembler *disassembler, unsigned int group)
{
	return cs_insn_group(disassembler->handle, disassembler->insn, group);
}

static enum lbrvirt_flow flow_of_x86(const struct disassembler *disassembler)
{
	switch (disassembler->insn->id) {
	case X86_INS_JMP:
	case X86_INS_LJMP:
	case X86_INS_UD2:
		return LBRVIRT_FLOW_JUMP;
	case X86_INS_LOOP:
	case X86_INS_LOOPE:
	case X86_INS_LOOPNE:
		return LBRVIRT_FLOW_BRANCH;
	}
	if (is_in(disassembler, CS_GRP_CALL))
		return LBRVIRT_FLOW_CALL;
	if (is_in(disassembler, CS_GRP_RET) || is_in(disassembler, CS_GRP_IRET))
		return LBRVIRT_FLOW_RETURN;
	return is_in(disassembler, CS_GRP_JUMP) ? LBRVIRT_FLOW_BRANCH :
						  LBRVIRT_FLOW_ON;
}

/* Capstone has BL among the jumps; with pointer authentication there are
 * several of a kind. */
static enum lbrvirt_flow flow_of_arm64(const struct disassembler *disassembler)
{
	const cs_insn *insn = disassembler->insn;
	const cs_arm64 *detail = &insn->detail->arm64;

	switch (insn->id) {
	case ARM64_INS_BL:
	case ARM64_INS_BLR:
		return LBRVIRT_FLOW_CALL;
	case ARM64_INS_RET:
	case ARM64_INS_ERET:
		return LBRVIRT_FLOW_RETURN;
	case ARM64_INS_BR:
		return LBRVIRT_FLOW_JUMP;
	case ARM64_INS_B:
		return detail->cc == ARM64_CC_INVALID ||
				       detail->cc == ARM64_CC_AL ?
			       LBRVIRT_FLOW_JUMP :
			       LBRVIRT_FLOW_BRANCH;
	}
	if (is_in(disassembler, CS_GRP_CALL))
		return LBRVIRT_FLOW_CALL;
	if (is_in(disassembler, CS_GRP_RET))
		return LBRVIRT_FLOW_RETURN;
	return is_in(disassembler, CS_GRP_JUMP) ? LBRVIRT_FLOW_BRANCH :
						  LBRVIRT_FLOW_ON;
}

/* A direct jump's or call's operand, the last one, is where it leads. */
static void read_flow(const struct disassembler *disassembler,
		      struct disassembled *to)
{
	const cs_detail *detail = disassembler->insn->detail;
	bool is_arm64 = disassembler->machine == EM_AARCH64;
	uint8_t nr = is_arm64 ? detail->arm64.op_count : detail->x86.op_count;

	to->flow = is_arm64 ? flow_of_arm64(disassembler) :
			      flow_of_x86(disassembler);
	if (to->flow == LBRVIRT_FLOW_ON || to->flow == LBRVIRT_FLOW_RETURN ||
	    !nr)
		return;
	if (is_arm64) {
		const cs_arm64_op *op = &detail->arm64.operands[nr - 1];

		to->has_target = op->type == ARM64_OP_IMM;
		to->target = to->has_target ? (uint64_t)op->imm : 0;
	} else {
		const cs_x86_op *op = &detail->x86.operands[nr - 1];

		to->has_target = op->type == X86_OP_IMM;
		to->target = to->has_target ? (uint64_t)op->imm : 0;
	}
}

static void put_bytes(const struct disassembler *disassembler,
		      const unsigned char *bytes, size_t size,
		      struct disassembled *to)
{
	struct insn insn;
	size_t used;

	to->size = 1;
	if (disassembler->machine == EM_AARCH64)
		to->size = size < 4 ? (uint8_t)size : 4;
	else if (disassembler->machine == EM_X86_64 &&
		 insn_decode(bytes, size, &insn) && insn.size <= size)
		to->size = insn.size;
	used = (size_t)snprintf(to->text, sizeof(to->text), ".byte");
	for (uint8_t i = 0; i < to->size; i++)
		used += (size_t)snprintf(to->text + used,
					 sizeof(to->text) - used, "%s0x%02x",
					 i ? ", " : " ", bytes[i]);
}

void disassembler_read(struct disassembler *disassembler,
		       const unsigned char *bytes, size_t size,
		       uint64_t address, struct disassembled *ret_instruction)
{
	const cs_insn *insn = disassembler->insn;
	const uint8_t *at = bytes;
	size_t left = size;

	assert(size > 0);
	*ret_instruction = (struct disassembled){ .size = 0 };
	if (!cs_disasm_iter(disassembler->handle, &at, &left, &address,
			    disassembler->insn) ||
	    insn->size == 0 || insn->size > size || insn->size > UINT8_MAX) {
		put_bytes(disassembler, bytes, size, ret_instruction);
		return;
	}
	ret_instruction->size = (uint8_t)insn->size;
	snprintf(ret_instruction->text, sizeof(ret_instruction->text),
		 insn->op_str[0] ? "%s %s" : "%s%s", insn->mnemonic,
		 insn->op_str);
	read_flow(disassembler, ret_instruction);
}
