/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A profile: how many samples fell on each stack, as flat lists and call
 * trees. Its cost grows with the number of distinct stacks, not of samples.
 */
#ifndef LBRVIRT_PROFILE_H
#define LBRVIRT_PROFILE_H

#include <lbrvirt/api.h>
#include <lbrvirt/context.h>
#include <lbrvirt/perfdata.h>
#include <lbrvirt/sample.h>
#include <lbrvirt/symbol.h>

LBRVIRT_BEGIN_DECLS

struct lbrvirt_profile;

/**
 * Settings of lbrvirt_profile_new(). Set size to sizeof of the struct. Lists
 * are as perf report takes them: separated by commas; NULL: everything.
 */
struct lbrvirt_profile_opts {
	size_t size;
	const struct lbrvirt_resolver_opts *resolver; /**< NULL: defaults */
	const char *event; /**< only samples of this event; NULL: the first
				that has any */
	const char *comms;
	const char *pids;
	const char *tids;
	const char *cpus;    /**< "0-2,5" */
	const char *dsos;    /**< leaf's file: path or last part of it */
	const char *symbols; /**< leaf's function, or one inlined there */
	const char *time;    /**< "A,B" seconds, either may be empty; or "10%-20%" */
	bool by_thread;	     /**< equal stacks of two threads are two stacks */
	bool with_times;     /**< keep when samples were taken, for a timeline;
				  what is close together becomes one where there
				  are more than some hundred thousand */
	bool has_parts; /**< count threads and CPUs apart as well, for
			     lbrvirt_export_html() */
};

/** Sums over a profile's samples after filtering. */
struct lbrvirt_profile_totals {
	uint64_t samples;
	uint64_t period; /**< sum of theirs, INT64_MAX at most */
	uint64_t lost;	 /**< samples lost while recording, unfiltered */
	uint64_t complete;
	uint64_t truncated;
	uint64_t broken;
	uint64_t unknown; /**< stacks nobody can judge */
	uint64_t frames_by_provenance[8]; /**< by enum lbrvirt_provenance */
	uint64_t integrity[8]; /**< samples by enum lbrvirt_integrity */
	uint64_t nr_stacks;    /**< distinct stacks */
	uint64_t filtered_out; /**< samples the filters took away */
	uint64_t first_ns;     /**< time of the first sample, and of the last */
	uint64_t last_ns;
};

/** One line of the flat profile: a symbol in a file. */
struct lbrvirt_profile_symbol {
	const char *symbol;
	const char *dso;
	uint64_t self;	/**< samples with it on top (or inlined there) */
	uint64_t total; /**< samples with it anywhere, counted once a stack */
	uint64_t self_period;
	uint64_t total_period;
};

/** One node of a call tree. */
struct lbrvirt_profile_node {
	const char *symbol;
	const char *dso;
	bool is_inlined; /**< wherever it stands here */
	uint64_t self;
	uint64_t total;
	uint64_t self_period;
	uint64_t total_period;
	const struct lbrvirt_profile_node *const *children; /**< by total
								period */
	size_t nr_children;
	/** Sums of the squares of the samples' periods: how much a few long
	 *  ones make of the sum. */
	double self_squares;
	double total_squares;
};

/** Which tree. */
enum lbrvirt_profile_tree {
	LBRVIRT_TREE_CALLS = 0,	  /**< from the root down to the leaves */
	LBRVIRT_TREE_CALLERS = 1, /**< who calls a symbol: from it upwards */
	LBRVIRT_TREE_CALLEES = 2, /**< what a symbol calls: from it downwards */
};

/** One distinct stack. */
struct lbrvirt_profile_stack {
	uint64_t samples;
	uint64_t period;
	const char *comm;
	uint32_t pid;
	uint8_t verdict;   /**< enum lbrvirt_verdict */
	uint8_t integrity; /**< enum lbrvirt_integrity */
	/** Symbols with inlined calls spelled out, outermost first. */
	const struct lbrvirt_symbol *const *symbols;
	size_t nr_symbols;
	uint32_t tid; /**< 0 unless the profile is by_thread */
};

