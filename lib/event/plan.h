/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Making a plan on a given machine; the public lbrvirt_plan_new() does it on
 * the live one, from the session stage, which can sample. And what the
 * recorder needs beside a plan: opening an event as this kernel takes it, and
 * the attribute of the event that tracks tasks.
 */
#ifndef LBRVIRT_EVENT_PLAN_H
#define LBRVIRT_EVENT_PLAN_H

#include <lbrvirt/plan.h>

#include "base/intern.h"
#include "machine/machine.h"

/* An event as it was asked for, before a step of the ladder shapes it. */
struct event_request {
	const char *name; /* as typed: "cycles:u"; interned */
	/* Type, config, exclude_…, precise_ip; period if the name says one. */
	struct perf_event_attr attr;
};

struct lbrvirt_plan {
	struct intern *strings; /* every text but @text */
	struct event_request *requests;
	size_t nr_requests;
	size_t requests_capacity;
	uint64_t freq_hz; /* 0: by period */
	uint64_t period;
	uint32_t stack_size;
	uint64_t branch_filter; /* PERF_SAMPLE_BRANCH_…; 0: none */
	bool has_rate;		/* the rate was asked for, not our default */
	bool system_wide;

	enum lbrvirt_stack_source source;
	struct lbrvirt_event *events; /* as many as requests; by the taken step */
	struct lbrvirt_plan_step *steps; /* as many as the ladder has */
	size_t nr_steps;
	struct buffer text;
};

/* Where the ladder's steps are tried, and by what else than opening them. */
struct plan_trial {
	struct machine *machine;
	const struct lbrvirt_guest *guest; /* NULL: unknown */
	/*
	 * Asked when an LBR step has opened: do LBR call stacks come, and come
	 * out right? 0, or -errno with the reason in words in @ret_reason; the
	 * step is not taken then. -ENODEV: the PMU brings no samples at all,
	 * so that no step on it is taken. NULL: to open is enough.
	 */
	int (*self_test)(void *arg, char *ret_reason, size_t size);
	void *arg;
};

int plan_new_on(struct lbrvirt_context *ctx, const struct plan_trial *trial,
		const struct lbrvirt_plan_opts *opts,
		struct lbrvirt_plan **ret_plan);

/*
 * Open @attr as the kernel can take it: bits that older kernels refuse are
 * dropped one by one on EINVAL, newest first; precise_ip is lowered; where the
 * kernel may not be sampled, it is excluded. On success @attr says what was
 * opened; on failure it is as it was. Returns a descriptor or -errno. Used for
 * trials and by the recorder.
 */
int event_open(struct machine *machine, struct perf_event_attr *attr, pid_t pid,
	       int cpu, unsigned long flags);

/*
 * Why opening @attr on @pid (-1: whole CPUs, 0: ourselves) failed with errno
 * @err (positive), in words with the remedy. @guest may be NULL.
 */
void event_open_reason(struct machine *machine,
		       const struct lbrvirt_guest *guest,
		       const struct perf_event_attr *attr, pid_t pid, int err,
		       char *ret_text, size_t size);

/*
 * The event beside the sampling ones: it counts nothing and carries the
 * records of mappings, names, forks and exits.
 */
void event_tracking_attr(struct perf_event_attr *ret_attr);

#endif
