/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What each source of stacks wants in a sample, and what every sample holds
 * besides. Event attributes are put together here and nowhere else.
 */
#include "config.h"

#include "event/event_attr.h"

#include <string.h>
#include <time.h>

/*
 * perf 6.1 refuses a file whose attributes are longer than those it knows;
 * nothing we ask for lies beyond.
 */
#define ATTR_SIZE PERF_ATTR_SIZE_VER7

#define SAMPLE_ID                                                      \
	(PERF_SAMPLE_IDENTIFIER | PERF_SAMPLE_TID | PERF_SAMPLE_TIME | \
	 PERF_SAMPLE_CPU)

/* All events share a clock, and it is one that other programs can read. */
static void set_common(struct perf_event_attr *attr)
{
	attr->size = ATTR_SIZE;
	attr->sample_id_all = 1;
	attr->use_clockid = 1;
	attr->clockid = CLOCK_MONOTONIC;
}

/*
 * Kernel frames come by the call chain in every mode; user frames too only
 * where frame pointers are the source.
 */
static void set_callchain(struct perf_event_attr *attr, bool has_user)
{
	attr->sample_type |= PERF_SAMPLE_CALLCHAIN;
	attr->exclude_callchain_user = !has_user;
	attr->exclude_callchain_kernel = attr->exclude_kernel;
}

static void set_unwinding(struct perf_event_attr *attr, uint32_t stack_size)
{
	attr->sample_type |= PERF_SAMPLE_REGS_USER | PERF_SAMPLE_STACK_USER;
	attr->sample_regs_user = EVENT_ATTR_USER_REGS;
	attr->sample_stack_user = stack_size;
}

static void set_branches(struct perf_event_attr *attr, uint64_t filter)
{
	attr->sample_type |= PERF_SAMPLE_BRANCH_STACK;
	attr->branch_sample_type = filter;
}

static void set_rate(const struct lbrvirt_plan *plan,
		     struct perf_event_attr *attr)
{
	/* An event's own period is closer to it than the recording's. */
	if (attr->sample_period)
		return;
	if (plan->period) {
		attr->sample_period = plan->period;
	} else if (attr->type == PERF_TYPE_TRACEPOINT && !plan->has_rate) {
		/* As in perf: each time the point is passed. */
		attr->sample_period = 1;
	} else {
		attr->freq = 1;
		attr->sample_freq = plan->freq_hz;
	}
}

void event_attr_fill(const struct lbrvirt_plan *plan,
		     const struct event_request *request,
		     enum lbrvirt_stack_source source,
		     struct perf_event_attr *ret_attr)
{
	struct perf_event_attr attr = request->attr;

	set_common(&attr);
	set_rate(plan, &attr);
	attr.sample_type = SAMPLE_ID | PERF_SAMPLE_IP | PERF_SAMPLE_PERIOD;
	if (source != LBRVIRT_STACK_NONE)
		set_callchain(&attr, source == LBRVIRT_STACK_FP);
	if (source == LBRVIRT_STACK_DWARF || source == LBRVIRT_STACK_LBR_JOINED)
		set_unwinding(&attr, plan->stack_size);
	if (source == LBRVIRT_STACK_LBR || source == LBRVIRT_STACK_LBR_JOINED)
		set_branches(&attr, EVENT_ATTR_CALL_STACK);
	else if (plan->branch_filter)
		set_branches(&attr, plan->branch_filter);
	*ret_attr = attr;
}

void event_tracking_attr(struct perf_event_attr *ret_attr)
{
	struct perf_event_attr attr;

	memset(&attr, 0, sizeof(attr));
	set_common(&attr);
	attr.type = PERF_TYPE_SOFTWARE;
	attr.config = PERF_COUNT_SW_DUMMY;
	attr.sample_type = SAMPLE_ID;
	attr.exclude_kernel = 1;
	attr.exclude_hv = 1;
	attr.mmap = 1;
	attr.mmap2 = 1;
	/*
	 * No build-ids: what asks for them spoils the mappings that other
	 * programs record at the same time (see is_build_id() in sample/body.c;
	 * perf 6.1 aborts at them). They are read from the files.
	 */
	attr.comm = 1;
	attr.comm_exec = 1;
	attr.task = 1;
	/*
	 * Be woken by the first record: a file that was mapped must be opened
	 * before its process is gone. wakeup_events counts samples only
	 * (kernel/events/core.c, perf_output_sample()), so it is bytes.
	 */
	attr.watermark = 1;
	attr.wakeup_watermark = 1;
	*ret_attr = attr;
}
