/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A profile by function, line and call, as callgrind has it: what a line cost
 * by itself, and what the calls from it cost.
 *
 * Readers add up a function's own cost and that of its calls, and take the sum
 * for what it cost in all. Where it stands on a stack several times, that would
 * be too much; so a stack counts for one call of each function on it, the
 * innermost, and not for those that led there.
 *
 * Some readers take the calls to a function instead. So that none lacks one, a
 * function of no file calls the outermost of every stack.
 */
#ifndef LBRVIRT_EXPORT_COSTS_H
#define LBRVIRT_EXPORT_COSTS_H

#include "profile/stacks.h"

#define COSTS_NO_CALLEE UINT32_MAX

struct cost {
	uint32_t function; /* ids of the stacks' functions; as many as there
			      are: the one that calls all */
	uint32_t callee;   /* COSTS_NO_CALLEE: the line's own */
	uint32_t line;	   /* 0: not known */
	uint64_t samples;
	uint64_t period;
};

/* By function; its own costs before its calls; by line. */
struct costs {
	struct cost *list;
	size_t nr;
};

/* @sources  of the functions, see sources.h.
 * 0 or -ENOMEM. @costs is left for costs_fini() in any case. */
int costs_init(struct costs *costs, const struct stacks *stacks,
	       const char *const *sources);
void costs_fini(struct costs *costs);

#endif
