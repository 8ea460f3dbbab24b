/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The object itself, and which records are its: one event's samples that hold
 * branches, less those that the filters take away.
 */
#include "config.h"

#include "profile/branches.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "profile/profile.h"

/* The filters by which the kernel drops entries between two others, however
 * many kinds of branches were asked for. */
#define TRANSACTION_FILTERS                                       \
	(PERF_SAMPLE_BRANCH_ABORT_TX | PERF_SAMPLE_BRANCH_IN_TX | \
	 PERF_SAMPLE_BRANCH_NO_TX)

static int set_up(struct lbrvirt_branches *branches,
		  const struct lbrvirt_profile_opts *opts)
{
	int err;

	err = filter_init(branches->ctx, opts, &branches->filter);
	if (err)
		return err;
	if (branches->filter.is_percent)
		return error_set(
			branches->ctx, EINVAL,
			"cannot take '%s' of branches: write the time in seconds, as A,B",
			opts->time);
	err = lbrvirt_resolver_new(branches->ctx, opts->resolver,
				   &branches->resolver);
	if (err)
		return err;
	if (intern_new(&branches->pair_keys) ||
	    intern_new(&branches->block_keys))
		return error_set(branches->ctx, ENOMEM, "out of memory");
	if (opts->event) {
		branches->wanted_event = strdup(opts->event);
		if (!branches->wanted_event)
			return error_set(branches->ctx, ENOMEM,
					 "out of memory");
	}
	return 0;
}

int lbrvirt_branches_new(struct lbrvirt_context *ctx,
			 const struct lbrvirt_profile_opts *opts,
			 struct lbrvirt_branches **ret_branches)
{
	struct lbrvirt_profile_opts own;
	struct lbrvirt_branches *branches;
	int err;

	if (!ctx || !ret_branches)
		return error_set(ctx, EINVAL, "a pointer is NULL");
	err = profile_copy_opts(ctx, opts, &own);
	if (err)
		return err;
	branches = calloc(1, sizeof(*branches));
	if (!branches)
		return error_set(ctx, ENOMEM, "out of memory");
	branches->ctx = ctx;
	err = set_up(branches, &own);
	if (err)
		goto fail;
	*ret_branches = branches;
	return 0;

fail:
	lbrvirt_branches_free(branches);
	return err;
}

void lbrvirt_branches_free(struct lbrvirt_branches *branches)
{
	if (!branches)
		return;
	free(branches->listed_pairs);
	free(branches->listed_blocks);
	free(branches->pairs);
	free(branches->blocks);
	intern_free(branches->pair_keys);
	intern_free(branches->block_keys);
	lbrvirt_resolver_free(branches->resolver);
	filter_fini(&branches->filter);
	free(branches->wanted_event);
	free(branches->event_name);
	free(branches);
}

bool lbrvirt_event_has_branches(const struct lbrvirt_event *event)
{
	return event && (event->attr.sample_type & PERF_SAMPLE_BRANCH_STACK) &&
	       !(event->attr.branch_sample_type &
		 PERF_SAMPLE_BRANCH_CALL_STACK);
}

bool lbrvirt_event_has_blocks(const struct lbrvirt_event *event)
{
	return lbrvirt_event_has_branches(event) &&
	       (event->attr.branch_sample_type & PERF_SAMPLE_BRANCH_ANY) &&
	       !(event->attr.branch_sample_type & TRANSACTION_FILTERS);
}

static int take_other(struct lbrvirt_branches *branches,
		      const struct lbrvirt_record *record)
{
	if (record->type == PERF_RECORD_LOST)
		branches->lost_records += record->lost.nr;
	else if (record->type == PERF_RECORD_LOST_SAMPLES)
		branches->lost_samples += record->lost.nr;
	return lbrvirt_resolver_apply(branches->resolver, record);
}

/* Whether samples of @event are ours; the first one decides unless told. */
static int take_event(struct lbrvirt_branches *branches,
		      const struct lbrvirt_event *event, bool *ret_is_ours)
{
	const char *name = branches->event_name ? branches->event_name :
						  branches->wanted_event;
	bool has_branches = lbrvirt_event_has_branches(event);

	*ret_is_ours = false;
	if (!event || (name && strcmp(event->name, name) != 0))
		return 0;
	if (!has_branches && branches->wanted_event)
		return error_set(
			branches->ctx, EINVAL,
			event->attr.sample_type & PERF_SAMPLE_BRANCH_STACK ?
				"the samples of '%s' hold call stacks, not branches: record with -b or -j" :
				"the samples of '%s' hold no branches: record with -b or -j",
			event->name);
	*ret_is_ours = has_branches;
	if (!has_branches || branches->event_name)
		return 0;
	branches->event_name = strdup(event->name);
	return branches->event_name ? 0 : -ENOMEM;
}

static bool takes_sample(struct lbrvirt_branches *branches,
			 const struct lbrvirt_record *record)
{
	const char *comm;

	if (!filter_takes_sample(&branches->filter, record))
		return false;
	if (!branches->filter.comms.names)
		return true;
	/* The idle task, which no comm record names. */
	comm = record->tid == 0 ?
		       "swapper" :
		       lbrvirt_resolver_comm(branches->resolver, record->pid,
					     record->tid);
	return filter_takes_comm(&branches->filter, comm);
}

static int take_sample(struct lbrvirt_branches *branches,
		       const struct lbrvirt_record *record)
{
	struct lbrvirt_branches_totals *totals = &branches->totals;

	if (!takes_sample(branches, record)) {
		totals->filtered_out++;
		return 0;
	}
	if (totals->samples == 0 || record->time_ns < totals->first_ns)
		totals->first_ns = record->time_ns;
	if (record->time_ns > totals->last_ns)
		totals->last_ns = record->time_ns;
	totals->samples++;
	totals->samples_with_branches += record->sample.nr_branches > 0;
	return branch_counts_add(branches, record);
}

int lbrvirt_branches_add(struct lbrvirt_branches *branches,
			 const struct lbrvirt_record *record)
{
	bool is_ours;
	int err;

	if (!branches || !record)
		return error_set(branches ? branches->ctx : NULL, EINVAL,
				 "a pointer is NULL");
	if (record->type != PERF_RECORD_SAMPLE)
		return take_other(branches, record);
	err = take_event(branches, record->event, &is_ours);
	if (!err && is_ours)
		err = take_sample(branches, record);
	if (err == -ENOMEM)
		return error_set(branches->ctx, ENOMEM, "out of memory");
	return err;
}

int lbrvirt_branches_load(struct lbrvirt_branches *branches,
			  struct lbrvirt_perfdata *data)
{
	struct lbrvirt_record record;
	int err;

	if (!branches || !data)
		return error_set(branches ? branches->ctx : NULL, EINVAL,
				 "a pointer is NULL");
	for (;;) {
		err = lbrvirt_perfdata_next(data, &record);
		if (err == -ENODATA)
			return 0;
		if (err)
			return err;
		err = lbrvirt_branches_add(branches, &record);
		if (err)
			return err;
	}
}

const char *lbrvirt_branches_event(const struct lbrvirt_branches *branches)
{
	return branches && branches->event_name ? branches->event_name : "";
}
