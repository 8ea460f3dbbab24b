/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Reads rows through libdw and knows the shapes they come in on x86-64. Almost
 * all are "CFA is RSP or RBP plus a number, registers saved below it". The
 * others that compilers, linkers and the C library write are recognised one by
 * one and exactly: PLT entries, stack realignment, the return from a signal
 * handler. What is left goes to libunwind, unless it could make it loop.
 */
#include "config.h"

#include "stack/cfi_row.h"

#include <dwarf.h>
#include <elfutils/libdw.h>
#include <errno.h>
#include <gelf.h>
#include <stdlib.h>

const uint8_t cfi_saved_registers[CFI_NR_SAVED] = {
	CFI_RBX, CFI_RBP, CFI_R12, CFI_R13, CFI_R14, CFI_R15,
};

/* Offsets in struct rt_sigframe's ucontext from RSP in __restore_rt, where
 * the return address is gone (arch/x86/include/uapi/asm/sigcontext.h). */
#define SIGNAL_RSP 160
#define SIGNAL_RIP 168

struct expression {
	Dwarf_Op *ops;
	size_t nr;
};

struct cfi_frames *cfi_row_open(Elf *elf)
{
	struct cfi_frames *frames;
	GElf_Ehdr ehdr;

	if (!gelf_getehdr(elf, &ehdr) || ehdr.e_machine != EM_X86_64 ||
	    cfi_frames_open(elf, &frames) != 0)
		return NULL;
	return frames;
}

/* "register plus number", in libdw's own spelling or the file's. */
static bool is_based(const Dwarf_Op *op, unsigned int *ret_reg,
		     int64_t *ret_offset)
{
	if (op->atom == DW_OP_bregx) {
		*ret_reg = (unsigned int)op->number;
		*ret_offset = (int64_t)op->number2;
		return op->number < CFI_NR_REGISTERS;
	}
	if (op->atom < DW_OP_breg0 || op->atom > DW_OP_breg16)
		return false;
	*ret_reg = op->atom - DW_OP_breg0;
	*ret_offset = (int64_t)op->number;
	return true;
}

static bool is_literal(const Dwarf_Op *op)
{
	return op->atom >= DW_OP_lit0 && op->atom <= DW_OP_lit31;
}

/*
 * What GNU ld and LLD write for a PLT: CFA = RSP + 8, and 8 more from that
 * instruction of each 16-byte entry on which follows its push:
 * breg7 8; breg16 0; lit15; and; lit10 or so; ge; lit3; shl; plus
 */
static bool is_plt(const struct expression *cfa, uint64_t vaddr,
		   int64_t *ret_offset)
{
	static const uint8_t atoms[] = {
		DW_OP_breg7, DW_OP_breg16, DW_OP_lit15, DW_OP_and, 0,
		DW_OP_ge,    DW_OP_lit3,   DW_OP_shl,	DW_OP_plus
	};

	if (cfa->nr != sizeof(atoms))
		return false;
	for (size_t i = 0; i < cfa->nr; i++) {
		if (atoms[i] ? cfa->ops[i].atom != atoms[i] :
			       !is_literal(&cfa->ops[i]))
			return false;
	}
	if (cfa->ops[1].number != 0)
		return false;
	*ret_offset = (int64_t)cfa->ops[0].number;
	if ((vaddr & 15) >= (uint64_t)(cfa->ops[4].atom - DW_OP_lit0))
		*ret_offset += 8;
	return true;
}

static bool read_cfa(const struct expression *cfa, uint64_t vaddr,
		     struct cfi_rule *rule)
{
	unsigned int reg = CFI_RSP;
	int64_t offset;

	if (cfa->nr == 0)
		return false;
	if (!is_plt(cfa, vaddr, &offset)) {
		if (!is_based(&cfa->ops[0], &reg, &offset) || cfa->nr > 2)
			return false;
		rule->is_cfa_deref = cfa->nr == 2;
		if (cfa->nr == 2 && cfa->ops[1].atom != DW_OP_deref)
			return false;
	}
	if (offset != (int32_t)offset || reg == CFI_RIP)
		return false;
	rule->cfa_reg = (uint8_t)reg;
	rule->cfa_offset = (int32_t)offset;
	return true;
}

/*
 * "at CFA plus number" or, where the stack was realigned, "at RBP plus
 * number". An expression for a register begins with the CFA on the stack.
 */
static bool read_place(const struct expression *place, unsigned int *ret_base,
		       int64_t *ret_offset)
{
	if (place->nr == 0 || place->nr > 2 ||
	    place->ops[0].atom != DW_OP_call_frame_cfa)
		return false;
	*ret_base = CFI_NR_REGISTERS; /* the CFA */
	*ret_offset = 0;
	if (place->nr == 1)
		return true;
	if (place->ops[1].atom == DW_OP_plus_uconst) {
		*ret_offset = (int64_t)place->ops[1].number;
		return true;
	}
	return is_based(&place->ops[1], ret_base, ret_offset);
}

