/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How long a program runs, and how deep: the same for all of them. */
#include <stdlib.h>
#include <time.h>

#include "runtime.h"

static uint64_t read_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

bool lbrplay_has_time(unsigned int ms)
{
	static uint64_t start;
	uint64_t now = read_ms();

	if (!start)
		start = now;
	return now - start < ms;
}

unsigned int lbrplay_argument(int argc, char **argv, int number,
			      unsigned int otherwise)
{
	return argc > number ? strtoul(argv[number], NULL, 0) : otherwise;
}
