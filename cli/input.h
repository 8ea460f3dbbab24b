/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The file that a reading command reads: which one, whether it carries
 * lbrprof's own notes, and how its end is reported.
 */
#ifndef LBRPROF_INPUT_H
#define LBRPROF_INPUT_H

#include <lbrvirt/lbrvirt.h>

/* Types of records from here on are perf's own, not the kernel's. */
#define INPUT_USER_TYPES 64

/*
 * Open @path; NULL: lbrprof.data, or perf.data if only that is there.
 * *@ret_path receives the name taken. 0, or -1: it has been said why not.
 */
int input_open(const char *command, struct lbrvirt_context *ctx,
	       const char *path, const char **ret_path,
	       struct lbrvirt_perfdata **ret_data);

/* What a resolver must know of the recording: in a pipe, once the first of the
 * kernel's records has come. */
void input_set_resolver(const struct lbrvirt_perfdata *data,
			struct lbrvirt_resolver_opts *opts);

/* The event that a profile of the recording is of, or NULL. */
const struct lbrvirt_event *input_event(const struct lbrvirt_perfdata *data,
					const struct lbrvirt_profile *profile);

/* Where the stacks of @event's samples come from: "lbr", "dwarf", … */
const char *input_stack_source(const struct lbrvirt_perfdata *data,
			       const struct lbrvirt_event *event);

/*
 * Hand the kernel's records of @data, the file at @path, to @add_fn one by one,
 * and tell how far it is. In a pipe, events and notes are known when the first
 * one comes. 0: all were read; else the error that ended it, and after
 * -EBADMSG what came before the damage was handed on.
 */
int input_read(struct lbrvirt_perfdata *data, const char *path,
	       int (*add_fn)(const struct lbrvirt_record *record, void *arg),
	       void *arg);

/*
 * End of output: flush stdout. Returns 0, or the exit status after a message;
 * a reader that went away (head) is no failure.
 */
int input_finish_output(const char *command);

/* The same after printing that ended with @err, 0 or a negative code of the
 * library. Where writing failed, that is said, and not what followed from it. */
int input_finish(const char *command, int err);

#endif
