/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * x86-64 instructions, as far as it takes to walk over them and to see which of
 * them branch: their length, opcode and operand bytes.
 */
#ifndef LBRVIRT_STACK_INSN_H
#define LBRVIRT_STACK_INSN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* No instruction is longer (Intel SDM vol. 2A, 2.3.11). */
#define INSN_SIZE_MAX 15

struct insn {
	uint8_t size;
	uint8_t map;	/* 0: one byte, 1: 0F, 2: 0F 38, 3: 0F 3A */
	uint8_t opcode; /* its last byte */
	uint8_t rex;	/* the prefix's low four bits; none: 0 */
	bool has_modrm;
	bool is_vector;	 /* VEX or EVEX: another opcode space */
	bool is_notrack; /* prefix 3E, NOTRACK before an indirect branch */
	uint8_t modrm;
	uint8_t sib;	   /* meaningful if the ModRM byte says so */
	int64_t immediate; /* of 1 or 4 bytes: a branch's displacement */
};

/* Decode the instruction at @code. False: it is none, or is cut off. */
bool insn_decode(const unsigned char *code, size_t size, struct insn *ret_insn);

/* The register operands, with their REX bits. */
static inline unsigned int insn_reg(const struct insn *insn)
{
	return (insn->modrm >> 3 & 7) | (insn->rex & 4) << 1;
}

static inline unsigned int insn_rm(const struct insn *insn)
{
	return (insn->modrm & 7) | (insn->rex & 1) << 3;
}

/* Whether it is a jump or call through memory or a register (FF /@digit). */
static inline bool insn_is_indirect(const struct insn *insn, unsigned int digit)
{
	return insn->map == 0 && insn->opcode == 0xff && !insn->is_vector &&
	       (insn->modrm >> 3 & 7) == digit;
}

/* Whether its operand is memory with an index; of 8-byte steps. */
static inline bool insn_has_index(const struct insn *insn)
{
	return insn->has_modrm && insn->modrm >> 6 != 3 &&
	       (insn->modrm & 7) == 4 &&
	       ((insn->sib >> 3 & 7) != 4 || insn->rex & 2);
}

static inline bool insn_has_table(const struct insn *insn)
{
	return insn_has_index(insn) && insn->sib >> 6 == 3;
}

#endif
