/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A number is written seven bits a byte, the lowest first, all bytes but the
 * last with the highest bit set (LEB128). Most numbers here are below 128.
 */
#include "config.h"

#include "export/html_pack.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/buffer.h"
#include "export/escape.h"

#define PLAIN_MAX 65536
/* A multiple of three, so that base64 pads at the end alone. */
#define PACKED_MAX 49152
#define NUMBER_MAX 10 /* bytes of 64 bits */

struct html_pack {
	FILE *out;
	z_stream stream;
	int err; /* the first one */
	size_t nr_plain;
	unsigned char plain[PLAIN_MAX];
	unsigned char packed[PACKED_MAX];
	char coded[PACKED_MAX / 3 * 4];
};

int html_pack_new(FILE *out, struct html_pack **ret_pack)
{
	struct html_pack *pack = calloc(1, sizeof(*pack));

	if (!pack)
		return -ENOMEM;
	if (deflateInit(&pack->stream, Z_DEFAULT_COMPRESSION) != Z_OK) {
		free(pack);
		return -ENOMEM;
	}
	pack->out = out;
	pack->stream.next_out = pack->packed;
	pack->stream.avail_out = PACKED_MAX;
	*ret_pack = pack;
	return 0;
}

void html_pack_free(struct html_pack *pack)
{
	if (!pack)
		return;
	deflateEnd(&pack->stream);
	free(pack);
}

/* RFC 4648. */
static size_t encode(const unsigned char *from, size_t size, char *to)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz0123456789+/";
	size_t nr = 0;

	for (size_t i = 0; i < size; i += 3) {
		uint32_t b = i + 1 < size ? from[i + 1] : 0;
		uint32_t c = i + 2 < size ? from[i + 2] : 0;
		uint32_t bits = (uint32_t)from[i] << 16 | b << 8 | c;

		to[nr++] = digits[bits >> 18];
		to[nr++] = digits[bits >> 12 & 63];
		to[nr++] = i + 1 < size ? digits[bits >> 6 & 63] : '=';
		to[nr++] = i + 2 < size ? digits[bits & 63] : '=';
	}
	return nr;
}

static void write_packed(struct html_pack *pack)
{
	size_t size = PACKED_MAX - pack->stream.avail_out;
	size_t nr = encode(pack->packed, size, pack->coded);

	if (!pack->err && fwrite(pack->coded, 1, nr, pack->out) != nr)
		pack->err = -EIO;
	pack->stream.next_out = pack->packed;
	pack->stream.avail_out = PACKED_MAX;
}

/* Deflate what has come together. Only a full piece is written before the end:
 * its size is a multiple of three. */
static void deflate_plain(struct html_pack *pack, int flush)
{
	int result = Z_OK;

	pack->stream.next_in = pack->plain;
	pack->stream.avail_in = (uInt)pack->nr_plain;
	pack->nr_plain = 0;
	while (!pack->err && result != Z_STREAM_END) {
		result = deflate(&pack->stream, flush);
		if (result == Z_STREAM_ERROR)
			pack->err = -EIO;
		if (pack->stream.avail_out == 0)
			write_packed(pack);
		else if (flush == Z_NO_FLUSH)
			return;
	}
	write_packed(pack);
}

void html_pack_bytes(struct html_pack *pack, const void *bytes, size_t size)
{
	const unsigned char *from = bytes;

	while (size && !pack->err) {
		size_t room = PLAIN_MAX - pack->nr_plain;
		size_t nr = size < room ? size : room;

		memcpy(pack->plain + pack->nr_plain, from, nr);
		pack->nr_plain += nr;
		from += nr;
		size -= nr;
		if (pack->nr_plain == PLAIN_MAX)
			deflate_plain(pack, Z_NO_FLUSH);
	}
}

void html_pack_number(struct html_pack *pack, uint64_t number)
{
	unsigned char bytes[NUMBER_MAX];
	size_t nr = 0;

	while (number >= 0x80) {
		bytes[nr++] = (unsigned char)(number | 0x80);
		number >>= 7;
	}
	bytes[nr++] = (unsigned char)number;
	html_pack_bytes(pack, bytes, nr);
}

void html_pack_text(struct html_pack *pack, const char *text)
{
	struct buffer clean = { 0 };

	if (escape_append(&clean, text)) {
		if (!pack->err)
			pack->err = -ENOMEM;
	} else {
		html_pack_number(pack, clean.size);
		html_pack_bytes(pack, clean.bytes, clean.size);
	}
	buffer_fini(&clean);
}

int html_pack_finish(struct html_pack *pack)
{
	deflate_plain(pack, Z_FINISH);
	return pack->err;
}