static bool read_saved(Dwarf_Frame *frame, unsigned int i,
		       struct cfi_rule *rule)
{
	Dwarf_Op memory[3];
	struct expression place;
	unsigned int base;
	int64_t offset;

	if (dwarf_frame_register(frame, cfi_saved_registers[i], memory,
				 &place.ops, &place.nr) != 0)
		return false;
	if (place.nr == 0) /* unchanged, or nobody's */
		return true;
	if (!read_place(&place, &base, &offset) || offset != (int16_t)offset)
		return false;
	if (base != CFI_NR_REGISTERS && base != CFI_RBP)
		return false;
	rule->saved |= (uint8_t)(1u << i);
	if (base == CFI_RBP)
		rule->by_rbp |= (uint8_t)(1u << i);
	rule->offsets[i] = (int16_t)offset;
	return true;
}

/* The frame that the kernel builds for a handler, as the C library's
 * __restore_rt describes it. One layout: two of its words tell. */
static bool is_signal(const struct expression *cfa, const struct expression *ra)
{
	unsigned int base;
	int64_t offset;

	if (cfa->nr != 2 || cfa->ops[1].atom != DW_OP_deref ||
	    !is_based(&cfa->ops[0], &base, &offset) || base != CFI_RSP ||
	    offset != SIGNAL_RSP)
		return false;
	return read_place(ra, &base, &offset) && base == CFI_RSP &&
	       offset == SIGNAL_RIP;
}

/*
 * libunwind follows jumps within an expression wherever they lead, backwards
 * for ever too; and nobody writes them into call frame information.
 */
static bool is_straight(const struct expression *expression)
{
	for (size_t i = 0; i < expression->nr; i++) {
		if (expression->ops[i].atom == DW_OP_skip ||
		    expression->ops[i].atom == DW_OP_bra)
			return false;
	}
	return true;
}

static bool is_safe_for_libunwind(Dwarf_Frame *frame,
				  const struct expression *cfa)
{
	if (!is_straight(cfa))
		return false;
	for (int reg = 0; reg < CFI_NR_REGISTERS; reg++) {
		struct expression place;
		Dwarf_Op memory[3];

		if (dwarf_frame_register(frame, reg, memory, &place.ops,
					 &place.nr) != 0 ||
		    !is_straight(&place))
			return false;
	}
	return true;
}

static bool is_at_cfa_minus_8(const struct expression *place)
{
	unsigned int base;
	int64_t offset;

	return read_place(place, &base, &offset) && base == CFI_NR_REGISTERS &&
	       offset == -8;
}

static bool read_fixed(Dwarf_Frame *frame, const struct expression *cfa,
		       const struct expression *ra, uint64_t vaddr,
		       struct cfi_rule *rule)
{
	if (!is_at_cfa_minus_8(ra) || !read_cfa(cfa, vaddr, rule))
		return false;
	for (unsigned int i = 0; i < CFI_NR_SAVED; i++) {
		if (!read_saved(frame, i, rule))
			return false;
	}
	return true;
}

static struct cfi_rule read_frame(Dwarf_Frame *frame, uint64_t vaddr)
{
	struct cfi_rule rule = { .kind = CFI_BAD };
	Dwarf_Op memory[3];
	struct expression cfa;
	struct expression ra;
	bool is_interrupted = false;

	if (dwarf_frame_info(frame, NULL, NULL, &is_interrupted) != CFI_RIP ||
	    dwarf_frame_register(frame, CFI_RIP, memory, &ra.ops, &ra.nr) != 0)
		return rule;
	if (ra.nr == 0) {
		/* libdw: no operations at all is "same value", an empty list
		 * of them is "undefined". */
		rule.kind = ra.ops ? CFI_OUTERMOST : CFI_BAD;
		return rule;
	}
	if (dwarf_frame_cfa(frame, &cfa.ops, &cfa.nr) != 0)
		return rule;
	rule.is_signal = is_interrupted;
	if (is_interrupted && is_signal(&cfa, &ra))
		rule.kind = CFI_SIGNAL;
	else if (read_fixed(frame, &cfa, &ra, vaddr, &rule))
		rule.kind = CFI_FIXED;
	else if (is_safe_for_libunwind(frame, &cfa))
		rule.kind = CFI_REMOTE;
	return rule;
}

struct cfi_rule cfi_row_read(struct cfi_frames *frames, uint64_t vaddr)
{
	struct cfi_rule rule = { .kind = CFI_NONE };
	Dwarf_Frame *frame;
	int err = cfi_frames_row(frames, vaddr, &frame);

	if (err) {
		rule.kind = err == -EBADMSG ? CFI_BAD : CFI_NONE;
		return rule;
	}
	rule = read_frame(frame, vaddr);
	free(frame);
	return rule;
}
