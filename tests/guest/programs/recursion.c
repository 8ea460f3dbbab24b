/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * recursion [DEPTH [MS [REST]]]: DEPTH calls of itself, and the work at the
 * level that is REST calls from the bottom, after those have returned: 0, the
 * default, is deeper than most LBRs; with more, the LBR has lost its oldest
 * calls to those that are gone, and is not full.
 */
#include "runtime.h"
#include "spin.h"

static unsigned int rest;

NOINLINE static void descend(unsigned int depth)
{
	if (depth > 1)
		descend(depth - 1);
	if (depth == rest + 1)
		spin(20000);
	KEEP_FRAME();
}

int main(int argc, char **argv)
{
	unsigned int depth = lbrplay_argument(argc, argv, 1, 60);
	unsigned int ms = lbrplay_argument(argc, argv, 2, 1000);

	rest = lbrplay_argument(argc, argv, 3, 0);
	while (lbrplay_has_time(ms))
		for (int i = 0; i < 20; i++)
			descend(depth);
	return 0;
}
