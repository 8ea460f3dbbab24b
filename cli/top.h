/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * `lbrprof top` within: its options, and the recording that goes on.
 */
#ifndef LBRPROF_TOP_H
#define LBRPROF_TOP_H

#include <sys/types.h>

#include <lbrvirt/lbrvirt.h>

struct top_opts {
	struct lbrvirt_plan_opts plan;
	struct lbrvirt_session_opts session;
	uint64_t window_ns; /* how long samples are shown */
	/* What the two above point into. */
	const char **events;
	pid_t *ids;
	size_t nr_ids;
};

/* Read the command line; ends the program on --help and on wrong usage. */
void top_opts_parse(int argc, char **argv, struct top_opts *ret_opts);
void top_opts_fini(struct top_opts *opts);

struct top_live;

/*
 * Begin to sample. 0, or a negative error with the context's text. @opts and
 * @plan must outlive it.
 */
int top_live_new(struct lbrvirt_context *ctx, const struct top_opts *opts,
		 const struct lbrvirt_plan *plan, struct top_live **ret_live);
void top_live_free(struct top_live *live);

/* The browser's source, valid as long as @live; and its poll function. */
const struct browser_source *top_live_source(struct top_live *live);
int top_live_poll(void *live, int timeout_ms, bool *ret_is_changed);

#endif
