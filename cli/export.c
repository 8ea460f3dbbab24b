/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * `lbrprof export`: a recording in another program's format. A format is one
 * line of the table and one function that reads the recording and writes it.
 */
#include "config.h"

#include <argp.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "export_stacks.h"
#include "input.h"
#include "message.h"
#include "output.h"
#include "sample_opts.h"

#define NAME "export"

enum long_only {
	OPT_WEIGHT = 256,
};

struct export_args {
	const struct export_format *format;
	const char *input;
	const char *output; /* NULL: standard output */
	const char *dso;
	const char *weight; /* NULL: as the recording is best weighed */
	struct lbrvirt_profile_opts profile;
	struct lbrvirt_resolver_opts resolver;
};

/* What is at hand while exporting. */
struct export
{
	const struct export_args *args; /* borrowed, as is all of it */
	const char *path;
	struct lbrvirt_context *ctx;
	struct lbrvirt_perfdata *data;
	struct lbrvirt_resolver_opts *resolver;
};

struct export_format {
	const char *name;
	/*
	 * Read all of the recording. 0, or a negative error with the context's
	 * text; after -EBADMSG, what came before the damage can be written.
	 */
	int (*read)(const struct export *export, void **ret_read);
	/* Write what was read. The same. */
	int (*write)(const struct export *export, void *read, FILE *out);
	void (*free)(void *read);
	/* Of a profile: what write_stacks() calls. */
	int (*write_profile)(struct lbrvirt_profile *profile,
			     const struct lbrvirt_export_opts *opts, FILE *out);
	bool has_times;	 /* as in lbrvirt_profile_opts */
	bool has_parts;	 /* the same */
	bool is_no_text; /* nothing to be read on a terminal */
};

static int read_branches(const struct export *export, void **ret_read)
{
	struct lbrvirt_branches *branches;
	int err = lbrvirt_branches_new(export->ctx, &export->args->profile,
				       &branches);

	if (err)
		return err;
	*ret_read = branches;
	return lbrvirt_branches_load(branches, export->data);
}

static bool has_branches(const struct lbrvirt_perfdata *data)
{
	for (size_t i = 0; i < lbrvirt_perfdata_event_count(data); i++)
		if (lbrvirt_event_has_branches(lbrvirt_perfdata_event(data, i)))
			return true;
	return false;
}

static int write_brstack(const struct export *export, void *read, FILE *out)
{
	struct lbrvirt_branches *branches = read;
	const char *dso;
	int err;

	if (!lbrvirt_branches_totals(branches)->samples_with_branches &&
	    has_branches(export->data)) {
		message_error(NAME, "no sample with branches is taken of %s",
			      export->path);
		return -ENODATA;
	}
	if (!lbrvirt_branches_totals(branches)->samples_with_branches) {
		message_error(
			NAME,
			"the samples of %s hold no branches: record with -b or -j",
			export->path);
		return -ENODATA;
	}
	err = lbrvirt_export_brstack(branches, export->args->dso, out, &dso);
	if (!err && !export->args->dso)
		message_note(NAME, "branches of %s; another file: --dso", dso);
	return err;
}

static void free_branches(void *read)
{
	lbrvirt_branches_free(read);
}

static int read_stacks(const struct export *export, void **ret_read)
{
	struct lbrvirt_profile_opts opts = export->args->profile;
	struct export_stacks *stacks = NULL;
	int err;

	opts.by_thread = !export->args->format->has_parts;
	opts.has_parts = export->args->format->has_parts;
	opts.with_times = export->args->format->has_times;
	err = export_stacks_load(export->ctx, export->path, export->data, &opts,
				 export->resolver, &stacks);
	*ret_read = stacks;
	return err;
}

/* Where the rate changed, samples stand for different times. */
static bool is_by_period(const struct export *export)
{
	if (export->args->weight)
		return strcmp(export->args->weight, "period") == 0;
	return lbrvirt_perfdata_note(export->data, "overhead");
}

static bool has_samples(const struct export *export, void *profile)
{
	if (lbrvirt_profile_totals(profile)->samples)
		return true;
	message_error(NAME, "no sample is taken of %s", export->path);
	return false;
}

