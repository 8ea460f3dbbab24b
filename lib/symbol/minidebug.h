/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * .gnu_debugdata: an ELF file with the symbols that stripping took away,
 * compressed by xz and kept in a section (Fedora's binaries have it). The only
 * file that calls liblzma.
 */
#ifndef LBRVIRT_SYMBOL_MINIDEBUG_H
#define LBRVIRT_SYMBOL_MINIDEBUG_H

#include <libelf.h>

#include "base/buffer.h"

/*
 * Decompress the section of @elf into @ret_image (empty before) and open it.
 * 0; -ENOENT there is none; -EBADMSG it is damaged, or grows as none does;
 * -ENOMEM. The caller ends @ret_elf, then frees the image.
 */
int minidebug_open(Elf *elf, struct buffer *ret_image, Elf **ret_elf);

#endif
