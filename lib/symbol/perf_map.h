/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Names of compiled code that a JIT compiler wrote to /tmp/perf-PID.map: lines
 * of "START SIZE name", numbers in hex (Linux,
 * tools/perf/Documentation/jit-interface.txt).
 */
#ifndef LBRVIRT_SYMBOL_PERF_MAP_H
#define LBRVIRT_SYMBOL_PERF_MAP_H

#include <sys/types.h>

#include "base/buffer.h"
#include "symbol/names.h"

struct perf_map {
	struct buffer text; /* the file; names point into it */
	struct names names;
};

/*
 * Read the map of @pid: /tmp/perf-PID.map, else, while it lives, the one in
 * its own root under the number it has in its own namespace. The file must be
 * a regular one, no link, and belong to root, to us or to the process' owner.
 * 0 (nothing may have been found) or -ENOMEM.
 */
int perf_map_init(struct perf_map *map, pid_t pid);
void perf_map_fini(struct perf_map *map);

/* Parse @map->text; perf_map_init() does so. 0 or -ENOMEM. */
int perf_map_parse(struct perf_map *map);

#endif
