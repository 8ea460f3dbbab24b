/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The rows of a file, as libdw reads them, of those entries that it may be
 * trusted with.
 */
#ifndef LBRVIRT_STACK_CFI_FRAMES_H
#define LBRVIRT_STACK_CFI_FRAMES_H

#include <elfutils/libdw.h>
#include <libelf.h>
#include <stdint.h>

struct cfi_frames;

/*
 * Get ready to read rows of a 64-bit little-endian file: .eh_frame, or
 * .debug_frame where that is all there is. 0; -ENOENT: neither, or not in a
 * form that is known; -ENOMEM. It ends before the ELF does.
 */
int cfi_frames_open(Elf *elf, struct cfi_frames **ret_frames);
void cfi_frames_close(struct cfi_frames *frames);

/*
 * The row of the code at @vaddr; the caller frees it. 0; -ENOENT: there is
 * none; -EBADMSG: there is one, which is damaged or beyond what anyone writes.
 */
int cfi_frames_row(struct cfi_frames *frames, uint64_t vaddr,
		   Dwarf_Frame **ret_row);

#endif
