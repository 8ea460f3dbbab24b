/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * `lbrprof diff`: two recordings compared. Both are read by the same filters,
 * and of the same event.
 */
#include "config.h"

#include "diff.h"

#include <argp.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "input.h"
#include "message.h"
#include "output.h"
#include "pager.h"
#include "sample_opts.h"

#define NAME		   "diff"
#define ERROR_RATE_DEFAULT 5
#define LEAST_DEFAULT	   0.1

enum long_only {
	OPT_BY = 256,
	OPT_ALL,
	OPT_JSON,
	OPT_ERROR_RATE,
	OPT_LEAST,
	OPT_IGNORE_FILES,
	OPT_NO_INLINE,
};

struct diff;

/* One of the two recordings. */
struct side {
	const struct diff *diff;
	const char *path; /* as named */
	struct lbrvirt_resolver_opts resolver;
	struct lbrvirt_perfdata *data;
	struct lbrvirt_profile *profile;
};

struct diff {
	struct side sides[2];
	size_t nr_sides; /* named on the command line */
	bool is_json;
	bool is_html;
	const char *output; /* of -f; NULL: standard output */
	bool shows_all;
	struct lbrvirt_diff_opts opts;
	struct lbrvirt_profile_opts profile;
	struct lbrvirt_resolver_opts resolver;

	struct text_screen screen;
	struct lbrvirt_context *ctx;
};

static const struct argp_option options[] = {
	{ NULL, 0, NULL, 0, "What to show:", 1 },
	{ "by", OPT_BY, "BASIS", 0,
	  "total: shares of all samples (default); time: a second; run: as it is, if both did the same work",
	  0 },
	{ "all", OPT_ALL, NULL, 0, "what is noise, too", 0 },
	{ "json", OPT_JSON, NULL, 0, "one JSON object, for programs", 0 },
	{ "format", 'f', "FORMAT", 0,
	  "write FORMAT: html (a page with a red and blue flame graph)", 0 },
	{ "output", 'o', "FILE", 0,
	  "with -f: write FILE; - (the default) for standard output", 0 },
	{ "error-rate", OPT_ERROR_RATE, "PERCENT", 0,
	  "chance to call anything changed between equals (default: 5)", 0 },
	{ "least", OPT_LEAST, "PERCENT", 0,
	  "of the whole; what changed by less is noise (default: 0.1)", 0 },
	{ "ignore-files", OPT_IGNORE_FILES, NULL, 0,
	  "functions are the same if their names are, in whatever file", 0 },
	{ "no-inline", OPT_NO_INLINE, NULL, 0,
	  "functions only, no inlined calls", 0 },

	{ NULL, 0, NULL, 0, "Which samples:", 2 },
	SAMPLE_OPTS_BOTH,
	{ "dso", 'd', "FILE,...", 0,
	  "that fell into these files: paths or their last parts", 0 },
	{ "symbol", 'S', "SYMBOL,...", 0, "that fell into these functions", 0 },
	{ "time", SAMPLE_OPTS_TIME, "A,B", 0, "a share of the time: 10%-20%", 0 },

	{ NULL, 0, NULL, 0, "Where names come from:", 3 },
	SAMPLE_OPTS_NAMES,
	{ NULL, 0, NULL, 0, NULL, 0 },
};

static double parse_percent(struct argp_state *state, const char *option,
			    const char *text, bool takes_zero)
{
	char *end;
	double percent = strtod(text, &end);

	if (end == text || (*end != '\0' && strcmp(end, "%") != 0) ||
	    !(percent >= 0 && percent < 100) || (!takes_zero && percent <= 0))
		argp_error(state,
			   "%s takes a number %s 0 and below 100, not '%s'",
			   option, takes_zero ? "from" : "above", text);
	return percent / 100;
}

static void set_basis(struct argp_state *state, const char *text)
{
	static const char *const names[] = {
		[LBRVIRT_DIFF_BY_TOTAL] = "total",
		[LBRVIRT_DIFF_BY_TIME] = "time",
		[LBRVIRT_DIFF_BY_RUN] = "run",
	};
	struct diff *diff = state->input;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(text, names[i]) != 0)
			continue;
		diff->opts.basis = (enum lbrvirt_diff_basis)i;
		return;
	}
	argp_error(state, "--by takes total, time or run, not '%s'", text);
}

/* Options that only put their argument somewhere. */
static const char **place_of(struct diff *diff, int key)
{
	switch (key) {
	case 'o':
		return &diff->output;
	case 'd':
		return &diff->profile.dsos;
	case 'S':
		return &diff->profile.symbols;
	default:
		return sample_opts_place(key, &diff->profile, &diff->resolver);
	}
}

