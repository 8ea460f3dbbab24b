/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Compressing on the way to a file, as gzip does. The same input gives the same
 * output: there is neither a name nor a time in it.
 */
#ifndef LBRVIRT_EXPORT_GZIP_H
#define LBRVIRT_EXPORT_GZIP_H

#include <stdio.h>

#include "base/buffer.h"

struct gzip;

/* 0 or -ENOMEM. @out is borrowed. */
int gzip_new(FILE *out, struct gzip **ret_gzip);
void gzip_free(struct gzip *gzip);

/* Take all bytes of @buffer, and empty it. 0 or -EIO. */
int gzip_take(struct gzip *gzip, struct buffer *buffer);

/* Write the end. 0 or -EIO. */
int gzip_finish(struct gzip *gzip);

#endif
