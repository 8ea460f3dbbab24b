/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Numbers are made from their last digits backwards, in a piece of stack that
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

unsigned char *text_grow(struct text *text, size_t size)
{
	struct buffer *bytes = &text->bytes;

	if (buffer_reserve(bytes, size)) {
		text->is_short = true;
		return NULL;
	}
	return bytes->bytes + bytes->size;
}

void text_put_string(struct text *text, const char *string)
{
	text_put(text, string, strlen(string));
}

static void put_aligned(struct text *text, const char *digits, size_t size,
			unsigned int width, char filler)
{
	size_t pad = size < width ? width - size : 0;
	unsigned char *to = text_room(text, pad + size);

	if (!to)
		return;
	if (pad)
		memset(to, filler, pad);
	memcpy(to + pad, digits, size);
	text->bytes.size += pad + size;
}

void text_put_padded(struct text *text, const char *string, unsigned int width)
{
	put_aligned(text, string, strlen(string), width, ' ');
}

/* The digits end at @end; returns where they begin. */
static char *make_decimal(char *end, uint64_t value)
{
	static const char pairs[] = "00010203040506070809"
				    "10111213141516171819"
				    "20212223242526272829"
				    "30313233343536373839"
				    "40414243444546474849"
				    "50515253545556575859"
				    "60616263646566676869"
				    "70717273747576777879"
				    "80818283848586878889"
				    "90919293949596979899";

	while (value >= 10) {
		end -= 2;
		memcpy(end, pairs + 2 * (value % 100), 2);
		value /= 100;
		if (!value)
			return end;
	}
	*--end = (char)('0' + value);
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
