/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Folders, processes and guards of the tests. Guards are found by name and
 * parent, as an administrator would.
 */
#include "config.h"

#include "pv/rig.h"

#include <check.h>
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

void rig_init(struct rig *rig)
{
	memset(rig, 0, sizeof(*rig));
	host_init(&rig->host);
	ck_assert_int_eq(lbrvirt_context_new(&rig->ctx), 0);
	snprintf(rig->dir, sizeof(rig->dir), "/tmp/lbrvirt-pv.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(rig->dir));
	snprintf(rig->conf, sizeof(rig->conf), "%s/conf", rig->dir);
	snprintf(rig->state_dir, sizeof(rig->state_dir), "%s/run", rig->dir);
	snprintf(rig->boot_id, sizeof(rig->boot_id), "%s/boot_id", rig->dir);
	rig_write(rig->boot_id, "0c6f6b1e-0000-4000-8000-000000000001\n");
	rig->paths.conf = rig->conf;
	rig->paths.state_dir = rig->state_dir;
	rig->paths.boot_id = rig->boot_id;
}

void rig_fini(struct rig *rig)
{
	char command[128];

	lbrvirt_context_free(rig->ctx);
	host_fini(&rig->host);
	snprintf(command, sizeof(command), "rm -rf %s", rig->dir);
	ck_assert_int_eq(system(command), 0);
}

void rig_write(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	ck_assert_ptr_nonnull(file);
	ck_assert_int_ge(fputs(text, file), 0);
	ck_assert_int_eq(fclose(file), 0);
	ck_assert_int_eq(chmod(path, 0600), 0);
}

const char *rig_path(const struct rig *rig, const char *name)
{
	static char path[256];

	snprintf(path, sizeof(path), "%s/%s", rig->state_dir, name);
	return path;
}

int rig_acquire(struct rig *rig, enum lbrvirt_pv_mode mode,
		struct lbrvirt_pv_hold **ret_hold)
{
	const struct lbrvirt_pv_opts opts = { .size = sizeof(opts),
					      .mode = mode };

	return pv_acquire_on(rig->ctx, host_machine(&rig->host), &rig->paths,
			     &opts, ret_hold);
}

struct lbrvirt_pv_hold *rig_hold(struct rig *rig)
{
	struct lbrvirt_pv_hold *hold = NULL;
	int err = rig_acquire(rig, LBRVIRT_PV_ASSUME, &hold);

	ck_assert_msg(err == 0, "%s", lbrvirt_context_error(rig->ctx));
	ck_assert_msg(lbrvirt_pv_hold_summary(hold)->is_held, "%s",
		      lbrvirt_pv_hold_summary(hold)->reason);
	return hold;
}

uint32_t rig_reset(struct rig *rig)
{
	uint32_t cpus = 0;
	int err = -EBUSY;

	/* A guard whose program was killed may not even have its name yet. */
	for (int i = 0; i < 10000 && err == -EBUSY; i++) {
		if (i)
			usleep(1000);
		err = pv_reset_on(rig->ctx, host_machine(&rig->host),
				  &rig->paths, &cpus);
	}
	ck_assert_msg(err == 0, "%s", lbrvirt_context_error(rig->ctx));
	return cpus;
}

bool rig_is_active(const struct rig *rig, unsigned int cpu)
{
	return atomic_load(&rig->host.cpus->control[cpu]) & LBRVIRT_PV_ACTIVE;
}

static unsigned int count_active(const struct rig *rig)
{
	unsigned int nr = 0;

	for (unsigned int cpu = 0; cpu < rig->host.cpus->nr; cpu++)
		nr += rig_is_active(rig, cpu);
	return nr;
}

bool rig_all_active(const struct rig *rig)
{
	return count_active(rig) == rig->host.cpus->nr;
}

bool rig_none_active(const struct rig *rig)
{
	return count_active(rig) == 0;
}

/* The parent of a process that is a guard and no zombie; -1: it is none. */
static pid_t guard_parent(pid_t pid)
{
	char path[64];
	char line[256] = "";
	char state;
	int parent;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	file = fopen(path, "r");
	if (!file)
		return -1;
	if (!fgets(line, sizeof(line), file))
		line[0] = '\0';
	fclose(file);
	if (sscanf(line, "%*d (lbrvirt-guard) %c %d", &state, &parent) != 2 ||
	    state == 'Z' || state == 'X')
		return -1;
	return parent;
}

static bool has_open(pid_t pid, const char *dir)
{
	bool found = false;
	char path[600];
	char link[512];
	struct dirent *entry;
	DIR *fds;

	snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
	fds = opendir(path);
	if (!fds)
		return false;
	while (!found && (entry = readdir(fds)) != NULL) {
		ssize_t n;

		snprintf(path, sizeof(path), "/proc/%d/fd/%s", (int)pid,
			 entry->d_name);
		n = readlink(path, link, sizeof(link) - 1);
		link[n > 0 ? n : 0] = '\0';
		found = strcmp(link, dir) == 0;
	}
	closedir(fds);
	return found;
}

pid_t rig_guard_of(pid_t parent)
{
	DIR *proc = opendir("/proc");
	struct dirent *entry;
	pid_t found = 0;

	ck_assert_ptr_nonnull(proc);
	while (!found && (entry = readdir(proc)) != NULL) {
		pid_t pid = atoi(entry->d_name);

		if (pid > 0 && guard_parent(pid) == parent)
			found = pid;
	}
	closedir(proc);
	/* kill(0) would end the tests. */
	ck_assert_int_gt(found, 0);
	return found;
}

unsigned int rig_guards(const struct rig *rig)
{
	DIR *proc = opendir("/proc");
	struct dirent *entry;
	unsigned int nr = 0;

	ck_assert_ptr_nonnull(proc);
	while ((entry = readdir(proc)) != NULL) {
		pid_t pid = atoi(entry->d_name);

		if (pid > 0 && guard_parent(pid) >= 0)
			nr += has_open(pid, rig->state_dir);
	}
	closedir(proc);
	return nr;
}

struct rig_process rig_fork_holder(struct rig *rig)
{
	struct rig_process process;
	int to_child[2];
	int from_child[2];
	char byte;

	ck_assert_int_eq(pipe(to_child), 0);
	ck_assert_int_eq(pipe(from_child), 0);
	process.pid = fork();
	ck_assert_int_ge(process.pid, 0);
	if (process.pid == 0) {
		struct lbrvirt_pv_hold *hold = NULL;

		close(to_child[1]);
		if (rig_acquire(rig, LBRVIRT_PV_ASSUME, &hold) != 0)
			_exit(1);
		if (write(from_child[1], "h", 1) != 1)
			_exit(2);
		if (read(to_child[0], &byte, 1) < 0)
			_exit(3);
		_exit(lbrvirt_pv_release(hold) ? 4 : 0);
	}
	close(to_child[0]);
	close(from_child[1]);
	ck_assert_int_eq(read(from_child[0], &byte, 1), 1);
	close(from_child[0]);
	process.pipe = to_child[1];
	return process;
}

void rig_end(struct rig_process *process)
{
	int status;

	/* Other holders have this pipe open, too: closing says nothing. */
	ck_assert_int_eq(write(process->pipe, "e", 1), 1);
	ck_assert_int_eq(waitpid(process->pid, &status, 0), process->pid);
	close(process->pipe);
	ck_assert_int_eq(status, 0);
}

void rig_kill(struct rig_process *process)
{
	int status;

	ck_assert_int_eq(kill(process->pid, SIGKILL), 0);
	ck_assert_int_eq(waitpid(process->pid, &status, 0), process->pid);
	close(process->pipe);
}
