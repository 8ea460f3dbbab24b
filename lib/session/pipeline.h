/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What happens to each record between the rings and those who want it: maps
 * are followed, samples get their stacks, the file and the record function get
 * the result. The path of a sample allocates nothing.
 */
#ifndef LBRVIRT_SESSION_PIPELINE_H
#define LBRVIRT_SESSION_PIPELINE_H

#include <lbrvirt/context.h>
#include <lbrvirt/session.h>

#include "perfdata/writer.h"

struct pipeline;

struct pipeline_opts {
	const struct lbrvirt_event *opened; /* as opened; borrowed */
	size_t nr_events;
	bool keep_stacks;	     /* samples go on as they came */
	lbrvirt_record_fn record_fn; /* NULL: none */
	void *record_arg;
};

int pipeline_new(struct lbrvirt_context *ctx, const struct pipeline_opts *opts,
		 struct pipeline **ret_pipeline);
void pipeline_free(struct pipeline *pipeline);

/* The events as they are after the pipeline; valid as long as it. */
const struct lbrvirt_event *pipeline_events(const struct pipeline *pipeline);

/* Give the results to a file from now on. Borrowed; NULL: no file. */
void pipeline_set_writer(struct pipeline *pipeline, struct writer *writer);

/* Ids were added to the opened events. */
int pipeline_update_ids(struct pipeline *pipeline);

/* Take one record; fits recorder_fn. 0, -ENOMEM, -EIO, or record_fn's error. */
int pipeline_take(const struct lbrvirt_record *record, void *pipeline);

/* Add up samples and stacks so far. */
void pipeline_count(const struct pipeline *pipeline,
		    struct lbrvirt_session_summary *summary);

/*
 * Copy the files that samples fell into and that nobody can reach by their path
 * from here (deleted, in a container) into the build-id cache.
 */
void pipeline_save_files(struct pipeline *pipeline);

#endif
