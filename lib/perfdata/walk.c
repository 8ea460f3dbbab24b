/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Every record begins with its size, so unknown ones are stepped over. Two have
 * a payload behind them that their size does not count: AUXTRACE and, in pipes,
 * TRACING_DATA. COMPRESSED ones hold a stream of records, which may break off
 * in the middle of one and go on in the next COMPRESSED.
 */
#include "config.h"

#include "perfdata/walk.h"

#include <errno.h>
#include <string.h>

#include "perfdata/view.h"

#define HEADER_SIZE sizeof(struct perf_event_header)

/*
 * The most that one compressed record may unpack to. It is at most 64 KiB
 * itself, which recorders fill from one ring buffer: with some 10:1.
 */
#define UNPACKED_MAX (64u * 1024 * 1024)

static int fail(struct walk *walk, const char *why)
{
	walk->why = why;
	return -EBADMSG;
}

void walk_fini(struct walk *walk)
{
	source_fini(&walk->source);
	zstream_unpacker_free(walk->unpacker);
	buffer_fini(&walk->unpacked);
	walk->unpacker = NULL;
}

/* Type and size at @bytes, of which @size can be read. */
static bool read_header(const struct walk *walk, const unsigned char *bytes,
			size_t size, uint32_t *ret_type, uint16_t *ret_size)
{
	struct view view = { bytes, size, walk->is_swapped };
	uint16_t misc;

	return view_u32(&view, ret_type) && view_u16(&view, &misc) &&
	       view_u16(&view, ret_size);
}

/* The next record that was unpacked whole; -ENODATA: there is none. */
static int next_unpacked(struct walk *walk, struct raw *ret_raw)
{
	const unsigned char *bytes;
	uint16_t record_size;
	uint32_t type;
	size_t left;

	left = walk->unpacked.size - walk->unpacked_pos;
	if (left < HEADER_SIZE)
		return -ENODATA;
	bytes = walk->unpacked.bytes + walk->unpacked_pos;
	read_header(walk, bytes, left, &type, &record_size);
	if (record_size < HEADER_SIZE)
		return fail(walk, "a compressed record's size is below 8");
	if (record_size > left)
		return -ENODATA;
	if (type == ABI_RECORD_COMPRESSED || type == ABI_RECORD_COMPRESSED2)
		return fail(walk, "a compressed record within another");
	walk->unpacked_pos += record_size;
	*ret_raw = (struct raw){
		.bytes = bytes,
		.size = record_size,
		.type = type,
		.offset = walk->packed_offset,
		.part = walk->packed_part++,
	};
	return 0;
}

static int unpack(struct walk *walk, const unsigned char *bytes, size_t size)
{
	struct buffer *unpacked = &walk->unpacked;
	size_t left = unpacked->size - walk->unpacked_pos;
	int err;

	if (!walk->unpacker && zstream_unpacker_new(&walk->unpacker))
		return -ENOMEM;
	if (walk->unpacked_pos) {
		memmove(unpacked->bytes, unpacked->bytes + walk->unpacked_pos,
			left);
		unpacked->size = left;
		walk->unpacked_pos = 0;
	}
	err = zstream_unpack(walk->unpacker, bytes, size, UNPACKED_MAX,
			     unpacked);
	if (err == -EBADMSG)
		return fail(walk, "compressed data is corrupt");
	if (err == -EOVERFLOW)
		return fail(walk, "compressed data unpacks to too much");
	return err;
}

/* COMPRESSED2 says how much of it is payload, since it is padded. */
static int unpack_record(struct walk *walk, const struct raw *raw)
{
	struct view view = { raw->bytes, raw->size, walk->is_swapped };
	const unsigned char *bytes;
	uint64_t size;

	view_bytes(&view, HEADER_SIZE, &bytes);
	size = view.size;
	if ((raw->type == ABI_RECORD_COMPRESSED2 && !view_u64(&view, &size)) ||
	    !view_bytes(&view, size, &bytes))
		return fail(walk, "a compressed record's size");
	walk->packed_offset = raw->offset;
	walk->packed_part = 0;
	return unpack(walk, bytes, size);
}

