/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The inside of a thread's tables. They refer to each other by place: stacks to
 * frames and to their own callers, frames to functions and symbols, functions
 * to resources, these to files. Calls inlined at an address are frames of their
 * own with that address, the outermost of depth 0.
 */
#ifndef LBRVIRT_EXPORT_FIREFOX_TABLES_H
#define LBRVIRT_EXPORT_FIREFOX_TABLES_H

#include "export/firefox.h"

#define FIREFOX_NOTHING UINT32_MAX
/* Numbers are JavaScript's, exact up to here: the kernel's addresses are not
 * given. */
#define FIREFOX_EXACT_MAX ((uint64_t)1 << 53)

struct firefox_frame {
	uint32_t location;
	uint32_t nr; /* of the location's symbols, from the innermost */
	uint32_t function;
	uint32_t symbol; /* or FIREFOX_NOTHING */
};

struct firefox_node {
	uint32_t prefix; /* or FIREFOX_NOTHING */
	uint32_t frame;
};

/* A function as machine code; two of a name are told apart by their place. */
struct firefox_symbol {
	uint64_t address;
	uint64_t function; /* place in functions */
};

struct firefox_tables {
	struct firefox *firefox;
	const uint32_t *stacks; /* of the profile */
	size_t nr_stacks;
	uint32_t *leaves; /* one a stack */

	struct firefox_frame *frames;
	size_t nr_frames;
	size_t frames_capacity;
	struct intern *locations; /* ids index first_frames */
	uint32_t *first_frames;
	size_t first_frames_capacity;
	struct intern *functions; /* the profile's, by their ids */
	struct intern *symbols;
	struct intern *resources; /* libs, by their ids */
	struct intern *nodes;
};

static inline bool firefox_is_exact(const struct stacks_location *location)
{
	return !location->is_kernel &&
	       location->symbols[0].vaddr < FIREFOX_EXACT_MAX;
}

#endif
