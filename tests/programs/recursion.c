/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Known answer: every sample of burn_at_the_bottom has exactly DEPTH frames
 * of descend between it and main. The frames take about 6 KiB of stack.
 *
 * Usage: recursion [SECONDS]
 */
#include "work.h"

#define DEPTH 60

static WORK_NOINLINE void burn_at_the_bottom(void)
{
	WORK_BURN(100 * WORK_UNIT);
	WORK_NO_TAIL_CALL();
}

static WORK_NOINLINE void descend(unsigned int levels)
{
	volatile char room[64];

	room[0] = (char)levels;
	if (levels == 1)
		burn_at_the_bottom();
	else
		descend(levels - 1);
	/* The room is needed until here: no loop can be made of this. */
	__asm__ volatile("" : : "r"(room) : "memory");
}

int main(int argc, char **argv)
{
	double seconds = work_argument(argc, argv);

	while (work_seconds() < seconds)
		descend(DEPTH);

	return 0;
}
