/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Groups whose leader alone samples: each of its samples reads the counts of
 * all members (PERF_SAMPLE_READ with PERF_FORMAT_GROUP), and so is a sample of
 * each, with what that member counted since the last as its period.
 */
#ifndef LBRVIRT_PERFDATA_GROUPS_H
#define LBRVIRT_PERFDATA_GROUPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <lbrvirt/sample.h>

#include "sample/decode.h"

struct group_count;

/* Zero-initialised storage is empty. */
struct groups {
	struct group_count *counts; /* open addressing */
	size_t nr_slots;	    /* a power of two, or 0 */
	size_t nr_counts;
	struct lbrvirt_record record; /* being told apart */
	size_t next;		      /* of its values, in words */
	size_t each;		      /* words a value; 0: nothing is left */
};

void groups_fini(struct groups *groups);

/* Is it one sample of several events, whose ids it names? */
bool groups_has_members(const struct lbrvirt_record *record);

/* Begin to tell such a record apart; its pointers are used until the end. */
void groups_begin(struct groups *groups, const struct lbrvirt_record *record);

/*
 * The next member's sample. 0; -ENODATA: there is none left; -ENOMEM. Members
 * that counted nothing, and those no event is known of, are passed over.
 */
int groups_next(struct groups *groups, const struct decoder *decoder,
		struct lbrvirt_record *ret_record);

#endif
