/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Letters and words are perf record's where perf has them.
 */
#include "config.h"

#include "record_opts.h"

#include <argp.h>
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "message.h"
#include "pv_hold.h"

enum long_only {
	OPT_CALL_GRAPH = 256,
	OPT_REQUIRE,
	OPT_DURATION,
	OPT_KEEP_STACKS,
	OPT_STACK_SIZE,
	OPT_MAX_SIZE,
	OPT_PV,
	OPT_OVERHEAD_BUDGET,
};

static const struct argp_option options[] = {
	{ NULL, 0, NULL, 0, "What to record:", 1 },
	{ "pid", 'p', "PID,...", 0,
	  "running processes, with all their threads and later ones", 0 },
	{ "tid", 't', "TID,...", 0, "running threads, only these", 0 },
	{ "all-cpus", 'a', NULL, 0, "everything on this machine", 0 },
	{ "cpu", 'C', "CPUS", 0, "only on these CPUs: 0-2,5", 0 },
	{ "no-inherit", 'i', NULL, 0, "not the children and threads made later",
	  0 },
	{ "duration", OPT_DURATION, "SECONDS", 0,
	  "end after so long; fractions allowed", 0 },
	{ "delay", 'D', "MS", 0, "begin sampling MS milliseconds later", 0 },

	{ NULL, 0, NULL, 0, "Events and stacks:", 2 },
	{ "event", 'e', "EVENT", 0,
	  "cycles:u, instructions, cpu-clock, page-faults, rNNN, ...; may be given several times (default: cycles, or cpu-clock without a PMU)",
	  0 },
	{ "freq", 'F', "HZ", 0, "samples a second, or max (default: 999)", 0 },
	{ "count", 'c', "N", 0, "one sample every N events", 0 },
	{ "overhead-budget", OPT_OVERHEAD_BUDGET, "PERCENT", 0,
	  "sample more seldom than -F where more than so much CPU time would go to sampling",
	  0 },
	{ NULL, 'g', NULL, 0, "same as --call-graph auto, the default", 0 },
	{ "call-graph", OPT_CALL_GRAPH, "MODE", 0,
	  "auto, lbr, dwarf[,BYTES], fp or none", 0 },
	{ "require", OPT_REQUIRE, "lbr", 0,
	  "fail rather than take stacks from anything else", 0 },
	{ "stack-size", OPT_STACK_SIZE, "BYTES", 0,
	  "stack copied per sample, up to 65528 (default: 16384)", 0 },
	{ "branch-any", 'b', NULL, 0, "record taken branches: -j any", 0 },
	{ "branch-filter", 'j', "FILTER", 0,
	  "record branches: any,any_call,any_ret,ind_call,cond,u,k,...", 0 },

	{ "pv", OPT_PV, "MODE", 0,
	  "the paravirtual LBR protocol: auto, off, assume or force; lbrvirt-pv(7)",
	  0 },

	{ NULL, 0, NULL, 0, "The file:", 3 },
	{ "output", 'o', "FILE", 0,
	  "write FILE (default: lbrprof.data); - for a pipe", 0 },
	{ "compression-level", 'z', "LEVEL", OPTION_ARG_OPTIONAL,
	  "compress with zstd, level 1 to 22 (default: 1)", 0 },
	{ "keep-stacks", OPT_KEEP_STACKS, NULL, 0,
	  "keep the raw stack copies instead of call chains", 0 },
	{ "max-size", OPT_MAX_SIZE, "SIZE", 0,
	  "end when the file is as large: 500K, 64M, 2G", 0 },
	{ "mmap-pages", 'm', "PAGES", 0,
	  "ring size per CPU in pages, or a size: 8M; rounded up to a power of two",
	  0 },
	{ NULL, 0, NULL, 0, "Messages:", 4 },
	{ "quiet", 'q', NULL, 0, "say only what failed", 0 },
	{ "verbose", 'v', NULL, 0, "say more", 0 },
	{ NULL, 0, NULL, 0, NULL, 0 },
};

static uint64_t parse_number(struct argp_state *state, const char *what,
			     const char *text, uint64_t max)
{
	unsigned long long value;
	char *end;

	errno = 0;
	value = strtoull(text, &end, 0);
	if (!isdigit((unsigned char)text[0]) || *end || errno || value > max)
		argp_error(state, "%s %s: must be a number from 0 to %llu",
			   what, text, (unsigned long long)max);
	return value;
}

/* "12.5" seconds in ns. */
static uint64_t parse_seconds(struct argp_state *state, const char *text)
{
	char *end;
	double seconds = strtod(text, &end);

	if (!isdigit((unsigned char)text[0]) || *end || !(seconds > 0) ||
	    seconds > 1e9)
		argp_error(state,
			   "--duration %s: must be a number of seconds above 0",
			   text);
	return (uint64_t)(seconds * 1e9);
}

