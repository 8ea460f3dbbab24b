/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A recording, opened: records are walked, put in order of time, decoded, and
 * handed out. Records of perf's own that tell of events and the machine are
 * taken in on the way, and handed out too.
 *
 * Whatever is damaged, what was written before it comes first: the walk stops,
 * the queue is emptied, then the damage is reported.
 */
#include "config.h"

#include <lbrvirt/perfdata.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "perfdata/folder.h"
#include "perfdata/groups.h"
#include "perfdata/header.h"
#include "perfdata/order.h"
#include "perfdata/walk.h"
#include "sample/abi.h"
#include "sample/decode.h"

/* Records that go out were read a while ago: fetch so many bytes of one so many
 * records ahead. A call chain is looked at whole, branches by few. */
#define POP_AHEAD	  3
#define POP_FETCHED	  128
#define POP_FETCHED_CHAIN 512

struct lbrvirt_perfdata {
	struct lbrvirt_context *ctx;
	char *path;
	bool is_by_time;
	struct header header;
	struct walk walk;
	struct order order;
	struct decoder *decoder;
	struct groups groups;
	size_t nr_decoded_events; /* that the decoder knows of */
	size_t time_offset;	  /* in all samples alike, or 0 */
	size_t pop_fetched;	  /* bytes of each record that goes out */
	bool has_ended;		  /* nothing more comes from the walk */
	int end;		  /* answer when all is handed out */
	struct raw damaged;	  /* this and what was written later is not */
	const char *damage;
};

static int check_opts(const struct lbrvirt_perfdata_opts *opts)
{
	const unsigned char *bytes = (const unsigned char *)opts;

	if (!opts)
		return 0;
	if (opts->size < sizeof(*opts) ||
	    opts->order > LBRVIRT_PERFDATA_AS_WRITTEN)
		return -EINVAL;
	for (size_t i = sizeof(*opts); i < opts->size; i++) {
		if (bytes[i])
			return -EINVAL;
	}
	return 0;
}

static int fail_header(const struct lbrvirt_perfdata *data, int err,
		       const char *why)
{
	if (err == -EBADMSG || err == -EOVERFLOW)
		return error_set(data->ctx, EBADMSG, "%s: %s", data->path, why);
	if (err == -ENOMEM)
		return error_set(data->ctx, ENOMEM, "out of memory");
	return error_set(data->ctx, EIO, "%s: cannot read", data->path);
}

/* A stream's first bytes say whether it is one; a file is seen whole. */
static int read_header(struct lbrvirt_perfdata *data)
{
	struct source *source = &data->walk.source;
	struct view view = { 0 };
	const char *why = "";
	int err;

	err = source_peek(source, FORMAT_PIPE_HEADER_SIZE, &view.bytes,
			  &view.size);
	if (err)
		return fail_header(data, err, why);
	if (source->map)
		view.size = source->end;
	err = header_read(&data->header, &view, &why);
	if (!source->map && !data->header.public.is_pipe &&
	    view.size == FORMAT_PIPE_HEADER_SIZE && data->header.strings)
		return error_set(
			data->ctx, EBADMSG,
			"%s: a perf.data file cannot be read from a pipe; give its name",
			data->path);
	if (err)
		return fail_header(data, err, why);

	data->walk.is_swapped = data->header.public.is_swapped;
	data->walk.is_pipe = data->header.public.is_pipe;
	data->walk.end = UINT64_MAX;
	if (source->map)
		data->walk.end = source->end;
	if (data->header.data_size)
		data->walk.end =
			data->header.data_offset + data->header.data_size;
	err = source_skip(source, data->header.data_offset);
	return err ? fail_header(data, err, "damaged: the header") : 0;
}

/* The decoder knows all events: what samples look like. */
static void learn_layout(struct lbrvirt_perfdata *data)
{
	const struct events *events = &data->header.events;

	data->nr_decoded_events = events->nr;
	data->time_offset = decoder_time_offset(data->decoder);
	data->pop_fetched = POP_FETCHED;
	if (events->nr &&
	    events->list[0].attr.sample_type & PERF_SAMPLE_CALLCHAIN)
		data->pop_fetched = POP_FETCHED_CHAIN;
}

int lbrvirt_perfdata_open(struct lbrvirt_context *ctx, const char *path,
			  const struct lbrvirt_perfdata_opts *opts,
			  struct lbrvirt_perfdata **ret_data)
{
	struct lbrvirt_perfdata *data;
	int err;

	if (!ctx || !path || !ret_data || check_opts(opts))
		return error_set(ctx, EINVAL, "invalid argument");
	data = calloc(1, sizeof(*data));
	if (!data)
		return error_set(ctx, ENOMEM, "out of memory");
	data->ctx = ctx;
	data->walk.source = SOURCE_NONE;
	data->is_by_time = !opts || opts->order == LBRVIRT_PERFDATA_BY_TIME;
	data->damaged.offset = UINT64_MAX;
	data->path = strdup(strcmp(path, "-") ? path : "standard input");
	if (!data->path) {
		err = error_set(ctx, ENOMEM, "out of memory");
		goto fail;
	}
	err = source_init(&data->walk.source, ctx, path);
	if (err)
		goto fail;
	err = read_header(data);
	if (err)
		goto fail;
	err = decoder_new(data->header.events.list, data->header.events.nr,
			  data->header.public.is_swapped, &data->decoder);
	if (err) {
		error_set(ctx, ENOMEM, "out of memory");
		goto fail;
	}
	learn_layout(data);

