/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The one file that knows libzstd.
 */
#include "config.h"

#include "perfdata/zstream.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <zstd.h>

/*
 * A hostile frame may ask for a window of 128 MB and more, allocated before a
 * byte is unpacked. Recorders at level 22 use 27 bits at most.
 */
#define WINDOW_LOG_MAX 27

struct zpacker {
	ZSTD_CCtx *context;
};

struct zunpacker {
	ZSTD_DCtx *context;
};

int zstream_packer_new(int level, struct zpacker **ret_packer)
{
	struct zpacker *packer = calloc(1, sizeof(*packer));

	if (!packer)
		return -ENOMEM;
	packer->context = ZSTD_createCCtx();
	if (!packer->context) {
		zstream_packer_free(packer);
		return -ENOMEM;
	}
	if (level > ZSTD_maxCLevel())
		level = ZSTD_maxCLevel();
	if (level < ZSTD_minCLevel())
		level = ZSTD_minCLevel();
	/* Cannot fail: the level is in range and nothing was packed yet. */
	ZSTD_CCtx_setParameter(packer->context, ZSTD_c_compressionLevel, level);
	*ret_packer = packer;
	return 0;
}

void zstream_packer_free(struct zpacker *packer)
{
	if (!packer)
		return;
	ZSTD_freeCCtx(packer->context);
	free(packer);
}

size_t zstream_packed_max(size_t size)
{
	/* The bound is for whole frames; a flush adds a few bytes. */
	return ZSTD_compressBound(size) + 64;
}

int zstream_pack(struct zpacker *packer, const void *bytes, size_t size,
		 struct buffer *out)
{
	ZSTD_inBuffer in = { .src = bytes, .size = size };
	ZSTD_outBuffer to = { 0 };
	size_t left;

	if (buffer_reserve(out, zstream_packed_max(size)))
		return -ENOMEM;
	to.dst = out->bytes + out->size;
	to.size = out->capacity - out->size;
	left = ZSTD_compressStream2(packer->context, &to, &in, ZSTD_e_flush);
	if (ZSTD_isError(left) || left || in.pos < in.size)
		return -EIO;
	out->size += to.pos;
	return 0;
}

int zstream_unpacker_new(struct zunpacker **ret_unpacker)
{
	struct zunpacker *unpacker = calloc(1, sizeof(*unpacker));

	if (!unpacker)
		return -ENOMEM;
	unpacker->context = ZSTD_createDCtx();
	if (!unpacker->context) {
		zstream_unpacker_free(unpacker);
		return -ENOMEM;
	}
	ZSTD_DCtx_setParameter(unpacker->context, ZSTD_d_windowLogMax,
			       WINDOW_LOG_MAX);
	*ret_unpacker = unpacker;
	return 0;
}

void zstream_unpacker_free(struct zunpacker *unpacker)
{
	if (!unpacker)
		return;
	ZSTD_freeDCtx(unpacker->context);
	free(unpacker);
}

int zstream_unpack(struct zunpacker *unpacker, const void *bytes, size_t size,
		   size_t max, struct buffer *out)
{
	ZSTD_inBuffer in = { .src = bytes, .size = size };
	size_t begin = out->size;

	for (;;) {
		ZSTD_outBuffer to = { 0 };
		size_t answer;

		if (buffer_reserve(out, ZSTD_DStreamOutSize()))
			return -ENOMEM;
		to.dst = out->bytes + out->size;
		to.size = out->capacity - out->size;
		answer = ZSTD_decompressStream(unpacker->context, &to, &in);
		out->size += to.pos;
		if (ZSTD_isError(answer))
			return -EBADMSG;
		if (out->size - begin > max)
			return -EOVERFLOW;
		/* A full output may hide more; else all that is in came out. */
		if (in.pos == in.size && to.pos < to.size)
			return 0;
	}
}
