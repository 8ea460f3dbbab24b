/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A file as the browser's source. A filter reads the file again: a profile
 * keeps no samples, only what they add up to.
 */
#include "config.h"

#include "report.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "browser.h"
#include "browser_code.h"
#include "cells.h"
#include "command.h"
#include "input.h"
#include "message.h"
#include "progress.h"
#include "terminal.h"

#define NAME	       "report"

#define EXIT_SIGNALLED 128

struct browse {
	const struct report_opts *opts;
	const char *path;
	const struct lbrvirt_perfdata *data; /* read to its end; its events */
	struct lbrvirt_context *ctx;
	struct profiles *shown; /* the caller's, its content replaced */
	struct progress progress;
	uint64_t offset; /* the furthest read */
	/* The options as the filters have changed them. */
	struct lbrvirt_profile_opts filtered;
	/* Of the event whose code was asked for last; NULL: it has none. */
	struct lbrvirt_branches *branches;
	size_t branches_event;
	bool are_branches_known;
};

static size_t nr_events(void *arg)
{
	const struct browse *browse = arg;

	return browse->shown->nr;
}

static const char *event_name(void *arg, size_t event)
{
	const struct browse *browse = arg;

	return browse->shown->events[event].name;
}

static struct lbrvirt_profile *profile_of(void *arg, size_t event)
{
	const struct browse *browse = arg;

	return browse->shown->events[event].profile;
}

static const struct browser_thread *threads_of(void *arg, size_t *ret_nr)
{
	struct browse *browse = arg;

	return thread_list_by_samples(&browse->shown->threads, ret_nr);
}

/* The screen is taken: how far the reading is stands on its last line. */
static int step(const struct lbrvirt_record *record, void *arg)
{
	struct browse *browse = arg;
	unsigned int rows, columns;
	struct cells cells;
	char text[96];

	if (record->offset > browse->offset)
		browse->offset = record->offset;
	if (!progress_is_due(&browse->progress, browse->offset, text,
			     sizeof(text)))
		return 0;
	if (terminal_end_signal())
		return -EINTR;
	terminal_size(&rows, &columns);
	cells_make(text, false, columns, &cells);
	terminal_clear_row(rows - 1);
	terminal_put(rows - 1, 0, TERMINAL_BAR, &cells);
	terminal_show();
	return 0;
}

/* The file once more, from its beginning. */
static int open_again(struct browse *browse,
		      struct lbrvirt_resolver_opts *resolver,
		      struct lbrvirt_perfdata **ret_data)
{
	int err = lbrvirt_perfdata_open(browse->ctx, browse->path, NULL,
					ret_data);

	if (err)
		return err;
	*resolver = browse->opts->resolver;
	input_set_resolver(*ret_data, resolver);
	progress_begin(&browse->progress, browse->path);
	browse->offset = 0;
	return 0;
}

static int read_again(struct browse *browse, struct profiles *profiles)
{
	struct lbrvirt_resolver_opts resolver;
	struct lbrvirt_perfdata *data;
	int err = open_again(browse, &resolver, &data);

	if (err)
		return err;
	profiles->opts.resolver = &resolver;
	err = profiles_load(profiles, data, &resolver);
	profiles->opts.resolver = NULL;
	lbrvirt_perfdata_close(data);
	/* Damage was told of before. */
	return err == -EBADMSG ? 0 : err;
}

static void forget_branches(struct browse *browse)
{
	lbrvirt_branches_free(browse->branches);
	browse->branches = NULL;
	browse->are_branches_known = false;
}

static int fill_branches(struct browse *browse, struct lbrvirt_perfdata *data,
			 struct lbrvirt_branches *branches)
{
	struct lbrvirt_record record;
	int err = 0;

	while (!err) {
		err = lbrvirt_perfdata_next(data, &record);
		if (!err)
			err = step(&record, browse);
		if (!err && record.type < INPUT_USER_TYPES)
			err = lbrvirt_branches_add(branches, &record);
	}
	return err == -ENODATA || err == -EBADMSG ? 0 : err;
}

/*
 * Branches are read when code is asked for, not before: few look at code, and
 * all would wait. Code is shown without them if they cannot be had, as with a
 * filter by a share of the time.
 */
