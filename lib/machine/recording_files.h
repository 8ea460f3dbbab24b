/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What of a recorded machine is written down, and how: of each file only what
 * is known to be nobody's business but the machine's.
 */
#ifndef LBRVIRT_MACHINE_RECORDING_FILES_H
#define LBRVIRT_MACHINE_RECORDING_FILES_H

#include <lbrvirt/context.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"

/* A file that was asked for. */
struct recording_note {
	char *path;
	bool is_read;	    /* and not only looked for */
	int err;	    /* of reading it, negative */
	bool is_there;	    /* as far as it was looked for */
	struct buffer text; /* if it was read */
};

/* Write it below the folder @root. 0 or -errno. */
int recording_files_write(int root, const struct recording_note *note);

/* A new file @name in @root. 0 or -errno. */
int recording_files_put(int root, const char *name, const void *bytes,
			size_t size);

/* Make @dir, or take it if it is empty. A descriptor, or as
 * recording_save(). */
int recording_files_open(struct lbrvirt_context *ctx, const char *dir);

#endif
