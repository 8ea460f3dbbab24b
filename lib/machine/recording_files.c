/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A list says which files are kept, and which part of them. What is not in it
 * was needed for an answer (a home folder, say), and is not written down.
 * Folders stand for what is there and was not, or could not be, read.
 */
#include "config.h"

#include "machine/recording_files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"

/* What is kept of a file. */
enum part {
	PART_ALL,
	PART_FIRST_LINE,
	PART_HEADER, /* of an ACPI table: 36 bytes, among them its maker */
	PART_STATUS, /* capabilities and seccomp */
	PART_LIMITS, /* locked memory */
	PART_AZURE,  /* the tag, if it is not an owner's */
};

struct rule {
	const char *path; /* ended by / for all below */
	enum part part;
};

static const struct rule rules[] = {
	{ "/proc/self/status", PART_STATUS },
	{ "/proc/self/limits", PART_LIMITS },
	{ "/proc/self/uid_map", PART_ALL },
	{ "/proc/stat", PART_FIRST_LINE },
	{ "/proc/sys/kernel/osrelease", PART_ALL },
	{ "/proc/sys/kernel/perf_event_max_sample_rate", PART_ALL },
	{ "/proc/sys/kernel/perf_event_mlock_kb", PART_ALL },
	{ "/proc/sys/kernel/perf_event_paranoid", PART_ALL },
	{ "/proc/sys/kernel/kptr_restrict", PART_ALL },
	{ "/run/systemd/container", PART_ALL },
	{ "/sys/firmware/acpi/tables/DSDT", PART_HEADER },
	{ "/sys/class/dmi/id/sys_vendor", PART_ALL },
	{ "/sys/class/dmi/id/chassis_asset_tag", PART_AZURE },
	{ "/sys/hypervisor/type", PART_ALL },
	{ "/sys/kernel/security/lockdown", PART_ALL },
	{ "/sys/kernel/security/lsm", PART_ALL },
	{ "/sys/bus/event_source/devices/", PART_ALL },
	{ "/sys/devices/system/cpu/", PART_ALL },
	{ "/sys/module/", PART_ALL },
};

static const struct rule *find_rule(const char *path)
{
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		size_t length = strlen(rules[i].path);

		if (rules[i].path[length - 1] == '/' ?
			    strncmp(path, rules[i].path, length) == 0 :
			    strcmp(path, rules[i].path) == 0)
			return &rules[i];
	}
	return NULL;
}

/* Lines that begin with one of the names, behind a first line of ours. */
static int keep_lines(const char *text, const char *first,
		      const char *const *names, struct buffer *kept)
{
	int err = buffer_append(kept, first, strlen(first));

	while (!err && *text) {
		size_t length = strcspn(text, "\n");
		size_t size = length + (text[length] == '\n');

		for (const char *const *n = names; *n; n++)
			if (!err && strncmp(text, *n, strlen(*n)) == 0)
				err = buffer_append(kept, text, size);
		text += size;
	}
	return err;
}

static int keep_part(const struct buffer *text, enum part part,
		     struct buffer *kept)
{
	static const char *const status[] = { "CapEff:", "Seccomp:", NULL };
	static const char *const limits[] = { "Max locked memory", NULL };
	static const char tag[] = "7783-7084-3265-9085-8269-3286-77";
	const char *bytes = (const char *)text->bytes;

	switch (part) {
	case PART_FIRST_LINE:
		return buffer_append(kept, bytes, strcspn(bytes, "\n"));
	case PART_HEADER:
		return buffer_append(kept, bytes,
				     text->size < 36 ? text->size : 36);
	case PART_STATUS:
		return keep_lines(bytes, "Name:\t-\n", status, kept);
	case PART_LIMITS:
		return keep_lines(bytes, "Limit\n", limits, kept);
	case PART_AZURE:
		return strncmp(bytes, tag, strlen(tag)) == 0 ?
			       buffer_append(kept, bytes, text->size) :
			       0;
	default:
		return buffer_append(kept, bytes, text->size);
	}
}

/* Below @root; absolute names begin there. */
static const char *relative(const char *path)
{
	return path + strspn(path, "/");
}

static int make_folders(int root, const char *path, bool is_whole)
{
	char name[PATH_MAX];
	char *slash = name;

	if (strlen(path) >= sizeof(name))
		return -ENAMETOOLONG;
	snprintf(name, sizeof(name), "%s", path);
	while ((slash = strchr(slash, '/'))) {
		*slash = '\0';
		if (mkdirat(root, name, 0777) && errno != EEXIST)
			return -errno;
		*slash++ = '/';
	}
	if (is_whole && mkdirat(root, name, 0777) && errno != EEXIST)
		return -errno;
	return 0;
}

int recording_files_put(int root, const char *name, const void *bytes,
			size_t size)
{
	int fd = openat(root, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
			0666);
	const char *at = bytes;
	int err = fd < 0 ? -errno : 0;

	while (!err && size > 0) {
		ssize_t n = write(fd, at, size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			err = -errno;
		else {
			at += n;
			size -= (size_t)n;
		}
	}
	if (fd >= 0 && close(fd) && !err)
		err = -errno;
	return err;
}

static int write_text(int root, const struct recording_note *note)
{
	const struct rule *rule = find_rule(note->path);
	struct buffer kept = { 0 };
	int err;

	if (!rule)
		return 0;
	err = keep_part(&note->text, rule->part, &kept);
	if (!err && (kept.size || rule->part == PART_ALL))
		err = make_folders(root, relative(note->path), false);
	if (!err && (kept.size || rule->part == PART_ALL))
		err = recording_files_put(root, relative(note->path),
					  kept.bytes, kept.size);
	buffer_fini(&kept);
	return err;
}

int recording_files_write(int root, const struct recording_note *note)
{
	if (note->is_read && note->err == 0)
		return write_text(root, note);
	if (note->is_there ||
	    (note->is_read && note->err != -ENOENT && note->err != -ENOTDIR))
		return make_folders(root, relative(note->path), true);
	return 0;
}

static int refuse(struct lbrvirt_context *ctx, const char *dir, int err)
{
	return error_set(ctx, error_from_errno(-err), "%s: %s", dir,
			 strerror(-err));
}

static bool is_empty(int fd)
{
	int copy = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = copy < 0 ? NULL : fdopendir(copy);
	size_t nr = 0;

	if (!dir) {
		if (copy >= 0)
			close(copy);
		return false;
	}
	while (readdir(dir))
		nr++;
	closedir(dir);
	return nr == 2;
}

int recording_files_open(struct lbrvirt_context *ctx, const char *dir)
{
	int fd;

	if (mkdir(dir, 0777) && errno != EEXIST)
		return refuse(ctx, dir, -errno);
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return refuse(ctx, dir, -errno);
	if (is_empty(fd))
		return fd;
	close(fd);
	return error_set(ctx, EBUSY,
			 "%s is not empty: name a folder that is, or is new",
			 dir);
}
