/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which process has which file mapped where, now. Records are applied in time
 * order and move that now forward: MMAP, MMAP2, COMM, FORK, EXIT. The kernel is
 * a process of its own, with pid PROCESS_KERNEL.
 */
#ifndef LBRVIRT_PROCESS_PROCESS_H
#define LBRVIRT_PROCESS_PROCESS_H

#include <lbrvirt/sample.h>

#include "process/dso.h"
#include "process/map_set.h"

#define PROCESS_KERNEL UINT32_MAX

struct process {
	uint32_t pid;
	/*
	 * Changes whenever a mapping does, and is never used twice in a table:
	 * what was derived from (epoch, addresses) stays true.
	 */
	uint64_t epoch;
	size_t nr_maps;
	struct map_set *maps; /* maybe another's too */
	bool has_exited;
};

struct process_table;

int process_table_new(struct lbrvirt_context *ctx, struct dso_table *dsos,
		      struct process_table **ret_table);
void process_table_free(struct process_table *table);

/*
 * Take in one record; other types than the above are ignored. A fork gives the
 * child its parent's mappings (shared until either changes); exec (COMM with
 * MISC_COMM_EXEC) drops them. 0 or -ENOMEM. Hostile values (overlaps, wrapping
 * sizes) are cut to something sane, never trusted; mappings beyond some
 * millions are left out.
 */
int process_table_apply(struct process_table *table,
			const struct lbrvirt_record *record);

/* The process, made if it is new (a sample may come before any other word of
 * it). NULL: out of memory. Valid as long as the table. */
struct process *process_table_get(struct process_table *table, uint32_t pid);

/* The executable's comm of a thread: its own, else its process's, else NULL. */
const char *process_table_comm(const struct process_table *table, uint32_t pid,
			       uint32_t tid);

/* The mapping that holds @address, or NULL. Binary search. */
const struct map *process_find_map(const struct process *process,
				   uint64_t address);

/* The first mapping that ends beyond @address, or NULL: one after the other by
 * the end of the one before, beginning with 0. */
const struct map *process_next_map(const struct process *process,
				   uint64_t address);

/* What mappings have cost so far. Valid as long as the table. */
const struct map_costs *process_table_costs(const struct process_table *table);

#endif
