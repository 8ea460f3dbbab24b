/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A perf.data file with branch records, which no machine without LBR can
 * record: written by our writer, for both tools to read.
 */
#ifndef LBRVIRT_TESTS_EXPORT_BRANCH_FILE_H
#define LBRVIRT_TESTS_EXPORT_BRANCH_FILE_H

#include <lbrvirt/context.h>

/*
 * Write @path: samples with every type and flag of branches, with call chains
 * if @has_chain, at addresses of the program @mapped. 0 or a negative error.
 */
int branch_file_write(struct lbrvirt_context *ctx, const char *path,
		      const char *mapped, bool has_chain);

#endif
