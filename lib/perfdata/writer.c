/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A perf.data file that is readable at every moment after its first flush.
 *
 * Readers look for the table of features right behind the data, where the next
 * records have to go. So between two flushes:
 *   1. before data overwrites the table, the header's feature bits are cleared:
 *      what the last flush left reads on, only without its features;
 *   2. the data is written behind the old data, not yet counted in the header;
 *   3. table and sections are written behind the new data;
 *   4. one write of the whole header names new size and features at once.
 * The old table is remembered: should the disk be full in between, it goes back
 * to its old place, in blocks that the file already has.
 *
 * In a compressed file perf needs one feature to read the data itself, so that
 * one also stands in the data, as the record which pipes have for it.
 */
#include "config.h"

#include "perfdata/writer.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/error.h"
#include "perfdata/format.h"
#include "perfdata/notes.h"
#include "perfdata/sections.h"
#include "perfdata/streamed.h"
#include "perfdata/target.h"
#include "perfdata/zstream.h"
#include "sample/abi.h"

/* Bytes gathered before they are written. */
#define OUT_SIZE (256 * 1024)
/*
 * Bytes packed into one COMPRESSED record: even if they grow a little, they fit
 * into a record, and perf never meets one that unpacks to nothing.
 */
#define CHUNK_SIZE (56 * 1024)
/* What perf shall set aside for one record unpacked, with some room. */
#define UNPACKED_SIZE_MAX (128 * 1024)

struct writer {
	struct lbrvirt_context *ctx;
	struct target target;
	struct sections sections;
	struct notes notes;
	bool notes_changed;
	uint64_t first_ns; /* of the samples; UINT64_MAX: none yet */
	uint64_t last_ns;

	int zstd_level;
	struct zpacker *packer; /* NULL: not compressed */
	struct buffer chunk;	/* what goes into the next COMPRESSED record */
	struct buffer packed;
	uint64_t unpacked_bytes;
	uint64_t packed_bytes;

	struct buffer out; /* ready to be written at data_end */
	uint64_t data_end; /* offset of the first byte not yet written */
	bool has_records;  /* something was appended */
	int err;	   /* once set, nothing more is taken */

	struct format_header header; /* as the last flush left it */
	struct buffer tail;	     /* table and sections of the same */
	bool tail_stands;	     /* and they are still in the file */
	size_t build_ids_sent;	     /* in a stream: bytes of the table */
	uint64_t unsent;	     /* in a stream: features to send yet */
};

static uint64_t flushed_end(const struct writer *writer)
{
	return writer->header.data.offset + writer->header.data.size;
}

/* After a failed write: what the last flush left, and nothing behind it. */
static int restore(struct writer *writer, int err)
{
	writer->err = err;
	if (writer->target.is_stream || writer->target.temp)
		return err;
	/* The context keeps the text of the first failure: no NULL here. */
	if (target_write(&writer->target, NULL, writer->tail.bytes,
			 writer->tail.size, flushed_end(writer)) == 0)
		target_write(&writer->target, NULL, &writer->header,
			     sizeof(writer->header), 0);
	target_truncate(&writer->target,
			flushed_end(writer) + writer->tail.size);
	return err;
}

static int clear_features(struct writer *writer)
{
	struct format_header bare = writer->header;
	int err;

	memset(bare.features, 0, sizeof(bare.features));
	err = target_write(&writer->target, writer->ctx, &bare, sizeof(bare),
			   0);
	if (!err)
		writer->tail_stands = false;
	return err;
}

static int write_out(struct writer *writer)
{
	int err = 0;

	if (writer->out.size == 0)
		return 0;
	if (writer->tail_stands)
		err = clear_features(writer);
	if (!err)
		err = target_write(&writer->target, writer->ctx,
				   writer->out.bytes, writer->out.size,
				   writer->data_end);
	if (err)
		return restore(writer, err);
	writer->data_end += writer->out.size;
	writer->out.size = 0;
	return 0;
}