static int write_stacks(const struct export *export, void *read, FILE *out)
{
	struct lbrvirt_profile *profile = export_stacks_profile(read);
	const struct lbrvirt_export_opts opts = {
		.size = sizeof(opts),
		.recording = export->data,
		.by_period = is_by_period(export),
	};

	if (!has_samples(export, profile))
		return -ENODATA;
	return export->args->format->write_profile(profile, &opts, out);
}

static int write_html(const struct export *export, void *read, FILE *out)
{
	struct lbrvirt_profile *profile = export_stacks_profile(read);
	const struct lbrvirt_html_opts opts = {
		.size = sizeof(opts),
		.title = export->path,
		.stack_source = input_stack_source(
			export->data, input_event(export->data, profile)),
		.recording = export->data,
		.by_period = is_by_period(export),
	};

	if (!has_samples(export, profile))
		return -ENODATA;
	return lbrvirt_export_html(profile, &opts, out);
}

static void free_stacks(void *read)
{
	export_stacks_free(read);
}

#define OF_STACKS \
	.read = read_stacks, .write = write_stacks, .free = free_stacks

/* A-Z. */
static const struct export_format formats[] = {
	{ "brstack", .read = read_branches, .write = write_brstack,
	  .free = free_branches },
	{ "callgrind", OF_STACKS, .write_profile = lbrvirt_export_callgrind },
	{ "firefox", OF_STACKS, .write_profile = lbrvirt_export_firefox,
	  .has_times = true },
	{ "folded", OF_STACKS, .write_profile = lbrvirt_export_folded },
	{ "html", .read = read_stacks, .write = write_html, .free = free_stacks,
	  .has_parts = true, .is_no_text = true },
	{ "json", OF_STACKS, .write_profile = lbrvirt_export_stacks_json },
	{ "perfscript", OF_STACKS, .write_profile = lbrvirt_export_perfscript },
	{ "pprof", OF_STACKS, .write_profile = lbrvirt_export_pprof,
	  .is_no_text = true },
	{ "speedscope", OF_STACKS, .write_profile = lbrvirt_export_speedscope },
};

#define NR_FORMATS (sizeof(formats) / sizeof(formats[0]))

static const struct argp_option options[] = {
	{ NULL, 0, NULL, 0, "What and where to:", 1 },
	{ "format", 'f', "FORMAT", 0,
	  "write FORMAT: brstack (branches, for perf2bolt -pa), callgrind, "
	  "firefox, folded, html (a page with a flame graph), json, "
	  "perfscript, pprof, speedscope",
	  0 },
	{ "input", 'i', "FILE", 0,
	  "read FILE (default: lbrprof.data, else perf.data); - for a pipe",
	  0 },
	{ "output", 'o', "FILE", 0,
	  "write FILE; - (the default) for standard output", 0 },
	{ "dso", 'd', "FILE", 0,
	  "of this program or library (default: the one with most branches)",
	  0 },
	{ "weight", OPT_WEIGHT, "WHAT", 0,
	  "weigh stacks by samples or period (default: samples, unless the "
	  "rate changed)",
	  0 },

	{ NULL, 0, NULL, 0, "Which samples:", 2 },
	SAMPLE_OPTS_WHICH,
	{ "time", SAMPLE_OPTS_TIME, "A,B", 0, "from A to B seconds", 0 },

	{ NULL, 0, NULL, 0, "Where names come from:", 3 },
	SAMPLE_OPTS_NAMES,
	{ NULL, 0, NULL, 0, NULL, 0 },
};

static void refuse_format(struct argp_state *state, const char *name)
{
	char names[256] = "";
	size_t length = 0;

	for (size_t i = 0; i < NR_FORMATS && length < sizeof(names); i++)
		length += (size_t)snprintf(names + length,
					   sizeof(names) - length, "%s%s",
					   i ? ", " : "", formats[i].name);
	argp_error(state, "no such format: '%s'; there are %s", name, names);
}

static void set_format(struct argp_state *state, const char *name)
{
	struct export_args *args = state->input;

	for (size_t i = 0; i < NR_FORMATS; i++) {
		if (strcmp(formats[i].name, name) != 0)
			continue;
		args->format = &formats[i];
		return;
	}
	refuse_format(state, name);
}

