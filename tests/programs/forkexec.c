/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Known answer: the parent burns 50 % of the CPU time in parent_work; its
 * child 30 % in child_work, and then executes IMAGE, another program, with
 * the 20 % left as its argument.
 *
 * Usage: forkexec SECONDS IMAGE
 */
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "work.h"

static WORK_NOINLINE void parent_work(double seconds)
{
	while (work_seconds() < seconds)
		WORK_BURN(50 * WORK_UNIT);
}

static WORK_NOINLINE void child_work(double seconds)
{
	while (work_seconds() < seconds)
		WORK_BURN(50 * WORK_UNIT);
}

static WORK_NOINLINE int run_child(double seconds, const char *image)
{
	char argument[32];

	child_work(seconds * 0.3);
	/* The clock goes on across exec. */
	snprintf(argument, sizeof(argument), "%f", seconds * 0.5);
	execl(image, image, argument, (char *)NULL);
	return 1;
}

int main(int argc, char **argv)
{
	double seconds = work_argument(argc, argv);
	int status = 0;
	pid_t child;

	if (argc != 3)
		return 2;
	child = fork();
	if (child < 0)
		return 1;
	if (child == 0)
		_exit(run_child(seconds, argv[2]));
	parent_work(seconds * 0.5);
	if (waitpid(child, &status, 0) != child || status != 0)
		return 1;

	return 0;
}
