/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * From one record's bytes to the next's, in the order they were written:
 * through compressed records, and over what stands between records.
 */
#ifndef LBRVIRT_PERFDATA_WALK_H
#define LBRVIRT_PERFDATA_WALK_H

#include <linux/perf_event.h>
#include <string.h>

#include "perfdata/source.h"
#include "perfdata/zstream.h"
#include "sample/abi.h"

/* A record as it stands there. */
struct raw {
	const unsigned char *bytes;
	size_t size;
	uint32_t type;	 /* host's byte order */
	uint64_t offset; /* of it, or of the compressed record that holds it */
	uint32_t part;	 /* number within the compressed one; else 0 */
	bool is_stable;	 /* the bytes stay as long as the source; else until
			    the next step */
};

struct walk {
	struct source source;
	bool is_swapped;
	bool is_pipe;
	uint64_t end;		    /* of the data; UINT64_MAX: a stream's */
	uint64_t to_skip;	    /* before the next record */
	struct zunpacker *unpacker; /* NULL: nothing compressed so far */
	struct buffer unpacked;
	size_t unpacked_pos;
	uint64_t packed_offset; /* of the record that was unpacked last */
	uint32_t packed_part;	/* of the next record in it */
	const char *why;	/* what is damaged, if something is */
	uint16_t last_size;	/* of the record before, if it was plain */
};

void walk_fini(struct walk *walk);

/* For walk_next(), where it must look closer. */
int walk_next_any(struct walk *walk, struct raw *ret_raw);

/* The header of a record of which at least that is mapped. */
static inline struct perf_event_header walk_header(const struct walk *walk,
						   const unsigned char *bytes)
{
	struct perf_event_header header;

	memcpy(&header, bytes, sizeof(header));
	if (walk->is_swapped) {
		header.type = __builtin_bswap32(header.type);
		header.size = __builtin_bswap16(header.size);
	}
	return header;
}

/* How far ahead records are fetched: a few of them, for memory takes longer
 * than one; and how much is, of those whose begin can be told. */
#define WALK_AHEAD_RECORDS 8
#define WALK_AHEAD_BYTES   2048
#define WALK_FETCHED	   128

/*
 * Where records are of one size (of branches, as many as the CPU has), those to
 * come begin at known places, and few look at more than a record's begin.
 */
static inline void walk_fetch(struct walk *walk, uint16_t size)
{
	const struct source *source = &walk->source;

	if (size == walk->last_size)
		source_fetch(source, source->offset + WALK_AHEAD_RECORDS * size,
			     WALK_FETCHED);
	else
		source_fetch(source, source->offset + WALK_AHEAD_BYTES, size);
	walk->last_size = size;
}

/*
 * The usual case, which is nearly all there is in a long recording: a mapped
 * file and one of the kernel's records, which are what they say. False: look
 * closer.
 */
static inline bool walk_next_plain(struct walk *walk, struct raw *ret_raw)
{
	struct source *source = &walk->source;
	uint64_t end = source->end < walk->end ? source->end : walk->end;
	struct perf_event_header header;

	if (!source->map || walk->to_skip ||
	    walk->unpacked.size != walk->unpacked_pos || source->offset > end ||
	    end - source->offset < sizeof(header))
		return false;
	header = walk_header(walk, source->map + source->offset);
	if (header.size < sizeof(header) ||
	    header.size > end - source->offset ||
	    header.type >= ABI_RECORD_USER_START)
		return false;
	*ret_raw = (struct raw){
		.bytes = source->map + source->offset,
		.size = header.size,
		.type = header.type,
		.offset = source->offset,
		.is_stable = true,
	};
	source_touch(source, source->offset, header.size);
	walk_fetch(walk, header.size);
	source->offset += header.size;
	return true;
}

/*
 * The next record. 0; -ENODATA: the end; -EBADMSG: damaged here, and why is
 * set; -ENOMEM, -EIO.
 */
static inline int walk_next(struct walk *walk, struct raw *ret_raw)
{
	return walk_next_plain(walk, ret_raw) ? 0 :
						walk_next_any(walk, ret_raw);
}

/* The stable record at @offset once more, which walk_next() gave. */
static inline void walk_again(struct walk *walk, uint64_t offset,
			      struct raw *ret_raw)
{
	const unsigned char *bytes = walk->source.map + offset;
	struct perf_event_header header = walk_header(walk, bytes);
	uint64_t left = walk->source.map_size - offset;

	/* Somebody may have written to the file meanwhile. */
	*ret_raw = (struct raw){
		.bytes = bytes,
		.size = header.size < left ? header.size : left,
		.type = header.type,
		.offset = offset,
		.is_stable = true,
	};
	source_touch(&walk->source, offset, ret_raw->size);
}

/* Whether @a was written before @b. */
static inline bool walk_is_before(const struct raw *a, const struct raw *b)
{
	return a->offset < b->offset ||
	       (a->offset == b->offset && a->part < b->part);
}

#endif
