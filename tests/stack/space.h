/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The library's view of a running process, for tests: a table of files, one of
 * processes filled from /proc/PID/maps, and an unwinder.
 */
#ifndef LBRVIRT_TESTS_STACK_SPACE_H
#define LBRVIRT_TESTS_STACK_SPACE_H

#include <stdbool.h>
#include <sys/types.h>

#include "stack/stack.h"

struct space {
	struct lbrvirt_context *ctx;
	struct dso_table *dsos;
	struct process_table *processes;
	struct unwinder *unwinder;
	struct process *process; /* the one that was read */
};

void space_init(struct space *space, bool is_live);
void space_fini(struct space *space);

/* Apply the mappings that @pid has now, as MMAP2 records. */
void space_read(struct space *space, pid_t pid);

/* Room of a program's own for frames: a stack is too large for its stack. */
struct lbrvirt_stack *space_stack(void);

#endif
