/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The compiled program that the suites look up addresses in, and copies of it
 * treated as distributions treat theirs.
 */
#ifndef LBRVIRT_TESTS_SYMBOL_PROGRAM_H
#define LBRVIRT_TESTS_SYMBOL_PROGRAM_H

#include <limits.h>
#include <stddef.h>
#include <stdint.h>

#include "process/dso.h"
#include "symbol/object.h"

/* A scratch folder, and an object opened below it. */
struct program {
	char folder[PATH_MAX / 2];
	struct lbrvirt_context *ctx;
	struct dso_table *dsos;
	struct dso *dso;
	struct object *object; /* NULL: the file cannot be had */
};

/* Make a scratch folder "symbol-NAME" in the current one, anew. */
void program_make_folder(struct program *program, const char *name);

/* Run a shell command; the test fails if it does. "%s" as in printf. */
void program_run(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The compiled program that the build made: NAME is "inlined4", …. */
void program_find(const char *name, char ret_path[PATH_MAX]);

/* Open @path, below @symfs if that is not NULL. */
void program_open(struct program *program, const char *path, const char *symfs);
void program_close(struct program *program);

/* Begin and end of the open program's .text. */
void program_text(const struct program *program, uint64_t *ret_start,
		  uint64_t *ret_end);

#endif
