/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * tail [MS]: tail calls: a jump is no call, so the LBR's newest entry names
 * the function that jumped, and the frame of that one is gone.
 */
#include "runtime.h"
#include "spin.h"

NOINLINE static void target(unsigned int rounds)
{
	for (int i = 0; i < 4; i++)
		spin(rounds / 4);
	for (volatile unsigned int i = 0; i < rounds / 4; i++)
		;
	KEEP_FRAME();
}

NOINLINE static void jumper(unsigned int rounds)
{
	spin_result++;
	target(rounds);
}

NOINLINE static void caller(unsigned int rounds)
{
	jumper(rounds);
	KEEP_FRAME();
}

int main(int argc, char **argv)
{
	unsigned int ms = lbrplay_argument(argc, argv, 1, 1000);

	while (lbrplay_has_time(ms))
		for (int i = 0; i < 40; i++)
			caller(10000);
	return 0;
}
