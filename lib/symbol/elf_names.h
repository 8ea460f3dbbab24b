/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The function symbols of one ELF file, from .symtab or .dynsym, and its PLT
 * entries. Addresses are the file's own.
 */
#ifndef LBRVIRT_SYMBOL_ELF_NAMES_H
#define LBRVIRT_SYMBOL_ELF_NAMES_H

#include <libelf.h>

#include "base/intern.h"
#include "symbol/names.h"

/* Whether @elf has a table of @type (SHT_SYMTAB, SHT_DYNSYM) with symbols. */
bool elf_names_has(Elf *elf, uint32_t type);

/*
 * Add the functions of @elf's table of @type. Texts point into @elf. What is
 * damaged is passed over. 0 (without a table, too), -ENOMEM or -EOVERFLOW.
 */
int elf_names_add(struct names *names, Elf *elf, uint32_t type);

/*
 * Add the PLT entries of @elf, as "function@plt", interned in @strings.
 * 0, -ENOMEM or -EOVERFLOW.
 */
int elf_names_add_plt(struct names *names, Elf *elf, struct intern *strings);

#endif
