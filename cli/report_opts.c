/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Letters and words are perf report's where perf has them.
 */
#include "config.h"

#include "report.h"

#include <argp.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "sample_opts.h"

#define PERCENT_LIMIT_DEFAULT 0.5

enum long_only {
	OPT_TREE = 256,
	OPT_FLAT,
	OPT_CALLERS,
	OPT_CALLEES,
	OPT_BRANCHES,
	OPT_BLOCKS,
	OPT_SORT,
	OPT_JSON,
	OPT_CSV,
	OPT_PERCENT_LIMIT,
	OPT_NO_INLINE,
	OPT_PROVENANCE,
	OPT_STDIO,
};

static const struct argp_option options[] = {
	{ "input", 'i', "FILE", 0,
	  "read FILE (default: lbrprof.data, else perf.data); - for a pipe",
	  1 },

	{ NULL, 0, NULL, 0, "What to show:", 2 },
	{ "tree", OPT_TREE, NULL, 0, "the call tree from the root (default)",
	  0 },
	{ "flat", OPT_FLAT, NULL, 0, "functions, by their own share", 0 },
	{ "callers", OPT_CALLERS, "SYMBOL", 0, "who calls SYMBOL, upwards", 0 },
	{ "callees", OPT_CALLEES, "SYMBOL", 0, "what SYMBOL calls, downwards",
	  0 },
	{ "branches", OPT_BRANCHES, NULL, 0,
	  "branches of record -b: from where to where", 0 },
	{ "blocks", OPT_BLOCKS, NULL, 0,
	  "the code between branches, and its cycles", 0 },
	{ "sort", OPT_SORT, "ORDER", 0,
	  "branches by count (default), mispredict or cycles; blocks by cycles (default) or count",
	  0 },
	{ "json", OPT_JSON, NULL, 0, "one JSON object, for programs", 0 },
	{ "csv", OPT_CSV, NULL, 0, "functions as comma-separated values", 0 },
	{ "percent-limit", OPT_PERCENT_LIMIT, "PERCENT", 0,
	  "leave out what has less (default: 0.5)", 0 },
	{ "no-inline", OPT_NO_INLINE, NULL, 0,
	  "functions only, no inlined calls", 0 },
	{ "provenance", OPT_PROVENANCE, NULL, 0,
	  "say where the frames came from", 0 },
	{ "stdio", OPT_STDIO, NULL, 0,
	  "print text on a terminal, too, in place of the browser", 0 },

	{ NULL, 0, NULL, 0, "Which samples:", 3 },
	SAMPLE_OPTS_WHICH,
	{ "dso", 'd', "FILE,...", 0,
	  "that fell into these files: paths or their last parts", 0 },
	{ "symbol", 'S', "SYMBOL,...", 0, "that fell into these functions", 0 },
	{ "time", SAMPLE_OPTS_TIME, "A,B", 0,
	  "from A to B seconds, or a share of the time: 10%-20%", 0 },

	{ NULL, 0, NULL, 0, "Where names come from:", 4 },
	SAMPLE_OPTS_NAMES,
	{ NULL, 0, NULL, 0, NULL, 0 },
};

static void set_form(struct argp_state *state, enum report_form form,
		     const char *symbol)
{
	struct report_opts *opts = state->input;

	if (opts->form != REPORT_TREE && opts->form != form)
		argp_error(
			state,
			"--flat, --callers, --callees, --json and --csv exclude each other");
	opts->form = form;
	opts->symbol = symbol;
}

static void set_list(struct argp_state *state, enum report_list list)
{
	struct report_opts *opts = state->input;

	if (opts->list != REPORT_STACKS && opts->list != list)
		argp_error(state, "--branches and --blocks exclude each other");
	opts->list = list;
}

static void set_order(struct argp_state *state, const char *text)
{
	static const struct {
		const char *name;
		enum lbrvirt_branches_order order;
	} orders[] = {
		{ "count", LBRVIRT_BRANCHES_BY_COUNT },
		{ "mispredict", LBRVIRT_BRANCHES_BY_MISPREDICTED },
		{ "cycles", LBRVIRT_BRANCHES_BY_CYCLES },
	};
	struct report_opts *opts = state->input;

	for (size_t i = 0; i < sizeof(orders) / sizeof(orders[0]); i++) {
		if (strcmp(text, orders[i].name) != 0)
			continue;
		opts->order = orders[i].order;
		opts->has_order = true;
		return;
	}
	argp_error(state, "--sort takes count, mispredict or cycles, not '%s'",
		   text);
}

