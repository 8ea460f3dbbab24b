/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Samples in perf script's own text form, so that programs that read perf's
 * read ours. Three things differ on purpose: what has no name is
 * "dso+0xoffset" where perf says "[unknown]"; a return address behind a
 * function's last instruction keeps the name of the caller; and inlined calls
 * stand in every call chain, where perf shows them only in those that it
 * unwound itself.
 */
#include "config.h"

#include <lbrvirt/export.h>

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "export/script_fields.h"
#include "export/script_line.h"

struct script {
	struct lbrvirt_context *ctx; /* borrowed, as are the next two */
	struct lbrvirt_perfdata *data;
	FILE *out;
	struct lbrvirt_resolver *resolver;
	struct script_fields fields;
	bool has_mmap_events;
	int name_width; /* of the longest event name */
	struct lbrvirt_stack stack;
};

/*
 * How far the printed address lies before the frame's: perf prints the words
 * of a call chain as they are, but return addresses that it unwound itself
 * less one.
 */
static unsigned int step_back(const struct lbrvirt_record *record,
			      const struct lbrvirt_frame *frame)
{
	return frame->is_return && record->sample.user_stack_size ? 1 : 0;
}

static void print_source(const struct lbrvirt_symbol *symbol, FILE *out)
{
	const char *slash;

	if (!symbol->file || !symbol->line)
		return;
	slash = strrchr(symbol->file, '/');
	fprintf(out, "\n  %s:%" PRIu32, slash ? slash + 1 : symbol->file,
		symbol->line);
}

/* @function is the one @symbol is inlined in, or @symbol itself. */
static void print_symbol(const struct script *script, unsigned int fields,
			 const struct lbrvirt_symbol *symbol,
			 const struct lbrvirt_symbol *function,
			 unsigned int back)
{
	FILE *out = script->out;

	if (fields & SCRIPT_SYM) {
		fprintf(out, " %s", symbol->name);
		if ((fields & SCRIPT_SYMOFF) && symbol->has_name)
			fprintf(out, "+0x%" PRIx64, function->offset - back);
	}
	if ((fields & SCRIPT_DSO) && !symbol->is_inlined)
		fprintf(out, " (%s)", symbol->dso);
	if (fields & SCRIPT_SRCLINE)
		print_source(symbol, out);
}

static int print_frame(struct script *script, unsigned int fields,
		       const struct lbrvirt_record *record,
		       const struct lbrvirt_frame *frame)
{
	const struct lbrvirt_symbol *symbols;
	unsigned int back = step_back(record, frame);
	size_t nr;
	int err = lbrvirt_resolver_symbols(script->resolver, record->pid, frame,
					   &symbols, &nr);

	if (err)
		return err;
	/* Addresses alone are one a frame: readers take them for the stack. */
	for (size_t i = fields & SCRIPT_SYM ? 0 : nr - 1; i < nr; i++) {
		const struct lbrvirt_symbol *function = &symbols[nr - 1];

		fprintf(script->out, "\t%16" PRIx64,
			function->dso_offset - back);
		print_symbol(script, fields, &symbols[i], function, back);
		fputs(symbols[i].is_inlined ? " (inlined)\n" : "\n",
		      script->out);
	}
	return 0;
}

static int print_chain(struct script *script, unsigned int fields,
		       const struct lbrvirt_record *record)
{
	int err = lbrvirt_resolver_stack(script->resolver, record,
					 &script->stack);

	fputc('\n', script->out);
	for (size_t i = 0; !err && i < script->stack.nr; i++)
		err = print_frame(script, fields, record,
				  &script->stack.frames[i]);
	return err;
}

