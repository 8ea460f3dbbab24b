/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The profile's inside: the distinct stacks with their counts, and what was
 * made out of them and stays true until the next sample.
 */
#ifndef LBRVIRT_PROFILE_PROFILE_INSIDE_H
#define LBRVIRT_PROFILE_PROFILE_INSIDE_H

#include <lbrvirt/profile.h>

#include "profile/filter.h"
#include "profile/parts.h"
#include "profile/stacks.h"
#include "profile/timeline.h"
#include "profile/tree.h"

/* A sample whose range in percent cannot be known before the last one. */
struct profile_waiting {
	uint64_t time_ns;
	uint64_t period;
	uint32_t stack;
	uint32_t part; /* if there are any */
};

struct lbrvirt_profile {
	struct lbrvirt_context *ctx; /* borrowed */
	struct lbrvirt_resolver *resolver;
	struct filter filter;
	struct stacks stacks;
	bool with_times;
	struct timeline timeline; /* of the samples that count */
	struct parts parts;	  /* without keys: not asked for */

	char *wanted_event; /* NULL: the first one seen */
	char *event_name;   /* of the first sample taken; NULL: none yet */

	struct lbrvirt_profile_totals totals;
	bool is_summed;	  /* totals are up to date */
	bool has_results; /* what is made when asked for may be there */
	uint64_t lost_records;
	uint64_t lost_samples;
	uint64_t taken; /* samples that passed the filters so far */
	uint64_t taken_period;
	uint64_t filtered; /* and that did not */
	uint64_t taken_first_ns;
	uint64_t taken_last_ns;

	/* Ranges in percent: the span of all samples, and those waiting. */
	bool has_span;
	uint64_t span_first_ns;
	uint64_t span_last_ns;
	struct profile_waiting *waiting;
	size_t nr_waiting;
	size_t waiting_capacity;

	/* Made when asked for, dropped with the next sample. */
	struct lbrvirt_profile_symbol *symbols;
	size_t nr_symbols;
	uint32_t *by_count; /* stacks that have samples, most first */
	size_t nr_by_count;
	const struct lbrvirt_symbol **spelled; /* of the stack given last */
	size_t spelled_capacity;
	struct tree *trees;
};

/* Settings of a caller built with an older or newer header, in our size; NULL:
 * the defaults. 0, or -EINVAL with the context's text. */
int profile_copy_opts(struct lbrvirt_context *ctx,
		      const struct lbrvirt_profile_opts *opts,
		      struct lbrvirt_profile_opts *ret_opts);

/* Bring the counts up to date: call it before reading any of them. */
void profile_sum(struct lbrvirt_profile *profile);

#endif
