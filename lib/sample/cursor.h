/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Walking over one record: each step is checked against the record's end and,
 * for a recording of the other byte order, turned round in the decoder's own
 * copy as it is passed. Fields are only ever passed once.
 */
#ifndef LBRVIRT_SAMPLE_CURSOR_H
#define LBRVIRT_SAMPLE_CURSOR_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <lbrvirt/sample.h>

struct cursor {
	const unsigned char *bytes; /* the record, 8-byte aligned */
	unsigned char *copy;	    /* the same if swapped, else NULL */
	bool is_swapped;	    /* by peeking alone, no copy is needed */
	size_t pos;
	size_t end;
	const char *why; /* what did not fit; NULL while all did */
};

static inline bool cursor_fail(struct cursor *cursor, const char *what)
{
	cursor->why = what;
	return false;
}

/* Read without passing: the value at @pos, which must be within the end. */
static inline uint64_t cursor_peek_u64(const struct cursor *cursor, size_t pos)
{
	uint64_t value;

	assert(pos <= cursor->end && cursor->end - pos >= sizeof(value));

	memcpy(&value, cursor->bytes + pos, sizeof(value));
	return cursor->is_swapped ? __builtin_bswap64(value) : value;
}

/* Each passes what it says. False, with why set to @what: it does not fit. */
static inline bool cursor_u64(struct cursor *cursor, uint64_t *ret,
			      const char *what)
{
	uint64_t value;

	if (cursor->end - cursor->pos < sizeof(value))
		return cursor_fail(cursor, what);
	value = cursor_peek_u64(cursor, cursor->pos);
	if (cursor->copy)
		memcpy(cursor->copy + cursor->pos, &value, sizeof(value));
	cursor->pos += sizeof(value);
	*ret = value;
	return true;
}

static inline bool cursor_u32_pair(struct cursor *cursor, uint32_t *ret_first,
				   uint32_t *ret_second, const char *what)
{
	uint32_t pair[2];

	if (cursor->end - cursor->pos < sizeof(pair))
		return cursor_fail(cursor, what);
	memcpy(pair, cursor->bytes + cursor->pos, sizeof(pair));
	if (cursor->copy) {
		pair[0] = __builtin_bswap32(pair[0]);
		pair[1] = __builtin_bswap32(pair[1]);
		memcpy(cursor->copy + cursor->pos, pair, sizeof(pair));
	}
	cursor->pos += sizeof(pair);
	*ret_first = pair[0];
	*ret_second = pair[1];
	return true;
}

/* For cursor_array() and cursor_branches(), where there is more to do. */
bool cursor_swap_array(struct cursor *cursor, uint64_t nr, const uint64_t **ret,
		       const char *what);
bool cursor_swap_branches(struct cursor *cursor, uint64_t nr,
			  const struct lbrvirt_branch **ret);

static inline bool cursor_array(struct cursor *cursor, uint64_t nr,
				const uint64_t **ret, const char *what)
{
	size_t start = cursor->pos;

	if (cursor->copy)
		return cursor_swap_array(cursor, nr, ret, what);
	if (nr > (cursor->end - start) / sizeof(**ret))
		return cursor_fail(cursor, what);
	cursor->pos += nr * sizeof(**ret);
	*ret = nr ? (const void *)(cursor->bytes + start) : NULL;
	return true;
}

static inline bool cursor_branches(struct cursor *cursor, uint64_t nr,
				   const struct lbrvirt_branch **ret)
{
	size_t start = cursor->pos;

	if (cursor->copy)
		return cursor_swap_branches(cursor, nr, ret);
	if (nr > (cursor->end - start) / sizeof(**ret))
		return cursor_fail(cursor, "the branches");
	cursor->pos += nr * sizeof(**ret);
	*ret = nr ? (const void *)(cursor->bytes + start) : NULL;
	return true;
}

bool cursor_bytes(struct cursor *cursor, uint64_t size, const void **ret,
		  const char *what);
/*
 * A string from here on, ended by a NUL before the end; not passed, since
 * only padding and the trailer follow it.
 */
bool cursor_string(struct cursor *cursor, const char **ret, const char *what);

/*
 * Turn the fields from here to the end to the host's byte order: one character
 * a field, '2', '4', '8' its bytes; '*' after them: the rest is of 8 bytes.
 * What is not named stays as it is. Without effect on native records.
 */
void cursor_swap(struct cursor *cursor, const char *layout);

#endif