	*ret_data = data;
	return 0;
fail:
	lbrvirt_perfdata_close(data);
	return err;
}

void lbrvirt_perfdata_close(struct lbrvirt_perfdata *data)
{
	if (!data)
		return;
	decoder_free(data->decoder);
	groups_fini(&data->groups);
	order_fini(&data->order);
	walk_fini(&data->walk);
	header_fini(&data->header);
	free(data->path);
	free(data);
}

/* Neither @damaged nor what was written later is handed out any more. */
static void set_end(struct lbrvirt_perfdata *data, int err,
		    const struct raw *damaged, const char *why)
{
	if (walk_is_before(damaged, &data->damaged)) {
		data->end = err;
		data->damaged = *damaged;
		data->damage = why;
		if (err != -ENODATA)
			data->header.public.is_finished = false;
		else if (data->header.public.is_pipe)
			header_finish(&data->header);
	}
	if (!data->has_ended) {
		data->has_ended = true;
		if (order_end(&data->order))
			data->end = -ENOMEM;
	}
}

static int answer_end(const struct lbrvirt_perfdata *data)
{
	char name[32];
	uint64_t offset;

	if (data->end == -EBADMSG) {
		folder_place(&data->walk.source, data->damaged.offset, name,
			     sizeof(name), &offset);
		return error_set(data->ctx, EBADMSG,
				 "%s%s: damaged at offset %llu: %s", data->path,
				 name, (unsigned long long)offset,
				 data->damage);
	}
	if (data->end == -ENOMEM)
		return error_set(data->ctx, ENOMEM, "out of memory");
	if (data->end == -EIO)
		return error_set(data->ctx, EIO, "%s: cannot read", data->path);
	return data->end;
}

/* What a record of perf's own says of the recording. 0 or a negative code. */
static int take_in(struct lbrvirt_perfdata *data, const struct raw *raw)
{
	struct view body = { raw->bytes, raw->size, data->walk.is_swapped };
	struct view table = body;
	const unsigned char *header;
	uint64_t feature;

	view_bytes(&body, sizeof(struct perf_event_header), &header);
	switch (raw->type) {
	case ABI_RECORD_HEADER_ATTR:
		/* In a file they repeat what the header says. */
		if (!data->header.public.is_pipe)
			return 0;
		return events_add_record(&data->header.events, body);
	case ABI_RECORD_EVENT_UPDATE:
		return events_update(&data->header.events, data->decoder, body);
	case ABI_RECORD_HEADER_BUILD_ID:
		return build_ids_add_table(&data->header.build_ids, table);
	case ABI_RECORD_HEADER_FEATURE:
		if (!view_u64(&body, &feature))
			return -EBADMSG;
		return header_feature(&data->header, feature, body);
	default:
		return 0;
	}
}

static int tell_decoder(struct lbrvirt_perfdata *data)
{
	const struct events *events = &data->header.events;
	int err;

	if (events->nr == data->nr_decoded_events)
		return 0;
	err = decoder_add_events(data->decoder, events->nr);
	if (err)
		return err;
	learn_layout(data);
	return 0;
}

/* The time by which to put a record in order; false: it goes out at once. */
static bool find_time(const struct lbrvirt_perfdata *data,
		      const struct raw *raw, uint64_t *ret_time_ns)
{
	if (raw->type == PERF_RECORD_SAMPLE && data->time_offset &&
	    raw->size >= data->time_offset + sizeof(*ret_time_ns))
		memcpy(ret_time_ns, raw->bytes + data->time_offset,
		       sizeof(*ret_time_ns));
	else if (!decoder_time(data->decoder, raw->bytes, raw->size,
			       ret_time_ns))
		return false;
	/* perf writes 0 into records it makes up, and all ones for none. */
	return *ret_time_ns != 0 && *ret_time_ns != UINT64_MAX;
}

/* A record of perf's own. False: it was bad, or the last. */
static bool take_in_own(struct lbrvirt_perfdata *data, const struct raw *raw)
{
	int err = take_in(data, raw);

	if (!err)
		err = tell_decoder(data);
	if (err) {
		set_end(data, err == -ENOMEM ? err : -EBADMSG, raw,
			"a record of the header");
		return false;
	}
	/* Rounds are those of a file: others of a folder are behind it. */
	if (data->is_by_time && raw->type == ABI_RECORD_FINISHED_ROUND &&
	    data->walk.source.nr_files <= 1 && order_round(&data->order)) {
		set_end(data, -ENOMEM, raw, "");
		return false;
	}
	return true;
}

/*
 * Read on, until a record is to be handed out now; or, false, the queue has
 * some that may go out, or the end was met.
 */
