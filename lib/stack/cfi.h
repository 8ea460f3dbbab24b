/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * How to leave one frame: a small fixed rule for each address, read from call
 * frame information when the address is first seen, and kept. Registers have
 * DWARF's numbers (System V ABI, AMD64 supplement, figure 3.36).
 */
#ifndef LBRVIRT_STACK_CFI_H
#define LBRVIRT_STACK_CFI_H

#include <stdbool.h>
#include <stdint.h>

#include "process/dso.h"

enum cfi_register {
	CFI_RAX,
	CFI_RDX,
	CFI_RCX,
	CFI_RBX,
	CFI_RSI,
	CFI_RDI,
	CFI_RBP,
	CFI_RSP,
	CFI_R8,
	CFI_R9,
	CFI_R10,
	CFI_R11,
	CFI_R12,
	CFI_R13,
	CFI_R14,
	CFI_R15,
	CFI_RIP,
	CFI_NR_REGISTERS
};

/* Registers that a function must give back: those a rule can restore. */
#define CFI_NR_SAVED 6
extern const uint8_t cfi_saved_registers[CFI_NR_SAVED];

enum cfi_kind {
	CFI_EMPTY = 0, /* no rule: a free slot of the table */
	CFI_FIXED,     /* what the struct says */
	CFI_OUTERMOST, /* nobody called this */
	CFI_SIGNAL,    /* rt_sigreturn: RSP is at the kernel's signal frame */
	CFI_REMOTE,    /* more than a rule can say: unwind_remote.h */
	CFI_NONE,      /* this code has no call frame information */
	CFI_NO_FILE,   /* and neither do we have its file */
	CFI_BAD,       /* rows that cannot be followed */
};

/*
 * A fixed rule: CFA = register + offset, or the word there; the return address
 * lies at CFA - 8; each saved register at CFA or RBP plus its offset.
 */
struct cfi_rule {
	uint8_t kind;	 /* enum cfi_kind */
	uint8_t cfa_reg; /* enum cfi_register */
	bool is_cfa_deref;
	bool is_signal; /* the frame above was interrupted, not calling */
	uint8_t saved;	/* bit i: cfi_saved_registers[i] lies in the frame */
	uint8_t by_rbp; /* bit i: its offset counts from RBP, not the CFA */
	int32_t cfa_offset;
	int16_t offsets[CFI_NR_SAVED];
};

struct cfi_table;

int cfi_table_new(struct dso_table *dsos, struct cfi_table **ret_table);

/* Before the dso table: what was read refers to its files. */
void cfi_table_free(struct cfi_table *table);

/*
 * The rule for the code at @vaddr of @dso; valid until the next call. A miss
 * reads one row and counts up *@misses.
 */
const struct cfi_rule *cfi_table_find(struct cfi_table *table, struct dso *dso,
				      uint64_t vaddr, uint64_t *misses);

/*
 * Where the function that holds @vaddr begins, and the next one does, by the
 * binary search table of .eh_frame_hdr. False: @dso has none in the usual
 * encoding, or @vaddr comes before its first entry.
 */
bool cfi_table_function(struct cfi_table *table, struct dso *dso,
			uint64_t vaddr, uint64_t *ret_start, uint64_t *ret_end);

/*
 * The binary search table of .eh_frame_hdr: @count entries of 8 bytes, ordered
 * by the first 4, which is a function's address counted from @header. Linkers
 * write this one encoding (LSB Core, 10.6.2), and libunwind searches no other.
 */
struct cfi_index {
	const unsigned char *entries; /* live with the dso table */
	uint32_t count;
	uint64_t header; /* virtual address of .eh_frame_hdr */
};

#define CFI_INDEX_OFFSET     12 /* of the entries from the header */
#define CFI_INDEX_ENTRY_SIZE 8

/* False: the file has no such table. */
bool cfi_find_index(struct dso_table *dsos, struct dso *dso,
		    struct cfi_index *ret_index);

#endif
