/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* threads [MS]: four threads, each with functions of its own. */
#include <pthread.h>
#include <stddef.h>

#include "runtime.h"
#include "spin.h"

#define THREADS 4

static unsigned int duration_ms;

#define THREAD(name, depth)                                 \
	NOINLINE static void name##_down(unsigned int left) \
	{                                                   \
		if (left)                                   \
			name##_down(left - 1);              \
		else                                        \
			spin(8000);                         \
		KEEP_FRAME();                               \
	}                                                   \
	static void *name(void *unused)                     \
	{                                                   \
		(void)unused;                               \
		while (lbrplay_has_time(duration_ms))       \
			for (int i = 0; i < 20; i++)        \
				name##_down(depth);         \
		return NULL;                                \
	}

THREAD(north, 3)
THREAD(east, 10)
THREAD(south, 25)
THREAD(west, 45)

int main(int argc, char **argv)
{
	static void *(*const start[THREADS])(void *) = {
		north,
		east,
		south,
		west,
	};
	pthread_t thread[THREADS];

	duration_ms = lbrplay_argument(argc, argv, 1, 1000);
	lbrplay_has_time(duration_ms);
	for (int i = 0; i < THREADS; i++)
		if (pthread_create(&thread[i], NULL, start[i], NULL))
			return 1;
	for (int i = 0; i < THREADS; i++)
		pthread_join(thread[i], NULL);
	return 0;
}
