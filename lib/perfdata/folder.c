/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The files lie in one range of addresses, each from a page's begin on, so that
 * a place in the folder is one number, as it is in a file. Between them are the
 * zeroes that fill the pages up, at most.
 */
#include "config.h"

#include "perfdata/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"

/* perf has a thread for each CPU at most. */
#define FILES_MAX 65536
/* Half of the addresses that a program has on x86-64. */
#define SIZE_ALL_MAX  (1ull << 46)
#define NAME_MAX_SIZE 32

/* @err is an errno. */
static int fail(struct lbrvirt_context *ctx, const char *path, const char *name,
		int err)
{
	return error_set(ctx, error_from_errno(err), "%s/%s: cannot read: %s",
			 path, name, strerror(err));
}

/* The name of file @index: data, data.0, data.1... */
static void name_of(size_t index, char *name, size_t size)
{
	if (index == 0)
		snprintf(name, size, "data");
	else
		snprintf(name, size, "data.%zu", index - 1);
}

/* Find the files and give them their places. */
static int list_files(struct source *source, struct lbrvirt_context *ctx,
		      const char *path)
{
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	void *files = NULL;
	size_t capacity = 0;
	uint64_t at = 0;

	for (size_t i = 0; i < FILES_MAX; i++) {
		char name[NAME_MAX_SIZE];
		struct stat status;

		name_of(i, name, sizeof(name));
		if (fstatat(source->fd, name, &status, 0) != 0) {
			if (errno != ENOENT)
				return fail(ctx, path, name, errno);
			break;
		}
		if ((uint64_t)status.st_size > SIZE_ALL_MAX - at)
			return fail(ctx, path, name, EFBIG);
		if (array_reserve(&files, &capacity, i + 1,
				  sizeof(source->files[0])))
			return error_set(ctx, ENOMEM, "out of memory");
		source->files = files;
		source->files[i].begin = at;
		source->files[i].end = at + (uint64_t)status.st_size;
		source->nr_files = i + 1;
		at = (source->files[i].end + page - 1) & ~(page - 1);
	}
	source->map_size = at;
	return 0;
}

/* Map @fd where @file belongs. It may have become shorter since. */
static int map_at(struct source *source, struct source_file *file, int fd)
{
	void *place = (void *)(uintptr_t)(source->map + file->begin);
	uint64_t size = file->end - file->begin;
	struct stat status;

	if (fstat(fd, &status) != 0)
		return errno;
	if (!S_ISREG(status.st_mode))
		return EINVAL;
	if ((uint64_t)status.st_size < size)
		size = (uint64_t)status.st_size;
	file->end = file->begin + size;
	if (size == 0)
		return 0;
	if (mmap(place, size, PROT_READ, MAP_PRIVATE | MAP_FIXED, fd, 0) ==
	    MAP_FAILED)
		return errno;
	madvise(place, size, MADV_SEQUENTIAL);
	return 0;
}

static int map_file(struct source *source, struct lbrvirt_context *ctx,
		    const char *path, size_t index)
{
	char name[NAME_MAX_SIZE];
	int err;
	int fd;

	name_of(index, name, sizeof(name));
	/* What is no file is not waited for. */
	fd = openat(source->fd, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return fail(ctx, path, name, errno);
	err = map_at(source, &source->files[index], fd);
	close(fd);
	return err ? fail(ctx, path, name, err) : 0;
}

int folder_map(struct source *source, struct lbrvirt_context *ctx,
	       const char *path)
{
	void *map;
	int err = list_files(source, ctx, path);

	if (err)
		return err;
	if (source->nr_files == 0)
		return error_set(
			ctx, EBADMSG,
			"%s: a folder, and none of perf record's, for there is no \"data\" in it; give a file",
			path);
	if (source->files[0].end == 0)
		return error_set(ctx, EBADMSG, "%s/data: the file is empty",
				 path);
	/* Zeroes where nothing gets mapped. */
	map = mmap(NULL, source->map_size, PROT_READ,
		   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (map == MAP_FAILED)
		return error_set(ctx, ENOMEM, "out of memory");
	source->map = map;
	for (size_t i = 0; i < source->nr_files; i++) {
		err = map_file(source, ctx, path, i);
		if (err)
			return err;
	}
	source->end = source->files[0].end;
	return 0;
}

const char *folder_place(const struct source *source, uint64_t offset,
			 char *name, size_t size, uint64_t *ret_offset)
{
	size_t i = source->nr_files;

	*ret_offset = offset;
	name[0] = '\0';
	while (i > 0 && source->files[i - 1].begin > offset)
		i--;
	if (i > 0) {
		name[0] = '/';
		name_of(i - 1, name + 1, size - 1);
		*ret_offset = offset - source->files[i - 1].begin;
	}
	return name;
}
