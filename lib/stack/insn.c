/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The opcode maps of Intel SDM vol. 2D, appendix A, reduced to what follows an
 * opcode: a ModRM byte, and how many bytes of immediate.
 */
#include "config.h"

#include "stack/insn.h"

#include <string.h>

/* What follows an opcode. */
enum {
	M = 0x10,   /* ModRM, and what that brings along */
	BAD = 0x20, /* not in 64-bit mode, or a prefix */
	Z = 0x0a,   /* immediate of the operand's size, 4 bytes at most */
	V = 0x0b,   /* the same, 8 bytes at most */
	G = 0x0c,   /* 1 byte, of a group's first two members only (F6) */
	GZ = 0x0d,  /* Z of a group's first two members only (F7) */
};

/* clang-format off: one line, eight opcodes */
#define EIGHT(x) x, x, x, x, x, x, x, x
#define ALU	 M, M, M, M, 1, Z, BAD, BAD

static const uint8_t one_byte[256] = {
	ALU,	    ALU,	ALU,   ALU,
	ALU,	    ALU,	ALU,   ALU, /* 00 to 3F */
	EIGHT(BAD), EIGHT(BAD),		    /* 40: REX */
	EIGHT(0),   EIGHT(0),		    /* 50: PUSH, POP */
	BAD,	    BAD,	BAD,   M,
	BAD,	    BAD,	BAD,   BAD, /* 60 */
	Z,	    M | Z,	1,     M | 1,
	0,	    0,		0,     0, /* 68 */
	EIGHT(1),   EIGHT(1),		  /* 70: Jcc */
	M | 1,	    M | Z,	BAD,   M | 1,
	M,	    M,		M,     M, /* 80 */
	EIGHT(M),			  /* 88 */
	EIGHT(0),			  /* 90 */
	0,	    0,		BAD,   0,
	0,	    0,		0,     0, /* 98 */
	8,	    8,		8,     8,
	0,	    0,		0,     0, /* A0 */
	1,	    Z,		0,     0,
	0,	    0,		0,     0, /* A8 */
	EIGHT(1),   EIGHT(V),		  /* B0: MOV */
	M | 1,	    M | 1,	2,     0,
	BAD,	    BAD,	M | 1, M | Z, /* C0 */
	3,	    0,		2,     0,
	0,	    1,		BAD,   0, /* C8 */
	M,	    M,		M,     M,
	BAD,	    BAD,	BAD,   0, /* D0 */
	EIGHT(M),			  /* D8: x87 */
	EIGHT(1),			  /* E0 */
	4,	    4,		BAD,   1,
	0,	    0,		0,     0, /* E8: CALL, JMP */
	BAD,	    0,		BAD,   BAD,
	0,	    0,		M | G, M | GZ, /* F0 */
	0,	    0,		0,     0,
	0,	    0,		M,     M, /* F8 */
};

/* After 0F. */
static const uint8_t two_bytes[256] = {
	M,	  M,	    M,	      M,	BAD,	  0,
	0,	  0, /* 00 */
	0,	  0,	    BAD,      0,	BAD,	  M,
	0,	  M | 1,			/* 08 */
	EIGHT(M), EIGHT(M), EIGHT(M), EIGHT(M), /* 10, 20 */
	0,	  0,	    0,	      0,	0,	  0,
	BAD,	  0, /* 30 */
	BAD,	  BAD,	    BAD,      BAD,	BAD,	  BAD,
	BAD,	  BAD,				/* 38: other maps */
	EIGHT(M), EIGHT(M), EIGHT(M), EIGHT(M), /* 40, 50 */
	EIGHT(M), EIGHT(M),			/* 60 */
	M | 1,	  M | 1,    M | 1,    M | 1,	M,	  M,
	M,	  0,	    /* 70 */
	EIGHT(M),	    /* 78 */
	EIGHT(4), EIGHT(4), /* 80: Jcc */
	EIGHT(M), EIGHT(M), /* 90 */
	0,	  0,	    0,	      M,	M | 1,	  M,
	BAD,	  BAD, /* A0 */
	0,	  0,	    0,	      M,	M | 1,	  M,
	M,	  M, /* A8 */
	EIGHT(M),    /* B0 */
	M,	  M,	    M | 1,    M,	M,	  M,
	M,	  M, /* B8 */
	M,	  M,	    M | 1,    M,	M | 1,	  M | 1,
	M | 1,	  M, /* C0 */
	EIGHT(0),    /* C8: BSWAP */
	EIGHT(M), EIGHT(M), EIGHT(M), EIGHT(M), EIGHT(M), EIGHT(M), /* D0 */
};

/* clang-format on */

/* An instruction under way. */
struct decoder {
	const unsigned char *code;
	size_t size;
	size_t at;
	bool is_16_bit; /* operand size prefix */
	struct insn insn;
};

