/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * hotpath ROUNDS: a loop whose branches are known by heart. Each round calls
 * always(); one in eight calls seldom(); the handler is even() in three rounds
 * of four, else odd(). Nothing depends on time or addresses.
 */
#include <stdio.h>
#include <stdlib.h>

#define NOINLINE __attribute__((noinline))

static volatile unsigned int sum;

NOINLINE static unsigned int always(unsigned int x)
{
	return x * 1664525u + 1013904223u;
}

NOINLINE static void seldom(unsigned int x)
{
	sum ^= x;
}

NOINLINE static void even(unsigned int x)
{
	sum += x;
}

NOINLINE static void odd(unsigned int x)
{
	sum -= x;
}

static void (*const volatile handlers[])(unsigned int) = { odd, even, even,
							   even };

NOINLINE static void rounds(unsigned int nr)
{
	unsigned int x = nr;

	for (unsigned int i = 0; i < nr; i++) {
		x = always(x);
		if (i % 8 == 0)
			seldom(x);
		handlers[i % 4](x);
	}
}

int main(int argc, char **argv)
{
	rounds(argc > 1 ? (unsigned int)atoi(argv[1]) : 1000);
	printf("%u\n", sum);
	return 0;
}
