/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Known answer: all of the time is spent below call_through_plt, in a short
 * function of the C library and in the stub of the procedure linkage table
 * that leads there. Where the stack is inside the stub is said by a DWARF
 * expression alone.
 *
 * Usage: plt [SECONDS]; built with lazy binding.
 */
#include "work.h"

static WORK_NOINLINE unsigned int call_through_plt(unsigned int seed)
{
	unsigned int sum = 0;

	for (unsigned int i = 0; i < 20 * WORK_UNIT; i++)
		sum += (unsigned int)rand_r(&seed);
	return sum;
}

int main(int argc, char **argv)
{
	double seconds = work_argument(argc, argv);
	unsigned int sum = 0;

	while (work_seconds() < seconds)
		sum += call_through_plt(sum);

	return sum == 1;
}