static int print_address(struct script *script, unsigned int fields,
			 const struct lbrvirt_record *record)
{
	struct lbrvirt_frame frame = {
		.address = record->sample.ip,
		.is_kernel = (record->misc & PERF_RECORD_MISC_CPUMODE_MASK) ==
			     PERF_RECORD_MISC_KERNEL,
	};
	const struct lbrvirt_symbol *symbols;
	size_t nr;
	int err = lbrvirt_resolver_symbols(script->resolver, record->pid,
					   &frame, &symbols, &nr);

	if (err)
		return err;
	fprintf(script->out, " %16" PRIx64, frame.address);
	print_symbol(script, fields, &symbols[nr - 1], &symbols[nr - 1], 0);
	return 0;
}

static const char *comm_of(struct script *script,
			   const struct lbrvirt_record *record)
{
	/* The idle task has no comm record; what has no thread counts as it. */
	if (record->tid == 0)
		return "swapper";
	return lbrvirt_resolver_comm(script->resolver, record->pid,
				     record->tid);
}

static int find_dso(struct script *script, const struct lbrvirt_record *record,
		    uint64_t address, const char **ret_dso)
{
	/* Kernel addresses are the upper half. */
	const struct lbrvirt_frame frame = { .address = address,
					     .is_kernel = address >> 63 };
	const struct lbrvirt_symbol *symbols;
	size_t nr;
	int err = lbrvirt_resolver_symbols(script->resolver, record->pid,
					   &frame, &symbols, &nr);

	if (!err)
		*ret_dso = symbols[nr - 1].dso;
	return err;
}

static int print_branches(struct script *script, unsigned int fields,
			  const struct lbrvirt_record *record)
{
	int err = 0;

	for (size_t i = 0; !err && i < record->sample.nr_branches; i++) {
		const struct lbrvirt_branch *b = &record->sample.branches[i];
		const char *dsos[2] = { NULL, NULL };

		if (fields & SCRIPT_DSO) {
			err = find_dso(script, record, b->from, &dsos[0]);
			if (!err)
				err = find_dso(script, record, b->to, &dsos[1]);
		}
		if (!err)
			script_line_branch(b, dsos, script->out);
	}
	return err;
}

/* Without a period of its own, a sample stands for what was asked for. */
static uint64_t period_of(const struct lbrvirt_record *record)
{
	const struct perf_event_attr *attr = &record->event->attr;

	return (attr->sample_type | record->fields) & PERF_SAMPLE_PERIOD ?
		       record->sample.period :
		       attr->sample_period;
}

static bool has_chain(const struct lbrvirt_event *event)
{
	return event->attr.sample_type & PERF_SAMPLE_CALLCHAIN;
}

static int print_sample(struct script *script,
			const struct lbrvirt_record *record)
{
	const struct lbrvirt_event *event = record->event;
	const struct lbrvirt_sample *sample = &record->sample;
	FILE *out = script->out;
	unsigned int fields;
	int err = script_fields_of(script->ctx, &script->fields, script->data,
				   event, &fields);

	if (err)
		return err;
	script_line_start(record, comm_of(script, record), fields,
			  (fields & SCRIPT_IP) && has_chain(event), out);
	if (fields & SCRIPT_PERIOD)
		fprintf(out, "%10" PRIu64 " ", period_of(record));
	if (fields & SCRIPT_EVENT)
		fprintf(out, "%*s: ", script->name_width, event->name);
	if (fields & SCRIPT_ADDR)
		fprintf(out, "%16" PRIx64, sample->addr);
	if (fields & SCRIPT_WEIGHT)
		fprintf(out, "%16" PRIu64, sample->weight);
	if (fields & SCRIPT_IP)
		err = has_chain(event) ? print_chain(script, fields, record) :
					 print_address(script, fields, record);
	if (!err && (fields & SCRIPT_BRSTACK))
		err = print_branches(script, fields, record);
	fputc('\n', out);
	return err;
}

/*
 * Records that belong to no event are printed as the first one's. They have no
 * more than what a line starts with: that the tracking event's samples lack an
 * address, say, is no obstacle.
 */
