/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Taking samples in. Per sample this costs a filter, a hash and two additions;
 * everything that people look at is made out of the distinct stacks, when it
 * is asked for.
 */
#include "config.h"

#include "profile/profile.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

static bool is_tail_zero(const struct lbrvirt_profile_opts *opts)
{
	const unsigned char *bytes = (const unsigned char *)opts;

	for (size_t i = sizeof(*opts); i < opts->size; i++)
		if (bytes[i])
			return false;
	return true;
}

int profile_copy_opts(struct lbrvirt_context *ctx,
		      const struct lbrvirt_profile_opts *opts,
		      struct lbrvirt_profile_opts *ret_opts)
{
	memset(ret_opts, 0, sizeof(*ret_opts));
	if (!opts)
		return 0;
	if (opts->size < sizeof(opts->size) || !is_tail_zero(opts))
		return error_set(
			ctx, EINVAL,
			"the profile's settings are of another version");
	memcpy(ret_opts, opts,
	       opts->size < sizeof(*opts) ? opts->size : sizeof(*opts));
	return 0;
}

static int set_up(struct lbrvirt_profile *profile,
		  const struct lbrvirt_profile_opts *opts)
{
	int err;

	err = filter_init(profile->ctx, opts, &profile->filter);
	if (err)
		return err;
	err = lbrvirt_resolver_new(profile->ctx, opts->resolver,
				   &profile->resolver);
	if (err)
		return err;
	err = stacks_init(&profile->stacks, profile->resolver,
			  opts->resolver && opts->resolver->has_verdict);
	if (err)
		return error_set(profile->ctx, ENOMEM, "out of memory");
	profile->stacks.by_thread = opts->by_thread;
	profile->with_times = opts->with_times;
	if (opts->has_parts && parts_init(&profile->parts))
		return error_set(profile->ctx, ENOMEM, "out of memory");
	if (opts->event) {
		profile->wanted_event = strdup(opts->event);
		if (!profile->wanted_event)
			return error_set(profile->ctx, ENOMEM, "out of memory");
	}
	return 0;
}

int lbrvirt_profile_new(struct lbrvirt_context *ctx,
			const struct lbrvirt_profile_opts *opts,
			struct lbrvirt_profile **ret_profile)
{
	struct lbrvirt_profile_opts own;
	struct lbrvirt_profile *profile;
	int err;

	if (!ctx || !ret_profile)
		return error_set(ctx, EINVAL, "a pointer is NULL");
	err = profile_copy_opts(ctx, opts, &own);
	if (err)
		return err;
	profile = calloc(1, sizeof(*profile));
	if (!profile)
		return error_set(ctx, ENOMEM, "out of memory");
	profile->ctx = ctx;
	err = set_up(profile, &own);
	if (err)
		goto fail;
	*ret_profile = profile;
	return 0;

fail:
	lbrvirt_profile_free(profile);
	return err;
}

/* What was made out of the counts is true no longer. */
static void drop_results(struct lbrvirt_profile *profile)
{
	profile->is_summed = false;
	profile->has_results = false;
	free(profile->symbols);
	profile->symbols = NULL;
	free(profile->by_count);
	profile->by_count = NULL;
	while (profile->trees) {
		struct tree *next = profile->trees->next;

		tree_free(profile->trees);
		profile->trees = next;
	}
}

void lbrvirt_profile_free(struct lbrvirt_profile *profile)
{
	if (!profile)
		return;
	drop_results(profile);
	parts_fini(&profile->parts);
	stacks_fini(&profile->stacks);
	timeline_fini(&profile->timeline);
	lbrvirt_resolver_free(profile->resolver);
	filter_fini(&profile->filter);
	free(profile->wanted_event);
	free(profile->event_name);
	free(profile->waiting);
	free(profile->spelled);
	free(profile);
}

static int take_other(struct lbrvirt_profile *profile,
		      const struct lbrvirt_record *record)
{
	switch (record->type) {
	case PERF_RECORD_COMM:
	case PERF_RECORD_FORK:
	case PERF_RECORD_EXIT:
		stacks_forget_comm(&profile->stacks);
		break;
	case PERF_RECORD_LOST:
		profile->lost_records += record->lost.nr;
		profile->is_summed = false;
		break;
	case PERF_RECORD_LOST_SAMPLES:
		profile->lost_samples += record->lost.nr;
		profile->is_summed = false;
		break;
	}
	return lbrvirt_resolver_apply(profile->resolver, record);
}

/* Whether samples of @event are ours; the first one decides unless told. */
static int take_event(struct lbrvirt_profile *profile,
		      const struct lbrvirt_event *event, bool *ret_is_ours)
{
	if (profile->event_name) {
		*ret_is_ours = event &&
			       strcmp(event->name, profile->event_name) == 0;
		return 0;
	}
	*ret_is_ours =
		!profile->wanted_event ||
		(event && strcmp(event->name, profile->wanted_event) == 0);
	if (!*ret_is_ours || !event)
		return 0;
	profile->event_name = strdup(event->name);
	return profile->event_name ? 0 : -ENOMEM;
}

