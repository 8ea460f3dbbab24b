/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One row of call frame information, as libdw gives it, to one fixed rule.
 */
#ifndef LBRVIRT_STACK_CFI_ROW_H
#define LBRVIRT_STACK_CFI_ROW_H

#include "stack/cfi.h"
#include "stack/cfi_frames.h"

/* Get ready to read rows of an x86-64 file. NULL: it has none, or another
 * machine's, or out of memory. The caller closes it, before the ELF ends. */
struct cfi_frames *cfi_row_open(Elf *elf);

/* The rule of @vaddr: any kind but CFI_EMPTY and CFI_NO_FILE. */
struct cfi_rule cfi_row_read(struct cfi_frames *frames, uint64_t vaddr);

#endif
