/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The distinct stacks of a recording, and the functions on them. A sample is
 * hashed as the bytes it came with; names are looked up only for a stack that
 * was not there before, because only then is it sure that they are needed, and
 * only then do the process's mappings still stand as they stood.
 */
#ifndef LBRVIRT_PROFILE_STACKS_H
#define LBRVIRT_PROFILE_STACKS_H

#include <lbrvirt/symbol.h>

#include "base/buffer.h"
#include "base/intern.h"

#define STACKS_PROVENANCES 8
#define STACKS_RECENT	   64

/* One distinct stack. */
struct stacks_entry {
	uint64_t samples;
	uint64_t period;
	double squares; /* of the periods, summed */
	uint32_t first; /* of its frames in stacks.frames, innermost first */
	uint32_t nr;
	uint32_t pid;
	uint32_t tid;  /* 0 unless stacks.by_thread */
	uint32_t comm; /* id in stacks.strings */
	uint8_t verdict;
	uint8_t integrity;
	bool is_seen; /* false: a filter looks at its leaf first */
	bool is_refused;
	uint16_t provenances[STACKS_PROVENANCES];
};

/* What stands at one address of one process. */
struct stacks_location {
	const struct lbrvirt_symbol *symbols; /* innermost first */
	uint32_t nr;
	uint32_t first; /* of its functions in stacks.functions_of */
	bool is_kernel;
	bool is_return; /* its address is the one returned to */
};

/* A name in a file: what flat profile and trees count by. */
struct stacks_function {
	const char *symbol;
	const char *dso;
};

/* A thread looked up not long ago: samples are of a few at a time. */
struct stacks_thread {
	bool is_known;
	uint32_t pid;
	uint32_t tid;
	uint32_t comm;
};

struct stacks {
	struct lbrvirt_resolver *resolver; /* borrowed */
	bool has_verdict;		   /* weights hold verdicts */
	bool by_thread;			   /* set before the first sample */

	struct intern *keys;	/* raw stacks; ids index entries */
	struct intern *strings; /* names, paths, comms */
	struct intern *function_keys;
	struct intern *location_keys;

	struct stacks_entry *entries;
	size_t nr_entries;
	size_t entries_capacity;
	uint32_t *frames; /* location ids */
	size_t nr_frames;
	size_t frames_capacity;
	uint8_t *origins; /* enum lbrvirt_provenance of each of frames */
	size_t origins_capacity;
	struct stacks_location *locations;
	size_t nr_locations;
	size_t locations_capacity;
	uint32_t *functions_of; /* function ids */
	size_t nr_functions_of;
	size_t functions_of_capacity;
	struct stacks_function *functions;
	size_t nr_functions;
	size_t functions_capacity;

	struct buffer key;			    /* of the sample at hand */
	struct stacks_thread recent[STACKS_RECENT]; /* by tid */
	struct lbrvirt_stack stack;
};

/* @stacks starts zeroed; on failure it is left for stacks_fini(). */
int stacks_init(struct stacks *stacks, struct lbrvirt_resolver *resolver,
		bool has_verdict);
void stacks_fini(struct stacks *stacks);

/* Names of threads may have changed. */
void stacks_forget_comm(struct stacks *stacks);

/* The id of the sample's thread name in stacks->strings. 0 or -ENOMEM. */
int stacks_comm(struct stacks *stacks, const struct lbrvirt_record *record,
		uint32_t *ret_comm);

/* Find or add a sample's stack; its counts are left to the caller.
 * 1 new, 0 known, -ENOMEM or what the resolver returned. */
int stacks_add(struct stacks *stacks, const struct lbrvirt_record *record,
	       uint32_t comm, uint32_t *ret_id);

const char *stacks_string(const struct stacks *stacks, uint32_t id);

/* An address within the instruction that ran or called, in its file's terms. */
static inline uint64_t stacks_address(const struct stacks_location *location)
{
	uint64_t address = location->symbols[0].vaddr;

	return address && location->is_return ? address - 1 : address;
}

/* The functions at a location, innermost first. */
static inline const uint32_t *stacks_functions(const struct stacks *stacks,
					       uint32_t location,
					       uint32_t *ret_nr)
{
	const struct stacks_location *l = &stacks->locations[location];

	*ret_nr = l->nr;
	return stacks->functions_of + l->first;
}

#endif
