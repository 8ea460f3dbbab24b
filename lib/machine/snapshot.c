/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The operations of a saved machine. Its folder is the root of every path that
 * is looked up, of symbolic links too (RESOLVE_IN_ROOT of openat2, Linux 5.6),
 * so a link to /etc/passwd leads to a file in the folder or nowhere.
 */
#include "config.h"

#include "machine/snapshot.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/error.h"
#include "machine/cpuid_dump.h"
#include "machine/read_fd.h"
#include "machine/snapshot_table.h"

struct snapshot {
	struct machine machine;	 /* first: what everybody else has of it */
	int root;		 /* -1: a CPUID dump alone */
	unsigned int cpu;	 /* the one we "run" on */
	struct cpuid_dump cpuid; /* empty: nobody wrote it down */
	struct snapshot_table table;
};

static struct snapshot *snapshot_of(struct machine *machine)
{
	return (struct snapshot *)machine;
}

/* A descriptor, or -errno. Absolute paths begin at the folder. */
static int open_below(int root, const char *path, int flags)
{
	const struct open_how how = {
		.flags = (uint64_t)(flags | O_CLOEXEC),
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
	};
	long fd;

	if (root < 0)
		return -ENOENT;
	/* EAGAIN: something was renamed meanwhile; see openat2(2). */
	do
		fd = syscall(SYS_openat2, root, path, &how, sizeof(how));
	while (fd < 0 && errno == EAGAIN);
	return fd < 0 ? -errno : (int)fd;
}

/* Takes @fd. Reading a FIFO would wait for ever, a device do anything. */
static int read_regular(int fd, struct buffer *ret_text)
{
	struct stat st;
	int err = 0;

	if (fstat(fd, &st))
		err = -errno;
	else if (S_ISDIR(st.st_mode))
		err = -EISDIR;
	else if (!S_ISREG(st.st_mode))
		err = -EACCES;
	if (!err)
		err = read_fd(fd, ret_text);
	close(fd);
	return err;
}

static int snapshot_read_file(struct machine *machine, const char *path,
			      struct buffer *ret_text)
{
	int fd = open_below(snapshot_of(machine)->root, path,
			    O_RDONLY | O_NONBLOCK | O_NOCTTY);

	return fd < 0 ? fd : read_regular(fd, ret_text);
}

static int snapshot_has_path(struct machine *machine, const char *path)
{
	int fd = open_below(snapshot_of(machine)->root, path, O_PATH);

	if (fd >= 0) {
		close(fd);
		return 1;
	}
	return fd == -ENOENT || fd == -ENOTDIR ? 0 : fd;
}

static ssize_t snapshot_peek_file(struct machine *machine, const char *path,
				  char *ret_text, size_t size)
{
	struct buffer text = { 0 };
	int err = snapshot_read_file(machine, path, &text);
	size_t length = text.size < size ? text.size : size - 1;

	if (err)
		return err;
	memcpy(ret_text, text.bytes, length);
	ret_text[length] = '\0';
	buffer_fini(&text);
	return (ssize_t)length;
}

static uint64_t snapshot_suspended_ns(struct machine *machine)
{
	(void)machine;
	return 0;
}

static int snapshot_cpuid(struct machine *machine, uint32_t leaf,
			  uint32_t subleaf, struct cpuid_regs *ret_regs)
{
	const struct snapshot *snapshot = snapshot_of(machine);

	if (snapshot->cpuid.nr == 0)
		return -EOPNOTSUPP;
	cpuid_dump_find(&snapshot->cpuid, snapshot->cpu, leaf, subleaf,
			ret_regs);
	return 0;
}

