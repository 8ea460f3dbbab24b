/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The bytes of a recording: a mapped file, whose bytes stay where they are, the
 * files of a folder mapped one behind the other, or a stream, of which a window
 * is held.
 */
#ifndef LBRVIRT_PERFDATA_SOURCE_H
#define LBRVIRT_PERFDATA_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <lbrvirt/context.h>

#include "base/buffer.h"

/* A file of a folder: its place in the mapping. */
struct source_file {
	uint64_t begin;
	uint64_t end;
};

struct source {
	int fd;			  /* -1: none */
	const unsigned char *map; /* NULL: a stream */
	uint64_t map_size;
	uint64_t end;		   /* of the mapped file that is being read */
	struct source_file *files; /* of a folder; NULL: none */
	size_t nr_files;
	size_t file;	      /* that is being read */
	uint64_t offset;      /* of the next byte */
	bool is_owned;	      /* false: standard input */
	bool is_at_end;	      /* the stream gave its last byte */
	struct buffer window; /* of a stream, from window_offset on */
	uint64_t window_offset;
	/* Bytes of the mapping looked at since pages were given back. */
	uint64_t touched;
	uint64_t touched_first;
	uint64_t touched_end;
};

/* Storage without a source; source_fini() may be called on it. */
#define SOURCE_NONE ((struct source){ .fd = -1 })

/* So many bytes are looked at before their pages are given back: what waits to
 * be put in order is looked at twice, and should be mapped but once. */
#define SOURCE_KEPT (8u * 1024 * 1024)

/* 0, or a code as lbrvirt_perfdata_open() has it. */
int source_init(struct source *source, struct lbrvirt_context *ctx,
		const char *path);
void source_fini(struct source *source);

/*
 * Make @size bytes from the offset on readable; *@ret_size says how many are,
 * fewer only before the end of the file. The bytes of a stream are valid until the next
 * call. 0, -ENOMEM, -EIO.
 */
int source_peek(struct source *source, size_t size, const unsigned char **ret,
		size_t *ret_size);

/* Move on, whether read or not. 0, -EIO; -ENODATA: beyond the end. */
int source_skip(struct source *source, uint64_t size);

/* Go to the begin of the folder's next file; false: there is none. */
bool source_next_file(struct source *source);

/* Give the pages of a mapping that were looked at back to the kernel. Pointers
 * into them stay good: what is looked at again is mapped again. */
void source_give_back(struct source *source);

#define SOURCE_LINE 64

/*
 * @size bytes of the mapping at @offset will be looked at soon. Records lie at
 * no regular distance, which is why the CPU does not foresee where the next one
 * begins and would wait for memory at each.
 */
static inline void source_fetch(const struct source *source, uint64_t offset,
				uint64_t size)
{
	if (offset >= source->map_size || size > source->map_size - offset)
		return;
	for (uint64_t i = 0; i < size; i += SOURCE_LINE)
		__builtin_prefetch(source->map + offset + i);
}

/* @size bytes of the mapping at @offset are being looked at. */
static inline void source_touch(struct source *source, uint64_t offset,
				uint64_t size)
{
	if (!source->touched || offset < source->touched_first)
		source->touched_first = offset;
	if (offset + size > source->touched_end)
		source->touched_end = offset + size;
	source->touched += size;
	if (source->touched >= SOURCE_KEPT)
		source_give_back(source);
}

#endif
