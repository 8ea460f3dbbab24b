/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One row of call frame information, as libdw gives it, to one fixed rule.
 */
#ifndef LBRVIRT_STACK_CFI_ROW_H
#define LBRVIRT_STACK_CFI_ROW_H

#include "stack/cfi.h"

struct cfi_row_source;

/*
 * Get ready to read rows of an ELF file: .eh_frame, or .debug_frame where that
 * is all there is. NULL: neither, or out of memory. Ends before the ELF does.
 */
struct cfi_row_source *cfi_row_source_new(Elf *elf);
void cfi_row_source_free(struct cfi_row_source *source);

/* The rule of @vaddr: any kind but CFI_EMPTY and CFI_NO_FILE. */
struct cfi_rule cfi_row_read(struct cfi_row_source *source, uint64_t vaddr);

#endif
