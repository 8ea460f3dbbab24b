/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * When a recording holds the paravirtual protocol: only for branch records, and
 * only as long as there are any.
 */
#include "config.h"

#include "record_pv.h"

#include "message.h"

/* Branch records are all that the protocol keeps. */
static bool wants_branches(const struct lbrvirt_plan_opts *plan)
{
	return plan->branch_filter ||
	       plan->call_graph == LBRVIRT_CALL_GRAPH_AUTO ||
	       plan->call_graph == LBRVIRT_CALL_GRAPH_LBR;
}

int record_pv_acquire(struct lbrvirt_context *ctx, struct record_opts *opts,
		      struct lbrvirt_pv_hold **ret_hold)
{
	const struct lbrvirt_pv_summary *pv;
	int err;

	if (!wants_branches(&opts->plan)) {
		if (opts->pv.mode >= LBRVIRT_PV_ASSUME)
			message_note(
				"record",
				"--pv has no effect: no branch records are asked for");
		return 0;
	}
	opts->pv.cpus = opts->session.cpus;
	err = lbrvirt_pv_acquire(ctx, &opts->pv, ret_hold);
	if (err)
		return err;
	pv = lbrvirt_pv_hold_summary(*ret_hold);
	if (!pv->is_held &&
	    (pv->is_asserted || message_verbosity() >= VERBOSITY_VERBOSE))
		message_note("record", "PV LBR is not driven: %s", pv->reason);
	return 0;
}

static bool has_branches(const struct lbrvirt_plan *plan)
{
	for (size_t i = 0; i < lbrvirt_plan_event_count(plan); i++) {
		if (lbrvirt_plan_event(plan, i)->attr.sample_type &
		    PERF_SAMPLE_BRANCH_STACK)
			return true;
	}
	return false;
}

int record_pv_drop_unused(struct lbrvirt_pv_hold *hold,
			  const struct lbrvirt_plan *plan)
{
	const struct lbrvirt_pv_summary *pv = lbrvirt_pv_hold_summary(hold);

	if (!pv || !pv->is_held || has_branches(plan))
		return 0;
	message_note("record",
		     "PV LBR: put back at once, there are no branch records");
	return lbrvirt_pv_release(hold);
}
