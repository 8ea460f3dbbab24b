/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * `lbrprof annotate`: one function's code, with what the recording knows of it.
 * The recording is read once, into a profile and, if it has branches, a count
 * of these.
 */
#include "config.h"

#include "annotate.h"

#include <argp.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "input.h"
#include "message.h"
#include "pager.h"
#include "sample_opts.h"

#define NAME "annotate"

enum long_only {
	OPT_JSON = 256,
	OPT_LINES,
	OPT_SOURCE,
	OPT_NO_SOURCE,
	OPT_INTEL,
};

struct annotate {
	const char *input;
	const char *symbol;
	bool is_json;
	bool is_lines;
	struct lbrvirt_profile_opts opts;
	struct lbrvirt_resolver_opts resolver;
	struct lbrvirt_annotate_opts code;

	struct text_screen screen;
	struct lbrvirt_context *ctx;
	struct lbrvirt_perfdata *data;
	const char *path;
	struct lbrvirt_profile *profile;
	struct lbrvirt_branches *branches; /* NULL: it has none */
};

static const struct argp_option options[] = {
	{ "input", 'i', "FILE", 0,
	  "read FILE (default: lbrprof.data, else perf.data); - for a pipe",
	  1 },

	{ NULL, 0, NULL, 0, "What to show:", 2 },
	{ "dso", 'd', "FILE", 0,
	  "the function of this file: its path or the last part of it", 0 },
	{ "lines", OPT_LINES, NULL, 0, "source lines alone", 0 },
	{ "json", OPT_JSON, NULL, 0, "one JSON object, for programs", 0 },
	{ "intel", OPT_INTEL, NULL, 0, "instructions in Intel's syntax", 0 },
	{ "source", OPT_SOURCE, "DIR", 0, "look for source files below DIR",
	  0 },
	{ "no-source", OPT_NO_SOURCE, NULL, 0, "do not read source files", 0 },

	{ NULL, 0, NULL, 0, "Which samples:", 3 },
	SAMPLE_OPTS_WHICH,
	{ "time", SAMPLE_OPTS_TIME, "A,B", 0, "from A to B seconds", 0 },

	{ NULL, 0, NULL, 0, "Where names come from:", 4 },
	SAMPLE_OPTS_SYMFS_ROW,
	{ NULL, 0, NULL, 0, NULL, 0 },
};