/* Options that only put their argument somewhere. */
static const char **place_of(struct export_args *args, int key)
{
	switch (key) {
	case 'i':
		return &args->input;
	case 'o':
		return &args->output;
	case 'd':
		return &args->dso;
	case OPT_WEIGHT:
		return &args->weight;
	default:
		return sample_opts_place(key, &args->profile, &args->resolver);
	}
}

static void check_args(struct argp_state *state, const struct export_args *args)
{
	if (!args->format)
		argp_error(state, "name a format with -f");
	if (args->weight && strcmp(args->weight, "samples") != 0 &&
	    strcmp(args->weight, "period") != 0)
		argp_error(state, "--weight is samples or period, not '%s'",
			   args->weight);
	if (args->dso && args->format->write_profile)
		argp_error(state, "--dso is for brstack");
	if (args->format->is_no_text && output_is_terminal(args->output))
		argp_error(state,
			   "%s is not for a terminal: name a file with -o",
			   args->format->name);
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct export_args *args = state->input;
	const char **place = place_of(args, key);

	if (place) {
		*place = arg;
		return 0;
	}
	switch (key) {
	case 'f':
		set_format(state, arg);
		return 0;
	case ARGP_KEY_END:
		check_args(state, args);
		return 0;
	case ARGP_KEY_ARG:
		argp_error(state, "unexpected word '%s': name a file with -i",
			   arg);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* -ENODATA: it has been said what is wrong. */
static void complain(const struct export *export, int err, const char *why)
{
	if (err == -ENODATA)
		return;
	if (!why)
		why = lbrvirt_context_error(export->ctx);
	message_error(NAME, "%s", why[0] ? why : lbrvirt_strerror(err));
}

/* The file is made when there is something to write into it. */
static int write_output(const struct export *export, void *read)
{
	const char *path = export->args->output;
	FILE *out = output_open(NAME, path);
	int err;

	if (!out)
		return STATUS_FAILED;
	err = export->args->format->write(export, read, out);
	/* What standard output took no more is told at the end. */
	if (err && !(out == stdout && ferror(out)))
		complain(export, err, NULL);
	return output_close(NAME, path, out, err);
}

static int run_format(const struct export *export)
{
	const struct export_format *format = export->args->format;
	char *damage = NULL;
	void *read = NULL;
	int err = format->read(export, &read);
	int status;

	if (err == -EBADMSG)
		damage = strdup(lbrvirt_context_error(export->ctx));
	else if (err)
		complain(export, err, NULL);
	status = err == -EINVAL ? STATUS_USAGE :
		 err		? STATUS_FAILED :
				  STATUS_DONE;
	/* What was read before the damage is worth having; then the damage. */
	if (read && (!err || err == -EBADMSG) && write_output(export, read))
		status = STATUS_FAILED;
	if (err == -EBADMSG)
		complain(export, err, damage);
	free(damage);
	if (read)
		format->free(read);
	return status;
}

static int run(int argc, char **argv)
{
	static const struct argp argp = {
		.options = options,
		.parser = parse_option,
		.doc = "Write a recording in another program's format.",
	};
	struct export_args args = {
		.profile.size = sizeof(args.profile),
		.resolver.size = sizeof(args.resolver),
	};
	struct export export = { .args = &args, .resolver = &args.resolver };
	int status = STATUS_FAILED;

	args.profile.resolver = &args.resolver;
	argp_err_exit_status = STATUS_USAGE;
	argp_parse(&argp, argc, argv, 0, NULL, &args);
	export.ctx = message_context(NAME);
	if (!export.ctx)
		return STATUS_FAILED;
	if (!input_open(NAME, export.ctx, args.input, &export.path,
			&export.data)) {
		input_set_resolver(export.data, &args.resolver);
		status = run_format(&export);
	}
	lbrvirt_perfdata_close(export.data);
	lbrvirt_context_free(export.ctx);
	return status;
}

const struct command command_export = {
	.name = NAME,
	.run = run,
	.help = "write a recording in another program's format",
};
