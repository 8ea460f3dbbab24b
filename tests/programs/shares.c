/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Known answer: burn_seventy 70 %, burn_thirty 30 %, both called by main.
 *
 * Usage: shares [SECONDS [unlink]]; "unlink" removes the program's own file
 * first.
 */
#include <string.h>
#include <unistd.h>

#include "work.h"

static WORK_NOINLINE void burn_seventy(unsigned int unit)
{
	WORK_BURN(7 * unit);
}

static WORK_NOINLINE void burn_thirty(unsigned int unit)
{
	WORK_BURN(3 * unit);
}

int main(int argc, char **argv)
{
	double seconds = work_argument(argc, argv);
	unsigned int state = 1;

	if (argc > 2 && strcmp(argv[2], "unlink") == 0 && unlink(argv[0]) != 0)
		return 1;
	while (work_seconds() < seconds) {
		for (int i = 0; i < 10; i++) {
			unsigned int unit = work_unit(&state);

			burn_seventy(unit);
			burn_thirty(unit);
		}
	}

	return 0;
}