/* What goes together is known when all has been read. */
static void check_list(struct argp_state *state)
{
	const struct report_opts *opts = state->input;

	if (opts->list == REPORT_STACKS) {
		if (opts->has_order)
			argp_error(state,
				   "--sort is for --branches and --blocks");
		return;
	}
	if (opts->form != REPORT_TREE && opts->form != REPORT_JSON &&
	    opts->form != REPORT_CSV)
		argp_error(
			state,
			"--flat, --callers and --callees are of stacks, not of branches or blocks");
	if (opts->list == REPORT_BLOCKS && opts->has_order &&
	    opts->order == LBRVIRT_BRANCHES_BY_MISPREDICTED)
		argp_error(state, "--blocks can be sorted by cycles or count");
}

static double parse_percent(struct argp_state *state, const char *text)
{
	char *end;
	double percent = strtod(text, &end);

	if (end == text || (*end != '\0' && strcmp(end, "%") != 0) ||
	    !(percent >= 0 && percent <= 100))
		argp_error(
			state,
			"--percent-limit takes a number from 0 to 100, not '%s'",
			text);
	return percent;
}

/* Options that only put their argument somewhere. */
static const char **place_of(struct report_opts *opts, int key)
{
	switch (key) {
	case 'i':
		return &opts->input;
	case 'd':
		return &opts->profile.dsos;
	case 'S':
		return &opts->profile.symbols;
	default:
		return sample_opts_place(key, &opts->profile, &opts->resolver);
	}
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct report_opts *opts = state->input;
	const char **place = place_of(opts, key);

	if (place) {
		*place = arg;
		return 0;
	}
	switch (key) {
	case OPT_TREE:
		set_form(state, REPORT_TREE, NULL);
		return 0;
	case OPT_FLAT:
		set_form(state, REPORT_FLAT, NULL);
		return 0;
	case OPT_CALLERS:
		set_form(state, REPORT_CALLERS, arg);
		return 0;
	case OPT_CALLEES:
		set_form(state, REPORT_CALLEES, arg);
		return 0;
	case OPT_BRANCHES:
		set_list(state, REPORT_BRANCHES);
		return 0;
	case OPT_BLOCKS:
		set_list(state, REPORT_BLOCKS);
		return 0;
	case OPT_SORT:
		set_order(state, arg);
		return 0;
	case OPT_JSON:
		set_form(state, REPORT_JSON, NULL);
		return 0;
	case OPT_CSV:
		set_form(state, REPORT_CSV, NULL);
		return 0;
	case OPT_PERCENT_LIMIT:
		opts->percent_limit = parse_percent(state, arg);
		return 0;
	case OPT_NO_INLINE:
		opts->resolver.no_inline = true;
		return 0;
	case OPT_PROVENANCE:
		opts->has_provenance = true;
		return 0;
	case OPT_STDIO:
		opts->is_text = true;
		return 0;
	case ARGP_KEY_END:
		check_list(state);
		return 0;
	case ARGP_KEY_ARG:
		argp_error(state, "unexpected word '%s': name a file with -i",
			   arg);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

void report_opts_parse(int argc, char **argv, struct report_opts *ret_opts)
{
	static const struct argp argp = {
		.options = options,
		.parser = parse_option,
		.doc = "Show where the samples of a recording fell.",
	};

	memset(ret_opts, 0, sizeof(*ret_opts));
	ret_opts->percent_limit = PERCENT_LIMIT_DEFAULT;
	ret_opts->profile.size = sizeof(ret_opts->profile);
	ret_opts->resolver.size = sizeof(ret_opts->resolver);
	ret_opts->profile.resolver = &ret_opts->resolver;
	argp_err_exit_status = STATUS_USAGE;
	argp_parse(&argp, argc, argv, 0, NULL, ret_opts);
}