/* A sample without its own period stands for the one that was asked for. */
static uint64_t period_of(const struct lbrvirt_record *record)
{
	const struct perf_event_attr *attr;

	if (!record->event)
		return record->sample.period ? record->sample.period : 1;
	attr = &record->event->attr;
	if ((attr->sample_type | record->fields) & PERF_SAMPLE_PERIOD)
		return record->sample.period;
	return !attr->freq && attr->sample_period ? attr->sample_period : 1;
}

static void widen_span(struct lbrvirt_profile *profile, uint64_t time_ns)
{
	if (!profile->has_span || time_ns < profile->span_first_ns)
		profile->span_first_ns = time_ns;
	if (!profile->has_span || time_ns > profile->span_last_ns)
		profile->span_last_ns = time_ns;
	profile->has_span = true;
}

/*
 * Sums of periods end where formats end that know signed numbers only: at 292
 * years of CPU time, or in a file whose periods are made up. No sum of some of
 * these then overflows.
 */
static uint64_t take_period(struct lbrvirt_profile *profile, uint64_t period)
{
	uint64_t left = INT64_MAX - profile->taken_period;

	if (period > left)
		period = left;
	profile->taken_period += period;
	return period;
}

static void count(struct lbrvirt_profile *profile, uint32_t stack_id,
		  uint32_t part, uint64_t time_ns, uint64_t period)
{
	struct stacks_entry *stack = &profile->stacks.entries[stack_id];

	period = take_period(profile, period);
	if (profile->with_times)
		timeline_add(&profile->timeline, stack_id, time_ns, period);
	stack->samples++;
	stack->period += period;
	stack->squares += (double)period * (double)period;
	if (profile->parts.keys) {
		profile->parts.entries[part].samples++;
		profile->parts.entries[part].period += period;
	}
	if (profile->taken == 0 || time_ns < profile->taken_first_ns)
		profile->taken_first_ns = time_ns;
	if (time_ns > profile->taken_last_ns)
		profile->taken_last_ns = time_ns;
	profile->taken++;
}

static int put_off(struct lbrvirt_profile *profile, uint32_t stack,
		   uint32_t part, uint64_t time_ns, uint64_t period)
{
	void *array = profile->waiting;

	if (array_reserve(&array, &profile->waiting_capacity,
			  profile->nr_waiting + 1, sizeof(*profile->waiting)))
		return -ENOMEM;
	profile->waiting = array;
	profile->waiting[profile->nr_waiting++] = (struct profile_waiting){
		.time_ns = time_ns,
		.period = period,
		.stack = stack,
		.part = part,
	};
	return 0;
}

/* Whether the filters on the leaf take the stack: asked once a stack. */
static bool takes_stack(struct lbrvirt_profile *profile,
			struct stacks_entry *stack)
{
	struct stacks *stacks = &profile->stacks;

	if (!stack->is_seen) {
		const struct stacks_location *leaf = NULL;

		if (stack->nr)
			leaf = &stacks->locations[stacks->frames[stack->first]];
		stack->is_seen = true;
		stack->is_refused =
			leaf ? !filter_takes_leaf(&profile->filter,
						  leaf->symbols, leaf->nr) :
			       profile->filter.dsos.names ||
					profile->filter.symbols.names;
	}
	return !stack->is_refused;
}

static int take_sample(struct lbrvirt_profile *profile,
		       const struct lbrvirt_record *record)
{
	struct stacks_entry *stack;
	uint32_t comm;
	uint32_t id;
	uint32_t part = 0;
	int err;

	err = stacks_comm(&profile->stacks, record, &comm);
	if (err)
		return err;
	if (!filter_takes_sample(&profile->filter, record) ||
	    !filter_takes_comm(&profile->filter,
			       stacks_string(&profile->stacks, comm))) {
		profile->filtered++;
		return 0;
	}
	err = stacks_add(&profile->stacks, record, comm, &id);
	if (err < 0)
		return err;
	stack = &profile->stacks.entries[id];
	if (!takes_stack(profile, stack)) {
		profile->filtered++;
		return 0;
	}
	err = profile->parts.keys ?
		      parts_add(&profile->parts, id, record, &part) :
		      0;
	if (err)
		return err;
	if (profile->filter.is_percent)
		return put_off(profile, id, part, record->time_ns,
			       period_of(record));
	count(profile, id, part, record->time_ns, period_of(record));
	return 0;
}

