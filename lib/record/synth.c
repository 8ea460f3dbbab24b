/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * /proc as perf records. Layouts are those of PERF_RECORD_COMM, FORK, MMAP and
 * MMAP2 in include/uapi/linux/perf_event.h, each followed by the sample_id
 * fields that event_tracking_attr() asks for: TID, TIME, CPU, IDENTIFIER.
 */
#include "config.h"

#include "record/synth.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <linux/perf_event.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/buffer.h"

#define NAME_SIZE 4096
/* Up to some 400 symbols of per-CPU variables stand before the text's. */
#define KALLSYMS_HEAD 65536
/* Fixed part of the largest record, MMAP2, and the trailer. */
#define RECORD_SIZE (128 + NAME_SIZE)

/* A record in the making. */
struct draft {
	unsigned char bytes[RECORD_SIZE];
	size_t size;
};

static void put_u32(struct draft *draft, uint32_t value)
{
	memcpy(draft->bytes + draft->size, &value, sizeof(value));
	draft->size += sizeof(value);
}

static void put_u64(struct draft *draft, uint64_t value)
{
	memcpy(draft->bytes + draft->size, &value, sizeof(value));
	draft->size += sizeof(value);
}

/* A name, cut to what fits, its NUL, and zeros up to 8 bytes. */
static void put_name(struct draft *draft, const char *name)
{
	size_t length = strnlen(name, NAME_SIZE - 8);
	size_t padded = (length + 8) & ~(size_t)7;

	memset(draft->bytes + draft->size, 0, padded);
	memcpy(draft->bytes + draft->size, name, length);
	draft->size += padded;
}

static void begin(struct draft *draft)
{
	draft->size = sizeof(struct perf_event_header);
}

static int finish(const struct synth *synth, struct draft *draft, uint32_t type,
		  uint16_t misc, uint32_t pid, uint32_t tid)
{
	struct perf_event_header header = { .type = type, .misc = misc };

	put_u32(draft, pid);
	put_u32(draft, tid);
	put_u64(draft, synth->time_ns);
	put_u64(draft, 0);
	put_u64(draft, synth->id);
	header.size = (uint16_t)draft->size;
	memcpy(draft->bytes, &header, sizeof(header));
	return synth->fn(draft->bytes, draft->size, synth->arg);
}

static int make_comm(const struct synth *synth, pid_t pid, pid_t tid,
		     const char *name)
{
	struct draft draft;

	begin(&draft);
	put_u32(&draft, (uint32_t)pid);
	put_u32(&draft, (uint32_t)tid);
	put_name(&draft, name);
	return finish(synth, &draft, PERF_RECORD_COMM, PERF_RECORD_MISC_USER,
		      (uint32_t)pid, (uint32_t)tid);
}

static int make_fork(const struct synth *synth, pid_t pid, pid_t tid)
{
	struct draft draft;

	begin(&draft);
	put_u32(&draft, (uint32_t)pid);
	put_u32(&draft, (uint32_t)pid);
	put_u32(&draft, (uint32_t)tid);
	put_u32(&draft, (uint32_t)pid);
	put_u64(&draft, synth->time_ns);
	return finish(synth, &draft, PERF_RECORD_FORK, PERF_RECORD_MISC_USER,
		      (uint32_t)pid, (uint32_t)tid);
}

/* A task's comm, without the newline. False: it has gone. */
static bool read_comm(const struct synth *synth, pid_t pid, pid_t tid,
		      char *ret_name, size_t size)
{
	struct buffer text = { NULL, 0, 0 };
	char path[64];
	int err;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/comm", (int)pid,
		 (int)tid);
	err = synth->machine->ops->read_file(synth->machine, path, &text);
	if (!err) {
		snprintf(ret_name, size, "%s", (const char *)text.bytes);
		ret_name[strcspn(ret_name, "\n")] = '\0';
	}
	buffer_fini(&text);
	return !err;
}

static int make_thread(const struct synth *synth, pid_t pid, pid_t tid)
{
	char name[64];
	int err = 0;

	if (!read_comm(synth, pid, tid, name, sizeof(name)))
		return 0;
	if (tid != pid)
		err = make_fork(synth, pid, tid);
	return err ? err : make_comm(synth, pid, tid, name);
}

