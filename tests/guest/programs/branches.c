/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * branches [MS]: for any-branch mode. A loop of 10 rounds with a branch
 * taken every other round, a switch, a direct and an indirect call, all
 * logged, so that the trace's counts are known from the text.
 */
#include "runtime.h"
#include "spin.h"

static volatile unsigned int sum;

NOINLINE static void even(unsigned int n)
{
	sum += n;
	KEEP_FRAME();
}

NOINLINE static void odd(unsigned int n)
{
	sum ^= n;
	KEEP_FRAME();
}

static void (*const volatile pick[])(unsigned int) = { even, odd };

NOINLINE static unsigned int choose(unsigned int n)
{
	switch (n) {
	case 0:
		return sum + 1;
	case 1:
		return sum * 3;
	case 2:
		return sum ^ 0x55;
	case 3:
		return sum >> 3;
	case 4:
		return sum - 7;
	case 5:
		return sum << 1;
	case 6:
		return sum | 0x100;
	default:
		return sum;
	}
}

NOINLINE static void loop(unsigned int rounds)
{
	for (unsigned int i = 0; i < rounds; i++) {
		if (i & 1)
			even(i);
		sum += choose(i & 7);
		pick[i & 1](i);
	}
	KEEP_FRAME();
}

int main(int argc, char **argv)
{
	unsigned int ms = lbrplay_argument(argc, argv, 1, 1000);

	while (lbrplay_has_time(ms))
		for (int i = 0; i < 2000; i++)
			loop(10);
	return 0;
}