static int print_mmap(struct script *script,
		      const struct lbrvirt_record *record)
{
	struct script_fields named = script->fields;
	const struct lbrvirt_event *event = record->event;
	unsigned int fields;
	int err;

	if (!event)
		event = lbrvirt_perfdata_event(script->data, 0);
	if (!event)
		return 0;
	named.named &= SCRIPT_COMM | SCRIPT_PID | SCRIPT_TID | SCRIPT_CPU |
		       SCRIPT_TIME;
	err = script_fields_of(script->ctx, &named, script->data, event,
			       &fields);
	if (err)
		return err;
	script_line_start(record, comm_of(script, record), fields,
			  (fields & SCRIPT_IP) && has_chain(event),
			  script->out);
	script_line_mmap(record, script->out);
	return 0;
}

static int print_record(struct script *script,
			const struct lbrvirt_record *record)
{
	int err;

	if (record->type == PERF_RECORD_SAMPLE)
		return record->event ? print_sample(script, record) : 0;
	err = lbrvirt_resolver_apply(script->resolver, record);
	if (!err && script->has_mmap_events &&
	    (record->type == PERF_RECORD_MMAP ||
	     record->type == PERF_RECORD_MMAP2))
		err = print_mmap(script, record);
	return err;
}

static void measure_names(struct script *script)
{
	size_t nr = lbrvirt_perfdata_event_count(script->data);

	for (size_t i = 0; i < nr; i++) {
		const struct lbrvirt_event *event =
			lbrvirt_perfdata_event(script->data, i);
		size_t width = event ? strlen(event->name) : 0;

		if (width > (size_t)script->name_width && width < 4096)
			script->name_width = (int)width;
	}
}

static int print_all(struct script *script)
{
	struct lbrvirt_record record;
	int err;

	for (;;) {
		err = lbrvirt_perfdata_next(script->data, &record);
		if (err == -ENODATA)
			return 0;
		if (err)
			return err;
		/* The events of a pipe come as records themselves. */
		if (!script->name_width)
			measure_names(script);
		err = print_record(script, &record);
		if (err)
			return err;
		if (ferror(script->out))
			return error_set(script->ctx, EIO,
					 "writing the output failed");
	}
}

static int copy_opts(struct lbrvirt_context *ctx,
		     const struct lbrvirt_script_opts *opts,
		     struct lbrvirt_script_opts *ret_opts)
{
	const unsigned char *bytes = (const unsigned char *)opts;

	memset(ret_opts, 0, sizeof(*ret_opts));
	if (!opts)
		return 0;
	for (size_t i = sizeof(*opts); i < opts->size; i++)
		if (bytes[i])
			return error_set(
				ctx, EINVAL,
				"the script's settings are of a later version");
	if (opts->size < sizeof(opts->size))
		return error_set(ctx, EINVAL,
				 "the script's settings have no size");
	memcpy(ret_opts, opts,
	       opts->size < sizeof(*opts) ? opts->size : sizeof(*opts));
	return 0;
}

int lbrvirt_export_script(struct lbrvirt_context *ctx,
			  struct lbrvirt_perfdata *data,
			  const struct lbrvirt_script_opts *opts, FILE *out)
{
	struct lbrvirt_script_opts own;
	struct script *script;
	int err;

	if (!ctx || !data || !out)
		return error_set(ctx, EINVAL, "a pointer is NULL");
	err = copy_opts(ctx, opts, &own);
	if (err)
		return err;
	script = calloc(1, sizeof(*script));
	if (!script)
		return error_set(ctx, ENOMEM, "out of memory");
	script->ctx = ctx;
	script->data = data;
	script->out = out;
	script->has_mmap_events = own.show_mmap_events;
	err = script_fields_parse(ctx, own.fields, &script->fields);
	if (!err)
		err = lbrvirt_resolver_new(ctx, own.resolver,
					   &script->resolver);
	if (!err)
		err = print_all(script);
	/* What was printed before a damage must arrive all the same. */
	if (fflush(out) == EOF && !err)
		err = error_set(ctx, EIO, "writing the output failed");
	lbrvirt_resolver_free(script->resolver);
	free(script);
	return err;
}