static double parse_budget(struct argp_state *state, const char *text)
{
	char *end;
	double percent = strtod(text, &end);

	if (!isdigit((unsigned char)text[0]) || (*end && strcmp(end, "%")) ||
	    !(percent > 0) || percent > 100)
		argp_error(
			state,
			"--overhead-budget %s: must be percents above 0, up to 100",
			text);
	return percent;
}

/* Bytes with perf's suffixes B, K, M, G. */
static uint64_t parse_size(struct argp_state *state, const char *what,
			   const char *text)
{
	static const char suffixes[] = "BKMG";
	const char *found;
	char *end;
	uint64_t value = strtoull(text, &end, 10);
	unsigned int shift;

	found = *end ? strchr(suffixes, toupper((unsigned char)*end)) : NULL;
	if (!isdigit((unsigned char)text[0]) || (*end && (!found || end[1])))
		argp_error(state, "%s %s: must be a size such as 500K, 64M, 2G",
			   what, text);
	shift = found ? 10 * (unsigned int)(found - suffixes) : 0;
	if (value == 0 || value > UINT64_MAX >> shift)
		argp_error(state, "%s %s: out of range", what, text);
	return value << shift;
}

static uint32_t parse_pages(struct argp_state *state, const char *text)
{
	uint64_t page_size = (uint64_t)sysconf(_SC_PAGESIZE);
	uint64_t pages, power = 1;

	if (isalpha((unsigned char)text[strlen(text) - (*text != '\0')]))
		pages = (parse_size(state, "-m", text) + page_size - 1) /
			page_size;
	else
		pages = parse_number(state, "-m", text, 1u << 20);
	while (power < pages)
		power *= 2;
	if (pages == 0 || power > 1u << 20)
		argp_error(state, "-m %s: must be 1 to 1048576 pages", text);
	return (uint32_t)power;
}

static void parse_ids(struct argp_state *state, struct record_opts *opts,
		      const char *what, char *text)
{
	char *rest = NULL;

	for (char *word = strtok_r(text, ",", &rest); word;
	     word = strtok_r(NULL, ",", &rest)) {
		uint64_t id = parse_number(state, what, word, INT32_MAX);
		pid_t *ids =
			realloc(opts->ids, (opts->nr_ids + 1) * sizeof(*ids));

		if (!ids)
			argp_failure(state, STATUS_FAILED, ENOMEM, "%s", what);
		if (id == 0)
			argp_error(state, "%s 0: no such task", what);
		opts->ids = ids;
		opts->ids[opts->nr_ids++] = (pid_t)id;
	}
	if (opts->nr_ids == 0)
		argp_error(state, "%s: name at least one", what);
}

static void parse_call_graph(struct argp_state *state, struct record_opts *opts,
			     const char *text)
{
	static const char *const names[] = { "auto", "lbr", "dwarf", "fp",
					     "none" };
	size_t length = strcspn(text, ",");

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strlen(names[i]) != length ||
		    strncmp(names[i], text, length) != 0)
			continue;
		opts->plan.call_graph = (enum lbrvirt_call_graph)i;
		if (text[length] && i == LBRVIRT_CALL_GRAPH_DWARF)
			opts->plan.stack_size = (uint32_t)parse_number(
				state, "--call-graph dwarf,", text + length + 1,
				LBRVIRT_STACK_SIZE_MAX);
		else if (text[length])
			break;
		return;
	}
	argp_error(state,
		   "--call-graph %s: must be auto, lbr, dwarf, fp or none",
		   text);
}

static void add_event(struct argp_state *state, struct record_opts *opts,
		      const char *name)
{
	const char **events;

	events = realloc(opts->events,
			 (opts->plan.nr_events + 1) * sizeof(*events));
	if (!events)
		argp_failure(state, STATUS_FAILED, ENOMEM, "-e");
	opts->events = events;
	events[opts->plan.nr_events++] = name;
	opts->plan.events = events;
}