/* Options that only put their argument somewhere. */
static const char **place_of(struct annotate *annotate, int key)
{
	switch (key) {
	case 'i':
		return &annotate->input;
	case 'd':
		return &annotate->code.dso;
	case OPT_SOURCE:
		return &annotate->code.source_dir;
	default:
		return sample_opts_place(key, &annotate->opts,
					 &annotate->resolver);
	}
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct annotate *annotate = state->input;
	const char **place = place_of(annotate, key);

	if (place) {
		*place = arg;
		return 0;
	}
	switch (key) {
	case OPT_JSON:
		annotate->is_json = true;
		return 0;
	case OPT_LINES:
		annotate->is_lines = true;
		return 0;
	case OPT_INTEL:
		annotate->code.is_intel = true;
		return 0;
	case OPT_NO_SOURCE:
		annotate->code.no_source = true;
		return 0;
	case ARGP_KEY_ARG:
		if (annotate->symbol)
			argp_error(state, "unexpected word '%s'", arg);
		annotate->symbol = arg;
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_error(state,
			   "name a function; lbrprof report --flat lists them");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* Whether the event that is asked for, or any, has branches. */
static bool has_branches(const struct annotate *annotate)
{
	size_t nr = lbrvirt_perfdata_event_count(annotate->data);

	for (size_t i = 0; i < nr; i++) {
		const struct lbrvirt_event *event =
			lbrvirt_perfdata_event(annotate->data, i);

		if (lbrvirt_event_has_branches(event) &&
		    (!annotate->opts.event ||
		     strcmp(event->name, annotate->opts.event) == 0))
			return true;
	}
	return false;
}

/* In a pipe, events and notes are known when the first other record comes. */
static int make_counts(struct annotate *annotate)
{
	int err;

	input_set_resolver(annotate->data, &annotate->resolver);
	err = lbrvirt_profile_new(annotate->ctx, &annotate->opts,
				  &annotate->profile);
	if (!err && has_branches(annotate))
		err = lbrvirt_branches_new(annotate->ctx, &annotate->opts,
					   &annotate->branches);
	return err;
}

static int add(const struct lbrvirt_record *record, void *arg)
{
	struct annotate *annotate = arg;
	int err = annotate->profile ? 0 : make_counts(annotate);

	if (!err)
		err = lbrvirt_profile_add(annotate->profile, record);
	if (!err && annotate->branches)
		err = lbrvirt_branches_add(annotate->branches, record);
	return err;
}

static void note_doubts(const struct annotate *annotate,
			const struct lbrvirt_annotation *code)
{
	if (code->nr_other_places)
		message_note(
			NAME,
			"%zu more functions have this name, with fewer samples: choose a file by --dso",
			code->nr_other_places);
	if (code->newer_source)
		message_note(
			NAME,
			"a source file is younger than the program, so lines may be others than those it was made of: see --source");
	if (code->misplaced * 10 > code->samples + code->misplaced)
		message_note(
			NAME,
			"many samples are not at an instruction: the file is probably not the one that ran");
	if (!annotate->branches || code->has_branches)
		return;
	message_note(NAME, "no recorded branch is in this function");
}

static int print(struct annotate *annotate,
		 const struct lbrvirt_annotation *code)
{
	struct pager pager = { .terminal = -1 };
	int status;
	int err;

	if (annotate->is_json) {
		err = lbrvirt_export_annotation_json(code, stdout);
	} else {
		pager_begin(&pager);
		annotate_print_head(&annotate->screen, code,
				    lbrvirt_profile_event(annotate->profile));
		err = annotate->is_lines ?
			      annotate_print_lines(&annotate->screen, code) :
			      annotate_print_code(&annotate->screen, code);
	}
	status = input_finish(NAME, err);
	pager_end(&pager);
	return status;
}

static int show(struct annotate *annotate)
{
	struct lbrvirt_annotation *code;
	int status;

	if (!annotate->profile) {
		message_error(NAME, "%s holds no records", annotate->path);
		return STATUS_FAILED;
	}
	if (lbrvirt_annotate(annotate->profile, annotate->branches,
			     annotate->symbol, &annotate->code, &code)) {
		message_error(NAME, "%s", lbrvirt_context_error(annotate->ctx));
		return STATUS_FAILED;
	}
	note_doubts(annotate, code);
	status = print(annotate, code);
	lbrvirt_annotation_free(code);
	return status;
}

static int run_annotate(struct annotate *annotate)
{
	char *why = NULL;
	int status;
	int err;

	if (input_open(NAME, annotate->ctx, annotate->input, &annotate->path,
		       &annotate->data))
		return STATUS_FAILED;
	err = input_read(annotate->data, annotate->path, add, annotate);
	if (err && err != -EBADMSG) {
		message_error(NAME, "%s", lbrvirt_context_error(annotate->ctx));
		return err == -EINVAL ? STATUS_USAGE : STATUS_FAILED;
	}
	/* What was read before the damage is worth showing; then the damage. */
	if (err)
		why = strdup(lbrvirt_context_error(annotate->ctx));
	status = show(annotate);
	if (err) {
		message_error(NAME, "%s", why ? why : lbrvirt_strerror(err));
		status = STATUS_FAILED;
	}
	free(why);
	return status;
}

static int run(int argc, char **argv)
{
	static const struct argp argp = {
		.options = options,
		.parser = parse_option,
		.args_doc = "SYMBOL",
		.doc = "Show a function's code with the samples that fell on it.",
	};
	struct annotate annotate = {
		.opts.size = sizeof(annotate.opts),
		.resolver.size = sizeof(annotate.resolver),
		.code.size = sizeof(annotate.code),
	};
	int status = STATUS_FAILED;

	annotate.opts.resolver = &annotate.resolver;
	argp_err_exit_status = STATUS_USAGE;
	argp_parse(&argp, argc, argv, 0, NULL, &annotate);
	text_screen_init(&annotate.screen);
	annotate.ctx = message_context(NAME);
	if (annotate.ctx)
		status = run_annotate(&annotate);
	lbrvirt_branches_free(annotate.branches);
	lbrvirt_profile_free(annotate.profile);
	lbrvirt_perfdata_close(annotate.data);
	lbrvirt_context_free(annotate.ctx);
	return status;
}

const struct command command_annotate = {
	.name = NAME,
	.run = run,
	.help = "show a function's code with its samples",
};
