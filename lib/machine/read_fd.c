/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Files of /proc and /sys have no size to ask for: they are read until they
 * end.
 */
#include "config.h"

#include "machine/read_fd.h"

#include <errno.h>
#include <unistd.h>

#define READ_STEP 4096
/* /proc/kallsyms, the longest that anybody reads, has some 15 MB. */
#define READ_MAX (64u << 20)

static int read_all(int fd, struct buffer *text)
{
	for (;;) {
		ssize_t n;
		int err = buffer_reserve(text, READ_STEP + 1);

		if (err)
			return err;
		n = read(fd, text->bytes + text->size, READ_STEP);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		text->size += (size_t)n;
		text->bytes[text->size] = '\0';
		if (n == 0)
			return 0;
		if (text->size > READ_MAX)
			return -EFBIG;
	}
}

int read_fd(int fd, struct buffer *ret_text)
{
	struct buffer text = { 0 };
	int err = read_all(fd, &text);

	if (err) {
		buffer_fini(&text);
		return err;
	}
	buffer_fini(ret_text);
	*ret_text = text;
	return 0;
}
