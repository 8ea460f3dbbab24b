/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * split [MS]: direct calls, 70 % of the time in one function and 30 % in
 * another, both through the same helper.
 */
#include "runtime.h"
#include "spin.h"

NOINLINE static void work(unsigned int rounds)
{
	spin(rounds);
	KEEP_FRAME();
}

NOINLINE static void seventy(void)
{
	work(7000);
	KEEP_FRAME();
}

NOINLINE static void thirty(void)
{
	work(3000);
	KEEP_FRAME();
}

NOINLINE static void both(void)
{
	seventy();
	thirty();
	KEEP_FRAME();
}

int main(int argc, char **argv)
{
	unsigned int ms = lbrplay_argument(argc, argv, 1, 1000);

	while (lbrplay_has_time(ms))
		for (int i = 0; i < 40; i++)
			both();
	return 0;
}
