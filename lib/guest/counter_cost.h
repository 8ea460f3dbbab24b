/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Whether reading a counter leaves the guest, on any machine.
 */
#ifndef LBRVIRT_GUEST_COUNTER_COST_H
#define LBRVIRT_GUEST_COUNTER_COST_H

#include <lbrvirt/cost.h>

#include "machine/machine.h"

int counter_cost_measure_on(struct lbrvirt_context *ctx,
			    struct machine *machine,
			    const struct lbrvirt_exit_cost *exit_cost,
			    struct lbrvirt_counter_cost *ret_cost);

#endif