static int read_branches(struct browse *browse, size_t index)
{
	struct lbrvirt_profile_opts opts = browse->filtered;
	struct lbrvirt_branches *branches = NULL;
	struct lbrvirt_resolver_opts resolver;
	struct lbrvirt_perfdata *data;
	int err = open_again(browse, &resolver, &data);

	if (err)
		return err;
	opts.resolver = &resolver;
	opts.event = browse->shown->events[index].name;
	/* Where samples fell says nothing of which branches count. */
	opts.symbols = NULL;
	opts.dsos = NULL;
	err = lbrvirt_branches_new(browse->ctx, &opts, &branches);
	if (!err)
		err = fill_branches(browse, data, branches);
	lbrvirt_perfdata_close(data);
	if (err) {
		lbrvirt_branches_free(branches);
		return err;
	}
	browse->branches = branches;
	return 0;
}

static bool has_branches(const struct browse *browse, size_t index)
{
	size_t nr = lbrvirt_perfdata_event_count(browse->data);

	for (size_t i = 0; i < nr; i++) {
		const struct lbrvirt_event *event =
			lbrvirt_perfdata_event(browse->data, i);

		if (strcmp(event->name, browse->shown->events[index].name) == 0)
			return lbrvirt_event_has_branches(event);
	}
	return false;
}

static int code_of(void *arg, size_t event, const char *symbol, const char *dso,
		   struct code_text *ret_code, char *ret_why, size_t why_size)
{
	struct browse *browse = arg;

	if (!browse->are_branches_known || browse->branches_event != event) {
		forget_branches(browse);
		if (has_branches(browse, event))
			(void)read_branches(browse, event);
		browse->are_branches_known = true;
		browse->branches_event = event;
	}
	return browser_code_make(browse->ctx, profile_of(browse, event),
				 browse->branches, symbol, dso, ret_code,
				 ret_why, why_size);
}

static int refilter(void *arg, const struct browser_filter *filter,
		    char *ret_why, size_t why_size)
{
	struct browse *browse = arg;
	struct profiles *read = calloc(1, sizeof(*read));
	int err = -ENOMEM;

	if (!read)
		return err;
	read->ctx = browse->ctx;
	read->opts = browse->opts->profile;
	read->wants_threads = true;
	read->step_fn = step;
	read->step_arg = browse;
	if (filter->tids)
		read->opts.tids = filter->tids;
	if (filter->dsos)
		read->opts.dsos = filter->dsos;
	if (filter->time)
		read->opts.time = filter->time;
	err = read_again(browse, read);
	if (!err && read->nr < browse->shown->nr)
		err = -ENOENT;
	if (err) {
		snprintf(ret_why, why_size, "%s",
			 lbrvirt_context_error(browse->ctx));
		profiles_fini(read);
	} else {
		forget_branches(browse);
		profiles_fini(browse->shown);
		*browse->shown = *read;
		browse->filtered = read->opts;
	}
	free(read);
	return err;
}

static void set_first(const struct report_opts *opts,
		      struct browser_source *source)
{
	static const enum browser_page pages[] = {
		[REPORT_TREE] = BROWSER_TREE,
		[REPORT_FLAT] = BROWSER_FLAT,
		[REPORT_CALLERS] = BROWSER_CALLERS,
		[REPORT_CALLEES] = BROWSER_CALLEES,
	};

	source->first_page = pages[opts->form];
	source->first_symbol = opts->symbol;
}

bool report_browse(const struct report_opts *opts, const char *path,
		   const struct lbrvirt_perfdata *data,
		   struct profiles *profiles, int *ret_status)
{
	struct browse browse = {
		.opts = opts,
		.path = path,
		.data = data,
		.filtered = opts->profile,
		.ctx = profiles->ctx,
		.shown = profiles,
	};
	char title[256];
	struct browser_source source = {
		.title = title,
		.arg = &browse,
		.nr_events = nr_events,
		.event_name = event_name,
		.profile = profile_of,
		.threads = threads_of,
		.refilter = refilter,
		.code = code_of,
	};
	enum browser_end end;
	int err = 0;

	snprintf(title, sizeof(title), "%s%.200s ",
		 profiles->is_damaged ? "damaged: " : "", text_file_name(path));
	set_first(opts, &source);
	/* Messages would write over the screen. */
	lbrvirt_context_set_log(browse.ctx, LBRVIRT_LOG_WARNING, NULL, NULL);
	end = browser_run(&source, NULL, &err);
	forget_branches(&browse);
	switch (end) {
	case BROWSER_UNUSABLE:
		return false;
	case BROWSER_SIGNALLED:
		*ret_status = EXIT_SIGNALLED + err;
		return true;
	case BROWSER_FAILED:
		message_error(NAME, "%s", lbrvirt_strerror(err));
		*ret_status = STATUS_FAILED;
		return true;
	default:
		*ret_status = STATUS_DONE;
		return true;
	}
}
