/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Samples in perf script's own text form, so that programs that read perf's
 * read ours. What differs on purpose, lbrprof-script(1) lists.
 */
#include "config.h"

#include <lbrvirt/export.h>

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "export/script_chain.h"
#include "export/script_code.h"
#include "export/script_fields.h"
#include "export/script_line.h"
#include "export/text.h"

/* Names of threads are kept with the texts of addresses. */
#define KEY_THREAD ((uint64_t)1 << 32)

/* What all samples of an event have in common. */
struct script_event {
	bool is_known;
	bool has_chain;
	unsigned int fields;
	unsigned int branch_fields; /* 0: branches are not printed */
	size_t name_at;		    /* padded, in script.names */
	size_t name_size;
};

struct script {
	struct lbrvirt_context *ctx; /* borrowed, as are the next two */
	struct lbrvirt_perfdata *data;
	FILE *out;
	struct text text; /* on its way there */
	struct script_fields fields;
	struct script_event *events; /* by lbrvirt_event.index */
	size_t events_capacity;
	size_t nr_events;
	struct text names; /* of the events, as printed */
	bool has_mmap_events;
	unsigned int ns;	 /* SCRIPT_NS, or 0 */
	unsigned int name_width; /* of the longest event name */
	struct script_chain chain;
	struct script_code code;
	uint64_t names_epoch; /* changes with the names of threads */
	struct script_second last_second;
};

