/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * zlib behind this; 16 more window bits ask it for gzip's header and checksum
 * (zlib.h, deflateInit2).
 */
#include "config.h"

#include "export/gzip.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <zlib.h>

#define WINDOW_BITS (15 + 16)
#define MEMORY	    8

struct gzip {
	z_stream stream;
	FILE *out;
	unsigned char piece[64 * 1024];
};

int gzip_new(FILE *out, struct gzip **ret_gzip)
{
	struct gzip *gzip = calloc(1, sizeof(*gzip));

	if (!gzip)
		return -ENOMEM;
	gzip->out = out;
	if (deflateInit2(&gzip->stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED,
			 WINDOW_BITS, MEMORY, Z_DEFAULT_STRATEGY) != Z_OK) {
		free(gzip);
		return -ENOMEM;
	}
	*ret_gzip = gzip;
	return 0;
}

void gzip_free(struct gzip *gzip)
{
	if (!gzip)
		return;
	deflateEnd(&gzip->stream);
	free(gzip);
}

/* Until there is room left in the piece: then zlib has taken all it was given,
 * or, at the end, said all. */
static int deflate_all(struct gzip *gzip, int flush)
{
	z_stream *stream = &gzip->stream;

	do {
		size_t size;

		stream->next_out = gzip->piece;
		stream->avail_out = sizeof(gzip->piece);
		if (deflate(stream, flush) == Z_STREAM_ERROR)
			return -EIO;
		size = sizeof(gzip->piece) - stream->avail_out;
		if (size && fwrite(gzip->piece, 1, size, gzip->out) != size)
			return -EIO;
	} while (stream->avail_out == 0);
	return 0;
}

int gzip_take(struct gzip *gzip, struct buffer *buffer)
{
	unsigned char *next = buffer->bytes;
	size_t left = buffer->size;
	int err = 0;

	while (!err && left) {
		uInt size = left > INT_MAX ? INT_MAX : (uInt)left;

		gzip->stream.next_in = next;
		gzip->stream.avail_in = size;
		err = deflate_all(gzip, Z_NO_FLUSH);
		next += size;
		left -= size;
	}
	buffer->size = 0;
	return err;
}

int gzip_finish(struct gzip *gzip)
{
	gzip->stream.avail_in = 0;
	return deflate_all(gzip, Z_FINISH);
}
