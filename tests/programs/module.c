/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A module for dlhost.c. Built twice: MODULE_WORK names the function that
 * does the work; module_run is what the host looks up.
 */
#include "work.h"

void module_run(double seconds);

static WORK_NOINLINE void MODULE_WORK(void)
{
	WORK_BURN(50 * WORK_UNIT);
	WORK_NO_TAIL_CALL();
}

void module_run(double seconds)
{
	double end = work_seconds() + seconds;

	while (work_seconds() < end)
		MODULE_WORK();
}
