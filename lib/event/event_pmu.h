/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Events of the PMUs that the kernel shows in sysfs: "cpu/event=0x3c,umask=1/".
 */
#ifndef LBRVIRT_EVENT_EVENT_PMU_H
#define LBRVIRT_EVENT_EVENT_PMU_H

#include <lbrvirt/context.h>

#include "machine/machine.h"

/*
 * Set type, config… and period by "pmu/term,term=value,…/". Terms are the
 * PMU's formats and named events, and config, config1, config2, period.
 * 0, -ENOENT (no such PMU), -EINVAL (a term it lacks, a bad value), -ENOMEM,
 * with the context's text set.
 */
int event_pmu_parse(struct lbrvirt_context *ctx, struct machine *machine,
		    const char *text, struct perf_event_attr *attr);

#endif
