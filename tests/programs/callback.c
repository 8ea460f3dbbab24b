/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Known answer: compare_numbers, called back by the C library's qsort, takes
 * 70 % of the CPU time, plain_work 30 %. Between compare_numbers and
 * sort_numbers stand frames of a library without debug information.
 *
 * Usage: callback [SECONDS]
 */
#include "work.h"

#define NUMBERS 256

static unsigned int comparisons;

static WORK_NOINLINE int compare_numbers(const void *left, const void *right)
{
	const unsigned int *a = left;
	const unsigned int *b = right;

	comparisons++;
	WORK_BURN(WORK_UNIT);
	return (*a > *b) - (*a < *b);
}

static WORK_NOINLINE void sort_numbers(unsigned int *state)
{
	unsigned int numbers[NUMBERS];

	for (size_t i = 0; i < NUMBERS; i++)
		numbers[i] = work_unit(state);
	qsort(numbers, NUMBERS, sizeof(numbers[0]), compare_numbers);
	WORK_NO_TAIL_CALL();
}

static WORK_NOINLINE void plain_work(void)
{
	WORK_BURN(comparisons * (WORK_UNIT * 3 / 7));
	comparisons = 0;
}

int main(int argc, char **argv)
{
	double seconds = work_argument(argc, argv);
	unsigned int state = 1;

	while (work_seconds() < seconds) {
		sort_numbers(&state);
		plain_work();
	}

	return 0;
}
