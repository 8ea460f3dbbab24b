/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Branches as such: which ones a recording's branch records show, how often,
 * how well predicted and how long after the branch before; and the straight
 * runs of code between them. For recordings of `record -b` and `-j`; branch
 * records in call-stack mode are stacks, and a profile's.
 */
#ifndef LBRVIRT_BRANCHES_H
#define LBRVIRT_BRANCHES_H

#include <lbrvirt/api.h>
#include <lbrvirt/context.h>
#include <lbrvirt/perfdata.h>
#include <lbrvirt/profile.h>
#include <lbrvirt/sample.h>
#include <lbrvirt/symbol.h>

LBRVIRT_BEGIN_DECLS

struct lbrvirt_branches;

/** Longest block, in bytes: what seems longer has a branch missing in it. */
#define LBRVIRT_BLOCK_MAX 4096

/** By what a list is sorted, largest first. */
enum lbrvirt_branches_order {
	LBRVIRT_BRANCHES_BY_COUNT = 0,
	LBRVIRT_BRANCHES_BY_MISPREDICTED = 1, /**< not for blocks */
	LBRVIRT_BRANCHES_BY_CYCLES = 2,
};

/**
 * Sums over the entries of branch records. Where neither @predicted nor
 * @mispredicted counts any, predictions were not recorded; where @timed does
 * not, cycles were not.
 */
struct lbrvirt_branches_totals {
	uint64_t samples;
	uint64_t samples_with_branches;
	uint64_t filtered_out; /**< samples the filters took away */
	uint64_t lost;	       /**< samples lost while recording, unfiltered */
	uint64_t first_ns;     /**< time of the first sample, and of the last */
	uint64_t last_ns;

	uint64_t empty;	  /**< entries from nowhere to nowhere: unused ones */
	uint64_t entries; /**< all others; of these: */
	uint64_t predicted;
	uint64_t mispredicted;
	uint64_t in_transaction;
	uint64_t aborted;    /**< aborts of transactions */
	uint64_t wrong_path; /**< speculated and taken back (AMD) */
	uint64_t timed;	     /**< with a count of cycles */
	uint64_t cycles;     /**< the sum of these */

	uint64_t block_runs; /**< executions of whole blocks */
	/**
	 * Two entries with no straight run of code between them, so that an
	 * entry must be missing: for files and functions unfiltered.
	 */
	uint64_t runs_backward; /**< it would end before it starts */
	uint64_t runs_too_long; /**< more than LBRVIRT_BLOCK_MAX bytes */
	uint64_t runs_across;	/**< from one file to another, or the kernel */
	uint64_t runs_wrong_path; /**< speculated only */
};

/** An address of code. */
struct lbrvirt_code {
	uint64_t address; /**< where it was first seen */
	/** As from lbrvirt_resolver_symbols(): innermost inlined call first,
	    the function itself last. */
	const struct lbrvirt_symbol *symbols;
	size_t nr_symbols; /**< at least 1 */
};

/**
 * One branch: from an instruction to another, in all processes that have the
 * same file mapped.
 */
struct lbrvirt_branch_pair {
	struct lbrvirt_code from;
	struct lbrvirt_code to;
	uint64_t count;
	uint64_t predicted;
	uint64_t mispredicted;
	uint64_t in_transaction;
	uint64_t aborted;
	uint64_t wrong_path;
	uint64_t timed;	  /**< how many of @count had a count of cycles */
	uint64_t cycles;  /**< the sum: from the branch before to this one */
	const char *type; /**< "call", "cond", …; NULL: not recorded */
};

/** One basic block: code that is entered by a branch and left by the next. */
struct lbrvirt_branch_block {
	struct lbrvirt_code start; /**< its first instruction */
	struct lbrvirt_code end;   /**< its last: the branch that leaves it */
	uint64_t count;		   /**< executions */
	uint64_t from_outside; /**< of them, those entered from elsewhere than
				    the function it is in */
	uint64_t timed;	 /**< how many of them had a count of cycles */
	uint64_t cycles; /**< the sum of these */
};

