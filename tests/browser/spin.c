/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Spends its time in functions that the tests give other names: half of it in
 * the first, a quarter in the second, an eighth in each of the last two.
 *
 * Usage: spin SECONDS
 */
#include <stdlib.h>
#include <time.h>

#define TURN 100000

static volatile unsigned long sink;

#define SPIN(name, turns)                                              \
	void name(void);                                               \
	__attribute__((noinline)) void name(void)                      \
	{                                                              \
		for (unsigned long i = 0; i < (turns) * TURN; i++)     \
			sink += i;                                     \
	}

SPIN(spin_first, 4)
SPIN(spin_second, 2)
SPIN(spin_third, 1)
SPIN(spin_fourth, 1)

int main(int argc, char **argv)
{
	double seconds = argc > 1 ? strtod(argv[1], NULL) : 1;
	clock_t end = (clock_t)(seconds * CLOCKS_PER_SEC);

	while (clock() < end) {
		spin_first();
		spin_second();
		spin_third();
		spin_fourth();
	}
	return 0;
}
