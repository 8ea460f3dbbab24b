/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Starting a command so that nothing of ours is recorded: the child is forked
 * first, events are opened on it (enable_on_exec), and only then may it exec.
 * One byte in a pipe lets it go; the pipe's end without a byte (we gave up, or
 * were killed) ends it. A second pipe, closed by a successful exec, brings the
 * errno of a failed one back.
 */
#include "config.h"

#include "record/target.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/error.h"

#define TERM_PATIENCE_MS 2000
#define EXEC_FAILED	 127

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/*
 * The caller's handlers must not run in the child. It is forked with all
 * signals blocked, so that none comes before this.
 */
static void forget_handlers(const sigset_t *mask)
{
	static const int numbers[] = { SIGHUP, SIGINT, SIGTERM };
	struct sigaction action;

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		if (sigaction(numbers[i], NULL, &action) ||
		    action.sa_handler == SIG_IGN)
			continue;
		signal(numbers[i], SIG_DFL);
	}
	sigprocmask(SIG_SETMASK, mask, NULL);
}

/* In the child: wait for the byte, exec, report what went wrong. */
static void run_child(int go_fd, int failure_fd, const char *const *argv)
{
	char go;
	ssize_t got;
	int err;

	do {
		got = read(go_fd, &go, 1);
	} while (got < 0 && errno == EINTR);
	if (got != 1)
		_exit(EXEC_FAILED);
	execvp(argv[0], (char *const *)argv);
	err = errno;
	if (write(failure_fd, &err, sizeof(err)) != (ssize_t)sizeof(err))
		_exit(EXEC_FAILED - 1);
	_exit(EXEC_FAILED);
}

static int open_pidfd(pid_t pid)
{
#ifdef SYS_pidfd_open
	return (int)syscall(SYS_pidfd_open, pid, 0);
#else
	(void)pid;
	return -1;
#endif
}

int command_child_start(struct lbrvirt_context *ctx, const char *const *argv,
			struct command_child *ret_child)
{
	int go[2] = { -1, -1 };
	int failure[2] = { -1, -1 };
	sigset_t all, mask;
	int err;
	pid_t pid;

	if (pipe2(go, O_CLOEXEC) || pipe2(failure, O_CLOEXEC))
		goto fail;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &mask);
	pid = fork();
	if (pid == 0) {
		forget_handlers(&mask);
		close(go[1]);
		close(failure[0]);
		run_child(go[0], failure[1], argv);
	}
	pthread_sigmask(SIG_SETMASK, &mask, NULL);
	if (pid < 0)
		goto fail;
	close(go[0]);
	close(failure[1]);
	memset(ret_child, 0, sizeof(*ret_child));
	ret_child->pid = pid;
	ret_child->go_fd = go[1];
	ret_child->failure_fd = failure[0];
	ret_child->pid_fd = open_pidfd(pid);
	return 0;

fail:
	err = error_set(ctx, error_from_errno(errno),
			"the command cannot be started: %s", strerror(errno));
	for (int i = 0; i < 2; i++) {
		close_fd(&go[i]);
		close_fd(&failure[i]);
	}
	return err;
}

static int set_exec_error(struct lbrvirt_context *ctx, int err,
			  const char *name)
{
	switch (err) {
	case ENOENT:
		return error_set(
			ctx, ENOENT,
			"%s: no such command; give a path, or look at PATH",
			name);
	case EACCES:
		return error_set(
			ctx, EACCES,
			"%s: not executable; see its mode (chmod +x) and that of its folders",
			name);
	case ENOEXEC:
		return error_set(
			ctx, EACCES,
			"%s: neither a program nor a script with a #! line",
			name);
	default:
		return error_set(ctx, error_from_errno(err),
				 "%s: cannot be executed: %s", name,
				 strerror(err));
	}
}

/* An errno, as execve() would give it; 0: it can be executed. */
static int check_file(const char *path)
{
	struct stat status;

	if (stat(path, &status))
		return errno;
	if (!S_ISREG(status.st_mode) || access(path, X_OK))
		return EACCES;
	return 0;
}

/* As execvp(): the first that can be executed; a forbidden one is remembered. */
static int check_search_path(const char *name)
{
	const char *folders = getenv("PATH");
	char path[PATH_MAX];
	int result = ENOENT;

	/* confstr(_CS_PATH), what execvp() takes where there is no PATH. */
	for (const char *at = folders ? folders : "/bin:/usr/bin"; at;
	     at = *at ? at + 1 : NULL) {
		size_t length = strcspn(at, ":");
		int written = snprintf(path, sizeof(path), "%.*s/%s",
				       (int)(length ? length : 1),
				       length ? at : ".", name);
		int err = written < (int)sizeof(path) ? check_file(path) :
							ENAMETOOLONG;

		if (!err)
			return 0;
		if (err == EACCES)
			result = EACCES;
		at += length;
	}
	return result;
}

