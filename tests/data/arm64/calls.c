/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A program without a C library, for arm64: main calls a, a calls b, b calls c,
 * through each kind of frame that compilers make. It is built without frame
 * pointers, but where a frame's size is not known they are made anyway.
 */

static volatile long sink;

#define ALONE __attribute__((noinline, noclone))

__asm__(".globl _start\n"
	".type _start, %function\n"
	"_start:\n"
	".cfi_startproc\n"
	".cfi_undefined x30\n"
	"	mov	x29, #0\n"
	"	mov	x30, #0\n"
	"	bl	main\n"
	"	mov	x0, #0\n"
	"	mov	x8, #94\n" /* exit_group */
	"	svc	#0\n"
	".cfi_endproc\n"
	".size _start, . - _start\n");

/* A leaf: no frame, the return address stays in its register. */
ALONE static long c(long n)
{
	return n * sink + 7;
}

/* Registers are kept in a frame of a known size. */
ALONE static long b(long n)
{
	long words[8];

	for (int i = 0; i < 8; i++)
		((volatile long *)words)[i] = n + i;
	n = c(words[n & 7]);
	return n + c(words[n & 3]) + words[1];
}

/* The size is known at run time: counted from the frame pointer. */
ALONE static long a(long n)
{
	long words[(n & 3) + 2];
	long sum;

	((volatile long *)words)[0] = n;
	((volatile long *)words)[n & 1] = n;
	sum = b(words[0]);
	return sum + words[n & 1];
}

/* A call through a pointer. */
ALONE static long through(long (*function)(long), long n)
{
	return function(n) + 1;
}

int main(void)
{
	long (*volatile function)(long) = a;

	sink = 3;
	sink = a(5) + through(function, 6) + through(c, 1);
	return 0;
}
