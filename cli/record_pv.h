/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The paravirtual LBR protocol during a recording: record --pv.
 */
#ifndef LBRPROF_RECORD_PV_H
#define LBRPROF_RECORD_PV_H

#include <lbrvirt/lbrvirt.h>

#include "record_opts.h"

/* Hold ACTIVE if --pv or the configuration file says so and branch records are
 * wanted. *@ret_hold stays NULL if there is nothing to ask. 0, or an error
 * whose text the context has. */
int record_pv_acquire(struct lbrvirt_context *ctx, struct record_opts *opts,
		      struct lbrvirt_pv_hold **ret_hold);

/* Let go at once if no branch records came of the plan. 0, or an error. */
int record_pv_drop_unused(struct lbrvirt_pv_hold *hold,
			  const struct lbrvirt_plan *plan);

#endif
