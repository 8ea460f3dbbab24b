/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Reads rows of arm64 files through libdw, which can on any machine. Compilers
 * write one shape: CFA is SP or X29 plus a number, registers at places below
 * it. Expressions, which SVE's frames have, are not followed. That a return
 * address is signed is a row's word as well, but one that libdw keeps for
 * itself: see unwind_arm64.c.
 */
#include "config.h"

#include "stack/cfi_arm64.h"

#include <dwarf.h>
#include <elfutils/libdw.h>
#include <errno.h>
#include <gelf.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/hash.h"
#include "stack/cfi_frames.h"

/* What is known of one file. */
struct source {
	bool is_open;		   /* it was looked for */
	struct cfi_frames *frames; /* NULL: none */
};

/*
 * Rules that were read, each where its address's hash says, until another
 * comes there.
 */
#define CACHE_SLOTS 4096

struct slot {
	uint64_t vaddr;
	uint32_t dso_id;
	struct cfi_arm64_rule rule; /* CFI_EMPTY: the slot is free */
};

struct cfi_arm64 {
	struct dso_table *dsos;
	struct slot slots[CACHE_SLOTS];
	struct source *sources; /* indexed by dso->id */
	size_t nr;
	size_t capacity;
};

int cfi_arm64_new(struct dso_table *dsos, struct cfi_arm64 **ret_cfi)
{
	struct cfi_arm64 *cfi = calloc(1, sizeof(*cfi));

	if (!cfi)
		return -ENOMEM;
	cfi->dsos = dsos;
	*ret_cfi = cfi;
	return 0;
}

void cfi_arm64_free(struct cfi_arm64 *cfi)
{
	if (!cfi)
		return;
	for (size_t i = 0; i < cfi->nr; i++)
		cfi_frames_close(cfi->sources[i].frames);
	free(cfi->sources);
	free(cfi);
}

static struct source *source_of(struct cfi_arm64 *cfi, const struct dso *dso)
{
	void *sources = cfi->sources;
	size_t wanted = (size_t)dso->id + 1;

	if (dso->id < cfi->nr)
		return &cfi->sources[dso->id];
	if (array_reserve(&sources, &cfi->capacity, wanted,
			  sizeof(*cfi->sources)))
		return NULL;
	cfi->sources = sources;
	memset(&cfi->sources[cfi->nr], 0,
	       (wanted - cfi->nr) * sizeof(*cfi->sources));
	cfi->nr = wanted;
	return &cfi->sources[dso->id];
}

/* Stack copies are read as little-endian words. */
static bool is_arm64(Elf *elf)
{
	GElf_Ehdr ehdr;

	return gelf_getehdr(elf, &ehdr) && ehdr.e_machine == EM_AARCH64 &&
	       ehdr.e_ident[EI_CLASS] == ELFCLASS64 &&
	       ehdr.e_ident[EI_DATA] == ELFDATA2LSB;
}

static void open_source(struct source *source, Elf *elf)
{
	source->is_open = true;
	if (is_arm64(elf) && cfi_frames_open(elf, &source->frames) != 0)
		source->frames = NULL;
}

static bool read_cfa(Dwarf_Frame *frame, struct cfi_arm64_rule *rule)
{
	Dwarf_Op *ops;
	size_t nr;
	uint64_t reg;
	int64_t offset;

	if (dwarf_frame_cfa(frame, &ops, &nr) != 0 || nr != 1)
		return false;
	if (ops->atom == DW_OP_bregx) {
		reg = ops->number;
		offset = (int64_t)ops->number2;
	} else {
		reg = (uint64_t)ops->atom - DW_OP_breg0;
		offset = (int64_t)ops->number;
	}
	if (reg > CFI_ARM64_SP || offset != (int32_t)offset)
		return false;
	rule->cfa_reg = (uint8_t)reg;
	rule->cfa_offset = (int32_t)offset;
	return true;
}

/* libdw: no operations at all is "same value", an empty list of them is
 * "undefined". A saved one's begin with the CFA on the stack. */
static bool read_register(Dwarf_Frame *frame, int reg,
			  struct cfi_arm64_rule *rule)
{
	Dwarf_Op memory[3];
	Dwarf_Op *ops;
	size_t nr;
	int64_t offset = 0;

	if (dwarf_frame_register(frame, reg, memory, &ops, &nr) != 0 || nr > 2)
		return false;
	if (nr == 0) {
		rule->lost |= ops ? 1u << reg : 0;
		return true;
	}
	if (ops[0].atom != DW_OP_call_frame_cfa ||
	    (nr == 2 && ops[1].atom != DW_OP_plus_uconst))
		return false;
	if (nr == 2)
		offset = (int64_t)ops[1].number;
	if (offset != (int32_t)offset)
		return false;
	rule->saved |= 1u << reg;
	rule->offsets[reg] = (int32_t)offset;
	return true;
}

