/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Whom a recording is about: a command that waits for its exec, or tasks that
 * run already.
 */
#ifndef LBRVIRT_RECORD_TARGET_H
#define LBRVIRT_RECORD_TARGET_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include <lbrvirt/context.h>

/* A launched command. Neutral: pid 0, descriptors -1. */
struct command_child {
	pid_t pid; /* 0: none */
	int go_fd; /* write end: closing it without a byte ends the child */
	int failure_fd; /* read end: errno of a failed exec, or end of file */
	int pid_fd;	/* readable when it has ended; -1 on old kernels */
	bool has_ended;
	int status; /* as from waitpid(), once has_ended */
};

/*
 * Whether execvp() would find a command of this @name: 0, or -ENOENT or -EACCES
 * with the context's text. Asked before anything is opened or written for it.
 */
int command_check(struct lbrvirt_context *ctx, const char *name);

/*
 * Fork a child that will execvp(@argv), but waits before. 0, -EOVERFLOW, -EIO.
 */
int command_child_start(struct lbrvirt_context *ctx, const char *const *argv,
			struct command_child *ret_child);

/*
 * Let the child exec. Returns when that has happened: 0; -ENOENT, -EACCES or
 * -EIO with the context's text. @name is the command's, for that text.
 */
int command_child_exec(struct lbrvirt_context *ctx, struct command_child *child,
		       const char *name);

/* Look, without waiting, whether it has ended. True from then on. */
bool command_child_has_ended(struct command_child *child);

/* End it (SIGTERM, after two seconds SIGKILL), wait for it, release all. */
void command_child_fini(struct command_child *child);

/* A growing set of task ids. Zeroed storage is an empty one. */
struct tasks {
	pid_t *tid;
	size_t nr;
	size_t capacity;
};

void tasks_fini(struct tasks *tasks);

/* 1: added, 0: was in, -ENOMEM. */
int tasks_add(struct tasks *tasks, pid_t tid);

/*
 * Add the threads of process @pid that are not in yet. Returns how many were
 * added, -ENOENT (no such process), -ENOMEM or -EIO.
 */
int tasks_add_threads(struct tasks *tasks, pid_t pid);

/* The process that a thread belongs to; @tid itself if that cannot be told. */
pid_t task_process(pid_t tid);

/* Whether a task is there and no zombie. */
bool task_is_alive(pid_t tid);

#endif
