/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * `lbrprof report`: reads a recording once, into one profile for each event,
 * and prints them.
 */
#include "config.h"

#include "report.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "input.h"
#include "message.h"
#include "pager.h"
#include "progress.h"
#include "terminal.h"

#define NAME "report"

struct report {
	struct report_opts opts;
	struct text_screen screen;
	struct lbrvirt_context *ctx;
	struct lbrvirt_perfdata *data;
	const char *path;
	struct profiles profiles;
	struct progress progress;
	bool is_browsed; /* else printed */
	uint64_t offset; /* the furthest read */
};

static int show_progress(const struct lbrvirt_record *record, void *arg)
{
	struct report *report = arg;

	if (record->offset > report->offset)
		report->offset = record->offset;
	progress_step(&report->progress, report->offset);
	return 0;
}

/* 0: all was read; else the error that ended it. */
static int load(struct report *report)
{
	struct profiles *profiles = &report->profiles;
	int err;

	profiles->ctx = report->ctx;
	profiles->opts = report->opts.profile;
	profiles->wants_threads = report->is_browsed;
	profiles->step_fn = show_progress;
	profiles->step_arg = report;
	progress_begin(&report->progress, report->path);
	err = profiles_load(profiles, report->data, &report->opts.resolver);
	progress_end();
	return err;
}

static const struct lbrvirt_event *event_of(const struct report *report,
					    const struct profiles_event *p)
{
	size_t nr = lbrvirt_perfdata_event_count(report->data);

	for (size_t i = 0; i < nr; i++) {
		const struct lbrvirt_event *event =
			lbrvirt_perfdata_event(report->data, i);

		if (event && strcmp(event->name, p->name) == 0)
			return event;
	}
	return NULL;
}

static int print_body(struct report *report, const struct profiles_event *p)
{
	if (!lbrvirt_profile_totals(p->profile)->samples) {
		puts("\nno samples");
		return 0;
	}
	putchar('\n');
	if (report->opts.form == REPORT_FLAT)
		return report_print_flat(&report->screen, &report->opts,
					 p->profile);
	return report_print_tree(&report->screen, &report->opts, p->profile);
}

/* Events without samples are named only if none has any. */
static bool is_shown(const struct report *report, size_t index)
{
	bool has_any = false;

	for (size_t i = 0; i < report->profiles.nr; i++)
		has_any |= profiles_samples(&report->profiles, i) > 0;
	return has_any ? profiles_samples(&report->profiles, index) > 0 :
			 index == 0;
}

static int print_people(struct report *report)
{
	int err = 0;

	report_print_head(&report->screen, report->path, report->data);
	report_print_leftovers(&report->profiles.leftovers);
	for (size_t i = 0; !err && i < report->profiles.nr; i++) {
		struct profiles_event *p = &report->profiles.events[i];

		if (!is_shown(report, i))
			continue;
		if (i && report->profiles.nr > 1)
			putchar('\n');
		report_print_sums(report->data, event_of(report, p),
				  p->profile);
		if (report->opts.has_provenance)
			report_print_provenance(p->profile);
		err = print_body(report, p);
		/* Another event may well have the symbol. */
		if (err == -ENOENT && report->profiles.nr > 1) {
			printf("no stack has the symbol %s\n",
			       report->opts.symbol);
			err = 0;
		}
	}
	return err;
}

/* For programs: the first event that has samples. */
static int print_programs(struct report *report)
{
	const struct profiles_event *p = &report->profiles.events[0];
	size_t nr = 0;

	for (size_t i = report->profiles.nr; i-- > 0;) {
		if (profiles_samples(&report->profiles, i)) {
			p = &report->profiles.events[i];
			nr++;
		}
	}
	if (nr > 1)
		message_note(
			NAME,
			"of %zu events only %s is printed: name another with --event",
			nr, p->name);
	if (report->opts.form == REPORT_CSV)
		return report_print_csv(&report->screen, p->profile);
	else {
		const char *source =
			input_stack_source(report->data, event_of(report, p));

		/* Joined stacks are LBR stacks with a longer tail. */
		if (strncmp(source, "lbr", 3) == 0)
			source = "lbr";
		return lbrvirt_export_json(p->profile, source, report->data,
					   stdout);
	}
}

