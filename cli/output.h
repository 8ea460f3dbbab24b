/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Where a command writes a file for other programs: standard output, or the
 * file named with -o.
 */
#ifndef LBRPROF_OUTPUT_H
#define LBRPROF_OUTPUT_H

#include <stdbool.h>
#include <stdio.h>

/* Whether it would go to a terminal without anyone having asked for that. */
bool output_is_terminal(const char *path);

/* @path: NULL or "-" for standard output. NULL: it has been said why not. */
FILE *output_open(const char *command, const char *path);

/*
 * End it. @failed: what was to be written is not, or not all of it, and it has
 * been said why; then a file is removed. 0, or the exit status after a message;
 * a reader that went away (head) is no failure.
 */
int output_close(const char *command, const char *path, FILE *out, bool failed);

#endif
