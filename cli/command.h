/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a command of the tool is: one file, one constant struct. main.c finds
 * it by name and runs it; help comes from the same table.
 */
#ifndef LBRPROF_COMMAND_H
#define LBRPROF_COMMAND_H

#include <lbrvirt/lbrvirt.h>

/* Exit statuses; record passes the profiled command's own on. */
#define STATUS_DONE   0
#define STATUS_FAILED 1
#define STATUS_USAGE  2

struct command {
	const char *name;
	/*
	 * @argv[0] is "lbrprof NAME", so that argp's messages and --help read
	 * right; the rest is as given. Returns the exit status.
	 */
	int (*run)(int argc, char **argv);
	const char *help; /* one line, for the list */
};

extern const struct command command_annotate;
extern const struct command command_diff;
extern const struct command command_doctor;
extern const struct command command_export;
extern const struct command command_pv;
extern const struct command command_record;
extern const struct command command_report;
extern const struct command command_run;
extern const struct command command_script;
extern const struct command command_top;

#endif
