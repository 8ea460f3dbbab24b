/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Known answer: handler_work runs on top of interrupted_work, wherever a
 * timer's signal interrupted it; the stack goes through the signal frame
 * down to main.
 *
 * Usage: sighandler [SECONDS]
 */
#include <signal.h>
#include <sys/time.h>

#include "work.h"

static WORK_NOINLINE void handler_work(void)
{
	WORK_BURN(100 * WORK_UNIT);
	WORK_NO_TAIL_CALL();
}

static void on_signal(int number)
{
	(void)number;
	handler_work();
	WORK_NO_TAIL_CALL();
}

static WORK_NOINLINE void interrupted_work(void)
{
	WORK_BURN(1000 * WORK_UNIT);
	WORK_NO_TAIL_CALL();
}

int main(int argc, char **argv)
{
	/* CPU time: the handler cannot eat all of it on a slow machine. */
	const struct itimerval interval = {
		.it_interval.tv_usec = 5000,
		.it_value.tv_usec = 5000,
	};
	struct sigaction action = { .sa_handler = on_signal };
	double seconds = work_argument(argc, argv);

	action.sa_flags = SA_RESTART;
	if (sigaction(SIGPROF, &action, NULL) != 0 ||
	    setitimer(ITIMER_PROF, &interval, NULL) != 0)
		return 1;
	while (work_seconds() < seconds)
		interrupted_work();

	return 0;
}
