/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Bounds and byte order of one record's fields, in the one place where either
 * can be got wrong.
 */
#include "config.h"

#include "sample/cursor.h"

#include <string.h>

bool cursor_swap_array(struct cursor *cursor, uint64_t nr, const uint64_t **ret,
		       const char *what)
{
	size_t start = cursor->pos;
	uint64_t value;

	if (nr > (cursor->end - start) / sizeof(value))
		return cursor_fail(cursor, what);
	for (uint64_t i = 0; i < nr; i++)
		cursor_u64(cursor, &value, what);
	*ret = nr ? (const void *)(cursor->bytes + start) : NULL;
	return true;
}

bool cursor_bytes(struct cursor *cursor, uint64_t size, const void **ret,
		  const char *what)
{
	if (size > cursor->end - cursor->pos)
		return cursor_fail(cursor, what);
	*ret = size ? cursor->bytes + cursor->pos : NULL;
	cursor->pos += size;
	return true;
}

/*
 * Bit-fields fill a word from its first byte on: on a big-endian machine the
 * first field is the topmost bits. So each field moves, and keeps the order of
 * its own bits.
 */
static uint64_t mirror_flags(uint64_t flags)
{
	static const unsigned char widths[] = { 1, 1, 1, 1, 16, 4, 2, 4, 3 };
	uint64_t mirrored = 0;
	unsigned int low = 0;

	for (size_t i = 0; i < sizeof(widths); i++) {
		uint64_t mask = (1ull << widths[i]) - 1;

		mirrored |= ((flags >> (64 - low - widths[i])) & mask) << low;
		low += widths[i];
	}
	return mirrored;
}

static uint64_t load_u64(const unsigned char *bytes)
{
	uint64_t value;

	memcpy(&value, bytes, sizeof(value));
	return value;
}

bool cursor_swap_branches(struct cursor *cursor, uint64_t nr,
			  const struct lbrvirt_branch **ret)
{
	const size_t words = sizeof(**ret) / sizeof(uint64_t);
	size_t start = cursor->pos;
	const uint64_t *array;

	if (nr > (cursor->end - start) / sizeof(**ret))
		return cursor_fail(cursor, "the branches");
	if (!cursor_swap_array(cursor, nr * words, &array, "the branches"))
		return false;
	for (uint64_t i = 0; i < nr; i++) {
		unsigned char *flags = cursor->copy + start +
				       i * sizeof(**ret) +
				       offsetof(struct lbrvirt_branch, flags);
		uint64_t value = mirror_flags(load_u64(flags));

		memcpy(flags, &value, sizeof(value));
	}
	*ret = (const void *)array;
	return true;
}

bool cursor_string(struct cursor *cursor, const char **ret, const char *what)
{
	const unsigned char *start = cursor->bytes + cursor->pos;

	if (!memchr(start, '\0', cursor->end - cursor->pos))
		return cursor_fail(cursor, what);
	*ret = (const char *)start;
	return true;
}

static void swap_in_place(unsigned char *bytes, size_t size)
{
	for (size_t i = 0; i < size / 2; i++) {
		unsigned char byte = bytes[i];

		bytes[i] = bytes[size - 1 - i];
		bytes[size - 1 - i] = byte;
	}
}

void cursor_swap(struct cursor *cursor, const char *layout)
{
	size_t pos = cursor->pos;

	if (!cursor->copy)
		return;
	while (*layout) {
		size_t width = *layout == '*' ? 8 : (size_t)(*layout - '0');

		if (cursor->end - pos < width)
			return;
		swap_in_place(cursor->copy + pos, width);
		pos += width;
		if (*layout != '*')
			layout++;
	}
}
