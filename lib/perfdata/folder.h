/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Recordings that are folders: perf record --threads and --kcore make them. The
 * file "data" in it is a recording by itself; of --threads, "data.0", "data.1"
 * and so on hold what each of perf's threads wrote, records without a header.
 *
 * Source: perf.data-directory-format.txt (Linux 6.1).
 */
#ifndef LBRVIRT_PERFDATA_FOLDER_H
#define LBRVIRT_PERFDATA_FOLDER_H

#include "perfdata/source.h"

/*
 * Map the files of the folder @path, which the source has open, one behind the
 * other; the source is at the first. 0, or a code as source_init() has it.
 */
int folder_map(struct source *source, struct lbrvirt_context *ctx,
	       const char *path);

/*
 * Where @offset is: "/data.0" in @name, of @size bytes, and the place in that
 * file; of a source that is no folder, "" and @offset. Returns @name.
 */
const char *folder_place(const struct source *source, uint64_t offset,
			 char *name, size_t size, uint64_t *ret_offset);

#endif
