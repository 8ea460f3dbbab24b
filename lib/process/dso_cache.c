/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Putting files into the build-id cache. An entry appears under its name only
 * when it is whole, so that readers and a second recorder never see half.
 */
#include "config.h"

#include "process/dso_cache.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"

/* Make the folders of @path up to its last '/'. */
static int make_folders(char *path)
{
	for (char *slash = strchr(path + 1, '/'); slash;
	     slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdir(path, 0755) != 0 && errno != EEXIST)
			return -errno;
		*slash = '/';
	}
	return 0;
}

static int copy_bytes(int from_fd, int to_fd)
{
	struct stat st;
	off_t at = 0;

	if (fstat(from_fd, &st) != 0)
		return -errno;
	/* Who may not read the original must not read the copy. */
	if (fchmod(to_fd, (st.st_mode & 0444) | 0600) != 0)
		return -errno;
	while (at < st.st_size) {
		ssize_t n = sendfile(to_fd, from_fd, &at,
				     (size_t)(st.st_size - at));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
	}
	return 0;
}

static int write_entry(const char *path, int from_fd)
{
	char fresh[PATH_MAX];
	int fd;
	int n = snprintf(fresh, sizeof(fresh), "%s.%d", path, (int)getpid());
	int err;

	if (n < 0 || (size_t)n >= sizeof(fresh))
		return -ENAMETOOLONG;
	fd = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW,
		  0600);
	if (fd < 0)
		return -errno;
	err = copy_bytes(from_fd, fd);
	if (close(fd) != 0 && !err)
		err = -errno;
	if (!err && rename(fresh, path) != 0)
		err = -errno;
	if (err)
		unlink(fresh);
	return err;
}

int dso_cache_save(struct lbrvirt_context *ctx, char *path, int from_fd)
{
	int err;

	if (access(path, F_OK) == 0)
		return 0;
	err = make_folders(path);
	if (!err)
		err = write_entry(path, from_fd);
	if (!err)
		return 0;
	return error_set(ctx, error_from_errno(-err),
			 "cannot save to the build-id cache: %s: %s", path,
			 strerror(-err));
}
