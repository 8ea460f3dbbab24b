/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The recorder's records become the file's. Unwinding happens here, while the
 * process is there and its files can be opened through it, so that the stack
 * copy need not be written: a call chain is some forty times smaller.
 */
#include "config.h"

#include "session/pipeline.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/error.h"
#include "process/process.h"
#include "sample/decode.h"
#include "session/rewrite.h"
#include "stack/stack.h"

struct pipeline {
	struct lbrvirt_context *ctx;
	const struct lbrvirt_event *opened;
	size_t nr_events;
	struct lbrvirt_event *events; /* as the file has them */
	bool keep_stacks;
	lbrvirt_record_fn record_fn;
	void *record_arg;
	struct writer *writer; /* NULL: none */
	struct dso_table *dsos;
	struct process_table *processes;
	struct unwinder *unwinder;
	struct decoder *decoder; /* of rewritten records */
	bool *has_samples;	 /* by dso id */
	size_t has_samples_capacity;
	struct lbrvirt_session_summary counts; /* samples and stacks alone */
	struct lbrvirt_stack stack;
	unsigned char bytes[REWRITE_SIZE_MAX];
};

static int init_events(struct pipeline *pipeline)
{
	pipeline->events =
		calloc(pipeline->nr_events, sizeof(*pipeline->events));
	if (!pipeline->events)
		return -ENOMEM;
	for (size_t i = 0; i < pipeline->nr_events; i++) {
		pipeline->events[i] = pipeline->opened[i];
		if (!pipeline->keep_stacks)
			rewrite_event(&pipeline->events[i]);
	}
	return decoder_new(pipeline->events, pipeline->nr_events, false,
			   &pipeline->decoder);
}

int pipeline_new(struct lbrvirt_context *ctx, const struct pipeline_opts *opts,
		 struct pipeline **ret_pipeline)
{
	const struct dso_table_opts dso_opts = { .is_live = true };
	struct pipeline *pipeline = calloc(1, sizeof(*pipeline));
	int err;

	if (!pipeline)
		return -ENOMEM;
	pipeline->ctx = ctx;
	pipeline->opened = opts->opened;
	pipeline->nr_events = opts->nr_events;
	pipeline->keep_stacks = opts->keep_stacks;
	pipeline->record_fn = opts->record_fn;
	pipeline->record_arg = opts->record_arg;
	err = init_events(pipeline);
	if (!err)
		err = dso_table_new(ctx, &dso_opts, &pipeline->dsos);
	if (!err)
		err = process_table_new(ctx, pipeline->dsos,
					&pipeline->processes);
	if (!err)
		err = unwinder_new(ctx, pipeline->dsos, &pipeline->unwinder);
	if (err) {
		pipeline_free(pipeline);
		return err;
	}
	*ret_pipeline = pipeline;
	return 0;
}

void pipeline_free(struct pipeline *pipeline)
{
	if (!pipeline)
		return;
	unwinder_free(pipeline->unwinder);
	process_table_free(pipeline->processes);
	dso_table_free(pipeline->dsos);
	decoder_free(pipeline->decoder);
	free(pipeline->has_samples);
	free(pipeline->events);
	free(pipeline);
}

const struct lbrvirt_event *pipeline_events(const struct pipeline *pipeline)
{
	return pipeline->events;
}

void pipeline_set_writer(struct pipeline *pipeline, struct writer *writer)
{
	pipeline->writer = writer;
}

int pipeline_update_ids(struct pipeline *pipeline)
{
	for (size_t i = 0; i < pipeline->nr_events; i++) {
		pipeline->events[i].ids = pipeline->opened[i].ids;
		pipeline->events[i].nr_ids = pipeline->opened[i].nr_ids;
	}
	return decoder_set_events(pipeline->decoder, pipeline->events,
				  pipeline->nr_events);
}

/* Hand the bytes of a record on; @changed: they are not @record's own. */
static int pass_on(struct pipeline *pipeline,
		   const struct lbrvirt_record *record, const void *changed,
		   size_t size)
{
	struct lbrvirt_record result = *record;
	int err = 0;

	if (pipeline->writer)
		err = writer_append(pipeline->writer,
				    changed ? changed : record->bytes,
				    changed ? size : record->size);
	if (err || !pipeline->record_fn)
		return err;
	if (changed) {
		err = decoder_decode(pipeline->decoder, changed, size, &result,
				     NULL);
		if (err)
			return error_set(pipeline->ctx, EIO,
					 "a record made here cannot be read");
	} else if (record->event) {
		result.event = &pipeline->events[record->event->index];
	}
	return pipeline->record_fn(&result, pipeline->record_arg);
}

static int mark_dso(struct pipeline *pipeline, const struct process *process,
		    uint64_t address)
{
	const struct map *map = process_find_map(process, address);
	void *array = pipeline->has_samples;
	size_t before = pipeline->has_samples_capacity;

	if (!map ||
	    (map->dso->id < before && pipeline->has_samples[map->dso->id]))
		return 0;
	if (array_reserve(&array, &pipeline->has_samples_capacity,
			  map->dso->id + 1, sizeof(*pipeline->has_samples)))
		return -ENOMEM;
	pipeline->has_samples = array;
	memset(pipeline->has_samples + before, 0,
	       (pipeline->has_samples_capacity - before) *
		       sizeof(*pipeline->has_samples));
	pipeline->has_samples[map->dso->id] = true;
	return 0;
}

