/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Writing a build-id cache; dso_open.h knows where its entries are.
 */
#ifndef LBRVIRT_PROCESS_DSO_CACHE_H
#define LBRVIRT_PROCESS_DSO_CACHE_H

#include <lbrvirt/context.h>

/*
 * Copy the file behind @from_fd to @path, making the folders, unless the path
 * is there. @path is written to in passing. 0, or an error of the public set
 * with its text in @ctx.
 */
int dso_cache_save(struct lbrvirt_context *ctx, char *path, int from_fd);

#endif
