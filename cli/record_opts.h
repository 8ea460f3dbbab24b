/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The options of `lbrprof record`, read from the command line. `lbrprof run`
 * takes the same.
 */
#ifndef LBRPROF_RECORD_OPTS_H
#define LBRPROF_RECORD_OPTS_H

#include <sys/types.h>

#include <lbrvirt/lbrvirt.h>

struct record_opts {
	struct lbrvirt_plan_opts plan;
	struct lbrvirt_session_opts session;
	struct lbrvirt_pv_opts pv;
	/* What the two above point into. */
	const char **events;
	pid_t *ids;
	size_t nr_ids;
	bool is_kept; /* there will be a file to report on */
};

/*
 * Read them; @doc stands atop --help. Wrong usage is said, and ends the tool
 * with STATUS_USAGE; --help ends it with STATUS_DONE.
 */
void record_opts_parse(int argc, char **argv, const char *doc,
		       struct record_opts *ret_opts);
void record_opts_fini(struct record_opts *opts);

#endif
