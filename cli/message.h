/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Messages to people, on stderr: "lbrprof: COMMAND: text".
 */
#ifndef LBRPROF_MESSAGE_H
#define LBRPROF_MESSAGE_H

#include <stdbool.h>

#include <lbrvirt/context.h>

/* How chatty the tool is: -q, nothing, -v. */
enum verbosity {
	VERBOSITY_QUIET = 0,
	VERBOSITY_NORMAL = 1,
	VERBOSITY_VERBOSE = 2,
};

/* Set once by main() before a command runs. */
void message_init(enum verbosity verbosity);
enum verbosity message_verbosity(void);

/* Something failed: always shown. */
void message_error(const char *command, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Worth knowing: not shown under -q. */
void message_note(const char *command, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/*
 * Make a context whose log goes to stderr in the form above, up to what -q and
 * -v ask for. @command must outlive it. NULL: out of memory, said so.
 */
struct lbrvirt_context *message_context(const char *command);

/* Whether stderr is a terminal that takes a progress line. */
bool message_has_progress(void);

/* Write, or replace, the progress line; NULL wipes it away. */
void message_progress(const char *text);

#endif
