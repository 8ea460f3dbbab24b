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
#include <time.h>

#include "command.h"
#include "input.h"
#include "message.h"

#define NAME	   "report"
#define EVENTS_MAX 64

/* Records between two looks at the clock. */
#define PROGRESS_RECORDS 4096

struct event_profile {
	const char *name; /* copied */
	struct lbrvirt_profile *profile;
};

struct report {
	struct report_opts opts;
	struct text_screen screen;
	struct lbrvirt_context *ctx;
	struct lbrvirt_perfdata *data;
	const char *path;
	struct event_profile profiles[EVENTS_MAX]; /* by distinct name */
	size_t nr_profiles;
	struct report_leftovers leftovers;
	time_t begun;
	uint64_t nr_records;
};

static bool has_profile(const struct report *report, const char *name)
{
	for (size_t i = 0; i < report->nr_profiles; i++)
		if (strcmp(report->profiles[i].name, name) == 0)
			return true;
	return false;
}

static int add_profile(struct report *report, const char *name)
{
	struct event_profile *added = &report->profiles[report->nr_profiles];
	struct lbrvirt_profile_opts opts = report->opts.profile;
	int err;

	opts.event = name;
	err = lbrvirt_profile_new(report->ctx, &opts, &added->profile);
	if (err)
		return err;
	added->name = strdup(name);
	if (!added->name) {
		lbrvirt_profile_free(added->profile);
		return -ENOMEM;
	}
	report->nr_profiles++;
	return 0;
}

/*
 * Done when the first of the kernel's records comes: in a pipe, what the
 * settings depend on (the events, the notes) comes before it.
 */
static int make_profiles(struct report *report)
{
	size_t nr = lbrvirt_perfdata_event_count(report->data);
	int err = 0;

	input_set_resolver(report->data, &report->opts.resolver);
	if (report->opts.profile.event)
		return add_profile(report, report->opts.profile.event);
	for (size_t i = 0; !err && i < nr; i++) {
		const struct lbrvirt_event *event =
			lbrvirt_perfdata_event(report->data, i);

		if (report->nr_profiles == EVENTS_MAX)
			break;
		if (event && !has_profile(report, event->name))
			err = add_profile(report, event->name);
	}
	return err;
}

static void show_progress(struct report *report)
{
	char text[80];

	if (++report->nr_records % PROGRESS_RECORDS ||
	    time(NULL) - report->begun < 2)
		return;
	snprintf(text, sizeof(text), "%" PRIu64 " records read",
		 report->nr_records);
	message_progress(text);
}

static void count_leftover(struct report_leftovers *leftovers,
			   const struct lbrvirt_record *record)
{
	size_t i = 0;

	if (record->type == PERF_RECORD_SAMPLE && !record->event)
		leftovers->nr_stray++;
	if (lbrvirt_record_type_name(record->type))
		return;
	leftovers->nr_unknown++;
	while (i < leftovers->nr_types &&
	       leftovers->types[i].type != record->type)
		i++;
	if (i == REPORT_TYPES_MAX)
		return;
	if (i == leftovers->nr_types)
		leftovers->nr_types++;
	leftovers->types[i].type = record->type;
	leftovers->types[i].nr++;
}

/* 0: all was read; else the error that ended it. */
static int load(struct report *report)
{
	struct lbrvirt_record record;
	int err;

	report->begun = time(NULL);
	for (;;) {
		err = lbrvirt_perfdata_next(report->data, &record);
		if (err)
			break;
		show_progress(report);
		if (record.type > PERF_RECORD_MMAP2 || !record.event)
			count_leftover(&report->leftovers, &record);
		if (record.type >= 64)
			continue;
		if (!report->nr_profiles)
			err = make_profiles(report);
		for (size_t i = 0; !err && i < report->nr_profiles; i++)
			err = lbrvirt_profile_add(report->profiles[i].profile,
						  &record);
		if (err)
			break;
	}
	message_progress(NULL);
	if (err == -ENODATA)
		err = 0;
	/* A file without a single record: an empty report, not none. */
	if (!report->nr_profiles && (!err || err == -EBADMSG)) {
		int made = make_profiles(report);

		if (made)
			err = made;
	}
	return err;
}

