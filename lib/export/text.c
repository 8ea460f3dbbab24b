/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Numbers are made from their last digit backwards, in a piece of stack that
 * takes the longest, and padded as they are copied.
 */
#include "config.h"

#include "export/text.h"

#include <errno.h>
#include <string.h>

#define ENOUGH (256 * 1024)
/* The longest number of 64 bits: 20 decimal digits. */
#define DIGITS_MAX 20

void text_fini(struct text *text)
{
	buffer_fini(&text->bytes);
}

int text_flush(struct text *text, FILE *out)
{
	size_t size = text->bytes.size;

	text->bytes.size = 0;
	if (size && fwrite(text->bytes.bytes, 1, size, out) != size)
		return -EIO;
	return text->is_short ? -ENOMEM : 0;
}

int text_pass_on(struct text *text, FILE *out)
{
	if (text->bytes.size < ENOUGH && !text->is_short)
		return 0;
	return text_flush(text, out);
}

/* Room for @size more bytes, which count as put; NULL: there is none. */
static unsigned char *take(struct text *text, size_t size)
{
	struct buffer *bytes = &text->bytes;

	if (bytes->capacity - bytes->size < size &&
	    buffer_reserve(bytes, size)) {
		text->is_short = true;
		return NULL;
	}
	bytes->size += size;
	return bytes->bytes + bytes->size - size;
}

void text_put(struct text *text, const void *bytes, size_t size)
{
	unsigned char *to = take(text, size);

	if (to && size)
		memcpy(to, bytes, size);
}

void text_put_string(struct text *text, const char *string)
{
	text_put(text, string, strlen(string));
}

void text_put_char(struct text *text, char c)
{
	unsigned char *to = take(text, 1);

	if (to)
		*to = (unsigned char)c;
}

static void put_aligned(struct text *text, const char *digits, size_t size,
			unsigned int width, char filler)
{
	size_t pad = size < width ? width - size : 0;
	unsigned char *to = take(text, pad + size);

	if (!to)
		return;
	memset(to, filler, pad);
	memcpy(to + pad, digits, size);
}

void text_put_padded(struct text *text, const char *string, unsigned int width)
{
	put_aligned(text, string, strlen(string), width, ' ');
}

/* The digits end at @end; returns where they begin. */
static char *make_decimal(char *end, uint64_t value)
{
	do {
		*--end = (char)('0' + value % 10);
		value /= 10;
	} while (value);
	return end;
}

void text_put_decimal(struct text *text, uint64_t value, unsigned int width)
{
	char digits[DIGITS_MAX];
	char *end = digits + sizeof(digits);
	char *first = make_decimal(end, value);

	put_aligned(text, first, (size_t)(end - first), width, ' ');
}

void text_put_zeroed(struct text *text, uint64_t value, unsigned int width)
{
	char digits[DIGITS_MAX];
	char *end = digits + sizeof(digits);
	char *first = make_decimal(end, value);

	put_aligned(text, first, (size_t)(end - first), width, '0');
}

void text_put_hex(struct text *text, uint64_t value, unsigned int width)
{
	static const char letters[16] = "0123456789abcdef";
	char digits[DIGITS_MAX];
	char *end = digits + sizeof(digits);
	char *first = end;

	do {
		*--first = letters[value & 0xf];
		value >>= 4;
	} while (value);
	put_aligned(text, first, (size_t)(end - first), width, ' ');
}
