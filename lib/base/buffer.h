/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A byte buffer that grows. Zero-initialised storage is an empty buffer.
 */
#ifndef LBRVIRT_BASE_BUFFER_H
#define LBRVIRT_BASE_BUFFER_H

#include <stddef.h>

struct buffer {
	unsigned char *bytes; /* owned by the buffer; NULL while empty */
	size_t size;	      /* bytes in use */
	size_t capacity;      /* bytes allocated */
};

void buffer_fini(struct buffer *buf);

/* Make room for @extra more bytes without changing size. 0 or -ENOMEM. */
int buffer_reserve(struct buffer *buf, size_t extra);

/* Append @size bytes. 0 or -ENOMEM, the buffer unchanged then. */
int buffer_append(struct buffer *buf, const void *bytes, size_t size);

/*
 * Grow an array of elements of @element_size so that it holds @wanted of
 * them: doubles *@capacity, reallocates *@array. 0 or -ENOMEM, untouched then.
 */
int array_reserve(void **array, size_t *capacity, size_t wanted,
		  size_t element_size);

#endif