static int parse_event_option(int key, char *arg, struct argp_state *state)
{
	struct record_opts *opts = state->input;

	switch (key) {
	case 'e':
		add_event(state, opts, arg);
		return 0;
	case 'F':
		opts->plan.freq_hz =
			strcmp(arg, "max") == 0 ?
				LBRVIRT_FREQ_HZ_MAX :
				parse_number(state, "-F", arg, 1u << 30);
		if (opts->plan.freq_hz == 0)
			argp_error(state, "-F 0: must be above 0");
		return 0;
	case 'c':
		opts->plan.period = parse_number(state, "-c", arg, INT64_MAX);
		if (opts->plan.period == 0)
			argp_error(state, "-c 0: must be above 0");
		return 0;
	case OPT_OVERHEAD_BUDGET:
		opts->session.overhead_budget = parse_budget(state, arg);
		return 0;
	case 'g':
		return 0;
	case OPT_CALL_GRAPH:
		parse_call_graph(state, opts, arg);
		return 0;
	case OPT_REQUIRE:
		if (strcmp(arg, "lbr") != 0)
			argp_error(state, "--require %s: must be lbr", arg);
		opts->plan.require_lbr = true;
		return 0;
	case OPT_STACK_SIZE:
		opts->plan.stack_size = (uint32_t)parse_number(
			state, "--stack-size", arg, LBRVIRT_STACK_SIZE_MAX);
		return 0;
	case 'b':
		opts->plan.branch_filter = "any";
		return 0;
	case 'j':
		opts->plan.branch_filter = arg;
		return 0;
	case OPT_PV:
		pv_hold_parse(state, arg, &opts->pv);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static int parse_target_option(int key, char *arg, struct argp_state *state)
{
	struct record_opts *opts = state->input;
	struct lbrvirt_session_opts *session = &opts->session;

	switch (key) {
	case 'p':
		if (session->nr_tids)
			argp_error(state, "-p and -t exclude each other");
		parse_ids(state, opts, "-p", arg);
		session->pids = opts->ids;
		session->nr_pids = opts->nr_ids;
		return 0;
	case 't':
		if (session->nr_pids)
			argp_error(state, "-p and -t exclude each other");
		parse_ids(state, opts, "-t", arg);
		session->tids = opts->ids;
		session->nr_tids = opts->nr_ids;
		session->no_inherit = true;
		return 0;
	case 'a':
		session->system_wide = true;
		return 0;
	case 'C':
		session->cpus = arg;
		return 0;
	case 'i':
		session->no_inherit = true;
		return 0;
	case OPT_DURATION:
		session->duration_ns = parse_seconds(state, arg);
		return 0;
	case 'D':
		session->delay_ns =
			1000000 * parse_number(state, "-D", arg, 1u << 30);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static int parse_file_option(int key, char *arg, struct argp_state *state)
{
	struct record_opts *opts = state->input;
	struct lbrvirt_session_opts *session = &opts->session;

	switch (key) {
	case 'o':
		session->output = arg;
		return 0;
	case 'z':
		session->zstd_level =
			arg ? (int)parse_number(state, "-z", arg, 22) : 1;
		return 0;
	case OPT_KEEP_STACKS:
		session->keep_stacks = true;
		return 0;
	case OPT_MAX_SIZE:
		session->max_size_bytes = parse_size(state, "--max-size", arg);
		return 0;
	case 'm':
		session->ring_pages = parse_pages(state, arg);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* As with perf, -C alone means all tasks on those CPUs. */
static void check_target(struct argp_state *state, struct record_opts *opts)
{
	struct lbrvirt_session_opts *session = &opts->session;
	bool has_tasks = session->nr_pids || session->nr_tids;

	if (session->cpus && !has_tasks && !session->argv)
		session->system_wide = true;
	if (has_tasks && (session->argv || session->system_wide))
		argp_error(state,
			   "-p and -t exclude -a and a command to launch");
	if (!has_tasks && !session->argv && !session->system_wide)
		argp_error(
			state,
			"say what to record: a COMMAND, -p PID, -t TID or -a");
	if (opts->plan.freq_hz && opts->plan.period)
		argp_error(state, "-F and -c exclude each other");
	if (session->overhead_budget > 0 && opts->plan.period)
		argp_error(
			state,
			"--overhead-budget and -c exclude each other: at a period the program decides how often it is sampled");
	opts->plan.system_wide = session->system_wide;
	opts->plan.no_inherit = session->no_inherit;
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct record_opts *opts = state->input;
	int err;

	if (key == ARGP_KEY_ARG) {
		/* The command's own options are the command's. */
		opts->session.argv =
			(const char *const *)state->argv + state->next - 1;
		state->next = state->argc;
		return 0;
	}
	if (key == ARGP_KEY_END) {
		check_target(state, opts);
		return 0;
	}
	if (key == 'q' || key == 'v') {
		message_init(key == 'q' ? VERBOSITY_QUIET : VERBOSITY_VERBOSE);
		return 0;
	}
	err = parse_event_option(key, arg, state);
	if (err == ARGP_ERR_UNKNOWN)
		err = parse_target_option(key, arg, state);
	if (err == ARGP_ERR_UNKNOWN)
		err = parse_file_option(key, arg, state);
	return err;
}

void record_opts_parse(int argc, char **argv, const char *doc,
		       struct record_opts *ret_opts)
{
	const struct argp argp = {
		.options = options,
		.parser = parse_option,
		.args_doc = "[--] COMMAND [ARG...]\n-p PID,...\n-t TID,...\n-a",
		.doc = doc,
	};

	memset(ret_opts, 0, sizeof(*ret_opts));
	ret_opts->plan.size = sizeof(ret_opts->plan);
	ret_opts->session.size = sizeof(ret_opts->session);
	ret_opts->pv.size = sizeof(ret_opts->pv);
	argp_parse(&argp, argc, argv, ARGP_IN_ORDER, NULL, ret_opts);
}

void record_opts_fini(struct record_opts *opts)
{
	free(opts->events);
	free(opts->ids);
}
