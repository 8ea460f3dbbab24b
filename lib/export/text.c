/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Numbers are made where they belong: how many digits there will be is known
 * before. There is more room than they need, so that digits and padding go in
 * whole words.
 */
#include "config.h"

#include "export/text.h"

#include <errno.h>
#include <string.h>

#define ENOUGH (256 * 1024)

/* Decimal digits that are made at once, in one word. */
#define WORD_DIGITS 8
#define WORD_END    100000000u

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

void text_put_padded(struct text *text, const char *string, unsigned int width)
{
	size_t size = strlen(string);
	size_t pad = size < width ? width - size : 0;
	unsigned char *to = text_room(text, pad + size);

	if (!to)
		return;
	memset(to, ' ', pad);
	memcpy(to + pad, string, size);
	text->bytes.size += pad + size;
}

/* The first number of one digit more, by the digits. */
static const uint64_t powers[] = {
	10u,
	100u,
	1000u,
	10000u,
	100000u,
	1000000u,
	10000000u,
	100000000u,
	1000000000u,
	10000000000u,
	100000000000u,
	1000000000000u,
	10000000000000u,
	100000000000000u,
	1000000000000000u,
	10000000000000000u,
	100000000000000000u,
	1000000000000000000u,
	10000000000000000000u,
};

/* A bit is 0.30103 of a digit, and 1233 / 4096 just above that. */
static unsigned int count_digits(uint64_t value)
{
	unsigned int bits = 64 - (unsigned int)__builtin_clzll(value | 1);
	unsigned int nr = bits * 1233 >> 12;

	return nr + (nr == 0 || value >= powers[nr - 1]);
}

/*
 * The eight decimal digits of @value, the first in the lowest byte: halves of
 * four, quarters of two, then single ones, all at once. The factors divide by
 * 100 and by 10 what is not larger.
 */
static inline uint64_t decimal_digits(uint32_t value)
{
	uint64_t x = value / 10000 | (uint64_t)(value % 10000) << 32;
	uint64_t tens = (x * 10486 >> 20) & 0x0000007f0000007fu;

	x = tens | (x - 100 * tens) << 16;
	tens = (x * 103 >> 10) & 0x000f000f000f000fu;
	x = tens | (x - 10 * tens) << 8;
	return x + 0x3030303030303030u;
}

/* Put @nr digits at @to, and as many as a word has more behind them. */
static inline unsigned char *make_word(unsigned char *to, uint32_t value,
				       unsigned int nr)
{
	uint64_t digits = decimal_digits(value) >> 8 * (WORD_DIGITS - nr);

	digits = htole64(digits);
	memcpy(to, &digits, sizeof(digits));
	return to + nr;
}

static unsigned char *make_words(unsigned char *to, uint64_t value,
				 unsigned int nr)
{
	if (nr > WORD_DIGITS) {
		to = make_words(to, value / WORD_END, nr - WORD_DIGITS);
		nr = WORD_DIGITS;
	}
	return make_word(to, (uint32_t)(value % WORD_END), nr);
}

unsigned char *text_make_decimal(unsigned char *to, uint64_t value,
				 unsigned int width, char filler)
{
	uint64_t fillers = (uint64_t)(unsigned char)filler * (~0ull / 255);
	unsigned int nr = count_digits(value);

	for (unsigned int i = nr; i < width; i += sizeof(fillers))
		memcpy(to + i - nr, &fillers, sizeof(fillers));
	to += nr < width ? width - nr : 0;
	return nr > WORD_DIGITS ? make_words(to, value, nr) :
				  make_word(to, (uint32_t)value, nr);
}

static void put_number(struct text *text, uint64_t value, unsigned int width,
		       char filler)
{
	unsigned char *to = text_room(text, width + TEXT_DECIMAL_MAX);

	if (to)
		text_end(text, text_make_decimal(to, value, width, filler));
}

void text_put_decimal(struct text *text, uint64_t value, unsigned int width)
{
	put_number(text, value, width, ' ');
}

void text_put_zeroed(struct text *text, uint64_t value, unsigned int width)
{
	put_number(text, value, width, '0');
}