/* Bytes behind the record that its size does not count. */
static int payload_size(struct walk *walk, const struct raw *raw,
			uint64_t *ret_size)
{
	struct view view = { raw->bytes, raw->size, walk->is_swapped };
	const unsigned char *header;
	uint64_t size = 0;
	uint32_t short_size;

	view_bytes(&view, HEADER_SIZE, &header);
	if (raw->type == ABI_RECORD_AUXTRACE) {
		if (!view_u64(&view, &size))
			return fail(walk, "the size in AUXTRACE");
	} else if (raw->type == ABI_RECORD_HEADER_TRACING_DATA) {
		if (!view_u32(&view, &short_size))
			return fail(walk, "the size in TRACING_DATA");
		size = ((uint64_t)short_size + 7) & ~7ull;
	}
	*ret_size = size;
	return 0;
}

/* Of a folder, the file that follows; each is compressed by itself. */
static int next_file(struct walk *walk)
{
	if (walk->unpacked.size != walk->unpacked_pos ||
	    !source_next_file(&walk->source))
		return -ENODATA;
	zstream_unpacker_free(walk->unpacker);
	walk->unpacker = NULL;
	walk->end = walk->source.end;
	return 0;
}

/* Step over the last record; -ENODATA: the data ends here. */
static int advance(struct walk *walk)
{
	uint64_t size = walk->to_skip;
	int err;

	walk->to_skip = 0;
	if (size > walk->end - walk->source.offset)
		return fail(walk, "the file is cut off in a payload");
	err = source_skip(&walk->source, size);
	if (err == -ENODATA)
		return fail(walk, "the file is cut off in a payload");
	if (err)
		return err;
	while (walk->source.offset == walk->end) {
		err = next_file(walk);
		if (err)
			return err;
	}
	return 0;
}

/* The record at the source's offset. */
static int read_record(struct walk *walk, struct raw *ret_raw)
{
	uint64_t room = walk->end - walk->source.offset;
	const unsigned char *bytes;
	uint16_t size;
	uint32_t type;
	size_t got;
	int err;

	err = source_peek(&walk->source, HEADER_SIZE, &bytes, &got);
	if (err)
		return err;
	/* Nothing says how long a pipe is; perf, too, ends at odd bytes. */
	if (got < HEADER_SIZE && walk->is_pipe)
		return -ENODATA;
	if (got < HEADER_SIZE || room < HEADER_SIZE)
		return fail(walk, "the file is cut off in a record's header");
	read_header(walk, bytes, got, &type, &size);
	if (size < HEADER_SIZE)
		return fail(walk, "a record's size is below 8");
	err = source_peek(&walk->source, size, &bytes, &got);
	if (err)
		return err;
	if (got < size || room < size)
		return fail(walk, "the file is cut off in a record");
	*ret_raw = (struct raw){
		.bytes = bytes,
		.size = size,
		.type = type,
		.offset = walk->source.offset,
		.is_stable = walk->source.map != NULL,
	};
	return 0;
}

int walk_next_any(struct walk *walk, struct raw *ret_raw)
{
	struct raw raw;
	uint64_t payload;
	int err;

	for (;;) {
		err = next_unpacked(walk, ret_raw);
		if (err != -ENODATA)
			return err;
		err = advance(walk);
		if (!err && walk_next_plain(walk, ret_raw))
			return 0;
		if (!err)
			err = read_record(walk, &raw);
		if (err == -ENODATA &&
		    walk->unpacked.size != walk->unpacked_pos)
			return fail(walk, "compressed data ends in a record");
		if (err)
			return err;
		err = payload_size(walk, &raw, &payload);
		if (err)
			return err;
		walk->to_skip = raw.size + payload;
		if (walk->to_skip < payload)
			return fail(walk, "the size in AUXTRACE");
		if (raw.type != ABI_RECORD_COMPRESSED &&
		    raw.type != ABI_RECORD_COMPRESSED2)
			break;
		err = unpack_record(walk, &raw);
		if (err)
			return err;
	}
	*ret_raw = raw;
	return 0;
}
