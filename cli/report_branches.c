/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * `lbrprof report --branches` and `--blocks`: where branches went and what ran
 * between them. What was not recorded is said to be so and is never a zero.
 */
#include "config.h"

#include "report_branches.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "input.h"
#include "message.h"

#define NAME	     "report"
#define NSEC_PER_SEC 1e9

static double share(uint64_t part, uint64_t whole)
{
	return whole ? 100.0 * (double)part / (double)whole : 0.0;
}

static uint64_t nr_predictions(const struct lbrvirt_branches_totals *totals)
{
	return totals->predicted + totals->mispredicted;
}

/* The kinds of branches that were asked for, by perf record's names. */
static void print_kinds(uint64_t kinds)
{
	static const struct {
		uint64_t bit;
		const char *name;
	} names[] = {
		{ PERF_SAMPLE_BRANCH_ANY, "any" },
		{ PERF_SAMPLE_BRANCH_ANY_CALL, "any_call" },
		{ PERF_SAMPLE_BRANCH_ANY_RETURN, "any_ret" },
		{ PERF_SAMPLE_BRANCH_IND_CALL, "ind_call" },
		{ PERF_SAMPLE_BRANCH_IND_JUMP, "ind_jmp" },
		{ PERF_SAMPLE_BRANCH_CALL, "call" },
		{ PERF_SAMPLE_BRANCH_COND, "cond" },
		{ PERF_SAMPLE_BRANCH_ABORT_TX, "abort_tx" },
		{ PERF_SAMPLE_BRANCH_IN_TX, "in_tx" },
		{ PERF_SAMPLE_BRANCH_NO_TX, "no_tx" },
		{ PERF_SAMPLE_BRANCH_USER, "u" },
		{ PERF_SAMPLE_BRANCH_KERNEL, "k" },
		{ PERF_SAMPLE_BRANCH_HV, "hv" },
	};
	const char *between = "";

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!(kinds & names[i].bit))
			continue;
		printf("%s%s", between, names[i].name);
		between = ",";
	}
	puts(between[0] ? "" : "of which kind is not said");
}

static void print_samples(const struct branch_report *report)
{
	const struct lbrvirt_branches_totals *totals = report->totals;

	printf("%-9s %s", "event", lbrvirt_branches_event(report->branches));
	if (report->event && report->event->attr.freq)
		printf(", %" PRIu64 " samples a second",
		       (uint64_t)report->event->attr.sample_freq);
	else if (report->event && report->event->attr.sample_period)
		printf(", a sample every %" PRIu64,
		       (uint64_t)report->event->attr.sample_period);
	fputs("; branches: ", stdout);
	print_kinds(report->event ? report->event->attr.branch_sample_type : 0);
	printf("%-9s %" PRIu64 " in %.2f s, %" PRIu64 " with branches, %" PRIu64
	       " lost",
	       "samples", totals->samples,
	       (double)(totals->last_ns - totals->first_ns) / NSEC_PER_SEC,
	       totals->samples_with_branches, totals->lost);
	if (totals->filtered_out)
		printf("; %" PRIu64 " others filtered out",
		       totals->filtered_out);
	putchar('\n');
}

static void print_sums(const struct branch_report *report)
{
	const struct lbrvirt_branches_totals *totals = report->totals;
	uint64_t predictions = nr_predictions(totals);
	const struct {
		const char *what;
		uint64_t nr;
	} rare[] = {
		{ "in transactions", totals->in_transaction },
		{ "aborts of transactions", totals->aborted },
		{ "on a wrong path", totals->wrong_path },
		{ "empty entries besides", totals->empty },
	};

	printf("%-9s %" PRIu64, "branches", totals->entries);
	if (predictions)
		printf("; %.2f%% mispredicted",
		       share(totals->mispredicted, predictions));
	else
		fputs("; mispredictions not recorded", stdout);
	if (totals->timed)
		printf("; cycles of %.1f%%\n",
		       share(totals->timed, totals->entries));
	else
		puts("; cycles not recorded");
	for (size_t i = 0; i < sizeof(rare) / sizeof(rare[0]); i++)
		if (rare[i].nr)
			printf("%10s%" PRIu64 " %s\n", "", rare[i].nr,
			       rare[i].what);
}

static void print_block_sums(const struct branch_report *report)
{
	const struct lbrvirt_branches_totals *totals = report->totals;
	const struct {
		const char *what;
		uint64_t nr;
	} gaps[] = {
		{ "from one file to another", totals->runs_across },
		{ "backwards", totals->runs_backward },
		{ "over 4096 bytes", totals->runs_too_long },
		{ "on a wrong path", totals->runs_wrong_path },
	};
	const char *between = "          left out, as entries are missing: ";

	printf("%-9s %" PRIu64 " executions\n", "blocks", totals->block_runs);
	for (size_t i = 0; i < sizeof(gaps) / sizeof(gaps[0]); i++) {
		if (!gaps[i].nr)
			continue;
		printf("%s%" PRIu64 " %s", between, gaps[i].nr, gaps[i].what);
		between = ", ";
	}
	if (between[0] == ',')
		putchar('\n');
	if (!totals->timed)
		printf("%10scycles not recorded: by executions\n", "");
}

static int print_body(const struct branch_report *report)
{
	bool is_blocks = report->opts->list == REPORT_BLOCKS;

	if (report->opts->form == REPORT_JSON)
		return is_blocks ?
			       lbrvirt_export_blocks_json(report->branches,
							  report->order,
							  stdout) :
			       lbrvirt_export_branches_json(
				       report->branches, report->order, stdout);
	if (report->opts->form == REPORT_CSV)
		return is_blocks ? report_branches_csv_blocks(report) :
				   report_branches_csv_pairs(report);
	report_print_head(report->screen, report->path, report->data);
	print_samples(report);
	print_sums(report);
	if (is_blocks)
		print_block_sums(report);
	if (!report->totals->entries) {
		puts("\nno branches");
		return 0;
	}
	return is_blocks ? report_branches_print_blocks(report) :
			   report_branches_print_pairs(report);
}

