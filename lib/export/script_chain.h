/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The lines of call chains, which are most of what a script prints: made once
 * for each distinct stack, then copied.
 */
#ifndef LBRVIRT_EXPORT_SCRIPT_CHAIN_H
#define LBRVIRT_EXPORT_SCRIPT_CHAIN_H

#include "export/text.h"
#include "profile/stacks.h"

struct script_lines;

/* Zero-initialised storage may be given to script_chain_fini(). */
struct script_chain {
	struct lbrvirt_resolver *resolver; /* borrowed */
	bool has_verdict;
	struct stacks stacks;
	struct text kept;	    /* lines of the distinct stacks */
	struct script_lines *lines; /* where there; by the stack's id */
	size_t lines_capacity;
};

/* 0 or -ENOMEM. */
int script_chain_init(struct script_chain *chain,
		      struct lbrvirt_resolver *resolver, bool has_verdict);
void script_chain_fini(struct script_chain *chain);

/* Append the lines of a sample's stack to @text. 0, or what failed. */
int script_chain_put(struct script_chain *chain, unsigned int fields,
		     const struct lbrvirt_record *record, struct text *text);

#endif
