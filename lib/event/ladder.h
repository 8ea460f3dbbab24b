/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The ladder of stack sources, best first, and walking down it.
 */
#ifndef LBRVIRT_EVENT_LADDER_H
#define LBRVIRT_EVENT_LADDER_H

#include "event/plan.h"

/*
 * Try the steps that @opts leaves open, best first, until one's events all
 * open and, of LBR steps, the self-test passes; set source, events and steps of
 * @plan, whose requests are made. 0, or what lbrvirt_plan_new() says of steps that none open.
 */
int ladder_walk(struct lbrvirt_context *ctx, const struct plan_trial *trial,
		const struct lbrvirt_plan_opts *opts,
		struct lbrvirt_plan *plan);

#endif
