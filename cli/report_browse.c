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
#include "cells.h"
#include "command.h"
#include "input.h"
#include "message.h"
#include "terminal.h"

#define NAME	       "report"

#define EXIT_SIGNALLED 128

/* Records between two looks at the keyboard's signals. */
#define STEP_RECORDS 65536

struct browse {
	const struct report_opts *opts;
	const char *path;
	struct lbrvirt_context *ctx;
	struct profiles *shown; /* the caller's, its content replaced */
	uint64_t nr_records;
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
	char text[80];

	(void)record;
	if (++browse->nr_records % STEP_RECORDS)
		return 0;
	if (terminal_end_signal())
		return -EINTR;
	terminal_size(&rows, &columns);
	snprintf(text, sizeof(text), " reading again: %" PRIu64 " records",
		 browse->nr_records);
	cells_make(text, false, columns, &cells);
	terminal_put(rows - 1, 0, TERMINAL_BAR, &cells);
	terminal_show();
	return 0;
}

static int read_again(struct browse *browse, struct profiles *profiles)
{
	struct lbrvirt_resolver_opts resolver = browse->opts->resolver;
	struct lbrvirt_perfdata *data;
	int err;

	profiles->opts.resolver = &resolver;
	err = lbrvirt_perfdata_open(browse->ctx, browse->path, NULL, &data);
	if (err)
		return err;
	input_set_resolver(data, &resolver);
	browse->nr_records = 0;
	err = profiles_load(profiles, data, &resolver);
	profiles->opts.resolver = NULL;
	lbrvirt_perfdata_close(data);
	/* Damage was told of before. */
	return err == -EBADMSG ? 0 : err;
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
		profiles_fini(browse->shown);
		*browse->shown = *read;
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
		   bool is_damaged, struct profiles *profiles, int *ret_status)
{
	struct browse browse = {
		.opts = opts,
		.path = path,
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
	};
	int err = 0;

	snprintf(title, sizeof(title), "%s%.200s ",
		 is_damaged ? "damaged: " : "", path);
	set_first(opts, &source);
	/* Messages would write over the screen. */
	lbrvirt_context_set_log(browse.ctx, LBRVIRT_LOG_WARNING, NULL, NULL);
	switch (browser_run(&source, NULL, &err)) {
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