static int make_threads(const struct synth *synth, pid_t pid)
{
	struct dirent *entry;
	char path[64];
	int err = 0;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
	dir = opendir(path);
	if (!dir)
		return 0;
	while (!err && (entry = readdir(dir))) {
		long tid = strtol(entry->d_name, NULL, 10);

		if (tid > 0)
			err = make_thread(synth, pid, (pid_t)tid);
	}
	closedir(dir);
	return err;
}

/* One line of /proc/PID/maps. */
struct maps_line {
	uint64_t start, end, offset, inode;
	unsigned int dev_major, dev_minor;
	char mode[5]; /* "r-xp" */
	const char *path;
};

static bool parse_maps_line(const char *line, struct maps_line *ret_map)
{
	int path_at = 0;

	if (sscanf(line,
		   "%" SCNx64 "-%" SCNx64 " %4s %" SCNx64 " %x:%x %" SCNu64
		   " %n",
		   &ret_map->start, &ret_map->end, ret_map->mode,
		   &ret_map->offset, &ret_map->dev_major, &ret_map->dev_minor,
		   &ret_map->inode, &path_at) < 7)
		return false;
	ret_map->path = path_at && line[path_at] ? line + path_at : "//anon";
	return true;
}

static uint32_t prot_of(const char mode[5])
{
	return (mode[0] == 'r' ? PROT_READ : 0u) |
	       (mode[1] == 'w' ? PROT_WRITE : 0u) |
	       (mode[2] == 'x' ? PROT_EXEC : 0u);
}

static int make_mmap2(const struct synth *synth, pid_t pid,
		      const struct maps_line *map)
{
	struct draft draft;

	begin(&draft);
	put_u32(&draft, (uint32_t)pid);
	put_u32(&draft, (uint32_t)pid);
	put_u64(&draft, map->start);
	put_u64(&draft, map->end - map->start);
	put_u64(&draft, map->offset);
	put_u32(&draft, map->dev_major);
	put_u32(&draft, map->dev_minor);
	put_u64(&draft, map->inode);
	put_u64(&draft, 0);
	put_u32(&draft, prot_of(map->mode));
	put_u32(&draft, map->mode[3] == 's' ? MAP_SHARED : MAP_PRIVATE);
	put_name(&draft, map->path);
	return finish(synth, &draft, PERF_RECORD_MMAP2,
		      map->mode[2] == 'x' ? PERF_RECORD_MISC_USER :
					    PERF_RECORD_MISC_USER |
						    PERF_RECORD_MISC_MMAP_DATA,
		      (uint32_t)pid, (uint32_t)pid);
}

static bool is_wanted(const struct synth *synth, const struct maps_line *map)
{
	return map->mode[2] == 'x' ||
	       (synth->has_data_maps && map->path[0] == '/' && map->inode);
}

static int make_maps(const struct synth *synth, pid_t pid)
{
	struct buffer text = { NULL, 0, 0 };
	struct maps_line map;
	char *rest = NULL;
	char path[64];
	int err;

	snprintf(path, sizeof(path), "/proc/%d/maps", (int)pid);
	err = synth->machine->ops->read_file(synth->machine, path, &text);
	if (err) {
		buffer_fini(&text);
		return err == -ENOMEM ? err : 0;
	}
	for (char *line = strtok_r((char *)text.bytes, "\n", &rest);
	     line && !err; line = strtok_r(NULL, "\n", &rest)) {
		if (parse_maps_line(line, &map) && is_wanted(synth, &map))
			err = make_mmap2(synth, pid, &map);
	}
	buffer_fini(&text);
	return err;
}

int synth_process(const struct synth *synth, pid_t pid)
{
	int err = make_threads(synth, pid);

	return err ? err : make_maps(synth, pid);
}

int synth_all_processes(const struct synth *synth)
{
	struct dirent *entry;
	DIR *dir = opendir("/proc");
	int err = 0;

	if (!dir)
		return 0;
	while (!err && (entry = readdir(dir))) {
		long pid = strtol(entry->d_name, NULL, 10);

		if (pid > 0)
			err = synth_process(synth, (pid_t)pid);
	}
	closedir(dir);
	return err;
}

static int make_kernel_map(const struct synth *synth, uint64_t start,
			   uint64_t size, uint64_t offset, const char *path)
{
	struct draft draft;

	begin(&draft);
	put_u32(&draft, UINT32_MAX);
	put_u32(&draft, 0);
	put_u64(&draft, start);
	put_u64(&draft, size);
	put_u64(&draft, offset);
	put_name(&draft, path);
	return finish(synth, &draft, PERF_RECORD_MMAP, PERF_RECORD_MISC_KERNEL,
		      UINT32_MAX, 0);
}

