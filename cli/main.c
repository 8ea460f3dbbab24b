/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The tool's front door: finds the command, then runs it. The two are apart
 * because they fail apart: an unknown command is wrong usage, exit status
 * 2, a command that failed is 1.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

static void print_help(void)
{
	printf("Usage: lbrprof COMMAND [OPTION...]\n\nCommands:\n");
}

int main(int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], "--version") == 0) {
		printf("lbrprof %s\n", PACKAGE_VERSION);
		return 0;
	}
	if (argc > 1 && strcmp(argv[1], "--help") == 0) {
		print_help();
		return 0;
	}

	if (argc > 1)
		fprintf(stderr, "lbrprof: no such command: %s\n", argv[1]);
	else
		fprintf(stderr, "lbrprof: name a command, see --help\n");
	return 2;
}