/* Every file a stack goes through must have names later on. */
static int mark_dsos(struct pipeline *pipeline, const struct process *process)
{
	for (size_t i = 0; i < pipeline->stack.nr; i++) {
		const struct lbrvirt_frame *frame = &pipeline->stack.frames[i];

		if (!frame->is_kernel &&
		    mark_dso(pipeline, process, frame->address))
			return -ENOMEM;
	}
	return 0;
}

static void count_stack(struct lbrvirt_session_summary *counts,
			const struct lbrvirt_stack *stack)
{
	if (stack->cause < sizeof(counts->cause) / sizeof(counts->cause[0]))
		counts->cause[stack->cause]++;
	if (stack->integrity <
	    sizeof(counts->integrity) / sizeof(counts->integrity[0]))
		counts->integrity[stack->integrity]++;
	switch (stack->verdict) {
	case LBRVIRT_VERDICT_COMPLETE:
		counts->complete++;
		break;
	case LBRVIRT_VERDICT_TRUNCATED:
		counts->truncated++;
		break;
	case LBRVIRT_VERDICT_BROKEN:
		counts->broken++;
		break;
	default:
		counts->no_stack++;
	}
}

static int take_sample(struct pipeline *pipeline,
		       const struct lbrvirt_record *record)
{
	const struct process *process;
	size_t size;

	pipeline->counts.samples++;
	if (pipeline->writer)
		writer_sample_time(pipeline->writer, record->time_ns);
	process = process_table_get(pipeline->processes, record->pid);
	if (!process)
		return -ENOMEM;
	if (!record->event || !rewrite_wants_chain(record->event)) {
		pipeline->counts.no_stack++;
		if (mark_dso(pipeline, process, record->sample.ip))
			return -ENOMEM;
		return pass_on(pipeline, record, NULL, 0);
	}
	stack_build(pipeline->unwinder, process, record, false,
		    &pipeline->stack);
	count_stack(&pipeline->counts, &pipeline->stack);
	if (mark_dsos(pipeline, process))
		return -ENOMEM;
	if (pipeline->keep_stacks)
		return pass_on(pipeline, record, NULL, 0);
	size = rewrite_sample(record, record->event, &pipeline->stack,
			      pipeline->bytes);
	return pass_on(pipeline, record, pipeline->bytes, size);
}

/*
 * Mappings come without the build-id. By it alone can a file be found later that
 * was gone and had to be kept, so it is looked up now.
 */
static int take_mmap(struct pipeline *pipeline,
		     const struct lbrvirt_record *record)
{
	const struct process *process;
	const struct map *map;
	bool is_read;
	size_t size = 0;

	if (record->type == PERF_RECORD_MMAP2 && !record->mmap.build_id_size) {
		process = process_table_get(pipeline->processes,
					    record->mmap.pid);
		if (!process)
			return -ENOMEM;
		map = process_find_map(process, record->mmap.start);
		is_read = map && dso_elf(pipeline->dsos, map->dso);
		size = rewrite_mmap(record, is_read ? map->dso : NULL,
				    pipeline->bytes);
	}
	return pass_on(pipeline, record, size ? pipeline->bytes : NULL, size);
}

int pipeline_take(const struct lbrvirt_record *record, void *arg)
{
	struct pipeline *pipeline = arg;
	int err;

	if (record->type == PERF_RECORD_SAMPLE)
		return take_sample(pipeline, record);
	err = process_table_apply(pipeline->processes, record);
	if (err)
		return err;
	if (record->type == PERF_RECORD_MMAP ||
	    record->type == PERF_RECORD_MMAP2)
		return take_mmap(pipeline, record);
	return pass_on(pipeline, record, NULL, 0);
}

void pipeline_count(const struct pipeline *pipeline,
		    struct lbrvirt_session_summary *summary)
{
	const struct lbrvirt_session_summary *counts = &pipeline->counts;

	summary->samples = counts->samples;
	summary->complete = counts->complete;
	summary->truncated = counts->truncated;
	summary->broken = counts->broken;
	summary->no_stack = counts->no_stack;
	memcpy(summary->cause, counts->cause, sizeof(summary->cause));
	memcpy(summary->integrity, counts->integrity,
	       sizeof(summary->integrity));
}

void pipeline_save_files(struct pipeline *pipeline)
{
	uint32_t nr = dso_table_count(pipeline->dsos);

	for (uint32_t id = 0; id < nr && id < pipeline->has_samples_capacity;
	     id++) {
		struct dso *dso = dso_table_at(pipeline->dsos, id);
		int err;

		if (!pipeline->has_samples[id] || dso->kind != DSO_FILE ||
		    dso_is_reachable(pipeline->dsos, dso))
			continue;
		err = dso_save_to_cache(pipeline->dsos, dso);
		if (err)
			log_write(
				pipeline->ctx, LBRVIRT_LOG_WARNING,
				"%s is gone and could not be kept: its functions will have no names (%s)",
				dso->path, strerror(-err));
	}
}
