/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The functions are not static, and opaque, so that calls stay calls.
 */
#include "config.h"

#include "stack/programs.h"

#include <dlfcn.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "stack/opaque.h"

int programs_leaf(int n);
int programs_realigned(int n);
int programs_variable(int n);
int programs_recurse(int n);
int programs_parted(int n);
int programs_rare(int n);
void programs_leave(int n);
int programs_work(int n);
int programs_call_variable(int (*call)(int (*)(int), int));
int programs_jump_first(int n, int (*last)(int));
int programs_jump_out(const char *text);
int programs_bare_call(int (*callback)(int), int n);
int programs_bare_spin(int (*unused)(int), int n);

/*
 * Assembly has no rows unless it says so. The bare ones use RBP for something
 * else, as they may; the spinning one's second half leaves it alone.
 */
__asm__(".text\n"
	".p2align 4\n"
	".type programs_bare_call, @function\n"
	".globl programs_bare_call\n"
	"programs_bare_call:\n"
	"	push %rbp\n"
	"	push %rbx\n"
	"	sub $24, %rsp\n"
	"	mov $7, %ebp\n"
	"	mov $9, %ebx\n"
	"	mov %rdi, %rax\n"
	"	mov %esi, %edi\n"
	"	call *%rax\n"
	"	add $24, %rsp\n"
	"	pop %rbx\n"
	"	pop %rbp\n"
	"	ret\n"
	".size programs_bare_call, . - programs_bare_call\n"
	".p2align 4\n"
	".type programs_bare_spin, @function\n"
	".globl programs_bare_spin\n"
	"programs_bare_spin:\n"
	"	push %rbx\n"
	"	mov $20, %ebx\n"
	"1:	dec %ebx\n"
	"	jnz 1b\n"
	"	pop %rbx\n"
	"	push %rbp\n"
	"	mov $20, %ebp\n"
	"1:	dec %ebp\n"
	"	jnz 1b\n"
	"	pop %rbp\n"
	"	mov %esi, %eax\n"
	"	ret\n"
	".size programs_bare_spin, . - programs_bare_spin\n"
	/* Tail calls, whatever the compiler makes of those in C. */
	".p2align 4\n"
	".type programs_jump_first, @function\n"
	".globl programs_jump_first\n"
	"programs_jump_first:\n"
	"	.cfi_startproc\n"
	"	add $1, %edi\n"
	"	jmp jump_second\n"
	"	.cfi_endproc\n"
	".size programs_jump_first, . - programs_jump_first\n"
	".p2align 4\n"
	".type jump_second, @function\n"
	"jump_second:\n"
	"	.cfi_startproc\n"
	"	add $1, %edi\n"
	"	cmp $100, %edi\n"
	"	jb programs_leaf@PLT\n"
	"	jmp *%rsi\n"
	"	.cfi_endproc\n"
	".size jump_second, . - jump_second\n"
	".p2align 4\n"
	".type programs_jump_out, @function\n"
	".globl programs_jump_out\n"
	"programs_jump_out:\n"
	"	.cfi_startproc\n"
	"	add $1, %rdi\n"
	"	jmp atoi@PLT\n"
	"	.cfi_endproc\n"
	".size programs_jump_out, . - programs_jump_out\n");

OPAQUE int programs_leaf(int n)
{
	return n * 3 + 1;
}

OPAQUE int programs_realigned(int n)
{
	char aligned[64] __attribute__((aligned(64)));

	memset(aligned, n, sizeof(aligned));
	return programs_leaf(aligned[n & 63]) + aligned[0];
}

OPAQUE int programs_variable(int n)
{
	char *bytes = __builtin_alloca((size_t)n * 16 + 16);

	memset(bytes, n, (size_t)n * 16 + 16);
	return programs_realigned(bytes[n]);
}

OPAQUE int programs_recurse(int n)
{
	int below = n ? programs_recurse(n - 1) : programs_variable(7);

	/* Or the compiler makes a loop of it. */
	__asm__ volatile("" : "+r"(below));
	return below + programs_leaf(n);
}

void programs_recursion(void)
{
	programs_recurse(20);
}

void programs_deep(void)
{
	programs_recurse(60);
	programs_recurse(3);
}

static int compare(const void *a, const void *b)
{
	const int *x = a;
	const int *y = b;

	return programs_leaf(*x) - programs_leaf(*y);
}

void programs_callbacks(void)
{
	int numbers[] = { 5, 2, 9, 1, 7 };

	qsort(numbers, 5, sizeof(numbers[0]), compare);
}

static void handle(int signal)
{
	programs_variable(signal);
}

void programs_signal(void)
{
	signal(SIGUSR1, handle);
	raise(SIGUSR1);
	programs_recurse(3);
}

void programs_binding(void)
{
	char text[32];

	snprintf(text, sizeof(text), "%d", atoi("42"));
	programs_leaf(getpagesize());
}

void programs_failed_lookup(void)
{
	dlsym(RTLD_DEFAULT, "programs_nowhere");
	_exit(0);
}

OPAQUE void programs_tail_calls(void)
{
	programs_jump_first(5, programs_work);
	programs_jump_first(200, programs_work);
	programs_jump_out("x17");
	programs_work(2);
}

OPAQUE __attribute__((cold)) int programs_rare(int n)
{
	return programs_leaf(n) + programs_leaf(n + 1);
}

OPAQUE int programs_parted(int n)
{
	if (__builtin_expect(n > 5, 0))
		return programs_rare(n) * programs_leaf(n) + 1;
	return programs_leaf(n) * 2;
}

void programs_cold(void)
{
	programs_parted(3);
	programs_parted(9);
}

static jmp_buf after_calls;

OPAQUE void programs_leave(int n)
{
	if (n == 0)
		longjmp(after_calls, 1);
	if (n > 0)
		programs_leave(n - 1);
	/* Or it were a tail call. */
	__asm__ volatile("");
}

OPAQUE int programs_work(int n)
{
	return programs_leaf(n) + programs_realigned(n);
}

void programs_longjmp(void)
{
	if (setjmp(after_calls) == 0)
		programs_leave(5);
	programs_work(3);
	programs_recurse(2);
	_exit(0);
}

OPAQUE int programs_call_variable(int (*call)(int (*)(int), int))
{
	char *bytes = __builtin_alloca((size_t)call(programs_work, 3) + 16);

	bytes[0] = 1;
	return call(programs_work, 2) + bytes[0];
}

/* Not to be seen through. */
static int (*volatile bare_call)(int (*)(int), int) = programs_bare_call;
static int (*volatile bare_spin)(int (*)(int), int) = programs_bare_spin;

OPAQUE void programs_bare_middle(void)
{
	bare_call(programs_work, 3);
	bare_call(programs_recurse, 3);
}

OPAQUE void programs_bare_middle_of_variable(void)
{
	programs_call_variable(bare_call);
}

OPAQUE void programs_bare_leaf(void)
{
	bare_spin(NULL, 3);
	programs_work(3);
}

OPAQUE void programs_bare_leaf_of_variable(void)
{
	programs_call_variable(bare_spin);
}
