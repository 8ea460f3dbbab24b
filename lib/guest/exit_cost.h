/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Measuring the cost of an exit on any machine.
 */
#ifndef LBRVIRT_GUEST_EXIT_COST_H
#define LBRVIRT_GUEST_EXIT_COST_H

#include <lbrvirt/cost.h>

#include "machine/machine.h"

int exit_cost_measure_on(struct lbrvirt_context *ctx, struct machine *machine,
			 const struct lbrvirt_exit_cost_opts *opts,
			 struct lbrvirt_exit_cost **ret_cost);

/* The value that @percent of the @nr values do not exceed. Sorts them. */
uint64_t exit_cost_percentile(uint64_t *values, size_t nr,
			      unsigned int percent);

#endif