int command_check(struct lbrvirt_context *ctx, const char *name)
{
	int err;

	if (!*name)
		err = ENOENT;
	else if (strchr(name, '/'))
		err = check_file(name);
	else
		err = check_search_path(name);
	return err ? set_exec_error(ctx, err, name) : 0;
}

int command_child_exec(struct lbrvirt_context *ctx, struct command_child *child,
		       const char *name)
{
	int child_errno = 0;
	ssize_t got;

	if (write(child->go_fd, "g", 1) != 1)
		return error_set(ctx, EIO, "%s: ended before its start", name);
	close_fd(&child->go_fd);
	do {
		got = read(child->failure_fd, &child_errno,
			   sizeof(child_errno));
	} while (got < 0 && errno == EINTR);
	close_fd(&child->failure_fd);
	if (got == (ssize_t)sizeof(child_errno))
		return set_exec_error(ctx, child_errno, name);
	return 0;
}

bool command_child_has_ended(struct command_child *child)
{
	if (child->pid > 0 && !child->has_ended &&
	    waitpid(child->pid, &child->status, WNOHANG) == child->pid)
		child->has_ended = true;
	return child->pid <= 0 || child->has_ended;
}

static void sleep_ms(unsigned int ms)
{
	struct timespec delay = { .tv_sec = ms / 1000,
				  .tv_nsec = (long)(ms % 1000) * 1000000 };

	nanosleep(&delay, NULL);
}

void command_child_fini(struct command_child *child)
{
	unsigned int waited_ms = 0;

	if (child->pid <= 0)
		return;
	close_fd(&child->go_fd);
	close_fd(&child->failure_fd);
	if (!command_child_has_ended(child))
		kill(child->pid, SIGTERM);
	while (!command_child_has_ended(child) &&
	       waited_ms < TERM_PATIENCE_MS) {
		sleep_ms(10);
		waited_ms += 10;
	}
	if (!child->has_ended) {
		kill(child->pid, SIGKILL);
		while (waitpid(child->pid, &child->status, 0) < 0 &&
		       errno == EINTR)
			;
		child->has_ended = true;
	}
	close_fd(&child->pid_fd);
	child->pid = 0;
}

void tasks_fini(struct tasks *tasks)
{
	free(tasks->tid);
	memset(tasks, 0, sizeof(*tasks));
}

int tasks_add(struct tasks *tasks, pid_t tid)
{
	void *array = tasks->tid;

	for (size_t i = 0; i < tasks->nr; i++) {
		if (tasks->tid[i] == tid)
			return 0;
	}
	if (array_reserve(&array, &tasks->capacity, tasks->nr + 1,
			  sizeof(*tasks->tid)))
		return -ENOMEM;
	tasks->tid = array;
	tasks->tid[tasks->nr++] = tid;
	return 1;
}

int tasks_add_threads(struct tasks *tasks, pid_t pid)
{
	struct dirent *entry;
	char path[64];
	int added = 0;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
	dir = opendir(path);
	if (!dir)
		return -error_from_errno(errno);
	while ((entry = readdir(dir))) {
		long tid = strtol(entry->d_name, NULL, 10);
		int err;

		if (tid <= 0)
			continue;
		err = tasks_add(tasks, (pid_t)tid);
		if (err < 0) {
			closedir(dir);
			return err;
		}
		added += err;
	}
	closedir(dir);
	return added;
}

pid_t task_process(pid_t tid)
{
	char path[64];
	char line[128];
	int tgid = (int)tid;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)tid);
	file = fopen(path, "re");
	while (file && fgets(line, sizeof(line), file)) {
		if (sscanf(line, "Tgid: %d", &tgid) == 1)
			break;
	}
	if (file)
		fclose(file);
	return (pid_t)tgid;
}

bool task_is_alive(pid_t tid)
{
	char stat[512];
	char path[64];
	const char *state;
	ssize_t got;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)tid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return errno != ENOENT && errno != ESRCH;
	got = read(fd, stat, sizeof(stat) - 1);
	close(fd);
	if (got <= 0)
		return false;
	stat[got] = '\0';
	/* "pid (comm) S …", and a comm may hold parentheses and blanks. */
	state = strrchr(stat, ')');
	return state && state[1] == ' ' && state[2] != 'Z' && state[2] != 'X';
}