static uint64_t samples_of(const struct event_profile *p)
{
	const struct lbrvirt_profile_totals *totals =
		lbrvirt_profile_totals(p->profile);

	return totals->samples + totals->filtered_out;
}

static const struct lbrvirt_event *event_of(const struct report *report,
					    const struct event_profile *p)
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

static int print_body(struct report *report, const struct event_profile *p)
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

	for (size_t i = 0; i < report->nr_profiles; i++)
		has_any |= samples_of(&report->profiles[i]) > 0;
	return has_any ? samples_of(&report->profiles[index]) > 0 : index == 0;
}

static int print_people(struct report *report)
{
	int err = 0;

	report_print_head(&report->screen, report->path, report->data);
	report_print_leftovers(&report->leftovers);
	for (size_t i = 0; !err && i < report->nr_profiles; i++) {
		struct event_profile *p = &report->profiles[i];

		if (!is_shown(report, i))
			continue;
		if (i && report->nr_profiles > 1)
			putchar('\n');
		report_print_sums(report->data, event_of(report, p),
				  p->profile);
		if (report->opts.has_provenance)
			report_print_provenance(p->profile);
		err = print_body(report, p);
		/* Another event may well have the symbol. */
		if (err == -ENOENT && report->nr_profiles > 1) {
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
	const struct event_profile *p = &report->profiles[0];
	size_t nr = 0;

	for (size_t i = report->nr_profiles; i-- > 0;) {
		if (samples_of(&report->profiles[i])) {
			p = &report->profiles[i];
			nr++;
		}
	}
	if (nr > 1)
		message_note(
			NAME,
			"of %zu events only %s is printed: name another with --event",
			nr, p->name);
	if (report->opts.form == REPORT_CSV)
		return report_print_csv(p->profile);
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

	if (event && !event_of(report, &report->profiles[0])) {
		const struct lbrvirt_event *first =
			lbrvirt_perfdata_event(report->data, 0);

		message_error(NAME, "%s has no event '%s'; its first is %s",
			      report->path, event,
			      first ? first->name : "none");
		return -1;
	}
	if (!symbol)
		return 0;
	for (size_t i = 0; i < report->nr_profiles; i++) {
		struct lbrvirt_profile *profile = report->profiles[i].profile;

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

static int print(struct report *report)
{
	int err;

	if (check_names(report))
		return STATUS_FAILED;
	if (report->opts.form == REPORT_JSON || report->opts.form == REPORT_CSV)
		err = print_programs(report);
	else
		err = print_people(report);
	/* Failed writing is told below, with its own reason. */
	if (err && !ferror(stdout)) {
		message_error(NAME, "%s", lbrvirt_strerror(err));
		return STATUS_FAILED;
	}
	return input_finish_output(NAME);
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
		return report_run_branches(&report->screen, &report->opts,
					   report->path, report->ctx,
					   report->data);
	err = load(report);
	if (!err && !report->nr_profiles) {
		message_error(NAME, "%s holds no event, so no samples",
			      report->path);
		return STATUS_FAILED;
	}
	if (err == -EINVAL) {
		message_error(NAME, "%s", lbrvirt_context_error(report->ctx));
		return STATUS_USAGE;
	}
	if (!err)
		return print(report);
	/* What was read before the damage is worth showing; then the damage. */
	if (err == -EBADMSG && report->nr_profiles) {
		char *why = strdup(lbrvirt_context_error(report->ctx));

		print(report);
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
	report->ctx = message_context(NAME);
	if (report->ctx)
		status = run_report(report);

	for (size_t i = 0; i < report->nr_profiles; i++) {
		lbrvirt_profile_free(report->profiles[i].profile);
		free((char *)report->profiles[i].name);
	}
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
