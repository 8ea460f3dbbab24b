/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The folder, and the file "lock" in it, which is empty: its bytes are locks.
 * Byte 0 is for reading and writing the journal, byte N + 1 is slot N. Files
 * are trusted only if nobody but root could have made or changed them.
 */
#include "config.h"

#include "pv/journal.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/error.h"
#include "pv/journal_file.h"

#define BOOT_ID	      "/proc/sys/kernel/random/boot_id"
#define LOCK_NAME     "lock"
#define WAIT_NS	      2000000
#define TRIES	      100
#define FILE_FLAGS    (O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
#define WRITABLE_BITS (S_IWGRP | S_IWOTH)

/* Root's; or, for tests and whoever has the capability alone, our own. */
static bool is_ours_alone(const struct stat *st)
{
	return (st->st_uid == 0 || st->st_uid == geteuid()) &&
	       !(st->st_mode & WRITABLE_BITS);
}

/* Open a file if nobody else can have made or changed it. -ESTALE: it was
 * replaced meanwhile. */
static int open_once(const struct journal *journal, const char *name, int flags)
{
	int fd = openat(journal->dir, name, flags | FILE_FLAGS, 0600);
	struct stat st;

	if (fd < 0) {
		int err = errno;

		/* A link; a socket or device without a driver; a folder. */
		if (err == ELOOP || err == ENXIO || err == EISDIR)
			return -EACCES;
		return err == ENOENT ? -ENOENT : -error_from_errno(err);
	}
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && is_ours_alone(&st)) {
		if (st.st_nlink == 1)
			return fd;
		close(fd);
		return st.st_nlink == 0 ? -ESTALE : -EACCES;
	}
	close(fd);
	return -EACCES;
}

int journal_open_file(const struct journal *journal, const char *name,
		      int flags)
{
	int fd = -ESTALE;

	/* Without the lock, a journal may be replaced in between. */
	for (int i = 0; i < TRIES && fd == -ESTALE; i++)
		fd = open_once(journal, name, flags);
	return fd == -ESTALE ? -EIO : fd;
}

static int refuse_dir(struct lbrvirt_context *ctx, const char *path)
{
	return error_set(
		ctx, EACCES,
		"%s is not the administrator's alone: it must be a folder that belongs to root and that nobody else may write; see who made it, then remove it",
		path);
}

/* A short text file, without its newline; "" if it cannot be read. */
static void read_line(const char *path, char *line, size_t size)
{
	struct machine *live = machine_live();
	ssize_t n = live->ops->peek_file(live, path, line, size);

	line[n > 0 ? strcspn(line, "\n") : 0] = '\0';
}

void journal_init(struct journal *journal)
{
	journal->dir = -1;
	journal->slot_fd = -1;
	journal->slot = -1;
}

