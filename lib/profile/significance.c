/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Exact tests, since most functions of a profile have a few samples, where the
 * usual normal approximation is off by orders of magnitude so far out in the
 * tail. Only one term needs a logarithm of a factorial; its neighbours follow
 * by ratios, and the sum ends where they are too small to count: after some
 * nine standard deviations, which is thousands of terms for millions of
 * samples.
 *
 * A tail is doubled, and not joined with what is as unlikely on the other side:
 * this is never less, and has no jumps.
 */
#include "config.h"

#include "profile/significance.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

/* Below this part of the sum, what follows is lost in rounding anyhow. */
#define NEGLIGIBLE 1e-17

/* lgamma() would write to a variable of all threads. */
static double log_factorial(uint64_t n)
{
	int sign;

	return lgamma_r((double)n + 1, &sign);
}

static double log_choose(uint64_t n, uint64_t k)
{
	return log_factorial(n) - log_factorial(k) - log_factorial(n - k);
}

static double doubled(double chance)
{
	return chance < 0.5 ? 2 * chance : 1;
}

/* Balls drawn from an urn: of @nr_drawn, @x were of the @first that were red,
 * and not of the @second that were not. */
struct urn {
	uint64_t first;
	uint64_t second;
	uint64_t nr_drawn;
};

static double log_urn(const struct urn *urn, uint64_t x)
{
	return log_choose(urn->first, x) +
	       log_choose(urn->second, urn->nr_drawn - x) -
	       log_choose(urn->first + urn->second, urn->nr_drawn);
}

/* x or fewer: a step down is a division by the step up. */
static double urn_tail_down(const struct urn *urn, uint64_t x, uint64_t low)
{
	double term = exp(log_urn(urn, x));
	double sum = term;

	for (; x > low && term > sum * NEGLIGIBLE; x--) {
		double others =
			(double)urn->second - (double)(urn->nr_drawn - x);

		term *= (double)x / (double)(urn->first - x + 1) * others /
			(double)(urn->nr_drawn - x + 1);
		sum += term;
	}
	return sum;
}

struct significance significance_of_shares(uint64_t first, uint64_t first_all,
					   uint64_t second, uint64_t second_all)
{
	struct urn urn = { first_all, second_all, first + second };
	struct urn turned = { second_all, first_all, first + second };
	uint64_t low;
	uint64_t turned_low;
	double expected;
	double ends[2];

	assert(first <= first_all && second <= second_all);
	if (!first_all || !second_all || !urn.nr_drawn)
		return (struct significance){ 1, 1 };
	low = urn.nr_drawn > second_all ? urn.nr_drawn - second_all : 0;
	turned_low = urn.nr_drawn > first_all ? urn.nr_drawn - first_all : 0;
	expected = (double)urn.nr_drawn * (double)first_all /
		   ((double)first_all + (double)second_all);
	ends[0] = exp(log_urn(&urn, low));
	ends[1] = exp(log_urn(&turned, turned_low));
	return (struct significance){
		.chance = doubled(
			(double)first <= expected ?
				urn_tail_down(&urn, first, low) :
				urn_tail_down(&turned, second, turned_low)),
		.least = doubled(ends[0] < ends[1] ? ends[0] : ends[1]),
	};
}

/* Of @nr throws @x or fewer heads, whose chance is @part. */
static double throws_tail_down(uint64_t nr, uint64_t x, double part)
{
	double odds = (1 - part) / part;
	double term = exp(log_choose(nr, x) + (double)x * log(part) +
			  (double)(nr - x) * log1p(-part));
	double sum = term;

	for (; x > 0 && term > sum * NEGLIGIBLE; x--) {
		term *= (double)x / (double)(nr - x + 1) * odds;
		sum += term;
	}
	return sum;
}

struct significance significance_of_rates(uint64_t first, uint64_t second,
					  double first_part)
{
	uint64_t nr = first + second;
	double ends[2];

	if (!nr || !(first_part > 0 && first_part < 1))
		return (struct significance){ 1, 1 };
	ends[0] = exp((double)nr * log1p(-first_part));
	ends[1] = exp((double)nr * log(first_part));
	return (struct significance){
		.chance = doubled(
			(double)first <= (double)nr * first_part ?
				throws_tail_down(nr, first, first_part) :
				throws_tail_down(nr, second, 1 - first_part)),
		.least = doubled(ends[0] < ends[1] ? ends[0] : ends[1]),
	};
}

static int by_value(const void *va, const void *vb)
{
	double a = *(const double *)va;
	double b = *(const double *)vb;

	return a < b ? -1 : a > b;
}

size_t significance_nr_tested(double *least, size_t nr, double error_rate)
{
	size_t reach = nr; /* how many can reach error_rate/k */

	if (!nr)
		return 1;
	qsort(least, nr, sizeof(*least), by_value);
	for (size_t k = 1; k < nr; k++) {
		while (reach && least[reach - 1] > error_rate / (double)k)
			reach--;
		if (reach <= k)
			return k;
	}
	return nr;
}