static int put_out(struct writer *writer, const void *bytes, size_t size)
{
	if (writer->out.size && writer->out.size + size > OUT_SIZE) {
		int err = write_out(writer);

		if (err)
			return err;
	}
	/* For good: half a record may stand there already. */
	if (buffer_append(&writer->out, bytes, size))
		return restore(writer,
			       error_set(writer->ctx, ENOMEM, "out of memory"));
	return 0;
}

/* One COMPRESSED record of all that is in the chunk. */
static int pack_chunk(struct writer *writer)
{
	struct perf_event_header header = { .type = ABI_RECORD_COMPRESSED };
	int err;

	if (writer->chunk.size == 0)
		return 0;
	writer->packed.size = 0;
	err = zstream_pack(writer->packer, writer->chunk.bytes,
			   writer->chunk.size, &writer->packed);
	if (err)
		return restore(writer,
			       error_set(writer->ctx, -err, "cannot compress"));
	assert(writer->packed.size <= UINT16_MAX - sizeof(header));
	header.size = (uint16_t)(sizeof(header) + writer->packed.size);
	writer->unpacked_bytes += writer->chunk.size;
	writer->packed_bytes += header.size;
	writer->chunk.size = 0;
	err = put_out(writer, &header, sizeof(header));
	return err ? err :
		     put_out(writer, writer->packed.bytes, writer->packed.size);
}

static int put_packed(struct writer *writer, const char *bytes, size_t size)
{
	while (size) {
		size_t room = CHUNK_SIZE - writer->chunk.size;
		size_t part = size < room ? size : room;
		int err = buffer_append(&writer->chunk, bytes, part);

		if (err)
			return restore(writer, error_set(writer->ctx, ENOMEM,
							 "out of memory"));
		bytes += part;
		size -= part;
		if (writer->chunk.size < CHUNK_SIZE)
			continue;
		err = pack_chunk(writer);
		if (err)
			return err;
	}
	return 0;
}

static int update_compressed(struct writer *writer)
{
	uint64_t ratio = writer->packed_bytes ?
				 writer->unpacked_bytes / writer->packed_bytes :
				 1;

	return sections_compressed(&writer->sections, writer->zstd_level, ratio,
				   UNPACKED_SIZE_MAX);
}

/* Bring the sections up to date. */
static int update_sections(struct writer *writer)
{
	int err = 0;

	if (writer->notes_changed) {
		err = sections_notes(&writer->sections,
				     (const char *const *)writer->notes.names,
				     (const char *const *)writer->notes.texts,
				     writer->notes.nr);
		writer->unsent |= 1ull << FORMAT_PMU_CAPS;
	}
	if (!err && writer->first_ns != UINT64_MAX) {
		err = sections_sample_time(&writer->sections, writer->first_ns,
					   writer->last_ns);
		writer->unsent |= 1ull << FORMAT_SAMPLE_TIME;
	}
	if (!err && writer->packer)
		err = update_compressed(writer);
	if (err)
		return error_set(writer->ctx, ENOMEM, "out of memory");
	writer->notes_changed = false;
	return 0;
}

static void fill_header(struct format_header *header, size_t nr_events,
			size_t ids_size)
{
	const size_t each =
		FORMAT_ATTR_SIZE_WRITTEN + sizeof(struct format_section);

	*header = (struct format_header){
		.magic = FORMAT_MAGIC,
		.size = sizeof(*header),
		.attr_size = each,
		.attrs = { .offset = sizeof(*header) + ids_size,
			   .size = nr_events * each },
	};
	header->data.offset = header->attrs.offset + header->attrs.size;
}