static bool advance(struct lbrvirt_perfdata *data, struct raw *ret_raw)
{
	uint64_t time_ns;
	int err = 0;

	while (!err && data->order.pos == data->order.ready) {
		err = walk_next(&data->walk, ret_raw);
		if (err) {
			ret_raw->offset = data->walk.source.offset;
			ret_raw->part = UINT32_MAX - 1;
			set_end(data, err, ret_raw, data->walk.why);
			return false;
		}
		if (ret_raw->type >= ABI_RECORD_USER_START &&
		    !take_in_own(data, ret_raw))
			return false;
		if (!data->is_by_time || !find_time(data, ret_raw, &time_ns))
			return true;
		err = order_push(&data->order, time_ns, ret_raw);
	}
	if (err)
		set_end(data, err, ret_raw, "");
	return false;
}

/*
 * Build-ids of mappings can be asked for by path; and a mapping that does not
 * say its file's gets it from the table. There, the kernel is without the
 * symbol that its mapping's path ends with: "[kernel.kallsyms]_text".
 */
static int match_build_id(struct lbrvirt_perfdata *data,
			  struct lbrvirt_record *record)
{
	const struct build_ids *ids = &data->header.build_ids;
	struct lbrvirt_record_mmap *mmap = &record->mmap;
	const char *end = strrchr(mmap->path, ']');
	char kernel[64];

	if (mmap->build_id_size)
		return build_ids_add(&data->header.build_ids, mmap->path,
				     strlen(mmap->path), mmap->build_id,
				     mmap->build_id_size);
	if (build_ids_find(ids, mmap->path, mmap->build_id,
			   &mmap->build_id_size) == 0 ||
	    mmap->path[0] != '[' || !end ||
	    (size_t)(end - mmap->path) >= sizeof(kernel) - 1)
		return 0;
	snprintf(kernel, sizeof(kernel), "%.*s", (int)(end - mmap->path + 1),
		 mmap->path);
	build_ids_find(ids, kernel, mmap->build_id, &mmap->build_id_size);
	return 0;
}

static int decode(struct lbrvirt_perfdata *data, const struct raw *raw,
		  struct lbrvirt_record *ret_record)
{
	const char *why = "";
	int err;

	err = decoder_fill(data->decoder, raw->bytes, raw->size, ret_record,
			   &why);
	if (!err && (ret_record->type == PERF_RECORD_MMAP2 ||
		     ret_record->type == PERF_RECORD_MMAP))
		err = match_build_id(data, ret_record);
	if (err) {
		set_end(data, err, raw, why);
		return err;
	}
	ret_record->offset = raw->offset;
	return 0;
}

/* The record at hand, and, on the way already, one that will be soon. */
static void look_again(struct lbrvirt_perfdata *data, struct raw *raw)
{
	uint64_t offset;

	if (order_peek(&data->order, POP_AHEAD, &offset))
		source_fetch(&data->walk.source, offset, data->pop_fetched);
	walk_again(&data->walk, raw->offset, raw);
}

int lbrvirt_perfdata_next(struct lbrvirt_perfdata *data,
			  struct lbrvirt_record *ret_record)
{
	struct raw raw = { 0 };

	if (!data || !ret_record)
		return -EINVAL;
	for (;;) {
		int err = data->groups.each ?
				  groups_next(&data->groups, data->decoder,
					      ret_record) :
				  -ENODATA;

		if (err != -ENODATA)
			return err ? error_set(data->ctx, ENOMEM,
					       "out of memory") :
				     0;
		if (!order_pop(&data->order, &raw)) {
			if (data->has_ended)
				return answer_end(data);
			if (!advance(data, &raw))
				continue;
		} else if (raw.is_stable) {
			look_again(data, &raw);
		}
		if (!walk_is_before(&raw, &data->damaged) ||
		    decode(data, &raw, ret_record) != 0)
			continue;
		if (!groups_has_members(ret_record))
			return 0;
		groups_begin(&data->groups, ret_record);
	}
}

const struct lbrvirt_perfdata_header *
lbrvirt_perfdata_header(const struct lbrvirt_perfdata *data)
{
	return data ? &data->header.public : NULL;
}

size_t lbrvirt_perfdata_event_count(const struct lbrvirt_perfdata *data)
{
	return data ? data->header.events.nr : 0;
}

const struct lbrvirt_event *
lbrvirt_perfdata_event(const struct lbrvirt_perfdata *data, size_t index)
{
	if (!data || index >= data->header.events.nr)
		return NULL;
	return &data->header.events.list[index];
}

const char *lbrvirt_perfdata_note(const struct lbrvirt_perfdata *data,
				  const char *name)
{
	return data && name ? notes_get(&data->header.notes, name) : NULL;
}

int lbrvirt_perfdata_build_id(const struct lbrvirt_perfdata *data,
			      const char *path, uint8_t *ret_build_id,
			      uint8_t *ret_size)
{
	if (!data || !path || !ret_build_id || !ret_size)
		return -EINVAL;
	return build_ids_find(&data->header.build_ids, path, ret_build_id,
			      ret_size);
}
