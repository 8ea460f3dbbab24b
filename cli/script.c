/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * `lbrprof script`: every sample as text, in perf script's own form.
 */
#include "config.h"

#include <argp.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "input.h"
#include "message.h"
#include "sample_opts.h"
#include "shown.h"

#define NAME "script"

enum long_only {
	OPT_MMAP_EVENTS = 256,
	OPT_NO_INLINE,
	OPT_NS,
};

struct script_args {
	const char *input;
	struct lbrvirt_script_opts script;
	struct lbrvirt_resolver_opts resolver;
};

static const struct argp_option options[] = {
	{ "input", 'i', "FILE", 0,
	  "read FILE (default: lbrprof.data, else perf.data); - for a pipe",
	  0 },
	{ "fields", 'F', "FIELD,...", 0,
	  "print these: comm, pid, tid, time, cpu, event, period, addr, weight, ip, sym, symoff, dso, srcline, brstack, brstacksym, brstackoff, phys_addr, data_page_size, code_page_size; +FIELD and -FIELD change the default",
	  0 },
	{ "show-mmap-events", OPT_MMAP_EVENTS, NULL, 0,
	  "print mappings as well", 0 },
	{ "ns", OPT_NS, NULL, 0, "print times with nine decimals", 0 },
	{ "no-inline", OPT_NO_INLINE, NULL, 0,
	  "functions only, no inlined calls", 0 },
	SAMPLE_OPTS_NAMES,
	{ NULL, 0, NULL, 0, NULL, 0 },
};

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct script_args *args = state->input;
	const char **place = sample_opts_place(key, NULL, &args->resolver);

	if (place) {
		*place = arg;
		return 0;
	}
	switch (key) {
	case 'i':
		args->input = arg;
		return 0;
	case 'F':
		args->script.fields = arg;
		return 0;
	case OPT_MMAP_EVENTS:
		args->script.show_mmap_events = true;
		return 0;
	case OPT_NS:
		args->script.show_ns = true;
		return 0;
	case OPT_NO_INLINE:
		args->resolver.no_inline = true;
		return 0;
	case ARGP_KEY_ARG:
		argp_error(state, "unexpected word '%s': name a file with -i",
			   arg);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static int print_samples(struct lbrvirt_context *ctx,
			 struct lbrvirt_perfdata *data,
			 struct script_args *args)
{
	FILE *out = shown_open();
	char *why;
	int err;

	if (!out) {
		message_error(NAME, "out of memory");
		return STATUS_FAILED;
	}
	input_set_resolver(data, &args->resolver);
	err = lbrvirt_export_script(ctx, data, &args->script, out);
	shown_close(out);
	if (!err || ferror(stdout))
		return input_finish_output(NAME);

	why = strdup(lbrvirt_context_error(ctx));
	input_finish_output(NAME);
	message_error(NAME, "%s", why && why[0] ? why : lbrvirt_strerror(err));
	free(why);
	return err == -EINVAL ? STATUS_USAGE : STATUS_FAILED;
}

static int run(int argc, char **argv)
{
	static const struct argp argp = {
		.options = options,
		.parser = parse_option,
		.doc = "Print the samples of a recording as perf script does.",
	};
	struct script_args args = {
		.script.size = sizeof(args.script),
		.resolver.size = sizeof(args.resolver),
	};
	struct lbrvirt_perfdata *data = NULL;
	struct lbrvirt_context *ctx;
	const char *path;
	int status = STATUS_FAILED;

	args.script.resolver = &args.resolver;
	argp_err_exit_status = STATUS_USAGE;
	argp_parse(&argp, argc, argv, 0, NULL, &args);
	ctx = message_context(NAME);
	if (!ctx)
		return STATUS_FAILED;
	if (!input_open(NAME, ctx, args.input, &path, &data))
		status = print_samples(ctx, data, &args);
	lbrvirt_perfdata_close(data);
	lbrvirt_context_free(ctx);
	return status;
}

const struct command command_script = {
	.name = NAME,
	.run = run,
	.help = "print the samples as perf script does",
};