/* The fixed part: header, ids, attributes. */
static int begin_file(struct writer *writer, const struct writer_opts *opts)
{
	struct format_section ids = { .offset = sizeof(writer->header) };
	size_t ids_size = 0;
	int err;

	for (size_t i = 0; i < opts->nr_events; i++)
		ids_size += opts->events[i].nr_ids * sizeof(uint64_t);
	fill_header(&writer->header, opts->nr_events, ids_size);
	err = buffer_append(&writer->out, &writer->header,
			    sizeof(writer->header));
	for (size_t i = 0; !err && i < opts->nr_events; i++)
		err = buffer_append(&writer->out, opts->events[i].ids,
				    opts->events[i].nr_ids * sizeof(uint64_t));
	for (size_t i = 0; !err && i < opts->nr_events; i++) {
		struct perf_event_attr attr = opts->events[i].attr;

		attr.size = FORMAT_ATTR_SIZE_WRITTEN;
		ids.size = opts->events[i].nr_ids * sizeof(uint64_t);
		err = buffer_append(&writer->out, &attr,
				    FORMAT_ATTR_SIZE_WRITTEN);
		if (!err)
			err = buffer_append(&writer->out, &ids, sizeof(ids));
		ids.offset += ids.size;
	}
	if (!err && writer->packer)
		err = streamed_features(&writer->sections,
					1ull << FORMAT_COMPRESSED,
					&writer->out);
	return err;
}

static int begin_stream(struct writer *writer, const struct writer_opts *opts)
{
	int err = streamed_begin(opts->events, opts->nr_events, &writer->out);

	return err ? err :
		     streamed_features(&writer->sections, UINT64_MAX,
				       &writer->out);
}

static int begin(struct writer *writer, const struct writer_opts *opts)
{
	int err = sections_begin(&writer->sections, opts);

	if (!err && opts->zstd_level) {
		writer->zstd_level = opts->zstd_level;
		err = zstream_packer_new(opts->zstd_level, &writer->packer);
		if (!err)
			err = update_compressed(writer);
	}
	if (!err)
		err = writer->target.is_stream ? begin_stream(writer, opts) :
						 begin_file(writer, opts);
	if (err == -EOVERFLOW)
		return error_set(
			writer->ctx, EOVERFLOW,
			"too many event ids for the pipe format, record to a file");
	return err ? error_set(writer->ctx, -err, "out of memory") : 0;
}

int writer_open(struct lbrvirt_context *ctx, const char *path,
		const struct writer_opts *opts, struct writer **ret_writer)
{
	struct writer *writer;
	int err;

	assert(path && opts && opts->header && ret_writer);

	writer = calloc(1, sizeof(*writer));
	if (!writer)
		return error_set(ctx, ENOMEM, "out of memory");
	writer->ctx = ctx;
	writer->target = TARGET_NONE;
	writer->first_ns = UINT64_MAX;
	err = target_init(&writer->target, ctx, path);
	if (err)
		goto fail;
	err = begin(writer, opts);
	if (err)
		goto fail;

	*ret_writer = writer;
	return 0;
fail:
	writer_discard(writer);
	return err;
}

int writer_append(struct writer *writer, const void *bytes, size_t size)
{
	assert(writer && bytes);

	if (writer->err)
		return writer->err;
	writer->has_records = true;
	return writer->packer ? put_packed(writer, bytes, size) :
				put_out(writer, bytes, size);
}

int writer_note(struct writer *writer, const char *name, const char *text)
{
	const char *known;

	assert(writer && name && text);

	known = notes_get(&writer->notes, name);
	if (known && strcmp(known, text) == 0)
		return 0;
	if (notes_set(&writer->notes, name, text))
		return error_set(writer->ctx, ENOMEM, "out of memory");
	writer->notes_changed = true;
	return 0;
}

void writer_sample_time(struct writer *writer, uint64_t time_ns)
{
	if (time_ns < writer->first_ns)
		writer->first_ns = time_ns;
	if (time_ns > writer->last_ns)
		writer->last_ns = time_ns;
}

