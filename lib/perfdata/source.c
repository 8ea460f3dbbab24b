/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Regular files are mapped, so that records need no copies however many wait to
 * be put in order. Pages of a mapping count as the program's memory until they
 * are given back, so they are, every few megabytes; the file cache keeps them
 * for a second look. A file that another process cuts short meanwhile ends the
 * reader with SIGBUS, as it does perf.
 */
#include "config.h"

#include "perfdata/source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "perfdata/folder.h"

/* At least one record of the largest size. */
#define READ_SIZE (256 * 1024)
/* The kernel maps more than the page that was looked at, in general 64 KiB
 * around it; a multiple of any page's size. */
#define AROUND (1024 * 1024)

static int fail(struct lbrvirt_context *ctx, const char *path, int err)
{
	return error_set(ctx, error_from_errno(err), "%s: cannot read: %s",
			 path, strerror(err));
}

static int map_file(struct source *source, struct lbrvirt_context *ctx,
		    const char *path, uint64_t size)
{
	void *map;

	if (size == 0 || size > SIZE_MAX)
		return error_set(ctx, EBADMSG, "%s: the file is empty", path);
	map = mmap(NULL, size, PROT_READ, MAP_PRIVATE, source->fd, 0);
	if (map == MAP_FAILED) {
		/* A file system without mappings: read it in a row. */
		if (errno == ENODEV)
			return 0;
		return fail(ctx, path, errno);
	}
	madvise(map, size, MADV_SEQUENTIAL);
	source->map = map;
	source->map_size = size;
	source->end = size;
	return 0;
}

int source_init(struct source *source, struct lbrvirt_context *ctx,
		const char *path)
{
	struct stat status;

	*source = SOURCE_NONE;
	if (strcmp(path, "-") == 0) {
		source->fd = STDIN_FILENO;
	} else {
		source->fd = open(path, O_RDONLY | O_CLOEXEC);
		if (source->fd < 0)
			return fail(ctx, path, errno);
		source->is_owned = true;
	}
	if (fstat(source->fd, &status) != 0)
		return fail(ctx, path, errno);
	if (S_ISDIR(status.st_mode))
		return folder_map(source, ctx, path);
	/* Standard input that was read from already goes on from there. */
	if (!S_ISREG(status.st_mode) || lseek(source->fd, 0, SEEK_CUR) != 0)
		return 0;
	return map_file(source, ctx, path, (uint64_t)status.st_size);
}

void source_fini(struct source *source)
{
	if (source->map)
		munmap((void *)(uintptr_t)source->map, source->map_size);
	if (source->is_owned && source->fd >= 0)
		close(source->fd);
	buffer_fini(&source->window);
	free(source->files);
	*source = SOURCE_NONE;
}

/* Drop what was passed, then read until @size bytes are there or none come. */
static int fill_window(struct source *source, size_t size)
{
	struct buffer *window = &source->window;
	size_t passed = (size_t)(source->offset - source->window_offset);

	if (passed)
		memmove(window->bytes, window->bytes + passed,
			window->size - passed);
	window->size -= passed;
	source->window_offset = source->offset;
	while (window->size < size && !source->is_at_end) {
		ssize_t n;

		if (buffer_reserve(window, READ_SIZE))
			return -ENOMEM;
		n = read(source->fd, window->bytes + window->size, READ_SIZE);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -EIO;
		source->is_at_end = n == 0;
		window->size += (size_t)n;
	}
	return 0;
}

int source_peek(struct source *source, size_t size, const unsigned char **ret,
		size_t *ret_size)
{
	uint64_t left;

	if (source->map) {
		left = source->end - source->offset;
		*ret = source->map + source->offset;
		*ret_size = left < size ? (size_t)left : size;
		return 0;
	}
	left = source->window_offset + source->window.size - source->offset;
	if (left < size) {
		int err = source->window.size || !source->is_at_end ?
				  fill_window(source, size) :
				  0;

		if (err)
			return err;
		left = source->window.size;
	}
	*ret = left ? source->window.bytes +
			       (source->offset - source->window_offset) :
		      NULL;
	*ret_size = left < size ? (size_t)left : size;
	return 0;
}

int source_skip(struct source *source, uint64_t size)
{
	const unsigned char *bytes;
	size_t got;
	int err;

	if (source->map) {
		if (size > source->end - source->offset) {
			source->offset = source->end;
			return -ENODATA;
		}
		source->offset += size;
		return 0;
	}
	while (size) {
		err = source_peek(source, size < READ_SIZE ? size : READ_SIZE,
				  &bytes, &got);
		if (err)
			return err;
		if (got == 0)
			return -ENODATA;
		source->offset += got;
		size -= got;
	}
	return 0;
}

bool source_next_file(struct source *source)
{
	if (source->file + 1 >= source->nr_files)
		return false;
	source->file++;
	source->offset = source->files[source->file].begin;
	source->end = source->files[source->file].end;
	return true;
}

void source_give_back(struct source *source)
{
	uint64_t first = source->touched_first & ~(uint64_t)(AROUND - 1);
	uint64_t end = source->touched_end + AROUND - 1;

	end &= ~(uint64_t)(AROUND - 1);
	if (end > source->map_size)
		end = source->map_size;
	if (end > first)
		madvise((void *)(uintptr_t)(source->map + first), end - first,
			MADV_DONTNEED);
	source->touched = 0;
	source->touched_end = 0;
}
