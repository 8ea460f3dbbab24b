/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * DWARF 4 that refers to other files, under names that the test fills in where
 * the @s are: "split" is compiled into a .dwo file, and "shared" has the name
 * that dwz took out of it. Both have a function of 16 bytes.
 */
	.macro filler
	.fill 255, 1, '@'
	.byte 0
	.endm

	.text
	.globl split, shared
	.type split, @function
	.type shared, @function
split:
	.fill 16, 1, 0x90
	.size split, . - split
shared:
	.fill 16, 1, 0x90
	.size shared, . - shared

	.section .debug_abbrev, "", @progbits
	.uleb128 1
	.uleb128 0x11		/* compile_unit */
	.byte 0
	.uleb128 0x2130, 0x08	/* GNU_dwo_name: string */
	.uleb128 0x2131, 0x07	/* GNU_dwo_id: data8 */
	.uleb128 0x11, 0x01	/* low_pc: addr */
	.uleb128 0x12, 0x06	/* high_pc: data4 */
	.uleb128 0, 0
	.uleb128 2
	.uleb128 0x11
	.byte 1
	.uleb128 0x11, 0x01
	.uleb128 0x12, 0x06
	.uleb128 0, 0
	.uleb128 3
	.uleb128 0x2e		/* subprogram */
	.byte 0
	.uleb128 0x03, 0x1f21	/* name: GNU_strp_alt */
	.uleb128 0x11, 0x01
	.uleb128 0x12, 0x06
	.uleb128 0, 0
	.byte 0

	.section .debug_info, "", @progbits
	.long 1f - 0f
0:	.short 4
	.long 0
	.byte 8
	.uleb128 1
	filler
	.quad 0x1234
	.quad split
	.long 16
1:
	.long 3f - 2f
2:	.short 4
	.long 0
	.byte 8
	.uleb128 2
	.quad shared
	.long 16
	.uleb128 3
	.long 0
	.quad shared
	.long 16
	.byte 0
3:

	.section .gnu_debugaltlink, "", @progbits
	filler
	.fill 20, 1, 0xab

	.section .note.GNU-stack, "", @progbits