static int print_chain(struct script *script, unsigned int fields,
		       const struct lbrvirt_record *record)
{
	int err;

	text_put_char(&script->text, '\n');
	err = script_chain_put(&script->chain, fields, record, &script->text);
	if (err == -ENOMEM)
		return error_set(script->ctx, ENOMEM, "out of memory");
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

static void measure_names(struct script *script)
{
	size_t nr = lbrvirt_perfdata_event_count(script->data);

	for (size_t i = 0; i < nr; i++) {
		const struct lbrvirt_event *event =
			lbrvirt_perfdata_event(script->data, i);
		size_t width = event ? strlen(event->name) : 0;

		if (width > script->name_width && width < 4096)
			script->name_width = (unsigned int)width;
	}
}

/* perf prints one kind if several are asked for, the first of these. */
static unsigned int branch_kind(unsigned int fields)
{
	const unsigned int kinds[] = { SCRIPT_BRSTACK, SCRIPT_BRSTACKSYM,
				       SCRIPT_BRSTACKOFF };

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (fields & kinds[i])
			return kinds[i];
	return 0;
}

static int learn_event(struct script *script, const struct lbrvirt_event *event,
		       struct script_event *known)
{
	struct text *names = &script->names;
	int err = script_fields_of(script->ctx, &script->fields, script->data,
				   event, &known->fields);

	if (err)
		return err;
	known->branch_fields = branch_kind(known->fields);
	if (known->branch_fields)
		known->branch_fields |= known->fields & SCRIPT_DSO;
	/* Of a pipe, all events are known when the first sample is. */
	if (!script->name_width)
		measure_names(script);
	known->name_at = names->bytes.size;
	text_put_padded(names, event->name, script->name_width);
	text_put_string(names, ": ");
	if (!text_room(names, TEXT_LOOSE))
		return error_set(script->ctx, ENOMEM, "out of memory");
	known->name_size = names->bytes.size - known->name_at;
	known->has_chain = has_chain(event);
	known->is_known = true;
	return 0;
}

static int find_event(struct script *script, const struct lbrvirt_event *event,
		      const struct script_event **ret_known)
{
	size_t nr = (size_t)event->index + 1;
	void *events = script->events;
	int err = 0;

	if (nr > script->nr_events) {
		if (array_reserve(&events, &script->events_capacity, nr,
				  sizeof(*script->events)))
			return error_set(script->ctx, ENOMEM, "out of memory");
		script->events = events;
		memset(script->events + script->nr_events, 0,
		       (nr - script->nr_events) * sizeof(*script->events));
		script->nr_events = nr;
	}
	if (!script->events[event->index].is_known)
		err = learn_event(script, event, &script->events[event->index]);
	*ret_known = &script->events[event->index];
	return err;
}

static int put_start(struct script *script, unsigned int fields,
		     const struct lbrvirt_record *record, bool is_narrow)
{
	struct text *text = &script->text;
	const struct script_memo_key key = {
		.epoch = script->names_epoch,
		.address = (uint64_t)record->pid << 32 | record->tid,
		.target = is_narrow,
		.fields = (fields & (SCRIPT_COMM | SCRIPT_PID | SCRIPT_TID)) |
			  KEY_THREAD,
	};
	size_t first = text->bytes.size;
	uint32_t comm;

	if (!script_memo_put(&script->code.memo, &key, text)) {
		if (stacks_comm(&script->chain.stacks, record, &comm))
			return error_set(script->ctx, ENOMEM, "out of memory");
		script_line_thread(record,
				   stacks_string(&script->chain.stacks, comm),
				   fields | (is_narrow ? SCRIPT_NARROW : 0),
				   text);
		script_memo_keep(&script->code.memo, &key, text, first);
	}
	script_line_when(record, fields | script->ns, &script->last_second,
			 text);
	return 0;
}

static void put_numbers(struct text *text, unsigned int fields,
			const struct lbrvirt_sample *sample)
{
	if (!(fields &
	      (SCRIPT_PHYS_ADDR | SCRIPT_DATA_PAGE | SCRIPT_CODE_PAGE)))
		return;
	if (fields & SCRIPT_PHYS_ADDR)
		text_put_hex(text, sample->phys_addr, 16);
	if (fields & SCRIPT_DATA_PAGE)
		script_line_page_size(sample->data_page_size, text);
	if (fields & SCRIPT_CODE_PAGE)
		script_line_page_size(sample->code_page_size, text);
}

static int print_sample(struct script *script,
			const struct lbrvirt_record *record)
{
	const struct lbrvirt_event *event = record->event;
	const struct lbrvirt_sample *sample = &record->sample;
	struct text *text = &script->text;
	const struct script_event *known = NULL;
	unsigned int fields;
	int err = find_event(script, event, &known);

	if (err)
		return err;
	fields = known->fields;
	err = put_start(script, fields, record,
			(fields & SCRIPT_IP) && known->has_chain);
	if (err)
		return err;
	if (fields & SCRIPT_PERIOD) {
		text_put_decimal(text, period_of(record), 10);
		text_put_char(text, ' ');
	}
	if (fields & SCRIPT_EVENT)
		text_put_loose(text, script->names.bytes.bytes + known->name_at,
			       known->name_size);
	if (fields & SCRIPT_ADDR)
		text_put_hex(text, sample->addr, 16);
	if (fields & SCRIPT_WEIGHT)
		text_put_decimal(text, sample->weight, 16);
	if (fields & SCRIPT_IP)
		err = known->has_chain ?
			      print_chain(script, fields, record) :
			      script_code_address(&script->code, fields, record,
						  &script->text);
	if (!err && known->branch_fields)
		err = script_code_branches(&script->code, known->branch_fields,
					   record, &script->text);
	put_numbers(text, fields, sample);
	text_put_char(text, '\n');
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
	if (!err)
		err = put_start(script, fields, record,
				(fields & SCRIPT_IP) && has_chain(event));
	if (!err)
		script_line_mmap(record, &script->text);
	return err;
}

static int print_record(struct script *script,
			const struct lbrvirt_record *record)
{
	int err;

	if (record->type == PERF_RECORD_SAMPLE)
		return record->event ? print_sample(script, record) : 0;
	if (record->type == PERF_RECORD_COMM ||
	    record->type == PERF_RECORD_FORK ||
	    record->type == PERF_RECORD_EXIT) {
		stacks_forget_comm(&script->chain.stacks);
		script->names_epoch++;
	}
	err = lbrvirt_resolver_apply(script->code.resolver, record);
	if (!err && script->has_mmap_events &&
	    (record->type == PERF_RECORD_MMAP ||
	     record->type == PERF_RECORD_MMAP2))
		err = print_mmap(script, record);
	return err;
}

static int fail_output(struct script *script, int err)
{
	if (err == -ENOMEM)
		return error_set(script->ctx, ENOMEM, "out of memory");
	return err ? error_set(script->ctx, EIO, "writing the output failed") :
		     0;
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
		err = print_record(script, &record);
		if (err)
			return err;
		err = text_pass_on(&script->text, script->out);
		if (err)
			return fail_output(script, err);
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

static void free_script(struct script *script)
{
	script_chain_fini(&script->chain);
	script_memo_fini(&script->code.memo);
	lbrvirt_resolver_free(script->code.resolver);
	text_fini(&script->names);
	free(script->events);
	text_fini(&script->text);
	free(script);
}

int lbrvirt_export_script(struct lbrvirt_context *ctx,
			  struct lbrvirt_perfdata *data,
			  const struct lbrvirt_script_opts *opts, FILE *out)
{
	struct lbrvirt_script_opts own;
	struct script *script;
	int flushed;
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
	script->names_epoch = 1;
	script->ns = own.show_ns ? SCRIPT_NS : 0;
	err = script_fields_parse(ctx, own.fields, &script->fields);
	if (!err)
		err = lbrvirt_resolver_new(ctx, own.resolver,
					   &script->code.resolver);
	if (!err &&
	    script_chain_init(&script->chain, script->code.resolver,
			      own.resolver && own.resolver->has_verdict))
		err = error_set(ctx, ENOMEM, "out of memory");
	if (!err)
		err = print_all(script);
	/* What was printed before a damage must arrive all the same. */
	flushed = text_flush(&script->text, out);
	if (!err && flushed)
		err = fail_output(script, flushed);
	if (fflush(out) == EOF && !err)
		err = error_set(ctx, EIO, "writing the output failed");
	free_script(script);
	return err;
}
