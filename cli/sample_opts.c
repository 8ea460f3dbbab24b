/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Each of these options only puts its argument somewhere.
 */
#include "config.h"

#include "sample_opts.h"

static const char **place_of_filter(int key,
				    struct lbrvirt_profile_opts *profile)
{
	switch (key) {
	case SAMPLE_OPTS_EVENT:
		return &profile->event;
	case 'c':
		return &profile->comms;
	case SAMPLE_OPTS_PID:
		return &profile->pids;
	case SAMPLE_OPTS_TID:
		return &profile->tids;
	case 'C':
		return &profile->cpus;
	case SAMPLE_OPTS_TIME:
		return &profile->time;
	default:
		return NULL;
	}
}

const char **sample_opts_place(int key, struct lbrvirt_profile_opts *profile,
			       struct lbrvirt_resolver_opts *resolver)
{
	switch (key) {
	case SAMPLE_OPTS_SYMFS:
		return &resolver->symfs;
	case SAMPLE_OPTS_KALLSYMS:
		return &resolver->kallsyms;
	default:
		return profile ? place_of_filter(key, profile) : NULL;
	}
}
