/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Build-ids by path, from the file's table, its records, or both.
 */
#ifndef LBRVIRT_PERFDATA_BUILD_IDS_H
#define LBRVIRT_PERFDATA_BUILD_IDS_H

#include "base/intern.h"
#include "perfdata/view.h"

struct build_id;

/* Zero-initialised storage holds none. */
struct build_ids {
	struct intern *paths;
	struct build_id *list; /* by the path's number */
	size_t capacity;
};

void build_ids_fini(struct build_ids *ids);

/* Add one; the first that a path was given stays. 0 or -ENOMEM. */
int build_ids_add(struct build_ids *ids, const char *path, size_t length,
		  const uint8_t *build_id, uint8_t size);

/* Add a section of entries, or one record of the pipe format. 0 or -ENOMEM. */
int build_ids_add_table(struct build_ids *ids, struct view table);

/* 0 or -ENOENT. */
int build_ids_find(const struct build_ids *ids, const char *path,
		   uint8_t *ret_build_id, uint8_t *ret_size);

#endif
