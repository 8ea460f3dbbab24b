/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Files that DWARF names and that libdw opens by itself when it first comes
 * across them: split units (.dwo) and what several files share (dwz -m). The
 * names come out of any file, and libdw opens whatever is there: a FIFO, at
 * which it waits for ever, or a device, which may do something.
 */
#ifndef LBRVIRT_SYMBOL_OUTSIDE_H
#define LBRVIRT_SYMBOL_OUTSIDE_H

#include <elfutils/libdw.h>
#include <libelf.h>
#include <stdbool.h>

/*
 * An empty DWARF. Given to dwarf_setalt(), it keeps libdw from looking for
 * another. The caller ends it, then the ELF it is in. 0 or -ENOMEM.
 */
int outside_nothing(Elf **ret_elf, Dwarf **ret_dwarf);

/*
 * The split unit of the skeleton @unit, whose DIE is @die, from a regular file.
 * Its Dwarf must have no descriptor of its own (elf_memory(), ELF_C_FDREAD):
 * libdw would look for relative names beside that, too. False: there is none.
 */
bool outside_split(Dwarf *dwarf, Dwarf_CU *unit, Dwarf_Die *die,
		   Dwarf_Die *ret_split);

#endif
