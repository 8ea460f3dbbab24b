/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Opening the files of mappings: /proc/PID/map_files, /proc/PID/root, folders
 * and the build-id cache.
 */
#include "config.h"

#include "process/dso_open.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* O_PATH first: looking at a device node or a pipe wakes nothing up. */
static int reopen_regular(int path_fd)
{
	char path[64];
	struct stat st;

	if (fstat(path_fd, &st) != 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", path_fd);
	path_fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	return path_fd < 0 ? -errno : path_fd;
}

/* openat2 came with Linux 5.6; seccomp profiles answer EPERM for it. */
static int open_path_in_root(int root_fd, const char *path)
{
	struct open_how how = { .flags = O_PATH | O_CLOEXEC,
				.resolve = RESOLVE_IN_ROOT };
	int fd = (int)syscall(SYS_openat2, root_fd, path, &how, sizeof(how));

	if (fd >= 0 || (errno != ENOSYS && errno != EPERM))
		return fd;
	while (*path == '/')
		path++;
	return openat(root_fd, path, O_PATH | O_CLOEXEC);
}

int dso_open_below(const char *root, const char *path)
{
	int root_fd = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	int path_fd;
	int fd;

	if (root_fd < 0)
		return -errno;
	path_fd = open_path_in_root(root_fd, path);
	fd = path_fd < 0 ? -errno : reopen_regular(path_fd);
	if (path_fd >= 0)
		close(path_fd);
	close(root_fd);
	return fd;
}

int dso_open_path(const char *path)
{
	int path_fd = open(path, O_PATH | O_CLOEXEC);
	int fd;

	if (path_fd < 0)
		return -errno;
	fd = reopen_regular(path_fd);
	close(path_fd);
	return fd;
}

static int open_map_file(const struct dso_key *key)
{
	char path[96];

	snprintf(path, sizeof(path), "/proc/%d/map_files/%" PRIx64 "-%" PRIx64,
		 (int)key->pid, key->start, key->end);
	return dso_open_path(path);
}

/*
 * A mapping's device is its file system's own, stat's may be the one of an
 * overlay or a subvolume, and then the inode may differ too. So only the same
 * device with another inode says that this is another file.
 */
static bool is_other_file(int fd, const struct dso_key *key)
{
	struct stat st;

	if (key->inode == 0 || fstat(fd, &st) != 0)
		return false;
	return st.st_dev == key->device && st.st_ino != key->inode;
}

static bool is_same_inode(int fd, const struct dso_key *key)
{
	struct stat st;

	return key->inode && fstat(fd, &st) == 0 && st.st_ino == key->inode;
}

int dso_open_live(const struct dso_key *key)
{
	char root[32];
	int fd;

	if (key->pid > 0) {
		fd = open_map_file(key);
		if (fd >= 0)
			return fd;
		snprintf(root, sizeof(root), "/proc/%d/root", (int)key->pid);
		fd = dso_open_below(root, key->path);
		if (fd >= 0 && !is_other_file(fd, key))
			return fd;
		if (fd >= 0)
			close(fd);
	}
	fd = dso_open_below("/", key->path);
	/* With a build-id at hand the caller compares that. */
	if (fd >= 0 && !key->build_id_size && !is_same_inode(fd, key)) {
		close(fd);
		return -ENOENT;
	}
	return fd;
}

int dso_open_cache_path(const char *debug_dir, const struct dso *dso, int form,
			char *ret_path, size_t size)
{
	static const char *const names[DSO_CACHE_FORMS] = { "/elf", "/vdso",
							    "" };
	char hex[2 * sizeof(dso->build_id) + 1];
	int n;

	if (dso->build_id_size < 2)
		return -EINVAL;
	for (unsigned int i = 0; i < dso->build_id_size; i++)
		snprintf(hex + 2 * i, 3, "%02x", dso->build_id[i]);
	n = snprintf(ret_path, size, "%s/.build-id/%.2s/%s%s", debug_dir, hex,
		     hex + 2, names[form]);
	return n < 0 || (size_t)n >= size ? -EINVAL : 0;
}
