/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What is different between two profiles, by function and by call path, and
 * which of it the numbers of samples can bear out.
 */
#ifndef LBRVIRT_DIFF_H
#define LBRVIRT_DIFF_H

#include <lbrvirt/api.h>
#include <lbrvirt/context.h>
#include <lbrvirt/profile.h>

LBRVIRT_BEGIN_DECLS

struct lbrvirt_diff;

/** What makes the numbers of two recordings comparable. */
enum lbrvirt_diff_basis {
	/** Shares of the recording's total: what each did with its time. */
	LBRVIRT_DIFF_BY_TOTAL = 0,
	/** Periods a second between first and last sample: for services. */
	LBRVIRT_DIFF_BY_TIME = 1,
	/** Periods as they are: both recordings did the same work once. */
	LBRVIRT_DIFF_BY_RUN = 2,
};

/** Settings of lbrvirt_diff_new(). Set size to sizeof of the struct. */
struct lbrvirt_diff_opts {
	size_t size;
	enum lbrvirt_diff_basis basis;
	/**
	 * The chance that, between recordings of equals, anything at all is
	 * called changed; 0: 0.05. Of functions and of paths each by itself.
	 */
	double error_rate;
	/** Below this it is noise, whatever the test says: part of the whole,
	 *  0.001 is a tenth of a percent. */
	double least_change;
	/** Functions are the same if their names are; else the last part of
	 *  their file's path must be, too. */
	bool ignores_files;
};

/** What a difference is. */
enum lbrvirt_diff_verdict {
	LBRVIRT_DIFF_NOISE = 0, /**< the samples would differ by chance, too */
	LBRVIRT_DIFF_MORE = 1,
	LBRVIRT_DIFF_LESS = 2,
};

/** One number before and after. */
struct lbrvirt_diff_change {
	uint64_t samples_before;
	uint64_t samples_after;
	uint64_t period_before;
	uint64_t period_after;
	/** By the basis: shares from 0 to 1, periods a second, or periods. */
	double before;
	double after;
	/**
	 * The chance of such a difference, or a larger one, between equals; not
	 * corrected for how many were looked at. 1 where it was not tested.
	 */
	double chance;
	uint8_t verdict; /**< enum lbrvirt_diff_verdict, corrected */
};

/** A function on either side. */
struct lbrvirt_diff_symbol {
	const char *symbol; /**< "[no name]": all code without, of one file */
	const char *dso;    /**< path of the file, after if it is there */
	struct lbrvirt_diff_change self;
	struct lbrvirt_diff_change total;
};

/** A node of the call tree of both: a path of calls from the root. */
struct lbrvirt_diff_node {
	const char *symbol;
	const char *dso;
	bool is_inlined; /**< wherever it stands here, on both sides */
	struct lbrvirt_diff_change self; /**< not tested */
	struct lbrvirt_diff_change total;
	const struct lbrvirt_diff_node *parent; /**< NULL: the root */
	/** By the larger of the totals before and after. */
	const struct lbrvirt_diff_node *const *children;
	size_t nr_children;
};

/** One side. */
struct lbrvirt_diff_side {
	uint64_t samples;
	uint64_t period;
	uint64_t lost;
	double seconds;	  /**< from the first sample to the last */
	double effective; /**< how many samples of one period tell as much */
};

/** How it was done. */
struct lbrvirt_diff_totals {
	const char *event;
	enum lbrvirt_diff_basis basis;
	double error_rate;
	double least_change;
	struct lbrvirt_diff_side before;
	struct lbrvirt_diff_side after;
	size_t nr_nodes; /**< of the call tree */
	/** Numbers compared; those with samples enough for any verdict, which
	 *  are what is corrected for; and those called changed. */
	size_t compared_symbols;
	size_t tested_symbols;
	size_t changed_symbols;
	size_t compared_paths;
	size_t tested_paths;
	size_t changed_paths;
};

/**
 * Compare two profiles.
 *
 * The test asks how likely the samples are to fall like this, or less evenly,
 * if there is no difference: by the hypergeometric distribution of both
 * recordings' samples for LBRVIRT_DIFF_BY_TOTAL (Fisher's exact test), else by
 * the binomial one (of two Poisson rates); the chance of the smaller tail,
 * doubled. Samples that stand for different periods count as as many equal ones
 * as have the same variance. Numbers so small that no outcome could be called
 * a change are not tested (Tarone); among the k others a chance of at most
 * error_rate/k is a change (Bonferroni).
 *
 * @before    either profile; both must outlive the result and must not take
 * @after     samples any more. Their contexts may be the same.
 * @opts      settings, or NULL for the defaults.
 * @ret_diff  receives it; untouched on failure.
 *
 * Returns 0, or, with the text in @before's context,
 *   -EINVAL  a setting cannot be, or the two are of different events;
 *   -ENODATA one of them has no samples, or for LBRVIRT_DIFF_BY_TIME no time;
 *   -ENOMEM  out of memory.
 *
 * Owner:  the caller; end it with lbrvirt_diff_free().
 * Thread: one at a time per context.
 * Since:  0.1
 */
LBRVIRT_API int lbrvirt_diff_new(struct lbrvirt_profile *before,
				 struct lbrvirt_profile *after,
				 const struct lbrvirt_diff_opts *opts,
				 struct lbrvirt_diff **ret_diff);

/** Free it. NULL is allowed. Ends the life of all it gave. Since: 0.1 */
LBRVIRT_API void lbrvirt_diff_free(struct lbrvirt_diff *diff);

/**
 * How it was done. NULL if @diff is.
 *
 * Owner:  @diff; valid as long as it is.
 * Since:  0.1
 */
LBRVIRT_API const struct lbrvirt_diff_totals *
lbrvirt_diff_totals(const struct lbrvirt_diff *diff);

/**
 * The functions: those whose self changed first, then those whose total did,
 * then the noise; within these by how much self, then total differs.
 *
 * Returns 0 or -EINVAL.
 *
 * Owner:  @diff; valid as long as it is.
 * Since:  0.1
 */
LBRVIRT_API int
lbrvirt_diff_symbols(const struct lbrvirt_diff *diff,
		     const struct lbrvirt_diff_symbol **ret_symbols,
		     size_t *ret_nr);

/**
 * The root of the call tree, "all"; NULL if @diff is. It is the first of an
 * array of the totals' nr_nodes, in which a node stands behind its parent.
 *
 * Owner:  @diff; valid as long as it is.
 * Since:  0.1
 */
LBRVIRT_API const struct lbrvirt_diff_node *
lbrvirt_diff_tree(const struct lbrvirt_diff *diff);

LBRVIRT_END_DECLS

#endif