/**
 * Make an empty count of branches.
 *
 * @ctx           context for messages; must outlive it.
 * @opts          settings as of a profile, or NULL for the defaults. The files
 *                and functions to take are those that a branch leads from or
 *                to, and those that a block starts in. A share of the time
 *                ("10%-20%") is refused. Without an event, the first is taken
 *                that has samples with branches. Strings are copied.
 * @ret_branches  receives it; untouched on failure.
 *
 * Returns 0, -EINVAL (a filter that cannot be read; the text says which) or
 * -ENOMEM.
 *
 * Owner:  the caller; end it with lbrvirt_branches_free().
 * Thread: one at a time per @ctx.
 * Since:  0.1
 */
LBRVIRT_API int lbrvirt_branches_new(struct lbrvirt_context *ctx,
				     const struct lbrvirt_profile_opts *opts,
				     struct lbrvirt_branches **ret_branches);

/** Free it. NULL is allowed. Ends the life of all it gave. Since: 0.1 */
LBRVIRT_API void lbrvirt_branches_free(struct lbrvirt_branches *branches);

/**
 * Whether the samples of @event hold branches: taken branches as they
 * happened, not the calls of call-stack mode.
 *
 * Since:  0.1
 */
LBRVIRT_API bool lbrvirt_event_has_branches(const struct lbrvirt_event *event);

/**
 * Whether basic blocks can be told from them: every branch was recorded, not
 * only those of some kind.
 *
 * Since:  0.1
 */
LBRVIRT_API bool lbrvirt_event_has_blocks(const struct lbrvirt_event *event);

/**
 * Take in one record; all of a recording's, in time order.
 *
 * Returns 0, or
 *   -EINVAL  a pointer is NULL, or it is a sample of the event that was named
 *            and that event's samples hold no branches;
 *   -ENOMEM  out of memory.
 *
 * Since:  0.1
 */
LBRVIRT_API int lbrvirt_branches_add(struct lbrvirt_branches *branches,
				     const struct lbrvirt_record *record);

/**
 * Take in everything a reader has left.
 *
 * Returns 0, what lbrvirt_branches_add() returned, or what
 * lbrvirt_perfdata_next() did: after -EBADMSG the counts hold what came before
 * the damage.
 *
 * Since:  0.1
 */
LBRVIRT_API int lbrvirt_branches_load(struct lbrvirt_branches *branches,
				      struct lbrvirt_perfdata *data);

/**
 * The sums.
 *
 * Returns them, or NULL if @branches is.
 *
 * Owner:  @branches; brought up to date by each call.
 * Since:  0.1
 */
LBRVIRT_API const struct lbrvirt_branches_totals *
lbrvirt_branches_totals(struct lbrvirt_branches *branches);

/** Name of the event whose samples were taken; "" before the first one.
 *  Valid as long as @branches. Since: 0.1 */
LBRVIRT_API const char *
lbrvirt_branches_event(const struct lbrvirt_branches *branches);

/**
 * The branches, each once.
 *
 * @order      by what they are sorted; then by count, then by address.
 * @ret_pairs  receives an array of @ret_nr.
 *
 * Returns 0, -EINVAL or -ENOMEM.
 *
 * Owner:  @branches; valid until the next call of this function or a record
 *         is added.
 * Since:  0.1
 */
LBRVIRT_API int lbrvirt_branches_pairs(
	struct lbrvirt_branches *branches, enum lbrvirt_branches_order order,
	const struct lbrvirt_branch_pair **ret_pairs, size_t *ret_nr);

/**
 * The basic blocks, each once. A block that a sample's oldest entry leaves, or
 * its newest enters, is not counted there: the record does not hold the whole
 * of it.
 *
 * @order       BY_COUNT or BY_CYCLES; then by count, then by address.
 * @ret_blocks  receives an array of @ret_nr; none where only some kinds of
 *              branches were recorded.
 *
 * Returns 0, -EINVAL or -ENOMEM.
 *
 * Owner:  @branches; valid until the next call of this function or a record
 *         is added.
 * Since:  0.1
 */
LBRVIRT_API int lbrvirt_branches_blocks(
	struct lbrvirt_branches *branches, enum lbrvirt_branches_order order,
	const struct lbrvirt_branch_block **ret_blocks, size_t *ret_nr);

LBRVIRT_END_DECLS

#endif
