/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What every mapping of a fuzzed recording shows; never run. Small, and yet
 * with most of what unwinding and looking up meet: inlined calls, tail calls,
 * PLT entries, a callback, a realigned stack, a frame of variable size.
 */
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NOINLINE __attribute__((noinline))

static jmp_buf target;

static inline long square(long n)
{
	return n * n + (n >> 3);
}

static inline long cube(long n)
{
	return square(n) * n ^ square(n + 1);
}

static NOINLINE long realigned(const char *text)
{
	_Alignas(64) char copy[256];

	strncpy(copy, text, sizeof(copy) - 1);
	return strtol(copy, NULL, 0) + (long)strlen(copy);
}

static NOINLINE long variable(size_t size)
{
	char *bytes = __builtin_alloca(size);

	memset(bytes, (int)size, size);
	if (size > 4096)
		longjmp(target, 1);
	return bytes[size / 2] + realigned(bytes);
}

static int compare(const void *a, const void *b)
{
	long x = *(const long *)a, y = *(const long *)b;

	return x < y ? -1 : cube(x) > y;
}

static NOINLINE long sorted(long *values, size_t nr)
{
	qsort(values, nr, sizeof(*values), compare);
	return values[nr / 2];
}

NOINLINE long leaf(long n)
{
	return cube(n) / (square(n) | 1);
}

NOINLINE long tail(long n)
{
	return n & 1 ? leaf(n) : variable((size_t)n & 0xffff);
}

NOINLINE long recurse(long n, long *values)
{
	if (n <= 0)
		return sorted(values, 16);
	values[n & 15] = tail(n);
	return recurse(n - 1, values) + values[(n + 1) & 15];
}

int main(int argc, char **argv)
{
	long values[16] = { argc };

	if (setjmp(target) == 0)
		printf("%ld %ld\n", recurse(argc, values), realigned(argv[0]));
	return 0;
}
