/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A profile by function, line and call, as callgrind has it: what a line cost
 * by itself, and what the calls from it cost.
 *
 * Readers add up a function's own cost and that of its calls, and take the sum
 * for what it cost in all; some take the calls to it instead. Where it stands on
 * a stack several times, both would be too much; so only the innermost one
 * counts, and who called another of them is taken for the caller of what is
 * below: of main, a, b, a, c remain main, b, a, c. So that no function lacks a
 * caller, one of no file calls the outermost of every stack.
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
