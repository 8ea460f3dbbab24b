/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A temporary name beside the final one, so that the rename is within one file
 * system. What is no regular file (a FIFO, /dev/null) must not be renamed over
 * and is written to in a row.
 */
#include "config.h"

#include "perfdata/target.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"

#define TEMP_SUFFIX ".XXXXXX"

static int fail(struct lbrvirt_context *ctx, const char *path, int err)
{
	return error_set(ctx, error_from_errno(err), "%s: cannot write: %s",
			 path, strerror(err));
}

static int open_stream(struct target *target, struct lbrvirt_context *ctx,
		       const char *path)
{
	target->is_stream = true;
	target->is_owned = true;
	target->fd = open(path, O_WRONLY | O_CLOEXEC);
	return target->fd < 0 ? fail(ctx, path, errno) : 0;
}

/* The file a link leads to is replaced, not the link. */
static char *final_path(const char *path)
{
	char *real = realpath(path, NULL);

	return real ? real : strdup(path);
}

static int open_temp(struct target *target, struct lbrvirt_context *ctx,
		     const char *path)
{
	size_t size;
	int fd;

	target->path = final_path(path);
	if (!target->path)
		return error_set(ctx, ENOMEM, "out of memory");
	size = strlen(target->path) + sizeof(TEMP_SUFFIX);
	target->temp = malloc(size);
	if (!target->temp)
		return error_set(ctx, ENOMEM, "out of memory");
	snprintf(target->temp, size, "%s" TEMP_SUFFIX, target->path);
	fd = mkostemp(target->temp, O_CLOEXEC);
	if (fd < 0) {
		int err = errno;

		free(target->temp);
		target->temp = NULL;
		return fail(ctx, path, err);
	}
	target->fd = fd;
	target->is_owned = true;
	return 0;
}

int target_init(struct target *target, struct lbrvirt_context *ctx,
		const char *path)
{
	struct stat status;

	*target = TARGET_NONE;
	if (strcmp(path, "-") == 0) {
		target->path = strdup("standard output");
		if (!target->path)
			return error_set(ctx, ENOMEM, "out of memory");
		target->fd = STDOUT_FILENO;
		target->is_stream = true;
		return 0;
	}
	if (stat(path, &status) != 0) {
		if (errno != ENOENT)
			return fail(ctx, path, errno);
		return open_temp(target, ctx, path);
	}
	if (S_ISDIR(status.st_mode))
		return error_set(ctx, EACCES, "%s: cannot write: %s", path,
				 strerror(EISDIR));
	if (S_ISREG(status.st_mode)) {
		if (access(path, W_OK) != 0)
			return fail(ctx, path, errno);
		return open_temp(target, ctx, path);
	}
	target->path = strdup(path);
	if (!target->path)
		return error_set(ctx, ENOMEM, "out of memory");
	return open_stream(target, ctx, path);
}

void target_fini(struct target *target)
{
	if (target->is_owned && target->fd >= 0)
		close(target->fd);
	if (target->temp)
		unlink(target->temp);
	free(target->temp);
	free(target->path);
	*target = TARGET_NONE;
}

int target_write(const struct target *target, struct lbrvirt_context *ctx,
		 const void *bytes, size_t size, uint64_t offset)
{
	const char *next = bytes;

	while (size) {
		ssize_t n = target->is_stream ? write(target->fd, next, size) :
						pwrite(target->fd, next, size,
						       (off_t)offset);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return error_set(ctx, EIO, "%s: cannot write: %s",
					 target->path,
					 strerror(n < 0 ? errno : ENOSPC));
		next += n;
		size -= (size_t)n;
		offset += (uint64_t)n;
	}
	return 0;
}

void target_truncate(const struct target *target, uint64_t size)
{
	/* Bytes left over behind the file's end are read by nobody. */
	if (ftruncate(target->fd, (off_t)size) != 0)
		return;
}

int target_publish(struct target *target, struct lbrvirt_context *ctx)
{
	if (!target->temp)
		return 0;
	if (rename(target->temp, target->path) != 0)
		return fail(ctx, target->path, errno);
	free(target->temp);
	target->temp = NULL;
	return 0;
}
