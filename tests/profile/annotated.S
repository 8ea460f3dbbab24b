/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A function whose every byte is known, and one that it calls. Offsets from
 * the beginning stand beside the instructions.
 */
	.text
	.globl	known
	.type	known, @function
known:
	xorl	%eax, %eax	/* 0x0 */
1:	addl	$1, %eax	/* 0x2 */
	cmpl	%edi, %eax	/* 0x5 */
	jl	1b		/* 0x7 */
	testl	%eax, %eax	/* 0x9 */
	jne	2f		/* 0xb */
	call	other		/* 0xd */
2:	ret			/* 0x12 */
	.size	known, . - known

	.globl	other
	.hidden	other
	.type	other, @function
other:	ret
	.size	other, . - other

	.section .note.GNU-stack, "", @progbits
