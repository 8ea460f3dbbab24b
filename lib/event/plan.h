/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Making a plan on a given machine; the public lbrvirt_plan_new() does it on
 * the live one.
 */
#ifndef LBRVIRT_EVENT_PLAN_H
#define LBRVIRT_EVENT_PLAN_H

#include <lbrvirt/plan.h>

#include "machine/machine.h"

int plan_new_on(struct lbrvirt_context *ctx, struct machine *machine,
		const struct lbrvirt_guest *guest,
		const struct lbrvirt_plan_opts *opts,
		struct lbrvirt_plan **ret_plan);

/*
 * Open @attr as the kernel can take it: bits that older kernels refuse are
 * dropped one by one on EINVAL, newest first (facts 3.1; build_id, clockid,
 * exclude_callchain_*, …). On success @attr says what was opened. Returns a
 * descriptor or -errno. Used for trials and by the recorder.
 */
int event_open(struct machine *machine, struct perf_event_attr *attr,
	       pid_t pid, int cpu, unsigned long flags);

/* Why opening failed, in words with the remedy, for errno @err (positive). */
void event_open_reason(struct machine *machine,
		       const struct lbrvirt_guest *guest,
		       const struct perf_event_attr *attr, int err,
		       char *ret_text, size_t size);

#endif
