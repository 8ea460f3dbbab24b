/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * longjmp [MS]: leaves three functions by longjmp() now and then. They never
 * return, so the LBR keeps their calls, and is out of step from then on:
 * each return of an outer function takes away the wrong one.
 */
#include <setjmp.h>

#include "runtime.h"
#include "spin.h"

static jmp_buf place;

NOINLINE static void third(int is_leaving)
{
	spin(2000);
	if (is_leaving)
		longjmp(place, 1);
	KEEP_FRAME();
}

NOINLINE static void second(int is_leaving)
{
	third(is_leaving);
	KEEP_FRAME();
}

NOINLINE static void first(int is_leaving)
{
	second(is_leaving);
	KEEP_FRAME();
}

NOINLINE static void after(void)
{
	spin(2000);
	KEEP_FRAME();
}

NOINLINE static void attempt(int is_leaving)
{
	if (!setjmp(place))
		first(is_leaving);
	after();
	KEEP_FRAME();
}

NOINLINE static void sound(void)
{
	first(0);
	KEEP_FRAME();
}

int main(int argc, char **argv)
{
	unsigned int ms = lbrplay_argument(argc, argv, 1, 1000);
	int jumps = 0;

	while (lbrplay_has_time(ms)) {
		for (int i = 0; i < 40; i++)
			sound();
		/* Each leaves 4 calls for good; the module reads 160. */
		attempt(++jumps <= 30);
	}
	return 0;
}