/* Who gets a descriptor closes it and no more. */
static int snapshot_perf_event_open(struct machine *machine,
				    struct perf_event_attr *attr, pid_t pid,
				    int cpu, int group_fd, unsigned long flags)
{
	int err = snapshot_table_open(&snapshot_of(machine)->table, attr);
	int fd;

	(void)pid;
	(void)cpu;
	(void)group_fd;
	(void)flags;
	if (err)
		return err;
	fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static int snapshot_msr_read(struct machine *machine, unsigned int cpu,
			     uint32_t msr, uint64_t *ret_value)
{
	return snapshot_table_msr(&snapshot_of(machine)->table, cpu, msr,
				  ret_value);
}

static int snapshot_msr_write(struct machine *machine, unsigned int cpu,
			      uint32_t msr, uint64_t value)
{
	(void)machine;
	(void)cpu;
	(void)msr;
	(void)value;
	return -EPERM;
}

static int snapshot_run_on_cpu(struct machine *machine, unsigned int cpu,
			       int (*fn)(void *arg), void *arg)
{
	struct snapshot *snapshot = snapshot_of(machine);
	unsigned int before = snapshot->cpu;
	int err;

	snapshot->cpu = cpu;
	err = fn(arg);
	snapshot->cpu = before;
	return err;
}

static const struct machine_ops snapshot_ops = {
	.cpuid = snapshot_cpuid,
	.perf_event_open = snapshot_perf_event_open,
	.read_file = snapshot_read_file,
	.has_path = snapshot_has_path,
	.peek_file = snapshot_peek_file,
	.suspended_ns = snapshot_suspended_ns,
	.msr_read = snapshot_msr_read,
	.msr_write = snapshot_msr_write,
	.run_on_cpu = snapshot_run_on_cpu,
};

typedef int parse_fn(struct lbrvirt_context *ctx, const char *name, char *text,
		     struct snapshot *snapshot);

static int parse_cpuid(struct lbrvirt_context *ctx, const char *name,
		       char *text, struct snapshot *snapshot)
{
	return cpuid_dump_parse(ctx, name, text, &snapshot->cpuid);
}

static int parse_msr(struct lbrvirt_context *ctx, const char *name, char *text,
		     struct snapshot *snapshot)
{
	return snapshot_table_parse_msr(ctx, name, text, &snapshot->table);
}

static int parse_open(struct lbrvirt_context *ctx, const char *name, char *text,
		      struct snapshot *snapshot)
{
	return snapshot_table_parse_open(ctx, name, text, &snapshot->table);
}

static int refuse(struct lbrvirt_context *ctx, const char *name, int err)
{
	if (err == -EFBIG)
		return error_set(ctx, EOVERFLOW, "%s: larger than 64 MiB",
				 name);
	return error_set(ctx, error_from_errno(-err), "%s: %s", name,
			 strerror(-err));
}

/* Takes @fd. */
static int load_file(struct lbrvirt_context *ctx, struct snapshot *snapshot,
		     const char *name, int fd, parse_fn *parse)
{
	struct buffer text = { 0 };
	struct stat st;
	int err;

	if (fstat(fd, &st) == 0 && !S_ISREG(st.st_mode)) {
		close(fd);
		return error_set(ctx, EACCES, "%s: not a regular file", name);
	}
	err = read_regular(fd, &text);
	if (err)
		return refuse(ctx, name, err);
	/* A NUL would hide what follows it from the parser. */
	if (strlen((const char *)text.bytes) != text.size)
		err = error_set(ctx, EBADMSG, "%s: not a text", name);
	else
		err = parse(ctx, name, (char *)text.bytes, snapshot);
	buffer_fini(&text);
	return err;
}

static int load_below(struct lbrvirt_context *ctx, struct snapshot *snapshot,
		      const char *path, const char *file, parse_fn *parse)
{
	int fd = open_below(snapshot->root, file,
			    O_RDONLY | O_NONBLOCK | O_NOCTTY);
	char *name;
	int err;

	if (fd == -ENOENT)
		return 0;
	if (asprintf(&name, "%s/%s", path, file) < 0) {
		if (fd >= 0)
			close(fd);
		return error_set(ctx, ENOMEM, "out of memory");
	}
	if (fd < 0)
		err = refuse(ctx, name, fd);
	else
		err = load_file(ctx, snapshot, name, fd, parse);
	free(name);
	return err;
}

/* A folder without any of these is another's. */
static bool is_machine(struct snapshot *snapshot)
{
	static const char *const names[] = { "cpuid", "msr", "perf_event_open",
					     "proc", "sys" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (snapshot_has_path(&snapshot->machine, names[i]) != 0)
			return true;
	return false;
}

static int load_folder(struct lbrvirt_context *ctx, struct snapshot *snapshot,
		       const char *path)
{
	int err;

	if (snapshot_has_path(&snapshot->machine, "/") == -ENOSYS)
		return error_set(
			ctx, EOPNOTSUPP,
			"%s: a folder can be kept apart from this machine by Linux 5.6 or later",
			path);
	if (!is_machine(snapshot))
		return error_set(
			ctx, EBADMSG,
			"%s: no saved machine: none of cpuid, msr, perf_event_open, proc and sys is in it",
			path);
	err = load_below(ctx, snapshot, path, "cpuid", parse_cpuid);
	if (!err)
		err = load_below(ctx, snapshot, path, "msr", parse_msr);
	if (!err)
		err = load_below(ctx, snapshot, path, "perf_event_open",
				 parse_open);
	return err;
}

static int load(struct lbrvirt_context *ctx, struct snapshot *snapshot,
		const char *path)
{
	struct stat st;
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

	if (fd < 0)
		return refuse(ctx, path, -errno);
	if (fstat(fd, &st) == 0 && S_ISDIR(st.st_mode)) {
		snapshot->root = fd;
		return load_folder(ctx, snapshot, path);
	}
	return load_file(ctx, snapshot, path, fd, parse_cpuid);
}

int snapshot_open(struct lbrvirt_context *ctx, const char *path,
		  struct machine **ret_machine)
{
	struct snapshot *snapshot;
	int err;

	assert(path && ret_machine);

	snapshot = calloc(1, sizeof(*snapshot));
	if (!snapshot)
		return error_set(ctx, ENOMEM, "out of memory");
	snapshot->machine.ops = &snapshot_ops;
	snapshot->root = -1;
	err = load(ctx, snapshot, path);
	if (err) {
		snapshot_close(&snapshot->machine);
		return err;
	}
	*ret_machine = &snapshot->machine;
	return 0;
}

void snapshot_close(struct machine *machine)
{
	struct snapshot *snapshot;

	if (!machine)
		return;
	assert(machine->ops == &snapshot_ops);
	snapshot = snapshot_of(machine);
	if (snapshot->root >= 0)
		close(snapshot->root);
	cpuid_dump_fini(&snapshot->cpuid);
	snapshot_table_fini(&snapshot->table);
	free(snapshot);
}
