/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A program worth profiling: two functions that share one leaf, the first
 * taking seven tenths of the time and the second three. A call tree tells
 * their shares apart, a flat profile shows the leaf alone.
 *
 * Usage: workload [SECONDS], 1 when left out.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static volatile unsigned int sink;

static __attribute__((noinline)) void spin(unsigned int rounds)
{
	for (unsigned int i = 0; i < rounds; i++)
		sink = sink * 1664525u + 1013904223u;
}

static __attribute__((noinline)) void seven_tenths(void)
{
	spin(70000);
	sink++;		/* keeps the call above from becoming a jump */
}

static __attribute__((noinline)) void three_tenths(void)
{
	spin(30000);
	sink++;
}

static double cpu_seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
	double seconds = 1.0;

	if (argc > 1)
		seconds = strtod(argv[1], NULL);
	if (argc > 2 || !(seconds > 0.0)) {
		fprintf(stderr, "usage: workload [SECONDS]\n");
		return 2;
	}

	while (cpu_seconds() < seconds) {
		seven_tenths();
		three_tenths();
	}

	return 0;
}
