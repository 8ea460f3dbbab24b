/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Sixteen-bit code that executes a list of items. DS and SS are the vCPU's own
 * segment, CS is 0; SI points at the item. The faults of RDMSR and WRMSR
 * return behind the instruction with the item marked; any other is a bug here
 * and is told to the owner.
 */
#include "config.h"

#include "kvm/guest_page.h"

_Static_assert(offsetof(struct guest_item, has_faulted) == 2 &&
		       offsetof(struct guest_item, eax) == 4 &&
		       offsetof(struct guest_item, ecx) == 8 &&
		       offsetof(struct guest_item, edx) == 12 &&
		       offsetof(struct guest_item, ebx) == 16 &&
		       sizeof(struct guest_item) == 20,
	       "the code below has these numbers");
_Static_assert(GUEST_OP_NOTHING == 1 && GUEST_OP_CPUID == 2 &&
		       GUEST_OP_RDMSR == 3 && GUEST_OP_WRMSR == 4 &&
		       GUEST_OP_WORK == 5 && GUEST_OP_SAMPLE == 6,
	       "as has the table of operations");
_Static_assert(GUEST_CODE == 0x1000 && GUEST_LIST == 0x1000 &&
		       GUEST_PORT_END == 0xe0 && GUEST_PORT_WORK == 0xe4 &&
		       GUEST_PORT_LOST == 0xe8,
	       "and these");
_Static_assert(MSR_LBR_TOS == 0x1c9 && MSR_DEBUGCTL == 0x1d9 &&
		       MSR_LBR_FROM == 0x680 && MSR_LBR_TO == 0x6c0,
	       "and the registers");

/* clang-format off */
__asm__(
"	.pushsection .rodata\n"
"	.balign	16\n"
"	.code16\n"
"	.globl	guest_page_begin, guest_page_end\n"
"	.globl	guest_page_fault, guest_page_lost\n"
"guest_page_begin:\n"
"begin_list:\n"
"	outb	%al, $0xe0\n"
"	movw	$0x1000, %si\n"
"next_item:\n"
"	movw	(%si), %di\n"
"	movl	4(%si), %eax\n"
"	movl	8(%si), %ecx\n"
"	movl	12(%si), %edx\n"
"	movl	16(%si), %ebx\n"
"	cmpw	$2, %di\n"
"	je	do_cpuid\n"
"	cmpw	$3, %di\n"
"	je	do_rdmsr\n"
"	cmpw	$4, %di\n"
"	je	do_wrmsr\n"
"	cmpw	$5, %di\n"
"	je	do_work\n"
"	cmpw	$6, %di\n"
"	je	do_sample\n"
"	cmpw	$1, %di\n"
"	je	end_item\n"
"	jmp	begin_list\n"

"do_cpuid:\n"
"	cpuid\n"
"	jmp	end_item\n"
"do_rdmsr:\n"
"	rdmsr\n"
"	jmp	end_item\n"
"do_wrmsr:\n"
"	wrmsr\n"
"	jmp	end_item\n"
"do_work:\n"
"	outl	%eax, $0xe4\n"
"end_item:\n"
"	movl	%eax, 4(%si)\n"
"	movl	%ecx, 8(%si)\n"
"	movl	%edx, 12(%si)\n"
"	movl	%ebx, 16(%si)\n"
"	addw	$20, %si\n"
"	jmp	next_item\n"

/* DI where to store, BP how many are left, EBX the register's number. */
"do_sample:\n"
"	movw	%bx, %di\n"
"	movw	%ax, %bp\n"
"	movl	$0x1d9, %ecx\n"
"	xorl	%eax, %eax\n"
"	xorl	%edx, %edx\n"
"	wrmsr\n"
"	movl	$0x1c9, %ecx\n"
"	rdmsr\n"
"	movl	%eax, (%di)\n"
"	movl	%edx, 4(%di)\n"
"	movl	%eax, %ebx\n"
"	addw	$8, %di\n"
"next_branch:\n"
"	movl	4(%si), %eax\n"
"	decl	%eax\n"
"	andl	%eax, %ebx\n"
"	leal	0x680(%ebx), %ecx\n"
"	rdmsr\n"
"	movl	%eax, (%di)\n"
"	movl	%edx, 4(%di)\n"
"	orl	%edx, %eax\n"
"	jz	end_sample\n"
"	leal	0x6c0(%ebx), %ecx\n"
"	rdmsr\n"
"	movl	%eax, 8(%di)\n"
"	movl	%edx, 12(%di)\n"
"	addw	$16, %di\n"
"	decl	%ebx\n"
"	decw	%bp\n"
"	jnz	next_branch\n"
"end_sample:\n"
"	movl	$0x1d9, %ecx\n"
"	movl	12(%si), %eax\n"
"	xorl	%edx, %edx\n"
"	wrmsr\n"
"	movl	4(%si), %eax\n"
"	movl	12(%si), %edx\n"
"	movzwl	%di, %ebx\n"
"	jmp	end_item\n"

/* On the stack: IP of what faulted, CS, FLAGS. */
"guest_page_fault:\n"
"	movw	%sp, %bp\n"
"	cmpw	$(do_rdmsr - guest_page_begin + 0x1000), (%bp)\n"
"	je	skip\n"
"	cmpw	$(do_wrmsr - guest_page_begin + 0x1000), (%bp)\n"
"	je	skip\n"
"guest_page_lost:\n"
"	outb	%al, $0xe8\n"
"	jmp	guest_page_lost\n"
"skip:\n"
"	movw	$1, 2(%si)\n"
"	addw	$2, (%bp)\n"
"	iretw\n"
"guest_page_end:\n"
"	.code64\n"
"	.popsection\n");
/* clang-format on */