int journal_open(struct lbrvirt_context *ctx, const struct pv_paths *paths,
		 bool may_make, struct journal *journal)
{
	const char *dir = paths->state_dir;
	struct stat st;
	int err;

	snprintf(journal->dir_path, sizeof(journal->dir_path), "%s", dir);
	read_line(paths->boot_id ? paths->boot_id : BOOT_ID, journal->boot_id,
		  sizeof(journal->boot_id));
	if (may_make && mkdir(dir, 0700) != 0 && errno != EEXIST)
		return error_set(ctx, error_from_errno(errno),
				 "%s cannot be made: %s", dir, strerror(errno));
	journal->dir =
		open(dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (journal->dir >= 0) {
		if (fstat(journal->dir, &st) == 0 && is_ours_alone(&st))
			return 0;
		journal_close(journal);
		return refuse_dir(ctx, dir);
	}
	err = errno;
	if (err == ENOTDIR || err == ELOOP)
		return refuse_dir(ctx, dir);
	if (err == ENOENT)
		return error_set(ctx, ENOENT, "%s is not there", dir);
	return error_set(ctx, error_from_errno(err), "%s: %s%s", dir,
			 strerror(err), err == EACCES ? ": run as root" : "");
}

void journal_close(struct journal *journal)
{
	if (journal->slot_fd >= 0)
		close(journal->slot_fd);
	if (journal->dir >= 0)
		close(journal->dir);
	journal->slot_fd = -1;
	journal->dir = -1;
	journal->slot = -1;
}

int journal_error(struct lbrvirt_context *ctx, const struct journal *journal,
		  int err)
{
	const char *dir = journal->dir_path;

	switch (-err) {
	case EBADMSG:
		return error_set(
			ctx, EBADMSG,
			"%s/" JOURNAL_FILE_NAME
			" is broken or of another version: see with \"lbrprof pv status\" whether MSRs are still set, then remove it",
			dir);
	case EACCES:
		return error_set(
			ctx, EACCES,
			"%s has files that are not the administrator's alone, such as links: see who made them, then remove %s",
			dir, dir);
	case EBUSY:
		return error_set(
			ctx, EBUSY,
			"another process keeps %s/" LOCK_NAME
			" locked: is one of them stopped? See fuser %s/" LOCK_NAME,
			dir, dir);
	default:
		return error_set(ctx, error_from_errno(-err),
				 "%s cannot be read or written: is it full?",
				 dir);
	}
}

/* Locks of open file descriptions (Linux 3.15): others than those of POSIX,
 * they do not end when any descriptor of the file is closed. */
static int lock_byte(int fd, int byte, short type)
{
	struct flock lock = {
		.l_type = type,
		.l_whence = SEEK_SET,
		.l_start = byte,
		.l_len = 1,
	};

	return fcntl(fd, F_OFD_SETLK, &lock) == 0 ? 0 : -errno;
}

int journal_take_slot(struct lbrvirt_context *ctx, struct journal *journal)
{
	int fd = journal_open_file(journal, LOCK_NAME, O_RDWR | O_CREAT);

	if (fd < 0)
		return journal_error(ctx, journal, fd);
	journal->slot_fd = fd;
	for (int slot = 0; slot < JOURNAL_HOLDERS_MAX; slot++) {
		int err = lock_byte(fd, slot + 1, F_WRLCK);

		if (err == 0) {
			journal->slot = slot;
			return 0;
		}
		if (err != -EAGAIN && err != -EACCES)
			return journal_error(ctx, journal, -EIO);
	}
	return error_set(ctx, EOVERFLOW,
			 "%d recordings hold the protocol already: end some",
			 JOURNAL_HOLDERS_MAX);
}

void journal_give_slot(struct journal *journal)
{
	if (journal->slot >= 0)
		lock_byte(journal->slot_fd, journal->slot + 1, F_UNLCK);
	journal->slot = -1;
}

/* The description is new each time: guard and recorder share the other, and
 * with it they would share this lock. */
int journal_lock(const struct journal *journal, unsigned int limit_ms)
{
	const struct timespec wait = { 0, WAIT_NS };
	uint64_t waited_ns = 0;
	int fd = journal_open_file(journal, LOCK_NAME, O_RDWR | O_CREAT);

	while (fd >= 0) {
		int err = lock_byte(fd, 0, F_WRLCK);

		if (err == 0)
			return fd;
		if (err != -EAGAIN && err != -EACCES && err != -EINTR) {
			close(fd);
			return -EIO;
		}
		if (limit_ms && waited_ns > (uint64_t)limit_ms * 1000000) {
			close(fd);
			return -EBUSY;
		}
		nanosleep(&wait, NULL);
		waited_ns += WAIT_NS;
	}
	return fd;
}

void journal_unlock(int lock)
{
	if (lock < 0)
		return;
	/* A child that another thread forked may still have it open. */
	lock_byte(lock, 0, F_UNLCK);
	close(lock);
}

/* Whether @fd's description would meet a lock on the slot, or on any. */
static bool is_locked(int fd, int slot)
{
	struct flock lock = {
		.l_type = F_WRLCK,
		.l_whence = SEEK_SET,
		.l_start = slot < 0 ? 1 : slot + 1,
		.l_len = slot < 0 ? JOURNAL_HOLDERS_MAX : 1,
	};

	return fcntl(fd, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
}

bool journal_is_alive(const struct journal *journal, int slot)
{
	int fd;
	bool is_alive;

	if (journal->slot_fd >= 0)
		return is_locked(journal->slot_fd, slot);
	fd = journal_open_file(journal, LOCK_NAME, O_RDONLY);
	is_alive = fd >= 0 && is_locked(fd, slot);
	if (fd >= 0)
		close(fd);
	return is_alive;
}

uint64_t journal_start_ticks(pid_t pid)
{
	char path[40];
	char text[1024];
	const char *at;
	uint64_t ticks = 0;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	read_line(path, text, sizeof(text));
	/* The name is in parentheses and may have any in it: field 3 follows
	 * the last; starttime is field 22 (proc(5)). */
	at = strrchr(text, ')');
	for (int field = 2; at && field < 22; field++)
		at = strchr(at + 1, ' ');
	if (at)
		ticks = strtoull(at + 1, NULL, 10);
	return ticks;
}

static void name_holder(const struct journal_holder *holder, char comm[16])
{
	char path[40];

	comm[0] = '\0';
	if (journal_start_ticks(holder->pid) != holder->start_ticks)
		return;
	snprintf(path, sizeof(path), "/proc/%d/comm", (int)holder->pid);
	read_line(path, comm, 16);
}

static int show_holders(struct lbrvirt_context *ctx,
			const struct journal *journal, struct lbrvirt_pv *pv)
{
	pv->holders = calloc(JOURNAL_HOLDERS_MAX, sizeof(*pv->holders));
	pv->comms = calloc(JOURNAL_HOLDERS_MAX, sizeof(*pv->comms));
	if (!pv->holders || !pv->comms)
		return error_set(ctx, ENOMEM, "out of memory");
	for (int slot = 0; slot < JOURNAL_HOLDERS_MAX; slot++) {
		const struct journal_holder *holder = &journal->holders[slot];
		size_t i = pv->nr_holders;

		if (!holder->is_listed || !journal_is_alive(journal, slot))
			continue;
		name_holder(holder, pv->comms[i]);
		pv->holders[i].pid = holder->pid;
		pv->holders[i].comm = pv->comms[i];
		pv->holders[i].since_ns = holder->since_ns;
		pv->nr_holders++;
	}
	return 0;
}

static void show_cpus(const struct journal *journal, struct lbrvirt_pv *pv)
{
	for (size_t i = 0; i < pv->nr_cpus; i++) {
		struct lbrvirt_pv_cpu *cpu = &pv->cpus[i];

		if (cpu->cpu >= CPUS_MAX || !journal->is_set[cpu->cpu])
			continue;
		cpu->is_held = true;
		cpu->old_value = journal->old[cpu->cpu];
	}
}

/*
 * Load, and see whether what is set is anybody's, as of one moment: without
 * the lock, a holder may join or leave in between, and then the file changes.
 */
static int load_steady(struct journal *journal, bool *ret_is_stale)
{
	int err = journal_file_load(journal);

	for (int i = 0; i < TRIES && !err; i++) {
		uint64_t checksum = journal->checksum;
		bool is_any_set = false;

		for (size_t cpu = 0; cpu < CPUS_MAX; cpu++)
			is_any_set = is_any_set || journal->is_set[cpu];
		*ret_is_stale = is_any_set && !journal_is_alive(journal, -1);
		err = journal_file_load(journal);
		if (journal->checksum == checksum)
			break;
	}
	return err;
}

int journal_look(struct lbrvirt_context *ctx, const struct pv_paths *paths,
		 struct lbrvirt_pv *pv)
{
	struct journal *journal = calloc(1, sizeof(*journal));
	int err;

	assert(!pv->holders && !pv->comms);
	if (!journal)
		return error_set(ctx, ENOMEM, "out of memory");
	journal_init(journal);
	err = journal_open(ctx, paths, false, journal);
	if (err) {
		free(journal);
		return err == -ENOENT ? 0 : err;
	}
	err = load_steady(journal, &pv->is_stale);
	if (err)
		err = journal_error(ctx, journal, err);
	else
		err = show_holders(ctx, journal, pv);
	if (!err)
		show_cpus(journal, pv);
	journal_close(journal);
	free(journal);
	return err;
}
