/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the threads of a profile in Firefox's format share, and the tables that
 * each has of its own.
 *
 * Format: github.com/firefox-devtools/profiler, processed profile version 58:
 * src/types/profile.ts, docs-developer/CHANGELOG-formats.md.
 */
#ifndef LBRVIRT_EXPORT_FIREFOX_H
#define LBRVIRT_EXPORT_FIREFOX_H

#include "base/intern.h"
#include "export/job.h"
#include "export/threads.h"

#define FIREFOX_VERSION 58
/* Of the format that Firefox itself writes; the number is asked for. */
#define FIREFOX_GECKO_VERSION 31

/* Places in meta.categories. */
enum firefox_category {
	FIREFOX_OTHER = 0,
	FIREFOX_USER = 1,
	FIREFOX_KERNEL = 2,
};

struct firefox {
	struct job job;
	struct intern *strings; /* ids are places in shared.stringArray */
	struct intern *sources; /* source files: shared.sources */
	struct intern *libs;	/* paths of files: libs */
	const char **source_of; /* one a function */
	struct threads threads;
	uint32_t *stacks;    /* grouped by thread */
	uint32_t *points;    /* of the timeline; grouped, by time */
	size_t *first_stack; /* one a thread, and the end */
	size_t *first_point;
};

/* The tables of a thread, frames and stacks, which its samples refer to. */
struct firefox_tables;

/* Of the stacks of @thread. 0 or -ENOMEM. */
int firefox_tables_new(struct firefox *firefox, size_t thread,
		       struct firefox_tables **ret_tables);
void firefox_tables_free(struct firefox_tables *tables);

/* Where the @index'th stack of the thread ends in the table of stacks;
 * UINT32_MAX: it has no frames. */
uint32_t firefox_tables_leaf(const struct firefox_tables *tables, size_t index);

/* Put the tables as members of the thread's object, a comma before each. 0,
 * -ENOMEM, -EIO. */
int firefox_tables_put(struct firefox_tables *tables);

#endif