int lbrvirt_profile_add(struct lbrvirt_profile *profile,
			const struct lbrvirt_record *record)
{
	bool is_ours;
	int err;

	if (!profile || !record)
		return error_set(profile ? profile->ctx : NULL, EINVAL,
				 "a pointer is NULL");
	if (record->type != PERF_RECORD_SAMPLE)
		return take_other(profile, record);

	if (record->fields & PERF_SAMPLE_TIME)
		widen_span(profile, record->time_ns);
	err = take_event(profile, record->event, &is_ours);
	if (!err && is_ours) {
		if (profile->has_results)
			drop_results(profile);
		err = take_sample(profile, record);
	}
	if (err == -ENOMEM)
		return error_set(profile->ctx, ENOMEM, "out of memory");
	return err;
}

int lbrvirt_profile_load(struct lbrvirt_profile *profile,
			 struct lbrvirt_perfdata *data)
{
	struct lbrvirt_record record;
	int err;

	if (!profile || !data)
		return error_set(profile ? profile->ctx : NULL, EINVAL,
				 "a pointer is NULL");
	for (;;) {
		err = lbrvirt_perfdata_next(data, &record);
		if (err == -ENODATA)
			return 0;
		if (err)
			return err;
		err = lbrvirt_profile_add(profile, &record);
		if (err)
			return err;
	}
}

/* The range in percent is known now: count those within it, afresh. */
static void count_waiting(struct lbrvirt_profile *profile)
{
	struct stacks *stacks = &profile->stacks;
	struct number_range range;

	for (size_t i = 0; i < stacks->nr_entries; i++) {
		stacks->entries[i].samples = 0;
		stacks->entries[i].period = 0;
		stacks->entries[i].squares = 0;
	}
	for (size_t i = 0; i < profile->parts.nr; i++) {
		profile->parts.entries[i].samples = 0;
		profile->parts.entries[i].period = 0;
	}
	profile->taken = 0;
	profile->taken_period = 0;
	profile->taken_last_ns = 0;
	timeline_fini(&profile->timeline);
	if (!profile->nr_waiting)
		return;
	filter_percent_range(&profile->filter, profile->span_first_ns,
			     profile->span_last_ns, &range);
	for (size_t i = 0; i < profile->nr_waiting; i++) {
		const struct profile_waiting *w = &profile->waiting[i];

		if (w->time_ns >= range.first && w->time_ns <= range.last)
			count(profile, w->stack, w->part, w->time_ns,
			      w->period);
	}
}

#define NR_INTEGRITIES                                                \
	(sizeof(((struct lbrvirt_profile_totals *)NULL)->integrity) / \
	 sizeof(uint64_t))

static void sum_stack(struct lbrvirt_profile_totals *totals,
		      const struct stacks_entry *stack)
{
	totals->samples += stack->samples;
	totals->period += stack->period;
	totals->nr_stacks++;
	switch (stack->verdict) {
	case LBRVIRT_VERDICT_COMPLETE:
		totals->complete += stack->samples;
		break;
	case LBRVIRT_VERDICT_TRUNCATED:
		totals->truncated += stack->samples;
		break;
	case LBRVIRT_VERDICT_BROKEN:
		totals->broken += stack->samples;
		break;
	default:
		totals->unknown += stack->samples;
		break;
	}
	if (stack->integrity < NR_INTEGRITIES)
		totals->integrity[stack->integrity] += stack->samples;
	for (size_t i = 0; i < STACKS_PROVENANCES; i++)
		totals->frames_by_provenance[i] +=
			stack->provenances[i] * stack->samples;
}

void profile_sum(struct lbrvirt_profile *profile)
{
	struct lbrvirt_profile_totals *totals = &profile->totals;

	if (profile->is_summed)
		return;
	if (profile->filter.is_percent)
		count_waiting(profile);
	memset(totals, 0, sizeof(*totals));
	for (size_t i = 0; i < profile->stacks.nr_entries; i++)
		if (profile->stacks.entries[i].samples)
			sum_stack(totals, &profile->stacks.entries[i]);
	/*
	 * The recorder's LOST_SAMPLES at the end counts again what the kernel's
	 * LOST records said on the way, as far as those found room.
	 */
	totals->lost = profile->lost_records > profile->lost_samples ?
			       profile->lost_records :
			       profile->lost_samples;
	totals->filtered_out = profile->filtered +
			       (profile->filter.is_percent ?
					profile->nr_waiting - profile->taken :
					0);
	totals->first_ns = profile->taken ? profile->taken_first_ns : 0;
	totals->last_ns = profile->taken_last_ns;
	profile->is_summed = true;
	profile->has_results = true;
}

const struct lbrvirt_profile_totals *
lbrvirt_profile_totals(struct lbrvirt_profile *profile)
{
	if (!profile)
		return NULL;
	profile_sum(profile);
	return &profile->totals;
}

const char *lbrvirt_profile_event(const struct lbrvirt_profile *profile)
{
	return profile && profile->event_name ? profile->event_name : "";
}
