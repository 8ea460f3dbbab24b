/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The name without -i is record's own first: whoever has both files in a
 * folder recorded with lbrprof.
 */
#include "config.h"

#include "input.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "message.h"
#include "progress.h"

#define OWN_NAME  "lbrprof.data"
#define PERF_NAME "perf.data"

int input_open(const char *command, struct lbrvirt_context *ctx,
	       const char *path, const char **ret_path,
	       struct lbrvirt_perfdata **ret_data)
{
	if (!path && access(OWN_NAME, F_OK) == 0)
		path = OWN_NAME;
	else if (!path && access(PERF_NAME, F_OK) == 0)
		path = PERF_NAME;
	if (!path) {
		message_error(
			command,
			"there is no %s here: make one with `lbrprof record COMMAND`, or name a file with -i",
			OWN_NAME);
		return -1;
	}
	if (lbrvirt_perfdata_open(ctx, path, NULL, ret_data)) {
		message_error(command, "%s", lbrvirt_context_error(ctx));
		return -1;
	}
	*ret_path = path;
	return 0;
}

void input_set_resolver(const struct lbrvirt_perfdata *data,
			struct lbrvirt_resolver_opts *opts)
{
	const char *note = lbrvirt_perfdata_note(data, "stack_verdict");

	opts->has_verdict = note && strcmp(note, "weight") == 0;
	opts->kernel_release = lbrvirt_perfdata_header(data)->osrelease;
}

const struct lbrvirt_event *
input_event(const struct lbrvirt_perfdata *data,
	 const struct lbrvirt_profile *profile)
{
	const char *name = lbrvirt_profile_event(profile);

	for (size_t i = 0; i < lbrvirt_perfdata_event_count(data); i++) {
		const struct lbrvirt_event *event =
			lbrvirt_perfdata_event(data, i);

		if (strcmp(event->name, name) == 0)
			return event;
	}
	return NULL;
}

const char *input_stack_source(const struct lbrvirt_perfdata *data,
			       const struct lbrvirt_event *event)
{
	const char *note = lbrvirt_perfdata_note(data, "stack_source");
	uint64_t type = event ? event->attr.sample_type : 0;

	if (note)
		return note;
	if ((type & PERF_SAMPLE_BRANCH_STACK) &&
	    (event->attr.branch_sample_type & PERF_SAMPLE_BRANCH_CALL_STACK))
		return "lbr";
	if ((type & PERF_SAMPLE_STACK_USER) && (type & PERF_SAMPLE_REGS_USER))
		return "dwarf";
	return type & PERF_SAMPLE_CALLCHAIN ? "fp" : "none";
}

int input_finish_output(const char *command)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return STATUS_DONE;
	if (errno == EPIPE)
		return STATUS_DONE;
	message_error(command, "cannot write the output: %s", strerror(errno));
	return STATUS_FAILED;
}

int input_finish(const char *command, int err)
{
	if (!err || ferror(stdout))
		return input_finish_output(command);
	message_error(command, "%s", lbrvirt_strerror(err));
	return STATUS_FAILED;
}

int input_read(struct lbrvirt_perfdata *data, const char *path,
	       int (*add_fn)(const struct lbrvirt_record *record, void *arg),
	       void *arg)
{
	struct lbrvirt_record record;
	struct progress progress;
	uint64_t furthest = 0;
	int err;

	progress_begin(&progress, path);
	for (;;) {
		err = lbrvirt_perfdata_next(data, &record);
		if (err)
			break;
		if (record.offset > furthest)
			furthest = record.offset;
		progress_step(&progress, furthest);
		if (record.type < INPUT_USER_TYPES)
			err = add_fn(&record, arg);
		if (err)
			break;
	}
	progress_end();
	return err == -ENODATA ? 0 : err;
}
