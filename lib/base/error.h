/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Filling a context's error text and log. Whoever fails first writes the text;
 * callers only pass the code up.
 */
#ifndef LBRVIRT_BASE_ERROR_H
#define LBRVIRT_BASE_ERROR_H

#include <lbrvirt/context.h>
#include <lbrvirt/error.h>

/*
 * Write the text of a failure and return -@err, so that a failing path reads
 * `return error_set(ctx, EBADMSG, "…")`. @err is positive and of the public
 * set. @ctx may be NULL: then there is nowhere to write.
 */
int error_set(struct lbrvirt_context *ctx, int err, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/*
 * Map any errno (positive) to the public set: EPERM is EACCES, ESRCH is
 * ENOENT and so on; what has no meaning of its own is EIO.
 */
int error_from_errno(int err);

/* Log one line at @level; free of cost where no log is set. */
void log_write(struct lbrvirt_context *ctx, enum lbrvirt_log_level level,
	       const char *format, ...) __attribute__((format(printf, 3, 4)));

#endif
