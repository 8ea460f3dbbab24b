/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Something to attach to. early_thread was there before; a later_thread is
 * made every 100 ms, so every recording sees some start. Prints "ready" when
 * the early thread burns, and runs until it is killed, 30 s at the most.
 *
 * Usage: spawner
 */
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

#include "work.h"

static WORK_NOINLINE void *early_thread(void *arg)
{
	for (;;)
		WORK_BURN(50 * WORK_UNIT);
	return arg;
}

static WORK_NOINLINE void *later_thread(void *arg)
{
	while (work_seconds() < 0.05)
		WORK_BURN(50 * WORK_UNIT);
	return arg;
}

int main(void)
{
	pthread_t early, later;

	if (pthread_create(&early, NULL, early_thread, NULL) != 0)
		return 1;
	puts("ready");
	fflush(stdout);
	for (int i = 0; i < 300; i++) {
		if (pthread_create(&later, NULL, later_thread, NULL) != 0)
			return 1;
		usleep(100 * 1000);
		pthread_join(later, NULL);
	}

	return 0;
}
