/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Where a recording is written: a file that comes under its name only once it
 * is whole, or a pipe, terminal or device that takes bytes in a row.
 */
#ifndef LBRVIRT_PERFDATA_TARGET_H
#define LBRVIRT_PERFDATA_TARGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <lbrvirt/context.h>

struct target {
	int fd;		/* -1: none */
	bool is_owned;	/* false: standard output, left open */
	bool is_stream; /* no seeking: the pipe format is wanted */
	char *path;	/* final name */
	char *temp;	/* name until target_publish(); NULL: it has been */
};

/* Storage with no target; target_fini() may be called on it. */
#define TARGET_NONE ((struct target){ .fd = -1 })

/* "-" is standard output. 0, or a code as writer_open() has it. */
int target_init(struct target *target, struct lbrvirt_context *ctx,
		const char *path);

/* Close; a file that was never published is removed. */
void target_fini(struct target *target);

/*
 * Write all of it, at @offset, or where the stream is. 0 or -EIO, and text set.
 */
int target_write(const struct target *target, struct lbrvirt_context *ctx,
		 const void *bytes, size_t size, uint64_t offset);

/* Cut off what stands behind @size. A failure does no harm. */
void target_truncate(const struct target *target, uint64_t size);

/* Give the file its name, if it has not. 0, or a negative code. */
int target_publish(struct target *target, struct lbrvirt_context *ctx);

#endif
