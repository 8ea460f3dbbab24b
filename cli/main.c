/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The tool's front door: finds the command, then runs it. The two are apart
 * because they fail apart: an unknown command is wrong usage, exit status
 * 2, a command that failed is 1.
 */
#include "config.h"

#include <argp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "message.h"

static const struct command *const commands[] = {
	&command_annotate,
	&command_diff,
	&command_doctor,
	&command_export,
	&command_pv,
	&command_record,
	&command_report,
	&command_run,
	&command_script,
	&command_top,
};

#define NR_COMMANDS (sizeof(commands) / sizeof(commands[0]))

static void print_help(void)
{
	printf("Usage: lbrprof [-v|-q] COMMAND [OPTION...]\n\n"
	       "Call stacks of programs as they are, inside virtual machines.\n\n"
	       "Commands:\n");
	for (size_t i = 0; i < NR_COMMANDS; i++)
		printf("  %-8s  %s\n", commands[i]->name, commands[i]->help);
	printf("\n"
	       "  -v, --verbose  say more\n"
	       "  -q, --quiet    say only what failed\n"
	       "      --help     this list; COMMAND --help for a command's options\n"
	       "      --version  print the version\n\n"
	       "Start with `lbrprof record ./app`, then `lbrprof report`.\n"
	       "`man lbrprof` has more.\n");
}

static const struct command *find_command(const char *name)
{
	for (size_t i = 0; i < NR_COMMANDS; i++) {
		if (strcmp(commands[i]->name, name) == 0)
			return commands[i];
	}
	return NULL;
}

static int run_command(const struct command *command, int argc, char **argv)
{
	char name[64];

	snprintf(name, sizeof(name), "lbrprof %s", command->name);
	argv[0] = name;
	return command->run(argc, argv);
}

/* An option before the command: -1: go on, else the exit status. */
static int take_option(const char *option)
{
	if (strcmp(option, "-v") == 0 || strcmp(option, "--verbose") == 0) {
		message_init(VERBOSITY_VERBOSE);
		return -1;
	}
	if (strcmp(option, "-q") == 0 || strcmp(option, "--quiet") == 0) {
		message_init(VERBOSITY_QUIET);
		return -1;
	}
	if (strcmp(option, "--version") == 0) {
		printf("lbrprof %s\n", PACKAGE_VERSION);
		return STATUS_DONE;
	}
	if (strcmp(option, "--help") == 0 || strcmp(option, "-h") == 0) {
		print_help();
		return STATUS_DONE;
	}
	fprintf(stderr, "lbrprof: no such option: %s; see lbrprof --help\n",
		option);
	return STATUS_USAGE;
}

int main(int argc, char **argv)
{
	const struct command *command;
	int at = 1;

	argp_err_exit_status = STATUS_USAGE;
	for (; at < argc && argv[at][0] == '-'; at++) {
		int status = take_option(argv[at]);

		if (status >= 0)
			return status;
	}
	if (at == argc) {
		fprintf(stderr,
			"lbrprof: name a command; see lbrprof --help\n");
		return STATUS_USAGE;
	}
	if (strcmp(argv[at], "help") == 0) {
		print_help();
		return STATUS_DONE;
	}
	command = find_command(argv[at]);
	if (!command) {
		fprintf(stderr,
			"lbrprof: no such command: %s; see lbrprof --help\n",
			argv[at]);
		return STATUS_USAGE;
	}
	return run_command(command, argc - at, argv + at);
}
