/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Growing memory: doubling, with the overflow checks in one place.
 */
#include "config.h"

#include "base/buffer.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_CAPACITY 16

void buffer_fini(struct buffer *buf)
{
	free(buf->bytes);
	memset(buf, 0, sizeof(*buf));
}

int buffer_reserve(struct buffer *buf, size_t extra)
{
	void *bytes = buf->bytes;
	int err;

	if (extra > SIZE_MAX - buf->size)
		return -ENOMEM;
	err = array_reserve(&bytes, &buf->capacity, buf->size + extra, 1);
	if (err)
		return err;
	buf->bytes = bytes;
	return 0;
}

int buffer_append(struct buffer *buf, const void *bytes, size_t size)
{
	int err = buffer_reserve(buf, size);

	if (err)
		return err;
	if (size)
		memcpy(buf->bytes + buf->size, bytes, size);
	buf->size += size;
	return 0;
}

int array_reserve(void **array, size_t *capacity, size_t wanted,
		  size_t element_size)
{
	size_t next = *capacity ? *capacity : FIRST_CAPACITY;
	void *grown;

	if (wanted <= *capacity)
		return 0;
	while (next < wanted) {
		if (next > SIZE_MAX / 2)
			return -ENOMEM;
		next *= 2;
	}
	if (next > SIZE_MAX / element_size)
		return -ENOMEM;
	grown = realloc(*array, next * element_size);
	if (!grown)
		return -ENOMEM;
	*array = grown;
	*capacity = next;
	return 0;
}
