/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A map is read at the first question about its process, and not again: what
 * the process compiles later has no name here.
 */
#include "config.h"

#include "symbol/perf_maps.h"

#include <errno.h>
#include <stdlib.h>

int perf_maps_init(struct perf_maps *maps)
{
	*maps = (struct perf_maps){ 0 };
	return intern_new(&maps->pids);
}

void perf_maps_fini(struct perf_maps *maps)
{
	for (size_t i = 0; i < maps->nr; i++)
		perf_map_fini(&maps->list[i]);
	free(maps->list);
	intern_free(maps->pids);
	*maps = (struct perf_maps){ 0 };
}

int perf_maps_find(struct perf_maps *maps, uint32_t pid,
		   struct perf_map **ret_map)
{
	void *list = maps->list;
	uint32_t index;
	int err;

	if (intern_find(maps->pids, &pid, sizeof(pid), &index) == 0 &&
	    index < maps->nr) {
		*ret_map = &maps->list[index];
		return 0;
	}
	if (array_reserve(&list, &maps->capacity, maps->nr + 1,
			  sizeof(*maps->list)))
		return -ENOMEM;
	maps->list = list;
	err = perf_map_init(&maps->list[maps->nr], (pid_t)pid);
	if (err)
		return err;
	if (intern_add(maps->pids, &pid, sizeof(pid), &index) < 0) {
		perf_map_fini(&maps->list[maps->nr]);
		return -ENOMEM;
	}
	*ret_map = &maps->list[maps->nr++];
	return 0;
}
