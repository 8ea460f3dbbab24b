/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Where code that keeps no log calls code that does. "call" is logged by
 * log.awk, "callq" is not. A section of its own: until the calls in between
 * are in the log, this is unlogged code.
 */
	.section lbrborder,"ax",@progbits

	.globl	__wrap_main
	.type	__wrap_main, @function
__wrap_main:
	.cfi_startproc
	pushq	%rbx
	.cfi_adjust_cfa_offset 8
	.cfi_rel_offset rbx, 0
	pushq	%r12
	.cfi_adjust_cfa_offset 8
	.cfi_rel_offset r12, 0
	pushq	%r13
	.cfi_adjust_cfa_offset 8
	.cfi_rel_offset r13, 0
	movq	%rdi, %rbx
	movq	%rsi, %r12
	movq	%rdx, %r13
	callq	lbrplay_begin_main
	movq	%rbx, %rdi
	movq	%r12, %rsi
	movq	%r13, %rdx
	call	__real_main
	popq	%r13
	.cfi_adjust_cfa_offset -8
	popq	%r12
	.cfi_adjust_cfa_offset -8
	popq	%rbx
	.cfi_adjust_cfa_offset -8
	ret
	.cfi_endproc
	.size	__wrap_main, .-__wrap_main

/* box: the thread's function, its argument */
	.globl	lbrplay_start_thread
	.type	lbrplay_start_thread, @function
lbrplay_start_thread:
	.cfi_startproc
	pushq	%rbx
	.cfi_adjust_cfa_offset 8
	.cfi_rel_offset rbx, 0
	movq	%rdi, %rbx
	callq	lbrplay_begin_thread
	movq	8(%rbx), %rdi
	call	*(%rbx)
	popq	%rbx
	.cfi_adjust_cfa_offset -8
	ret
	.cfi_endproc
	.size	lbrplay_start_thread, .-lbrplay_start_thread

	.globl	lbrplay_compare
	.type	lbrplay_compare, @function
lbrplay_compare:
	.cfi_startproc
	pushq	%rbx
	.cfi_adjust_cfa_offset 8
	.cfi_rel_offset rbx, 0
	pushq	%r12
	.cfi_adjust_cfa_offset 8
	.cfi_rel_offset r12, 0
	subq	$8, %rsp
	.cfi_adjust_cfa_offset 8
	movq	%rdi, %rbx
	movq	%rsi, %r12
	callq	lbrplay_enter_compare
	movq	%rbx, %rdi
	movq	%r12, %rsi
	call	*%rax
	movl	%eax, %ebx
	callq	lbrplay_leave_compare
	movl	%ebx, %eax
	addq	$8, %rsp
	.cfi_adjust_cfa_offset -8
	popq	%r12
	.cfi_adjust_cfa_offset -8
	popq	%rbx
	.cfi_adjust_cfa_offset -8
	ret
	.cfi_endproc
	.size	lbrplay_compare, .-lbrplay_compare

	.section .note.GNU-stack,"",@progbits
