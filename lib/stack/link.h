/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Whether one branch record leads to code: the link between it and the sampled
 * address, or the call that the next newer record names.
 */
#ifndef LBRVIRT_STACK_LINK_H
#define LBRVIRT_STACK_LINK_H

#include "stack/unwind.h"

enum link {
	LINK_HOLDS,
	LINK_JUMPS,   /* by jumps from one function to another */
	LINK_UNKNOWN, /* the code is not there, or jumps where only it knows */
	LINK_BREAKS,
};

struct link_cache;

int link_cache_new(struct link_cache **ret_cache);
void link_cache_free(struct link_cache *cache);

/* So many searches a chain may cost that are not remembered yet; the links
 * after those are unknown. */
#define LINK_SEARCHES_MAX 32

/* Begin with another chain. */
void link_begin(struct unwinder *unwinder);

/* Whether links of this chain may be unknown for that reason alone. */
bool link_was_cut(const struct unwinder *unwinder);

/* The link from @record to code at @address. */
enum link link_check(struct unwinder *unwinder, const struct process *process,
		     const struct lbrvirt_branch *record, uint64_t address);

#endif
