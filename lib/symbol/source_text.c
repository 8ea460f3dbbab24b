/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Any program can name any file here, so a path is looked at before it is
 * opened (process/dso_open.h), and what is read is bounded.
 */
#include "config.h"

#include "symbol/source_text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "process/dso_open.h"

/* Generated sources have some MB. */
#define SIZE_LIMIT ((off_t)64 << 20)

static int open_source(const char *dir, const char *path)
{
	int fd = -ENOENT;

	if (!dir)
		return path[0] == '/' ? dso_open_path(path) : -ENOENT;
	while (fd < 0 && path && *path) {
		fd = dso_open_below(dir, path);
		path = strchr(path + 1, '/');
	}
	return fd;
}

static int read_all(int fd, size_t size, struct buffer *bytes)
{
	int err = buffer_reserve(bytes, size + 1);

	while (!err && bytes->size < size) {
		ssize_t nr = read(fd, bytes->bytes + bytes->size,
				  size - bytes->size);

		if (nr < 0 && errno == EINTR)
			continue;
		if (nr < 0)
			err = -ENOENT;
		if (nr <= 0)
			break;
		bytes->size += (size_t)nr;
	}
	return err;
}

static int find_lines(struct source_text *text)
{
	const unsigned char *bytes = text->bytes.bytes;
	size_t nr = 1;

	for (size_t i = 0; i < text->bytes.size; i++)
		nr += bytes[i] == '\n';
	text->starts = calloc(nr + 1, sizeof(*text->starts));
	if (!text->starts)
		return -ENOMEM;
	for (size_t i = 0; i < text->bytes.size; i++)
		if (bytes[i] == '\n')
			text->starts[++text->nr_lines] = i + 1;
	/* What stands behind the last line's end is a line if it is anything. */
	if (text->starts[text->nr_lines] < text->bytes.size)
		text->starts[++text->nr_lines] = text->bytes.size + 1;
	return 0;
}

int source_text_read(const char *dir, const char *path,
		     struct source_text *ret_text)
{
	struct source_text text = { .nr_lines = 0 };
	struct stat st;
	int fd = open_source(dir, path);
	int err = 0;

	if (fd < 0)
		return -ENOENT;
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) ||
	    st.st_size > SIZE_LIMIT)
		err = -ENOENT;
	if (!err)
		err = read_all(fd, (size_t)st.st_size, &text.bytes);
	close(fd);
	if (!err)
		err = find_lines(&text);
	if (err) {
		source_text_fini(&text);
		return err;
	}
	text.changed = st.st_mtime;
	*ret_text = text;
	return 0;
}

void source_text_fini(struct source_text *text)
{
	buffer_fini(&text->bytes);
	free(text->starts);
	text->starts = NULL;
	text->nr_lines = 0;
}

const char *source_text_line(const struct source_text *text, uint32_t number,
			     size_t *ret_length)
{
	const char *bytes = (const char *)text->bytes.bytes;
	size_t start;
	size_t length;

	if (number == 0 || number > text->nr_lines)
		return NULL;
	start = text->starts[number - 1];
	length = text->starts[number] - start - 1;
	if (length && bytes[start + length - 1] == '\r')
		length--;
	*ret_length = length;
	return bytes + start;
}
