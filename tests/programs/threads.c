/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Known answer: four threads at once, thread_forty 40 % of the CPU time,
 * thread_thirty 30 %, thread_twenty 20 %, thread_ten 10 %.
 *
 * Usage: threads [SECONDS], the CPU time of all threads together.
 */
#include <pthread.h>

#include "work.h"

static double total_seconds;

#define BURN_IN_THREAD(name, share)                              \
	static WORK_NOINLINE void name(void)                     \
	{                                                        \
		while (work_seconds() < total_seconds * (share)) \
			WORK_BURN(50 * WORK_UNIT);               \
	}                                                        \
	static WORK_NOINLINE void *name##_start(void *arg)       \
	{                                                        \
		name();                                          \
		return arg;                                      \
	}

BURN_IN_THREAD(thread_forty, 0.4)
BURN_IN_THREAD(thread_thirty, 0.3)
BURN_IN_THREAD(thread_twenty, 0.2)
BURN_IN_THREAD(thread_ten, 0.1)

int main(int argc, char **argv)
{
	static void *(*const starts[])(void *) = {
		thread_forty_start,
		thread_thirty_start,
		thread_twenty_start,
		thread_ten_start,
	};
	pthread_t threads[4];

	total_seconds = work_argument(argc, argv);
	for (int i = 0; i < 4; i++) {
		if (pthread_create(&threads[i], NULL, starts[i], NULL) != 0)
			return 1;
	}
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);

	return 0;
}
