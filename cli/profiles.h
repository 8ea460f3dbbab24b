/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One profile for each event of a recording, filled with one reading of it;
 * and what was met on the way that fits into none.
 */
#ifndef LBRPROF_PROFILES_H
#define LBRPROF_PROFILES_H

#include <lbrvirt/lbrvirt.h>

#include "thread_list.h"

#define PROFILES_MAX 64

/* Types of records that nobody here knows; more are counted without one. */
#define PROFILES_TYPES_MAX 8

/* What was met in the file and could not be made use of. */
struct profiles_leftovers {
	struct {
		uint32_t type;
		uint64_t nr;
	} types[PROFILES_TYPES_MAX];
	size_t nr_types;
	uint64_t nr_unknown; /* records of all unknown types */
	uint64_t nr_stray;   /* samples of no event that the file has */
};

struct profiles_event {
	char *name;
	struct lbrvirt_profile *profile;
};

struct profiles {
	/* Set before, and borrowed. */
	struct lbrvirt_context *ctx;
	struct lbrvirt_profile_opts opts;
	bool wants_threads;
	/* Called at every record; nonzero ends the reading with that error. */
	int (*step_fn)(const struct lbrvirt_record *record, void *arg);
	void *step_arg;

	struct profiles_event events[PROFILES_MAX]; /* by distinct name */
	size_t nr;
	struct profiles_leftovers leftovers;
	struct thread_list threads;
	bool is_damaged; /* not all could be read */
};

/* Add one for the event called @name, unless there is. 0 or a negative error;
 * one too many is left out. */
int profiles_add_event(struct profiles *profiles, const char *name);

/* Take in one record. 0 or a negative error. */
int profiles_take(struct profiles *profiles,
		  const struct lbrvirt_record *record);

/*
 * Read all of @data; @resolver is what opts.resolver points to, and is set up
 * by what the recording says. 0: all was read; else the error that ended it,
 * and after -EBADMSG what came before the damage is there.
 */
int profiles_load(struct profiles *profiles, struct lbrvirt_perfdata *data,
		  struct lbrvirt_resolver_opts *resolver);

/* Samples of an event, with those that were filtered out. */
uint64_t profiles_samples(const struct profiles *profiles, size_t index);

void profiles_fini(struct profiles *profiles);

#endif
