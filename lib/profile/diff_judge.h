/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which numbers of a comparison differ by more than chance: one family of
 * tests, filled first and judged then.
 */
#ifndef LBRVIRT_PROFILE_DIFF_JUDGE_H
#define LBRVIRT_PROFILE_DIFF_JUDGE_H

#include "profile/diff.h"

struct diff_judge {
	const struct lbrvirt_diff *diff; /* borrowed; totals and tree are there */
	struct lbrvirt_diff_change **changes;
	double *least; /* chance that each can have */
	size_t nr;
};

/* Room for @max numbers. 0 or -ENOMEM; then, and at the end,
 * diff_judge_fini(). */
int diff_judge_init(struct diff_judge *judge, const struct lbrvirt_diff *diff,
		    size_t max);
void diff_judge_fini(struct diff_judge *judge);

/* Fill @change, which stays where it is, and have it judged with the others. */
void diff_judge_add(struct diff_judge *judge, const struct diff_weight *before,
		    const struct diff_weight *after,
		    struct lbrvirt_diff_change *change);

/* Give the verdicts; returns how many are called changed. */
size_t diff_judge_finish(struct diff_judge *judge, size_t *ret_nr_tested);

/* The numbers alone, untested. */
void diff_judge_fill(const struct lbrvirt_diff_totals *totals,
		     const struct diff_weight *before,
		     const struct diff_weight *after,
		     struct lbrvirt_diff_change *change);

#endif