/* The event whose branches were counted, or would have been. */
static const struct lbrvirt_event *
find_event(const struct branch_report *report, const char *name)
{
	size_t nr = lbrvirt_perfdata_event_count(report->data);

	for (size_t i = 0; i < nr; i++) {
		const struct lbrvirt_event *event =
			lbrvirt_perfdata_event(report->data, i);

		if (lbrvirt_event_has_branches(event) &&
		    (!name || strcmp(event->name, name) == 0))
			return event;
	}
	return NULL;
}

/* No event has branches, or not the one that was named: what is there? */
static void complain(const struct branch_report *report)
{
	size_t nr = lbrvirt_perfdata_event_count(report->data);
	const char *name = report->opts->profile.event;
	bool is_there = !name;
	bool has_stacks = false;

	for (size_t i = 0; i < nr; i++) {
		const struct lbrvirt_event *event =
			lbrvirt_perfdata_event(report->data, i);

		if (!event || (name && strcmp(event->name, name) != 0))
			continue;
		is_there = true;
		has_stacks |=
			!!(event->attr.sample_type & PERF_SAMPLE_BRANCH_STACK);
	}
	if (!is_there)
		message_error(NAME, "%s has no event '%s'", report->path, name);
	else if (has_stacks)
		message_error(
			NAME,
			"the branch records of %s are call stacks, not branches: record with -b or -j",
			report->path);
	else
		message_error(
			NAME,
			"the samples of %s hold no branches: record with -b or -j",
			report->path);
}

/* The events are known: whether they have what was asked for. */
static bool has_what_is_asked(struct branch_report *report)
{
	const char *taken = lbrvirt_branches_event(report->branches);
	const char *name = taken[0] ? taken : report->opts->profile.event;

	report->event = find_event(report, name);
	if (!report->event) {
		complain(report);
		return false;
	}
	if (report->opts->list == REPORT_BLOCKS &&
	    !lbrvirt_event_has_blocks(report->event)) {
		message_error(
			NAME,
			"%s does not say that all branches of '%s' were recorded, and blocks need all: record with -b, or see --branches",
			report->path, report->event->name);
		return false;
	}
	return true;
}

static void note_others(const struct branch_report *report)
{
	size_t nr = lbrvirt_perfdata_event_count(report->data);

	for (size_t i = 0; i < nr && !report->opts->profile.event; i++) {
		const struct lbrvirt_event *event =
			lbrvirt_perfdata_event(report->data, i);

		if (!lbrvirt_event_has_branches(event) ||
		    strcmp(event->name, report->event->name) == 0)
			continue;
		message_note(
			NAME,
			"only branches of %s are printed: name %s or another with --event",
			report->event->name, event->name);
		return;
	}
}

/* An order by what was not recorded would be none. */
static bool has_order(const struct branch_report *report)
{
	const char *missing = NULL;

	if (!report->totals->entries)
		return true;
	if (report->order == LBRVIRT_BRANCHES_BY_CYCLES &&
	    !report->totals->timed)
		missing = "cycles";
	else if (report->order == LBRVIRT_BRANCHES_BY_MISPREDICTED &&
		 !nr_predictions(report->totals))
		missing = "mispredictions";
	if (missing)
		message_error(
			NAME,
			"the branches of %s were recorded without %s: sort by count",
			report->path, missing);
	return !missing;
}

static int print(struct branch_report *report)
{
	report->totals = lbrvirt_branches_totals(report->branches);
	report->order = report->opts->order;
	if (!report->opts->has_order)
		report->order = report->opts->list == REPORT_BLOCKS &&
						report->totals->timed ?
					LBRVIRT_BRANCHES_BY_CYCLES :
					LBRVIRT_BRANCHES_BY_COUNT;
	if (!has_order(report))
		return STATUS_FAILED;
	note_others(report);
	return input_finish(NAME, print_body(report));
}

static int read_and_print(struct branch_report *report)
{
	const struct lbrvirt_perfdata_header *header =
		lbrvirt_perfdata_header(report->data);
	char *why = NULL;
	int status = STATUS_FAILED;
	int err;

	/* In a pipe the events come with the records. */
	if (!header->is_pipe && !has_what_is_asked(report))
		return STATUS_FAILED;
	err = lbrvirt_branches_load(report->branches, report->data);
	if (err)
		why = strdup(lbrvirt_context_error(report->ctx));
	/* What was read before the damage is worth showing; then the damage. */
	if ((!err || err == -EBADMSG) && has_what_is_asked(report))
		status = print(report);
	if (err) {
		message_error(NAME, "%s", why ? why : lbrvirt_strerror(err));
		status = STATUS_FAILED;
	}
	free(why);
	return status;
}

int report_run_branches(const struct text_screen *screen,
			const struct report_opts *opts, const char *path,
			struct lbrvirt_context *ctx,
			struct lbrvirt_perfdata *data)
{
	struct branch_report report = {
		.screen = screen,
		.opts = opts,
		.path = path,
		.ctx = ctx,
		.data = data,
	};
	int status;
	int err = lbrvirt_branches_new(ctx, &opts->profile, &report.branches);

	if (err) {
		message_error(NAME, "%s", lbrvirt_context_error(ctx));
		return err == -EINVAL ? STATUS_USAGE : STATUS_FAILED;
	}
	status = read_and_print(&report);
	lbrvirt_branches_free(report.branches);
	return status;
}
