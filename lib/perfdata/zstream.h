/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Compressed streams, as perf record -z has them: one endless zstd frame over
 * the whole file, cut into pieces that each unpack to at least a byte.
 */
#ifndef LBRVIRT_PERFDATA_ZSTREAM_H
#define LBRVIRT_PERFDATA_ZSTREAM_H

#include <stddef.h>

#include "base/buffer.h"

struct zpacker;
struct zunpacker;

/* 0 or -ENOMEM. @level as zstd has it; out of its range, the nearest in it. */
int zstream_packer_new(int level, struct zpacker **ret_packer);
void zstream_packer_free(struct zpacker *packer);

/* The most that zstream_pack() makes of @size bytes. */
size_t zstream_packed_max(size_t size);

/*
 * Append the packed form of @bytes to @out; it can be unpacked as soon as it is
 * there. 0, -ENOMEM, -EIO.
 */
int zstream_pack(struct zpacker *packer, const void *bytes, size_t size,
		 struct buffer *out);

/* 0 or -ENOMEM. */
int zstream_unpacker_new(struct zunpacker **ret_unpacker);
void zstream_unpacker_free(struct zunpacker *unpacker);

/*
 * Append what the next piece unpacks to, at most @max bytes, to @out.
 * 0, -ENOMEM, -EBADMSG: it is damaged; -EOVERFLOW: it is more than @max.
 */
int zstream_unpack(struct zunpacker *unpacker, const void *bytes, size_t size,
		   size_t max, struct buffer *out);

#endif
