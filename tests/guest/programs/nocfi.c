/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* nocfi [MS]: hand-written assembly without CFI in mid-stack (blind.S). */
#include "runtime.h"
#include "spin.h"

void blind(void (*function)(unsigned int), unsigned int argument);

NOINLINE static void leaf(unsigned int rounds)
{
	spin(rounds);
	KEEP_FRAME();
}

NOINLINE static void inner(unsigned int rounds)
{
	leaf(rounds);
	KEEP_FRAME();
}

NOINLINE static void outer(unsigned int rounds)
{
	blind(inner, rounds);
	KEEP_FRAME();
}

int main(int argc, char **argv)
{
	unsigned int ms = lbrplay_argument(argc, argv, 1, 1000);

	while (lbrplay_has_time(ms))
		for (int i = 0; i < 40; i++)
			outer(10000);
	return 0;
}
