/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Text on its way to a file. A recording has millions of samples and printf
 * reads its format anew for each, so what is printed per sample is put together
 * by these, in memory, and handed on in large pieces.
 */
#ifndef LBRVIRT_EXPORT_TEXT_H
#define LBRVIRT_EXPORT_TEXT_H

#include <endian.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/buffer.h"

/* Zero-initialised storage is empty. Out of memory is remembered, and what
 * could not be put is left out. */
struct text {
	struct buffer bytes;
	bool is_short; /* of memory */
};

void text_fini(struct text *text);

/* Write everything to @out. 0, -ENOMEM (also from before), -EIO. */
int text_flush(struct text *text, FILE *out);

/* The same, but only if there is enough to be worth it. */
int text_pass_on(struct text *text, FILE *out);

/* For text_room(), where there is none. */
unsigned char *text_grow(struct text *text, size_t size);

/* Where @size more bytes can be put; they count when bytes.size says so. NULL:
 * out of memory. */
static inline unsigned char *text_room(struct text *text, size_t size)
{
	struct buffer *bytes = &text->bytes;

	/* With a byte to spare, so that there are bytes even for none. */
	if (bytes->capacity - bytes->size <= size)
		return text_grow(text, size + 1);
	return bytes->bytes + bytes->size;
}

/* What was put at text_room() ends at @end. */
static inline void text_end(struct text *text, const unsigned char *end)
{
	text->bytes.size = (size_t)(end - text->bytes.bytes);
}

static inline void text_put(struct text *text, const void *bytes, size_t size)
{
	unsigned char *to = text_room(text, size);

	if (!to || !size)
		return;
	memcpy(to, bytes, size);
	text->bytes.size += size;
}

static inline void text_put_char(struct text *text, char c)
{
	unsigned char *to = text_room(text, 1);

	if (!to)
		return;
	*to = (unsigned char)c;
	text->bytes.size++;
}

/* Beyond bytes that text_put_loose() puts, so many more can be read. */
#define TEXT_LOOSE 32

/* The same, for a few dozen bytes: copied in pieces of one size. */
static inline void text_put_loose(struct text *text, const void *bytes,
				  size_t size)
{
	unsigned char *to = text_room(text, size + TEXT_LOOSE);
	const unsigned char *from = bytes;

	if (!to)
		return;
	for (size_t i = 0; i < size; i += TEXT_LOOSE)
		memcpy(to + i, from + i, TEXT_LOOSE);
	text->bytes.size += size;
}

void text_put_string(struct text *text, const char *string);

/* Right-aligned in @width columns, or wider if it must be: "%*s" and "%*" PRIu64
 * of printf. */
void text_put_padded(struct text *text, const char *string, unsigned int width);
void text_put_decimal(struct text *text, uint64_t value, unsigned int width);

/* The eight hexadecimal digits of @value, the first in the lowest byte: all are
 * made at once. */
static inline uint64_t text_hex_digits(uint32_t value)
{
	const uint64_t ones = 0x0101010101010101u;
	uint64_t x = value;
	uint64_t is_letter;

	x = (x << 16 | x) & 0x0000ffff0000ffffu;
	x = (x << 8 | x) & 0x00ff00ff00ff00ffu;
	x = (x << 4 | x) & 0x0f0f0f0f0f0f0f0fu;
	is_letter = (x + 6 * ones) >> 4 & ones;
	x += '0' * ones + is_letter * ('a' - '0' - 10);
	return __builtin_bswap64(x);
}

/* The largest number is 16 digits long; so much is written, whatever counts. */
#define TEXT_HEX_MAX 16

/* Put the digits of @value at @to, where TEXT_HEX_MAX bytes are; returns their
 * end. */
static inline unsigned char *text_make_hex(unsigned char *to, uint64_t value)
{
	unsigned int bits = 64 - (unsigned int)__builtin_clzll(value | 1);
	unsigned int nr = (bits + 3) / 4;
	uint64_t high = text_hex_digits((uint32_t)(value >> 32));
	uint64_t low = text_hex_digits((uint32_t)value);
	unsigned __int128 digits = (unsigned __int128)low << 64 | high;
	uint64_t words[2];

	digits >>= 8 * (TEXT_HEX_MAX - nr);
	words[0] = htole64((uint64_t)digits);
	words[1] = htole64((uint64_t)(digits >> 64));
	memcpy(to, words, sizeof(words));
	return to + nr;
}

/* The same for "%*" PRIx64. */
static inline void text_put_hex(struct text *text, uint64_t value,
				unsigned int width)
{
	unsigned char *to = text_room(text, width + TEXT_HEX_MAX);
	unsigned int nr;

	if (!to)
		return;
	nr = (64 - (unsigned int)__builtin_clzll(value | 1) + 3) / 4;
	if (nr < width) {
		memset(to, ' ', width - nr);
		to += width - nr;
	}
	text_end(text, text_make_hex(to, value));
}

/* The longest number of 64 bits; beyond the width, so much must there be. */
#define TEXT_DECIMAL_MAX 20

/* Put the digits of @value at @to, padded with @filler; returns their end. */
unsigned char *text_make_decimal(unsigned char *to, uint64_t value,
				 unsigned int width, char filler);

/* With zeros for blanks. */
void text_put_zeroed(struct text *text, uint64_t value, unsigned int width);

#endif