static void check_args(struct argp_state *state, const struct diff *diff)
{
	if (diff->nr_sides < 2)
		argp_error(state, "name two recordings: BEFORE and AFTER");
	if (strcmp(diff->sides[0].path, "-") == 0 &&
	    strcmp(diff->sides[1].path, "-") == 0)
		argp_error(state, "only one of them can be standard input");
	if (diff->is_html && diff->is_json)
		argp_error(state, "--json and -f html are two forms: name one");
	if (diff->output && !diff->is_html)
		argp_error(state, "-o is for -f html");
	if (diff->is_html && output_is_terminal(diff->output))
		argp_error(state,
			   "html is not for a terminal: name a file with -o");
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct diff *diff = state->input;
	const char **place = place_of(diff, key);

	if (place) {
		*place = arg;
		return 0;
	}
	switch (key) {
	case OPT_BY:
		set_basis(state, arg);
		return 0;
	case OPT_ALL:
		diff->shows_all = true;
		return 0;
	case 'f':
		if (strcmp(arg, "html") != 0)
			argp_error(state, "-f takes html, not '%s'", arg);
		diff->is_html = true;
		return 0;
	case OPT_JSON:
		diff->is_json = true;
		return 0;
	case OPT_ERROR_RATE:
		diff->opts.error_rate =
			parse_percent(state, "--error-rate", arg, false);
		return 0;
	case OPT_LEAST:
		diff->opts.least_change =
			parse_percent(state, "--least", arg, true);
		return 0;
	case OPT_IGNORE_FILES:
		diff->opts.ignores_files = true;
		return 0;
	case OPT_NO_INLINE:
		diff->resolver.no_inline = true;
		return 0;
	case ARGP_KEY_ARG:
		if (diff->nr_sides == 2)
			argp_error(state, "unexpected word '%s'", arg);
		diff->sides[diff->nr_sides++].path = arg;
		return 0;
	case ARGP_KEY_END:
		check_args(state, diff);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static int make_profile(const struct diff *diff, struct side *side)
{
	struct lbrvirt_profile_opts opts = diff->profile;

	side->resolver = diff->resolver;
	input_set_resolver(side->data, &side->resolver);
	opts.resolver = &side->resolver;
	return lbrvirt_profile_new(diff->ctx, &opts, &side->profile);
}

static int add(const struct lbrvirt_record *record, void *arg)
{
	struct side *side = arg;
	int err = side->profile ? 0 : make_profile(side->diff, side);

	return err ? err : lbrvirt_profile_add(side->profile, record);
}

/* Half a recording is none to compare with: damage is a failure here. */
static int read_side(struct diff *diff, struct side *side)
{
	const char *path;
	int err;

	if (input_open(NAME, diff->ctx, side->path, &path, &side->data))
		return STATUS_FAILED;
	side->diff = diff;
	err = input_read(side->data, path, add, side);
	if (!err && !side->profile)
		err = make_profile(diff, side);
	if (!err)
		return STATUS_DONE;
	message_error(NAME, "%s", lbrvirt_context_error(diff->ctx));
	return err == -EINVAL ? STATUS_USAGE : STATUS_FAILED;
}

static int print(struct diff *diff, const struct lbrvirt_diff *result)
{
	const struct diff_view view = {
		.screen = &diff->screen,
		.diff = result,
		.before = diff->sides[0].path,
		.after = diff->sides[1].path,
		.shows_all = diff->shows_all,
	};
	struct pager pager = { .terminal = -1 };
	int status;
	int err;

	if (diff->is_json) {
		err = lbrvirt_export_diff_json(result, stdout);
	} else {
		pager_begin(&pager);
		diff_print_head(&view);
		err = diff_print_symbols(&view);
		if (!err)
			err = diff_print_paths(&view);
	}
	status = input_finish(NAME, err);
	pager_end(&pager);
	return status;
}

/* What the page says of one side. */
static struct lbrvirt_html_opts html_opts(const struct side *side)
{
	return (struct lbrvirt_html_opts){
		.size = sizeof(struct lbrvirt_html_opts),
		.title = side->path,
		.stack_source = input_stack_source(
			side->data, input_event(side->data, side->profile)),
		.recording = side->data,
	};
}

static int write_page(struct diff *diff, const struct lbrvirt_diff *result)
{
	const struct lbrvirt_html_opts before = html_opts(&diff->sides[0]);
	const struct lbrvirt_html_opts after = html_opts(&diff->sides[1]);
	FILE *out = output_open(NAME, diff->output);
	int err;

	if (!out)
		return STATUS_FAILED;
	err = lbrvirt_export_diff_html(result, &before, &after, out);
	/* What standard output took no more is told at the end. */
	if (err && !(out == stdout && ferror(out)))
		message_error(NAME, "%s", lbrvirt_context_error(diff->ctx));
	return output_close(NAME, diff->output, out, err);
}

static int run_diff(struct diff *diff)
{
	struct lbrvirt_diff *result;
	int status;

	for (size_t i = 0; i < 2; i++) {
		status = read_side(diff, &diff->sides[i]);
		if (status != STATUS_DONE)
			return status;
	}
	if (lbrvirt_diff_new(diff->sides[0].profile, diff->sides[1].profile,
			     &diff->opts, &result)) {
		message_error(NAME, "%s", lbrvirt_context_error(diff->ctx));
		return STATUS_FAILED;
	}
	status = diff->is_html ? write_page(diff, result) : print(diff, result);
	lbrvirt_diff_free(result);
	return status;
}

static int run(int argc, char **argv)
{
	static const struct argp argp = {
		.options = options,
		.parser = parse_option,
		.args_doc = "BEFORE AFTER",
		.doc = "Show what changed from one recording to another.",
	};
	struct diff diff = {
		.opts = { .size = sizeof(diff.opts),
			  .error_rate = ERROR_RATE_DEFAULT / 100.0,
			  .least_change = LEAST_DEFAULT / 100.0 },
		.profile.size = sizeof(diff.profile),
		.resolver.size = sizeof(diff.resolver),
	};
	int status = STATUS_FAILED;

	argp_err_exit_status = STATUS_USAGE;
	argp_parse(&argp, argc, argv, 0, NULL, &diff);
	text_screen_init(&diff.screen);
	diff.ctx = message_context(NAME);
	if (diff.ctx)
		status = run_diff(&diff);
	for (size_t i = 0; i < 2; i++) {
		lbrvirt_profile_free(diff.sides[i].profile);
		lbrvirt_perfdata_close(diff.sides[i].data);
	}
	lbrvirt_context_free(diff.ctx);
	return status;
}

const struct command command_diff = {
	.name = NAME,
	.run = run,
	.help = "show what changed between two recordings",
};