/**
 * Make an empty profile.
 *
 * @ctx          context for messages; must outlive it.
 * @opts         settings, or NULL for the defaults. Strings are copied.
 * @ret_profile  receives it; untouched on failure.
 *
 * Returns 0, -EINVAL (a filter that cannot be read; the text says which) or
 * -ENOMEM.
 *
 * Owner:  the caller; end it with lbrvirt_profile_free().
 * Thread: one at a time per @ctx.
 * Since:  0.1
 */
LBRVIRT_API int lbrvirt_profile_new(struct lbrvirt_context *ctx,
				    const struct lbrvirt_profile_opts *opts,
				    struct lbrvirt_profile **ret_profile);

/** Free a profile. NULL is allowed. Ends the life of all it gave. Since: 0.1 */
LBRVIRT_API void lbrvirt_profile_free(struct lbrvirt_profile *profile);

/**
 * Take in one record; all of a recording's, in time order. Its signature fits
 * lbrvirt_session_opts.record_fn by way of a one-line wrapper.
 *
 * Returns 0, -EINVAL or -ENOMEM.
 *
 * Since:  0.1
 */
LBRVIRT_API int lbrvirt_profile_add(struct lbrvirt_profile *profile,
				    const struct lbrvirt_record *record);

/**
 * Take in everything a reader has left.
 *
 * Returns 0, or what lbrvirt_perfdata_next() returned: after -EBADMSG the
 * profile holds what came before the damage.
 *
 * Since:  0.1
 */
LBRVIRT_API int lbrvirt_profile_load(struct lbrvirt_profile *profile,
				     struct lbrvirt_perfdata *data);

/**
 * The sums.
 *
 * Returns them, or NULL if @profile is.
 *
 * Owner:  the profile; brought up to date by each call.
 * Since:  0.1
 */
LBRVIRT_API const struct lbrvirt_profile_totals *
lbrvirt_profile_totals(struct lbrvirt_profile *profile);

/** Name of the event whose samples were taken; "" before the first one.
 *  Valid as long as the profile. Since: 0.1 */
LBRVIRT_API const char *
lbrvirt_profile_event(const struct lbrvirt_profile *profile);

/**
 * The flat profile, by self, then total, then name.
 *
 * @ret_symbols  receives an array of @ret_nr lines.
 *
 * Returns 0, -EINVAL or -ENOMEM.
 *
 * Owner:  the profile; valid until samples are added or it is freed.
 * Since:  0.1
 */
LBRVIRT_API int
lbrvirt_profile_symbols(struct lbrvirt_profile *profile,
			const struct lbrvirt_profile_symbol **ret_symbols,
			size_t *ret_nr);

/**
 * A call tree. The root's symbol is "all" for LBRVIRT_TREE_CALLS, @symbol for
 * the other two. There, samples on which the symbol recurses are counted from
 * its outermost call; in CALLERS, self counts samples with @symbol on top.
 *
 * @symbol    for CALLERS and CALLEES; else ignored.
 * @ret_root  receives the root.
 *
 * Returns 0, -EINVAL, -ENOENT (no such symbol in the profile) or -ENOMEM.
 *
 * Owner:  the profile; valid until samples are added or it is freed.
 * Since:  0.1
 */
LBRVIRT_API int
lbrvirt_profile_tree(struct lbrvirt_profile *profile,
		     enum lbrvirt_profile_tree which, const char *symbol,
		     const struct lbrvirt_profile_node **ret_root);

/**
 * One distinct stack, the most frequent first.
 *
 * @index      from 0, below totals' nr_stacks.
 * @ret_stack  filled.
 *
 * Returns 0, -EINVAL, -ENOENT (@index out of range) or -ENOMEM.
 *
 * Owner:  the profile; the list of symbols is valid until the next call, what
 *         it points to as long as the profile.
 * Since:  0.1
 */
LBRVIRT_API int
lbrvirt_profile_stack(struct lbrvirt_profile *profile, size_t index,
		      struct lbrvirt_profile_stack *ret_stack);

LBRVIRT_END_DECLS

#endif
