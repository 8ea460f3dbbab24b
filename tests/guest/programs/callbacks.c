/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * callbacks [MS]: the C library's qsort(), whose frames have neither frame
 * pointers nor a log, calls back into the program.
 */
#include <stdlib.h>

#include "runtime.h"
#include "spin.h"

#define NUMBERS 100

NOINLINE static int weigh(const int *n)
{
	spin(2000);
	KEEP_FRAME();
	return *n;
}

static int compare_numbers(const void *a, const void *b)
{
	int difference = weigh(a) - weigh(b);

	KEEP_FRAME();
	return difference;
}

NOINLINE static void sort_numbers(void)
{
	int numbers[NUMBERS];

	for (int i = 0; i < NUMBERS; i++)
		numbers[i] = i * 7919 % 1009;
	qsort(numbers, NUMBERS, sizeof(numbers[0]), compare_numbers);
	KEEP_FRAME();
}

int main(int argc, char **argv)
{
	unsigned int ms = lbrplay_argument(argc, argv, 1, 1000);

	while (lbrplay_has_time(ms))
		sort_numbers();
	return 0;
}
