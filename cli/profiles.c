/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Profiles are made when the first of the kernel's records comes: in a pipe,
 * what their settings depend on (the events, the notes) comes before it.
 */
#include "config.h"

#include "profiles.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "input.h"

int profiles_add_event(struct profiles *profiles, const char *name)
{
	struct profiles_event *added = &profiles->events[profiles->nr];
	struct lbrvirt_profile_opts opts = profiles->opts;
	int err;

	for (size_t i = 0; i < profiles->nr; i++)
		if (strcmp(profiles->events[i].name, name) == 0)
			return 0;
	if (profiles->nr == PROFILES_MAX)
		return 0;
	opts.event = name;
	err = lbrvirt_profile_new(profiles->ctx, &opts, &added->profile);
	if (err)
		return err;
	added->name = strdup(name);
	if (!added->name) {
		lbrvirt_profile_free(added->profile);
		return -ENOMEM;
	}
	profiles->nr++;
	return 0;
}

/* It is there for the records of mappings, and never has a sample. */
static bool is_dummy(const struct lbrvirt_event *event)
{
	return event->attr.type == PERF_TYPE_SOFTWARE &&
	       event->attr.config == PERF_COUNT_SW_DUMMY;
}

static int add_events(struct profiles *profiles,
		      const struct lbrvirt_perfdata *data,
		      struct lbrvirt_resolver_opts *resolver)
{
	size_t nr = lbrvirt_perfdata_event_count(data);
	int err = 0;

	input_set_resolver(data, resolver);
	if (profiles->opts.event)
		return profiles_add_event(profiles, profiles->opts.event);
	for (size_t i = 0; !err && i < nr; i++) {
		const struct lbrvirt_event *event =
			lbrvirt_perfdata_event(data, i);

		if (event && (!is_dummy(event) || nr == 1))
			err = profiles_add_event(profiles, event->name);
	}
	return err;
}

static void count_leftover(struct profiles_leftovers *leftovers,
			   const struct lbrvirt_record *record)
{
	size_t i = 0;

	if (record->type == PERF_RECORD_SAMPLE && !record->event)
		leftovers->nr_stray++;
	if (lbrvirt_record_type_name(record->type))
		return;
	leftovers->nr_unknown++;
	while (i < leftovers->nr_types &&
	       leftovers->types[i].type != record->type)
		i++;
	if (i == PROFILES_TYPES_MAX)
		return;
	if (i == leftovers->nr_types)
		leftovers->nr_types++;
	leftovers->types[i].type = record->type;
	leftovers->types[i].nr++;
}

int profiles_take(struct profiles *profiles,
		  const struct lbrvirt_record *record)
{
	int err = 0;

	if (profiles->wants_threads)
		err = thread_list_add(&profiles->threads, record);
	for (size_t i = 0; !err && i < profiles->nr; i++)
		err = lbrvirt_profile_add(profiles->events[i].profile, record);
	return err;
}

static int take_next(struct profiles *profiles, struct lbrvirt_perfdata *data,
		     struct lbrvirt_resolver_opts *resolver)
{
	struct lbrvirt_record record;
	int err = lbrvirt_perfdata_next(data, &record);

	if (!err && profiles->step_fn)
		err = profiles->step_fn(&record, profiles->step_arg);
	if (err)
		return err;
	if (record.type > PERF_RECORD_MMAP2 || !record.event)
		count_leftover(&profiles->leftovers, &record);
	if (record.type >= INPUT_USER_TYPES)
		return 0;
	if (!profiles->nr)
		err = add_events(profiles, data, resolver);
	return err ? err : profiles_take(profiles, &record);
}

int profiles_load(struct profiles *profiles, struct lbrvirt_perfdata *data,
		  struct lbrvirt_resolver_opts *resolver)
{
	int err = 0;

	while (!err)
		err = take_next(profiles, data, resolver);
	if (err == -ENODATA)
		err = 0;
	/* A file without a single record: an empty report, not none. */
	if (!profiles->nr && (!err || err == -EBADMSG)) {
		int made = add_events(profiles, data, resolver);

		if (made)
			err = made;
	}
	return err;
}

uint64_t profiles_samples(const struct profiles *profiles, size_t index)
{
	const struct lbrvirt_profile_totals *totals =
		lbrvirt_profile_totals(profiles->events[index].profile);

	return totals->samples + totals->filtered_out;
}

void profiles_fini(struct profiles *profiles)
{
	for (size_t i = 0; i < profiles->nr; i++) {
		lbrvirt_profile_free(profiles->events[i].profile);
		free(profiles->events[i].name);
	}
	profiles->nr = 0;
	thread_list_fini(&profiles->threads);
}
