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

/*
 * What linkers write for calls into other files, without rows: an entry of the
 * PLT and its header, which main fills in as the dynamic linker would.
 */
#define HIDDEN __attribute__((visibility("hidden")))
HIDDEN long stub(long n);
HIDDEN long header(long n);
HIDDEN long resolve(long n);
HIDDEN long (*slot)(long);

#define PLT_JUMP                         \
	"	adrp	x16, slot\n"             \
	"	ldr	x17, [x16, :lo12:slot]\n" \
	"	add	x16, x16, :lo12:slot\n"  \
	"	br	x17\n"

__asm__(".type stub, %function\n"
	"stub:\n" PLT_JUMP ".size stub, . - stub\n"
	".type header, %function\n"
	"header:\n"
	"	stp	x16, x30, [sp, #-16]!\n" PLT_JUMP
	".size header, . - header\n"
	".type resolve, %function\n"
	"resolve:\n"
	".cfi_startproc\n"
	".cfi_def_cfa_offset 16\n"
	".cfi_offset x30, -8\n"
	"	ldp	x16, x30, [sp], #16\n"
	".cfi_def_cfa_offset 0\n"
	".cfi_same_value x30\n"
	"	ret\n"
	".cfi_endproc\n"
	".size resolve, . - resolve\n");

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
	slot = c;
	sink = stub(2);
	slot = resolve;
	sink = header(3);
	return 0;
}
