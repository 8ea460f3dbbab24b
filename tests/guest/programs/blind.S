/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A function by hand, as a JIT or an old library has them: no CFI, a stack
 * of odd size, and the frame pointer used for something else. An unwinder
 * cannot get past it; the LBR can.
 */
	.text
	.globl	blind
	.type	blind, @function
/* blind(function, argument) */
blind:
	pushq	%rbp
	pushq	%rbx
	subq	$72, %rsp
	movq	%rdi, %rbx
	movq	$0x1234, %rbp
	movq	%rsi, %rdi
	call	*%rbx
	addq	$72, %rsp
	popq	%rbx
	popq	%rbp
	ret
	.size	blind, .-blind

	.section .note.GNU-stack,"",@progbits
