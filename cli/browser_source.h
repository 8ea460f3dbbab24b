/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Where a browser's profiles come from: a file, or a recording that goes on.
 * The model knows no more of either than this.
 */
#ifndef LBRPROF_BROWSER_SOURCE_H
#define LBRPROF_BROWSER_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <lbrvirt/lbrvirt.h>

#include "code_text.h"

/* What the screen shows. */
enum browser_page {
	BROWSER_TREE = 0,
	BROWSER_FLAT,
	BROWSER_CALLERS,
	BROWSER_CALLEES,
	BROWSER_CODE,
	BROWSER_EVENTS, /* lists to choose from */
	BROWSER_THREADS,
	BROWSER_DSOS,
	BROWSER_HELP,
};

/* A thread that had samples, whatever the filters are. */
struct browser_thread {
	uint32_t pid;
	uint32_t tid;
	uint64_t samples;
	const char *comm;
};

/* What the user narrowed the profile down to, as lbrvirt_profile_opts takes
 * it; NULL: everything. */
struct browser_filter {
	const char *tids;
	const char *dsos;
	const char *time;
};

struct browser_source {
	const char *title; /* "report lbrprof.data" */
	bool is_live;	   /* there is something to pause and to zero */
	void *arg;	   /* for the functions */
	enum browser_page first_page; /* TREE to CALLEES */
	const char *first_symbol;     /* of CALLERS and CALLEES */

	size_t (*nr_events)(void *arg);
	const char *(*event_name)(void *arg, size_t event);
	/* Valid until refilter() or restart(), or the browser is refreshed. */
	struct lbrvirt_profile *(*profile)(void *arg, size_t event);
	/* The most frequent first; valid as the profile is. */
	const struct browser_thread *(*threads)(void *arg, size_t *ret_nr);
	/*
	 * Make the profiles anew. Nonzero: they are as they were, and why not
	 * is in @ret_why.
	 */
	int (*refilter)(void *arg, const struct browser_filter *filter,
			char *ret_why, size_t why_size);
	/* Begin counting afresh; only if is_live. */
	void (*restart)(void *arg);
	void (*pause)(void *arg, bool is_paused);
	/*
	 * The code of a function, to be ended with code_text_fini(). Nonzero:
	 * there is none, and why is in @ret_why.
	 */
	int (*code)(void *arg, size_t event, const char *symbol,
		    const char *dso, struct code_text *ret_code, char *ret_why,
		    size_t why_size);
};

#endif
