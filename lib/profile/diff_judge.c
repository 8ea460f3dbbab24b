/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Effective counts, one test each, and one correction for all of a family.
 *
 * Effective counts: of samples with different periods w, the share p of a
 * function has the variance ((1-p)² Q_f + p² (Q - Q_f)) / W², where W sums all
 * w, Q all w², Q_f those of the function. As many equal samples have it as
 * p (1-p) is larger; for equal periods that is the number of samples. Of a rate
 * W_f/T the variance is Q_f/T², that of W_f²/Q_f equal samples.
 */
#include "config.h"

#include "profile/diff_judge.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "profile/significance.h"

/* What a period is divided by. */
static double unit_of(const struct lbrvirt_diff_totals *totals,
		      const struct lbrvirt_diff_side *side)
{
	switch (totals->basis) {
	case LBRVIRT_DIFF_BY_TOTAL:
		return (double)side->period;
	case LBRVIRT_DIFF_BY_TIME:
		return side->seconds;
	default:
		return 1;
	}
}

/* How many equal samples know the share as well, and how many of them are in
 * it. */
static uint64_t effective_share(const struct diff_weight *part,
				const struct diff_weight *all,
				uint64_t *ret_all)
{
	double whole = (double)all->period;
	double p = (double)part->period / whole;
	double others = all->squares - part->squares;
	double variance = (1 - p) * (1 - p) * part->squares +
			  p * p * (others > 0 ? others : 0);
	double nr = p > 0 && p < 1 && variance > 0 ?
			    p * (1 - p) * whole * whole / variance :
			    whole * whole / all->squares;
	uint64_t in_part;

	*ret_all = (uint64_t)llround(nr);
	in_part = (uint64_t)llround(nr * p);
	return in_part < *ret_all ? in_part : *ret_all;
}

static struct significance test_shares(const struct diff_weight part[2],
				       const struct diff_weight all[2])
{
	uint64_t nr[2];
	uint64_t in_part[2];

	for (unsigned int i = 0; i < 2; i++)
		in_part[i] = effective_share(&part[i], &all[i], &nr[i]);
	return significance_of_shares(in_part[0], nr[0], in_part[1], nr[1]);
}

static struct significance test_rates(const struct diff_weight part[2],
				      const struct diff_weight all[2],
				      const double units[2])
{
	uint64_t nr[2];
	double exposure[2];

	for (unsigned int i = 0; i < 2; i++) {
		const struct diff_weight *w =
			part[i].period && part[i].squares > 0 ? &part[i] :
								&all[i];
		double each = w->squares / (double)w->period;

		nr[i] = (uint64_t)llround((double)part[i].period / each);
		exposure[i] = units[i] / each;
	}
	return significance_of_rates(nr[0], nr[1],
				     exposure[0] / (exposure[0] + exposure[1]));
}

void diff_judge_fill(const struct lbrvirt_diff_totals *totals,
		     const struct diff_weight *before,
		     const struct diff_weight *after,
		     struct lbrvirt_diff_change *change)
{
	*change = (struct lbrvirt_diff_change){
		.samples_before = before->samples,
		.samples_after = after->samples,
		.period_before = before->period,
		.period_after = after->period,
		.before = (double)before->period /
			  unit_of(totals, &totals->before),
		.after =
			(double)after->period / unit_of(totals, &totals->after),
		.chance = 1,
	};
}

static struct significance test(const struct diff_judge *judge,
				const struct diff_weight *before,
				const struct diff_weight *after)
{
	const struct lbrvirt_diff_totals *totals = &judge->diff->totals;
	const struct diff_tree_node *root = &judge->diff->tree.nodes[0];
	const struct diff_weight part[2] = { *before, *after };
	const struct diff_weight all[2] = { root->sides[0].total,
					    root->sides[1].total };
	const double units[2] = { unit_of(totals, &totals->before),
				  unit_of(totals, &totals->after) };

	if (totals->basis == LBRVIRT_DIFF_BY_TOTAL)
		return test_shares(part, all);
	return test_rates(part, all, units);
}

int diff_judge_init(struct diff_judge *judge, const struct lbrvirt_diff *diff,
		    size_t max)
{
	judge->diff = diff;
	judge->nr = 0;
	judge->changes = calloc(max + 1, sizeof(*judge->changes));
	judge->least = calloc(max + 1, sizeof(*judge->least));
	return judge->changes && judge->least ? 0 : -ENOMEM;
}

void diff_judge_fini(struct diff_judge *judge)
{
	free(judge->changes);
	free(judge->least);
}

void diff_judge_add(struct diff_judge *judge, const struct diff_weight *before,
		    const struct diff_weight *after,
		    struct lbrvirt_diff_change *change)
{
	struct significance found = test(judge, before, after);

	diff_judge_fill(&judge->diff->totals, before, after, change);
	change->chance = found.chance;
	judge->least[judge->nr] = found.least;
	judge->changes[judge->nr++] = change;
}

/* The whole that the least change is a part of. */
static double whole_of(const struct lbrvirt_diff_totals *totals)
{
	double before = (double)totals->before.period /
			unit_of(totals, &totals->before);
	double after =
		(double)totals->after.period / unit_of(totals, &totals->after);

	return before > after ? before : after;
}

size_t diff_judge_finish(struct diff_judge *judge, size_t *ret_nr_tested)
{
	const struct lbrvirt_diff_totals *totals = &judge->diff->totals;
	double least_change = totals->least_change * whole_of(totals);
	size_t nr_tested = significance_nr_tested(judge->least, judge->nr,
						  totals->error_rate);
	double limit = totals->error_rate / (double)nr_tested;
	size_t nr_changed = 0;

	for (size_t i = 0; i < judge->nr; i++) {
		struct lbrvirt_diff_change *change = judge->changes[i];
		double by = change->after - change->before;

		if (change->chance > limit || fabs(by) < least_change)
			continue;
		change->verdict = by > 0 ? LBRVIRT_DIFF_MORE :
					   LBRVIRT_DIFF_LESS;
		nr_changed++;
	}
	*ret_nr_tested = nr_tested;
	return nr_changed;
}
