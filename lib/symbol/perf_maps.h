/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The perf maps of all processes that were asked about, each read once.
 */
#ifndef LBRVIRT_SYMBOL_PERF_MAPS_H
#define LBRVIRT_SYMBOL_PERF_MAPS_H

#include <stdint.h>

#include "base/intern.h"
#include "symbol/perf_map.h"

/* perf_maps_fini() may be called on zero-initialised storage. */
struct perf_maps {
	struct intern *pids; /* to index of list */
	struct perf_map *list;
	size_t nr;
	size_t capacity;
};

/* 0 or -ENOMEM. */
int perf_maps_init(struct perf_maps *maps);
void perf_maps_fini(struct perf_maps *maps);

/* That of @pid, valid until the next call. 0 or -ENOMEM. */
int perf_maps_find(struct perf_maps *maps, uint32_t pid,
		   struct perf_map **ret_map);

#endif
