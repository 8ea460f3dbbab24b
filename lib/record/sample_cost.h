/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Timing samples on any machine.
 */
#ifndef LBRVIRT_RECORD_SAMPLE_COST_H
#define LBRVIRT_RECORD_SAMPLE_COST_H

#include <lbrvirt/cost.h>

#include "machine/machine.h"

/* Errors as lbrvirt_sample_cost_measure() has them. */
int sample_cost_measure_on(struct lbrvirt_context *ctx, struct machine *machine,
			   const struct lbrvirt_plan *plan,
			   struct lbrvirt_sample_cost *ret_cost);

#endif