static struct cfi_arm64_rule read_frame(Dwarf_Frame *frame)
{
	struct cfi_arm64_rule rule = { .kind = CFI_BAD };

	if (dwarf_frame_info(frame, NULL, NULL, &rule.is_signal) !=
		    CFI_ARM64_LR ||
	    !read_cfa(frame, &rule))
		return rule;
	for (int reg = 0; reg < CFI_ARM64_NR_SAVED; reg++) {
		if (read_register(frame, reg, &rule))
			continue;
		/* What the frame above does without may be anything. */
		if (reg >= CFI_ARM64_FP)
			return rule;
		rule.lost |= 1u << reg;
	}
	rule.kind = rule.lost >> CFI_ARM64_LR & 1 ? CFI_OUTERMOST : CFI_FIXED;
	return rule;
}

/* Instructions that a PLT entry is made of (AAELF64, 10), but for its first
 * and last: with BTI and signed pointers too. X30 and SP stay as they are. */
static bool is_plt_insn(uint32_t insn)
{
	return (insn & 0x9f00001f) == 0x90000010 ||	 /* adrp x16 */
	       (insn & 0xffc003ff) == 0xf9400211 ||	 /* ldr x17, [x16] */
	       (insn & 0xffc003ff) == 0x91000210 ||	 /* add x16, x16 */
	       insn == 0xd503219f || insn == 0xd503245f; /* autia1716, bti c */
}

/* "stp x16, x30, [sp, #-16]!": the header's first. */
#define PLT_HEADER    0xa9bf7bf0
#define PLT_INSNS_MAX 6

static bool read_insn(struct dso_table *dsos, struct dso *dso, uint64_t vaddr,
		      uint32_t *ret_insn)
{
	size_t size;
	const unsigned char *code =
		dso_bytes(dsos, dso, vaddr, sizeof(*ret_insn), &size);

	if (!code || size < sizeof(*ret_insn))
		return false;
	memcpy(ret_insn, code, sizeof(*ret_insn));
	return true;
}

/*
 * Linkers write no rows for the PLT. Its entries are known by their code: on
 * to "br x17", and back to the header's push, if it is the header.
 */
static struct cfi_arm64_rule read_plt(struct dso_table *dsos, struct dso *dso,
				      uint64_t vaddr)
{
	struct cfi_arm64_rule rule = { .kind = CFI_NONE,
				       .cfa_reg = CFI_ARM64_SP };
	uint64_t at = vaddr;
	uint32_t insn = 0;
	int nr = 0;

	if (vaddr % 4)
		return rule;
	while (read_insn(dsos, dso, at, &insn) && nr++ < PLT_INSNS_MAX &&
	       (is_plt_insn(insn) || (at == vaddr && insn == PLT_HEADER)))
		at += 4;
	if (nr == 0 || nr > PLT_INSNS_MAX ||
	    (insn != 0xd61f0220 && insn != 0xd71f0a30)) /* braa x17, x16 */
		return rule;
	rule.kind = CFI_FIXED;
	for (at = vaddr, nr = 0; nr < PLT_INSNS_MAX; nr++) {
		at -= 4;
		if (!read_insn(dsos, dso, at, &insn) || !is_plt_insn(insn))
			break;
	}
	if (insn == PLT_HEADER)
		rule.cfa_offset = 16;
	return rule;
}

static struct cfi_arm64_rule read_rule(struct cfi_arm64 *cfi, struct dso *dso,
				       uint64_t vaddr)
{
	struct cfi_arm64_rule rule = { .kind = CFI_NO_FILE };
	struct source *source = source_of(cfi, dso);
	Elf *elf = dso_elf(cfi->dsos, dso);
	Dwarf_Frame *frame;
	int err = -ENOENT;

	if (!source || !elf)
		return rule;
	if (!source->is_open)
		open_source(source, elf);
	if (source->frames)
		err = cfi_frames_row(source->frames, vaddr, &frame);
	if (err == -EBADMSG) {
		rule.kind = CFI_BAD;
		return rule;
	}
	if (err)
		return read_plt(cfi->dsos, dso, vaddr);
	rule = read_frame(frame);
	free(frame);
	return rule;
}

const struct cfi_arm64_rule *cfi_arm64_find(struct cfi_arm64 *cfi,
					    struct dso *dso, uint64_t vaddr)
{
	struct slot *slot =
		&cfi->slots[hash_word(vaddr ^ (uint64_t)dso->id << 48) %
			    CACHE_SLOTS];

	if (slot->rule.kind == CFI_EMPTY || slot->vaddr != vaddr ||
	    slot->dso_id != dso->id)
		*slot = (struct slot){ .vaddr = vaddr,
				       .dso_id = dso->id,
				       .rule = read_rule(cfi, dso, vaddr) };
	return &slot->rule;
}
