/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Letters and words are those of record.
 */
#include "config.h"

#include "top.h"

#include <argp.h>
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"

#define WINDOW_SECONDS_DEFAULT 30
#define WINDOW_SECONDS_MIN     10
#define WINDOW_SECONDS_MAX     3600

/* Enough to see where a second went, and little for the machine. */
#define FREQ_HZ_DEFAULT 199

enum long_only {
	OPT_CALL_GRAPH = 256,
	OPT_WINDOW,
};

static const struct argp_option options[] = {
	{ "all-cpus", 'a', NULL, 0, "everything on this machine (default)", 0 },
	{ "pid", 'p', "PID,...", 0,
	  "running processes, with all their threads and later ones", 0 },
	{ "tid", 't', "TID,...", 0, "running threads, only these", 0 },
	{ "cpu", 'C', "CPUS", 0, "only on these CPUs: 0-2,5", 0 },
	{ "event", 'e', "EVENT", 0, "as in record; may be given several times",
	  0 },
	{ "freq", 'F', "HZ", 0, "samples a second (default: 199)", 0 },
	{ "call-graph", OPT_CALL_GRAPH, "MODE", 0,
	  "auto, lbr, dwarf, fp or none", 0 },
	{ "window", OPT_WINDOW, "SECONDS", 0,
	  "forget samples after so long, 10 to 3600 (default: 30)", 0 },
	{ NULL, 0, NULL, 0, NULL, 0 },
};

static uint64_t parse_number(struct argp_state *state, const char *what,
			     const char *text, uint64_t min, uint64_t max)
{
	unsigned long long value;
	char *end;

	errno = 0;
	value = strtoull(text, &end, 10);
	if (!isdigit((unsigned char)text[0]) || *end || errno || value < min ||
	    value > max)
		argp_error(state, "%s %s: must be a number from %llu to %llu",
			   what, text, (unsigned long long)min,
			   (unsigned long long)max);
	return value;
}

static void parse_ids(struct argp_state *state, struct top_opts *opts,
		      const char *what, char *text)
{
	char *rest = NULL;

	for (char *word = strtok_r(text, ",", &rest); word;
	     word = strtok_r(NULL, ",", &rest)) {
		uint64_t id = parse_number(state, what, word, 1, INT32_MAX);
		pid_t *ids =
			realloc(opts->ids, (opts->nr_ids + 1) * sizeof(*ids));

		if (!ids)
			argp_failure(state, STATUS_FAILED, ENOMEM, "%s", what);
		opts->ids = ids;
		opts->ids[opts->nr_ids++] = (pid_t)id;
	}
	if (!opts->nr_ids)
		argp_error(state, "%s: name at least one", what);
}

static void parse_call_graph(struct argp_state *state, struct top_opts *opts,
			     const char *text)
{
	static const char *const names[] = { "auto", "lbr", "dwarf", "fp",
					     "none" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(names[i], text) != 0)
			continue;
		opts->plan.call_graph = (enum lbrvirt_call_graph)i;
		return;
	}
	argp_error(state,
		   "--call-graph %s: must be auto, lbr, dwarf, fp or none",
		   text);
}

static void add_event(struct argp_state *state, struct top_opts *opts,
		      const char *name)
{
	const char **events = realloc(opts->events, (opts->plan.nr_events + 1) *
							    sizeof(*events));

	if (!events)
		argp_failure(state, STATUS_FAILED, ENOMEM, "-e");
	opts->events = events;
	events[opts->plan.nr_events++] = name;
	opts->plan.events = events;
}

/* The targets, when all were read. */
static void set_targets(struct argp_state *state, struct top_opts *opts)
{
	struct lbrvirt_session_opts *session = &opts->session;

	if (session->pids) {
		session->pids = opts->ids;
		session->nr_pids = opts->nr_ids;
	}
	if (session->tids) {
		session->tids = opts->ids;
		session->nr_tids = opts->nr_ids;
		session->no_inherit = true;
	}
	if (session->system_wide && opts->nr_ids)
		argp_error(state, "-a excludes -p and -t");
	session->system_wide = !opts->nr_ids;
	opts->plan.system_wide = session->system_wide;
	opts->plan.no_inherit = session->no_inherit;
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct top_opts *opts = state->input;

	switch (key) {
	case 'a':
		opts->session.system_wide = true;
		return 0;
	case 'p':
	case 't':
		if (key == 'p' ? !!opts->session.tids : !!opts->session.pids)
			argp_error(state, "-p and -t exclude each other");
		parse_ids(state, opts, key == 'p' ? "-p" : "-t", arg);
		if (key == 'p')
			opts->session.pids = opts->ids;
		else
			opts->session.tids = opts->ids;
		return 0;
	case 'C':
		opts->session.cpus = arg;
		return 0;
	case 'e':
		add_event(state, opts, arg);
		return 0;
	case 'F':
		opts->plan.freq_hz =
			parse_number(state, "-F", arg, 1, 1u << 30);
		return 0;
	case OPT_CALL_GRAPH:
		parse_call_graph(state, opts, arg);
		return 0;
	case OPT_WINDOW:
		opts->window_ns = parse_number(state, "--window", arg,
					       WINDOW_SECONDS_MIN,
					       WINDOW_SECONDS_MAX) *
				  1000000000u;
		return 0;
	case ARGP_KEY_END:
		set_targets(state, opts);
		return 0;
	case ARGP_KEY_ARG:
		argp_error(
			state,
			"unexpected word '%s': top shows what runs; `lbrprof run %s' launches it",
			arg, arg);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

void top_opts_parse(int argc, char **argv, struct top_opts *ret_opts)
{
	static const struct argp argp = {
		.options = options,
		.parser = parse_option,
		.doc = "Show where time goes while it goes.",
	};

	memset(ret_opts, 0, sizeof(*ret_opts));
	ret_opts->plan.size = sizeof(ret_opts->plan);
	ret_opts->plan.freq_hz = FREQ_HZ_DEFAULT;
	ret_opts->session.size = sizeof(ret_opts->session);
	ret_opts->window_ns = WINDOW_SECONDS_DEFAULT * 1000000000ull;
	argp_err_exit_status = STATUS_USAGE;
	argp_parse(&argp, argc, argv, 0, NULL, ret_opts);
}

void top_opts_fini(struct top_opts *opts)
{
	free(opts->events);
	free(opts->ids);
}
