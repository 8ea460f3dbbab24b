/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * /tmp is everyone's: a file of that name may be another user's, a link to
 * something else, a pipe that never answers, or nonsense. JIT compilers append
 * while they run and reuse addresses: of two entries at one address the later
 * one holds.
 */
#include "config.h"

#include "symbol/perf_map.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_MAX  (256 * 1024 * 1024)
#define PATH_SIZE 64

static bool is_trusted(const struct stat *st, pid_t pid)
{
	char path[PATH_SIZE];
	struct stat owner;

	if (!S_ISREG(st->st_mode))
		return false;
	if (st->st_uid == 0 || st->st_uid == geteuid())
		return true;
	snprintf(path, sizeof(path), "/proc/%d", (int)pid);
	return stat(path, &owner) == 0 && owner.st_uid == st->st_uid;
}

/* The number that @pid has in the innermost of its namespaces; 0 unknown. */
static int find_inner_pid(pid_t pid)
{
	char path[PATH_SIZE], line[256];
	int inner = 0;
	FILE *status;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	status = fopen(path, "re");
	if (!status)
		return 0;
	while (fgets(line, sizeof(line), status)) {
		char *last = strrchr(line, '\t');

		if (strncmp(line, "NSpid:", 6) == 0 && last)
			inner = atoi(last + 1);
	}
	fclose(status);
	return inner;
}

static int open_map(pid_t pid)
{
	const int flags = O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;
	char path[PATH_SIZE];
	int inner, fd;

	snprintf(path, sizeof(path), "/tmp/perf-%d.map", (int)pid);
	fd = open(path, flags);
	if (fd >= 0)
		return fd;
	inner = find_inner_pid(pid);
	if (inner <= 0)
		return -1;
	snprintf(path, sizeof(path), "/proc/%d/root/tmp/perf-%d.map", (int)pid,
		 inner);
	return open(path, flags);
}

static int read_map(struct perf_map *map, int fd, const struct stat *st)
{
	size_t wanted = st->st_size < FILE_MAX ? (size_t)st->st_size : FILE_MAX;
	int err = buffer_reserve(&map->text, wanted + 1);
	ssize_t got = 1;

	if (err)
		return err;
	while (map->text.size < wanted && got > 0) {
		got = read(fd, map->text.bytes + map->text.size,
			   wanted - map->text.size);
		if (got > 0)
			map->text.size += (size_t)got;
	}
	map->text.bytes[map->text.size] = '\0';
	return 0;
}

static int add_line(struct names *names, char *line)
{
	struct name name = { .binding = NAME_GLOBAL };
	char *at, *text;
	uint64_t size;

	errno = 0;
	name.start = strtoull(line, &at, 16);
	if (at == line || *at != ' ')
		return 0;
	size = strtoull(at, &text, 16);
	if (errno || text == at || *text != ' ' || size == 0 ||
	    __builtin_add_overflow(name.start, size, &name.end))
		return 0;
	text += strspn(text, " ");
	if (!*text)
		return 0;
	for (char *c = text; *c; c++) {
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			*c = '?';
	}
	name.text = text;
	return names_add(names, &name);
}

int perf_map_parse(struct perf_map *map)
{
	char *line = (char *)map->text.bytes;
	int err = 0;

	while (line && *line && !err) {
		char *next = strchr(line, '\n');

		if (next)
			*next++ = '\0';
		else if (map->text.size == FILE_MAX)
			break; /* cut short */
		err = add_line(&map->names, line);
		line = next;
	}
	map->names.keeps_last = true;
	names_sort(&map->names);
	return err == -EOVERFLOW ? 0 : err;
}

int perf_map_init(struct perf_map *map, pid_t pid)
{
	struct stat st;
	int fd = pid > 0 ? open_map(pid) : -1;
	int err = 0;

	memset(map, 0, sizeof(*map));
	if (fd < 0)
		return 0;
	if (fstat(fd, &st) == 0 && is_trusted(&st, pid))
		err = read_map(map, fd, &st);
	close(fd);
	if (!err && map->text.bytes)
		err = perf_map_parse(map);
	if (err)
		perf_map_fini(map);
	return err;
}

void perf_map_fini(struct perf_map *map)
{
	names_fini(&map->names);
	buffer_fini(&map->text);
}