/* An unknown symbol or event is said with the names that are there. */
static int check_names(struct report *report)
{
	const char *symbol = report->opts.symbol;
	const char *event = report->opts.profile.event;
	const struct lbrvirt_profile_node *root;
	char nearest[512] = "";

	if (event && !event_of(report, &report->profiles.events[0])) {
		const struct lbrvirt_event *first =
			lbrvirt_perfdata_event(report->data, 0);

		message_error(NAME, "%s has no event '%s'; its first is %s",
			      report->path, event,
			      first ? first->name : "none");
		return -1;
	}
	if (!symbol)
		return 0;
	for (size_t i = 0; i < report->profiles.nr; i++) {
		struct lbrvirt_profile *profile =
			report->profiles.events[i].profile;

		if (!lbrvirt_profile_tree(profile, LBRVIRT_TREE_CALLERS, symbol,
					  &root))
			return 0;
		if (!nearest[0])
			report_nearest(profile, symbol, nearest,
				       sizeof(nearest));
	}
	message_error(NAME, "no stack of %s has the symbol '%s'%s",
		      report->path, symbol, nearest);
	return -1;
}

static bool is_for_people(const struct report *report)
{
	return report->opts.form != REPORT_JSON &&
	       report->opts.form != REPORT_CSV;
}

static int print_text(struct report *report)
{
	struct pager pager = { .terminal = -1 };
	int status;
	int err;

	if (is_for_people(report))
		pager_begin(&pager);
	if (is_for_people(report))
		err = print_people(report);
	else
		err = print_programs(report);
	status = input_finish(NAME, err);
	pager_end(&pager);
	return status;
}

static int show(struct report *report)
{
	int status;

	if (check_names(report))
		return STATUS_FAILED;
	if (report->is_browsed &&
	    report_browse(&report->opts, report->path, report->data,
			  &report->profiles, &status))
		return status;
	return print_text(report);
}

static int print_branches(struct report *report)
{
	struct pager pager = { .terminal = -1 };
	int status;

	if (is_for_people(report))
		pager_begin(&pager);
	status = report_run_branches(&report->screen, &report->opts,
				     report->path, report->ctx, report->data);
	pager_end(&pager);
	return status;
}

/* Branches are lists and no trees, and a pipe's keyboard is the pipe. */
static bool wants_browser(const struct report *report)
{
	return !report->opts.is_text && !report->opts.has_provenance &&
	       is_for_people(report) && report->opts.list == REPORT_STACKS &&
	       terminal_is_usable();
}

static int run_report(struct report *report)
{
	int status = STATUS_FAILED;
	int err;

	if (input_open(NAME, report->ctx, report->opts.input, &report->path,
		       &report->data))
		return STATUS_FAILED;
	input_set_resolver(report->data, &report->opts.resolver);
	if (report->opts.list != REPORT_STACKS)
		return print_branches(report);
	err = load(report);
	if (!err && !report->profiles.nr) {
		message_error(NAME, "%s holds no event, so no samples",
			      report->path);
		return STATUS_FAILED;
	}
	if (err == -EINVAL) {
		message_error(NAME, "%s", lbrvirt_context_error(report->ctx));
		return STATUS_USAGE;
	}
	if (!err)
		return show(report);
	/* What was read before the damage is worth showing; then the damage. */
	if (err == -EBADMSG && report->profiles.nr) {
		char *why = strdup(lbrvirt_context_error(report->ctx));

		report->profiles.is_damaged = true;
		show(report);
		message_error(NAME, "%s", why ? why : lbrvirt_strerror(err));
		free(why);
	} else {
		message_error(NAME, "%s", lbrvirt_context_error(report->ctx));
	}
	return status;
}

static int run(int argc, char **argv)
{
	struct report *report = calloc(1, sizeof(*report));
	int status = STATUS_FAILED;

	if (!report) {
		message_error(NAME, "out of memory");
		return STATUS_FAILED;
	}
	report_opts_parse(argc, argv, &report->opts);
	text_screen_init(&report->screen);
	report->is_browsed = wants_browser(report);
	report->ctx = message_context(NAME);
	if (report->ctx)
		status = run_report(report);

	profiles_fini(&report->profiles);
	lbrvirt_perfdata_close(report->data);
	lbrvirt_context_free(report->ctx);
	free(report);
	return status;
}

const struct command command_report = {
	.name = NAME,
	.run = run,
	.help = "show a recording as a call tree",
};