int writer_build_id(struct writer *writer, uint32_t misc, int32_t pid,
		    const uint8_t *build_id, uint8_t size, const char *path)
{
	struct format_build_id entry = {
		.misc = (uint16_t)(misc | FORMAT_MISC_BUILD_ID_SIZE),
		.pid = pid,
		.build_id_size = size,
	};

	assert(writer && build_id && path);
	assert(size <= sizeof(entry.build_id));

	/* No mapping record has a longer one. */
	if (strlen(path) >= PATH_MAX)
		return error_set(writer->ctx, EINVAL, "path too long");
	memcpy(entry.build_id, build_id, size);
	if (sections_build_id(&writer->sections, &entry, path))
		return error_set(writer->ctx, ENOMEM, "out of memory");
	return 0;
}

uint64_t writer_bytes(const struct writer *writer)
{
	return writer->data_end + writer->out.size + writer->chunk.size +
	       (writer->tail_stands ? writer->tail.size : 0);
}

static int flush_stream(struct writer *writer, bool is_last)
{
	int err = update_sections(writer);

	if (err)
		return err;
	/* perf prints each it meets: so once is right, when all is known. */
	if (is_last)
		err = streamed_features(&writer->sections, writer->unsent,
					&writer->out);
	if (!err)
		err = streamed_build_ids(&writer->sections,
					 writer->build_ids_sent, &writer->out);
	if (err)
		return error_set(writer->ctx, ENOMEM, "out of memory");
	writer->build_ids_sent = writer->sections.body[FORMAT_BUILD_ID].size;
	return write_out(writer);
}

static int flush_file(struct writer *writer)
{
	struct format_header header = writer->header;
	struct buffer tail = { 0 };
	int err = update_sections(writer);

	if (!err)
		err = write_out(writer);
	if (err)
		return err;
	header.data.size = writer->data_end - header.data.offset;
	header.features[0] = writer->sections.present;
	if (sections_layout(&writer->sections, writer->data_end, &tail)) {
		buffer_fini(&tail);
		return error_set(writer->ctx, ENOMEM, "out of memory");
	}
	/* Also without new data: sections that moved must not be looked for. */
	if (writer->tail_stands)
		err = clear_features(writer);
	if (!err)
		err = target_write(&writer->target, writer->ctx, tail.bytes,
				   tail.size, writer->data_end);
	if (!err)
		err = target_write(&writer->target, writer->ctx, &header,
				   sizeof(header), 0);
	if (!err)
		err = target_publish(&writer->target, writer->ctx);
	if (err) {
		buffer_fini(&tail);
		return restore(writer, err);
	}
	target_truncate(&writer->target, writer->data_end + tail.size);
	buffer_fini(&writer->tail);
	writer->tail = tail;
	writer->header = header;
	writer->tail_stands = true;
	return 0;
}

static int flush(struct writer *writer, bool is_last)
{
	int err = writer->err;

	if (!err && writer->packer)
		err = pack_chunk(writer);
	if (err)
		return err;
	return writer->target.is_stream ? flush_stream(writer, is_last) :
					  flush_file(writer);
}

int writer_flush(struct writer *writer)
{
	assert(writer);

	return flush(writer, false);
}

void writer_discard(struct writer *writer)
{
	if (!writer)
		return;
	target_fini(&writer->target);
	sections_fini(&writer->sections);
	notes_fini(&writer->notes);
	zstream_packer_free(writer->packer);
	buffer_fini(&writer->chunk);
	buffer_fini(&writer->packed);
	buffer_fini(&writer->out);
	buffer_fini(&writer->tail);
	free(writer);
}

int writer_close(struct writer *writer)
{
	int err = 0;

	if (!writer)
		return 0;
	if (writer->has_records || writer->header.data.size) {
		/* Else a reader could not tell a killed recorder's file. */
		err = writer_note(writer, FORMAT_NOTE_FINISHED, "yes");
		if (!err)
			err = flush(writer, true);
	}
	writer_discard(writer);
	return err;
}
