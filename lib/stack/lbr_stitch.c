/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Legacy LBRs are a ring of registers: a call takes the next one, a return
 * gives it back. So a call that is under way in two samples of a thread stands
 * in the same register in both, and what the earlier sample had below it was
 * below it then. If the two agree on every register from there upwards that
 * neither has changed, it is taken to be below it still.
 *
 * A register tells a call's level but for whole rings, which recursion can
 * make up for: there is no telling one turn from another, so nothing is taken.
 *
 * What the guards cannot see: a program that went back beyond those calls, and
 * came up again by other ones to the same place. longjmp and coroutines do.
 */
#include "config.h"

#include "stack/lbr_stitch.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Threads that are remembered at a time; others take their places. */
#define NR_THREADS 512
/* So many calls must be the same in both samples. */
#define SAME_MIN 4
/* An older sample says nothing: 1 s is a few times the slowest rate in use. */
#define AGE_MAX_NS 1000000000u

/* What a thread's last sample had, newest call first. */
struct memory {
	uint32_t tid;
	uint64_t epoch; /* of its address space: an exec changes it */
	uint64_t time_ns;
	uint64_t hw_idx; /* register of the newest record */
	size_t nr_raw;	 /* records of the sample itself, … */
	size_t nr;	 /* … and with those that were stitched to it */
	struct lbrvirt_branch branches[LBR_ENTRIES_MAX];
};

struct lbr_stitch {
	struct memory *memories[NR_THREADS]; /* by tid; NULL: never used */
};

int lbr_stitch_new(struct lbr_stitch **ret_stitch)
{
	*ret_stitch = calloc(1, sizeof(**ret_stitch));
	return *ret_stitch ? 0 : -ENOMEM;
}

void lbr_stitch_free(struct lbr_stitch *stitch)
{
	if (!stitch)
		return;
	for (size_t i = 0; i < NR_THREADS; i++)
		free(stitch->memories[i]);
	free(stitch);
}

static bool is_same_call(const struct lbrvirt_branch *a,
			 const struct lbrvirt_branch *b)
{
	return a->from == b->from && a->to == b->to;
}

/* How many calls from the oldest of @chain upwards are the same in @memory,
 * where that one is number @at. */
static size_t count_same(const struct memory *memory, size_t at,
			 const struct lbr_chain *chain)
{
	size_t same = 0;

	while (same < chain->nr && same <= at &&
	       is_same_call(&memory->branches[at - same],
			    &chain->branches[chain->nr - 1 - same]))
		same++;
	return same;
}

/* Whether the @nr oldest calls of @chain are in @memory but once. */
static bool is_unique(const struct memory *memory,
		      const struct lbr_chain *chain, size_t nr)
{
	const struct lbrvirt_branch *calls = chain->branches + chain->nr - nr;
	size_t found = 0;

	for (size_t at = 0; at + nr <= memory->nr; at++) {
		size_t same = 0;

		while (same < nr &&
		       is_same_call(&memory->branches[at + same], &calls[same]))
			same++;
		found += same == nr;
	}
	return found == 1;
}

/*
 * The number in @memory of the first call below those of @chain; memory->nr if
 * the two do not fit.
 */
static size_t find_rest(const struct memory *memory,
			const struct lbrvirt_record *record, uint64_t epoch,
			const struct lbr_chain *chain)
{
	size_t depth = chain->nr;
	uint64_t oldest = record->sample.hw_idx + 1; /* the ring is full */
	size_t at = (size_t)((memory->hw_idx - oldest) % depth);

	if (memory->tid != record->tid || memory->epoch != epoch ||
	    record->time_ns - memory->time_ns > AGE_MAX_NS ||
	    at >= memory->nr_raw || count_same(memory, at, chain) < SAME_MIN ||
	    !is_unique(memory, chain, SAME_MIN))
		return memory->nr;
	return at + 1;
}

static void append_rest(const struct memory *memory, size_t first,
			struct lbrvirt_stack *stack)
{
	for (size_t i = first; i < memory->nr && stack->nr < LBRVIRT_STACK_MAX;
	     i++) {
		stack->frames[stack->nr++] = (struct lbrvirt_frame){
			.address = memory->branches[i].from,
			.provenance = LBRVIRT_FROM_STITCH,
		};
	}
}

/* The sample's records, and behind them what was stitched to them. */
static void remember(struct memory *memory, const struct lbrvirt_record *record,
		     uint64_t epoch, const struct lbr_chain *chain, size_t rest)
{
	size_t nr_rest = memory->nr - rest;

	if (nr_rest > LBR_ENTRIES_MAX - chain->nr)
		nr_rest = LBR_ENTRIES_MAX - chain->nr;
	memmove(memory->branches + chain->nr, memory->branches + rest,
		nr_rest * sizeof(*memory->branches));
	memcpy(memory->branches, chain->branches,
	       chain->nr * sizeof(*memory->branches));
	memory->tid = record->tid;
	memory->epoch = epoch;
	memory->time_ns = record->time_ns;
	memory->hw_idx = record->sample.hw_idx;
	memory->nr_raw = chain->nr;
	memory->nr = chain->nr + nr_rest;
}

bool lbr_stitch_append(struct lbr_stitch *stitch,
		       const struct lbrvirt_record *record, uint64_t epoch,
		       const struct lbr_chain *chain,
		       struct lbrvirt_stack *stack)
{
	struct memory **slot = &stitch->memories[record->tid % NR_THREADS];
	struct memory *memory;
	size_t rest;
	bool has_rest;

	if (!record->sample.has_hw_idx || record->sample.hw_idx == UINT64_MAX ||
	    chain->nr == 0 || chain->nr != record->sample.nr_branches ||
	    chain->integrity != LBRVIRT_INTEGRITY_INTACT)
		return false;
	if (!*slot)
		*slot = calloc(1, sizeof(**slot));
	memory = *slot;
	if (!memory)
		return false;
	rest = memory->nr;
	if (stack && chain->is_full && memory->nr_raw)
		rest = find_rest(memory, record, epoch, chain);
	has_rest = rest < memory->nr;
	if (has_rest)
		append_rest(memory, rest, stack);
	remember(memory, record, epoch, chain, rest);
	return has_rest;
}
