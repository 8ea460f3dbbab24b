/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * How to leave one frame of an arm64 program. Registers have DWARF's numbers
 * (DWARF for the Arm 64-bit Architecture, 4.1), which are perf's too
 * (arch/arm64/include/uapi/asm/perf_regs.h): X0 to X30, SP, PC.
 */
#ifndef LBRVIRT_STACK_CFI_ARM64_H
#define LBRVIRT_STACK_CFI_ARM64_H

#include "stack/cfi.h"

enum cfi_arm64_register {
	CFI_ARM64_FP = 29,
	CFI_ARM64_LR = 30,
	CFI_ARM64_NR_SAVED = 31, /* the X registers */
	CFI_ARM64_SP = 31,
	CFI_ARM64_PC = 32,
	CFI_ARM64_NR_REGISTERS
};

/*
 * CFA = register + offset, and the caller's stack pointer; each saved register
 * at CFA plus its offset; the return address is X30's value then.
 */
struct cfi_arm64_rule {
	uint8_t kind; /* CFI_FIXED, _OUTERMOST, _NONE, _NO_FILE, _BAD */
	uint8_t cfa_reg;
	bool is_signal; /* the frame above was interrupted, not calling */
	int32_t cfa_offset;
	uint32_t saved; /* bit i: Xi lies in the frame */
	uint32_t lost;	/* bit i: Xi of the caller is not known */
	int32_t offsets[CFI_ARM64_NR_SAVED];
};

struct cfi_arm64;

int cfi_arm64_new(struct dso_table *dsos, struct cfi_arm64 **ret_cfi);

/* Before the dso table: what was read refers to its files. */
void cfi_arm64_free(struct cfi_arm64 *cfi);

/* The rule for the code at @vaddr of @dso; valid until the next call. */
const struct cfi_arm64_rule *cfi_arm64_find(struct cfi_arm64 *cfi,
					    struct dso *dso, uint64_t vaddr);

#endif
