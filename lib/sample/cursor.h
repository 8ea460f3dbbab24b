/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Walking over one record: each step is checked against the record's end and,
 * for a recording of the other byte order, turned round in the decoder's own
 * copy as it is passed. Fields are only ever passed once.
 */
#ifndef LBRVIRT_SAMPLE_CURSOR_H
#define LBRVIRT_SAMPLE_CURSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <lbrvirt/sample.h>

struct cursor {
	const unsigned char *bytes; /* the record, 8-byte aligned */
	unsigned char *copy;	    /* the same if swapped, else NULL */
	bool is_swapped;	    /* by peeking alone, no copy is needed */
	size_t pos;
	size_t end;
	const char *why; /* what did not fit; NULL while all did */
};

/* Read without passing: the value at @pos, which must be within the end. */
uint64_t cursor_peek_u64(const struct cursor *cursor, size_t pos);

/* Each passes what it says. False, with why set to @what: it does not fit. */
bool cursor_u64(struct cursor *cursor, uint64_t *ret, const char *what);
bool cursor_u32_pair(struct cursor *cursor, uint32_t *ret_first,
		     uint32_t *ret_second, const char *what);
bool cursor_array(struct cursor *cursor, uint64_t nr, const uint64_t **ret,
		  const char *what);
bool cursor_bytes(struct cursor *cursor, uint64_t size, const void **ret,
		  const char *what);
bool cursor_branches(struct cursor *cursor, uint64_t nr,
		     const struct lbrvirt_branch **ret);

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
