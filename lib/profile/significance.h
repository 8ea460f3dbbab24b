/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Whether counts of samples differ by more than chance: exact tests on two
 * counts, and how strict to be if there are many of them.
 */
#ifndef LBRVIRT_PROFILE_SIGNIFICANCE_H
#define LBRVIRT_PROFILE_SIGNIFICANCE_H

#include <stddef.h>
#include <stdint.h>

/* What a test says of one pair of counts. */
struct significance {
	double chance; /* of this or a more uneven outcome between equals */
	double least;  /* the chance of the most uneven outcome there can be */
};

/*
 * @first of @first_all samples against @second of @second_all: by the
 * hypergeometric distribution (Fisher's exact test), the smaller tail doubled.
 */
struct significance significance_of_shares(uint64_t first, uint64_t first_all,
					   uint64_t second,
					   uint64_t second_all);

/*
 * @first events where @first_part of all of them would be among equals, from 0
 * to 1, against @second: by the binomial distribution, likewise. So two Poisson
 * rates are compared whose exposures are in that proportion.
 */
struct significance significance_of_rates(uint64_t first, uint64_t second,
					  double first_part);

/*
 * How many of @nr tests must be corrected for, so that none of them is called
 * significant by chance in more than @error_rate of all cases: the smallest k
 * such that at most k of them can reach error_rate/k at all (R. E. Tarone, A
 * modified Bonferroni method for discrete data, Biometrics 46, 1990). At least
 * 1. Sorts @least.
 */
size_t significance_nr_tested(double *least, size_t nr, double error_rate);

#endif
