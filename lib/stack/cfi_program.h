/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a row of call frame information asks of whoever runs its instructions.
 * libdw keeps an array as long as the highest register's number, which a file
 * may say is 400 million, copies it at each "remember", and keeps each
 * expression for good at 32 bytes an operation. Nothing that a compiler writes
 * comes near the limits here.
 */
#ifndef LBRVIRT_STACK_CFI_PROGRAM_H
#define LBRVIRT_STACK_CFI_PROGRAM_H

#include <elfutils/libdw.h>
#include <stdbool.h>

/* x86-64's numbers end at 129, arm64's at 127. */
#define CFI_PROGRAM_REGISTERS 160

/* Bytes of an entry, but for its length: a common part's, a function's. */
#define CFI_PROGRAM_CIE_MAX 4096
#define CFI_PROGRAM_FDE_MAX 65536

/* Whether the instructions of both stay within the limits. @fde may be NULL. */
bool cfi_program_is_harmless(const Dwarf_CIE *cie, const Dwarf_FDE *fde);

#endif