/* The address of a symbol in the text of /proc/kallsyms, 0: not told. */
static uint64_t find_kallsym(const char *text, const char *name)
{
	size_t length = strlen(name);
	const char *at = text;

	while ((at = strstr(at, name))) {
		const char *line = at;

		if ((at[length] == '\n' || at[length] == '\0') && at > text &&
		    at[-1] == ' ') {
			while (line > text && line[-1] != '\n')
				line--;
			return strtoull(line, NULL, 16);
		}
		at += length;
	}
	return 0;
}

/* Where the kernel's text ends, by the length of its memory, which root is
 * told of; 0: not told. */
static uint64_t find_end(struct machine *machine, uint64_t start)
{
	struct buffer text = { NULL, 0, 0 };
	uint64_t first = 0, last = 0;
	const char *line = NULL;

	if (machine->ops->read_file(machine, "/proc/iomem", &text) == 0)
		line = strstr((const char *)text.bytes, " : Kernel code\n");
	while (line && line > (const char *)text.bytes && line[-1] != '\n')
		line--;
	if (line)
		sscanf(line, " %" SCNx64 "-%" SCNx64, &first, &last);
	buffer_fini(&text);
	return last > first ? start + (last - first) + 1 : 0;
}

/*
 * _text stands among the first symbols of kallsyms, _etext far behind, and the
 * kernel takes 50 ms to spell out all that lie between: more than all else
 * that a recording begins with. -ENOENT: the long way is the only one.
 */
static int find_kernel_text(struct machine *machine, uint64_t *ret_start,
			    uint64_t *ret_end)
{
	char *head = malloc(KALLSYMS_HEAD);
	uint64_t start = 0, end = 0;

	if (!head)
		return -ENOMEM;
	if (machine->ops->peek_file(machine, "/proc/kallsyms", head,
				    KALLSYMS_HEAD) > 0) {
		char *last = strrchr(head, '\n');

		/* Behind it is half a name, which may be that of another. */
		if (last)
			*last = '\0';
		start = find_kallsym(head, "_text");
	}
	free(head);
	if (start)
		end = find_end(machine, start);
	if (!end)
		return -ENOENT;
	*ret_start = start;
	*ret_end = end;
	return 0;
}

static int search_kernel_text(struct machine *machine, uint64_t *ret_start,
			      uint64_t *ret_end)
{
	struct buffer text = { NULL, 0, 0 };
	int err = machine->ops->read_file(machine, "/proc/kallsyms", &text);

	if (!err) {
		*ret_start = find_kallsym((const char *)text.bytes, "_text");
		*ret_end = find_kallsym((const char *)text.bytes, "_etext");
	}
	buffer_fini(&text);
	return err;
}

/*
 * perf expects the kernel's text as "[kernel.kallsyms]" followed by the symbol
 * whose address is in the offset field, to tell how far it was relocated.
 */
static int make_kernel_text(const struct synth *synth)
{
	uint64_t start = 0, end = 0;
	int err = find_kernel_text(synth->machine, &start, &end);

	if (err == -ENOENT)
		err = search_kernel_text(synth->machine, &start, &end);
	if (err)
		return err == -ENOMEM ? err : 0;
	if (!start || end <= start)
		return 0;
	return make_kernel_map(synth, start, end - start, start,
			       "[kernel.kallsyms]_text");
}

static int make_modules(const struct synth *synth)
{
	struct buffer text = { NULL, 0, 0 };
	char *rest = NULL;
	int err;

	err = synth->machine->ops->read_file(synth->machine, "/proc/modules",
					     &text);
	if (err) {
		buffer_fini(&text);
		return err == -ENOMEM ? err : 0;
	}
	for (char *line = strtok_r((char *)text.bytes, "\n", &rest);
	     line && !err; line = strtok_r(NULL, "\n", &rest)) {
		uint64_t size, start;
		char name[64];
		char path[72];

		if (sscanf(line, "%63s %" SCNu64 " %*s %*s %*s %" SCNx64, name,
			   &size, &start) != 3 ||
		    !start)
			continue;
		snprintf(path, sizeof(path), "[%s]", name);
		err = make_kernel_map(synth, start, size, 0, path);
	}
	buffer_fini(&text);
	return err;
}

int synth_kernel(const struct synth *synth)
{
	int err = make_kernel_text(synth);

	return err ? err : make_modules(synth);
}