static bool take(struct decoder *decoder, uint8_t *ret_byte)
{
	if (decoder->at >= decoder->size)
		return false;
	*ret_byte = decoder->code[decoder->at++];
	return true;
}

static bool is_prefix(uint8_t byte)
{
	switch (byte) {
	case 0x26:
	case 0x2e:
	case 0x36:
	case 0x3e:
	case 0x64:
	case 0x65:
	case 0x66:
	case 0x67:
	case 0xf0:
	case 0xf2:
	case 0xf3:
		return true;
	default:
		return false;
	}
}

/* VEX (C5: one byte more, C4: two) and EVEX (62: three): all but C5 name the
 * map, in the low bits. */
static bool take_vector(struct decoder *decoder, uint8_t first)
{
	struct insn *insn = &decoder->insn;
	uint8_t byte, unused;

	insn->is_vector = true;
	if (!take(decoder, &byte))
		return false;
	insn->map = first == 0xc5 ? 1 : byte & 7;
	if ((first != 0xc5 && !take(decoder, &unused)) ||
	    (first == 0x62 && !take(decoder, &unused)))
		return false;
	return take(decoder, &insn->opcode) && insn->map != 0;
}

static bool take_opcode(struct decoder *decoder)
{
	struct insn *insn = &decoder->insn;
	uint8_t byte;

	if (!take(decoder, &byte))
		return false;
	while (is_prefix(byte)) {
		decoder->is_16_bit |= byte == 0x66;
		insn->is_notrack |= byte == 0x3e;
		if (!take(decoder, &byte))
			return false;
	}
	if ((byte & 0xf0) == 0x40) {
		insn->rex = byte & 0xf;
		if (!take(decoder, &byte))
			return false;
	}
	if (byte == 0xc4 || byte == 0xc5 || byte == 0x62)
		return take_vector(decoder, byte);
	if (byte == 0x0f) {
		insn->map = 1;
		if (!take(decoder, &byte))
			return false;
		if (byte == 0x38 || byte == 0x3a) {
			insn->map = byte == 0x38 ? 2 : 3;
			if (!take(decoder, &byte))
				return false;
		}
	}
	insn->opcode = byte;
	return true;
}

/* What follows the opcode, by its map. */
static uint8_t find_rest(const struct insn *insn)
{
	switch (insn->map) {
	case 0:
		return one_byte[insn->opcode];
	case 1:
		return two_bytes[insn->opcode];
	case 3:
		return M | 1;
	default:
		return M;
	}
}

/* Displacement and SIB byte by the ModRM byte (SDM vol. 2A, 2.1.5). */
static bool take_modrm(struct decoder *decoder)
{
	struct insn *insn = &decoder->insn;
	unsigned int mod, rm;

	insn->has_modrm = true;
	if (!take(decoder, &insn->modrm))
		return false;
	mod = insn->modrm >> 6;
	rm = insn->modrm & 7;
	if (mod == 3)
		return true;
	if (rm == 4 && !take(decoder, &insn->sib))
		return false;
	if (mod == 1)
		decoder->at += 1;
	else if (mod == 2 || rm == 5 || (rm == 4 && (insn->sib & 7) == 5))
		decoder->at += 4;
	return true;
}

static size_t immediate_size(const struct decoder *decoder, uint8_t rest)
{
	const struct insn *insn = &decoder->insn;
	bool is_test = (insn->modrm >> 3 & 7) < 2;
	size_t word = decoder->is_16_bit ? 2 : 4;

	switch (rest & 0xf) {
	case V:
		return insn->rex & 8 ? 8 : word;
	case Z:
		return insn->rex & 8 ? 4 : word;
	case G:
		return is_test ? 1 : 0;
	case GZ:
		if (!is_test)
			return 0;
		return insn->rex & 8 ? 4 : word;
	default:
		return rest & 0xf;
	}
}

bool insn_decode(const unsigned char *code, size_t size, struct insn *ret_insn)
{
	struct decoder decoder = {
		.code = code,
		.size = size < INSN_SIZE_MAX ? size : INSN_SIZE_MAX,
	};
	struct insn *insn = &decoder.insn;
	int32_t immediate;
	uint8_t rest;
	size_t nr;

	if (!take_opcode(&decoder))
		return false;
	rest = find_rest(insn);
	if (rest & BAD || (rest & M && !take_modrm(&decoder)))
		return false;
	nr = immediate_size(&decoder, rest);
	if (decoder.at + nr > decoder.size)
		return false;
	if (nr == 1) {
		insn->immediate = (int8_t)code[decoder.at];
	} else if (nr == 4) {
		memcpy(&immediate, code + decoder.at, sizeof(immediate));
		insn->immediate = immediate;
	}
	insn->size = (uint8_t)(decoder.at + nr);
	*ret_insn = *insn;
	return true;
}
