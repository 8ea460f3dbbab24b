/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The order in which stack sources are tried, in one table. A step is tried by
 * opening its events on ourselves (or on a CPU, if whole CPUs are recorded)
 * and closing them again: no feature bit says as much. LBR steps that open
 * are put to the self-test: hosts exist that take the event and keep the
 * branch records to themselves.
 */
#include "config.h"

#include "event/ladder.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "event/event_attr.h"
#include "event/event_name.h"

#define REASON_SIZE 512

struct ladder_step {
	enum lbrvirt_stack_source source;
	/* cpu-clock in place of cycles: for guests without a PMU. */
	bool is_on_clock;
};

static const struct ladder_step ladder[] = {
	{ LBRVIRT_STACK_LBR_JOINED, false }, { LBRVIRT_STACK_LBR, false },
	{ LBRVIRT_STACK_DWARF, false },	     { LBRVIRT_STACK_DWARF, true },
	{ LBRVIRT_STACK_FP, false },	     { LBRVIRT_STACK_FP, true },
	{ LBRVIRT_STACK_NONE, false },	     { LBRVIRT_STACK_NONE, true },
};

#define NR_LADDER (sizeof(ladder) / sizeof(ladder[0]))

/* Best source that each setting of --call-graph begins with. */
static const enum lbrvirt_stack_source first_source[] = {
	[LBRVIRT_CALL_GRAPH_AUTO] = LBRVIRT_STACK_LBR_JOINED,
	[LBRVIRT_CALL_GRAPH_LBR] = LBRVIRT_STACK_LBR_JOINED,
	[LBRVIRT_CALL_GRAPH_DWARF] = LBRVIRT_STACK_DWARF,
	[LBRVIRT_CALL_GRAPH_FP] = LBRVIRT_STACK_FP,
	[LBRVIRT_CALL_GRAPH_NONE] = LBRVIRT_STACK_NONE,
};

struct walk {
	struct lbrvirt_context *ctx;
	const struct plan_trial *trial;
	const struct lbrvirt_plan_opts *opts;
	struct lbrvirt_plan *plan;
	bool has_cycles;
	size_t failed; /* the request that closed the last step tried */
	char finding[REASON_SIZE]; /* of the last self-test */
	bool is_finding;	   /* that closed the last step tried */
	bool is_pmu_dead;
};

static bool is_lbr(enum lbrvirt_stack_source source)
{
	return source >= LBRVIRT_STACK_LBR;
}

static bool is_cycles(const struct event_request *request)
{
	return request->attr.type == PERF_TYPE_HARDWARE &&
	       request->attr.config == PERF_COUNT_HW_CPU_CYCLES;
}

const char *lbrvirt_stack_source_name(enum lbrvirt_stack_source source)
{
	static const char *const names[] = {
		[LBRVIRT_STACK_NONE] = "none",
		[LBRVIRT_STACK_FP] = "fp",
		[LBRVIRT_STACK_DWARF] = "dwarf",
		[LBRVIRT_STACK_LBR] = "lbr",
		[LBRVIRT_STACK_LBR_JOINED] = "lbr+dwarf",
	};

	return source < sizeof(names) / sizeof(names[0]) ? names[source] :
							   "unknown";
}

static bool is_wanted(const struct walk *walk, const struct ladder_step *step)
{
	enum lbrvirt_stack_source first = first_source[walk->opts->call_graph];

	/* One set of branch records: a filter of the user's is what it holds. */
	if (walk->plan->branch_filter && first > LBRVIRT_STACK_DWARF)
		first = LBRVIRT_STACK_NONE;
	if (step->source > first)
		return false;
	if (walk->opts->require_lbr && !is_lbr(step->source))
		return false;
	/* A clock has no branches to filter. */
	if (step->is_on_clock)
		return walk->has_cycles && !walk->plan->branch_filter;
	return true;
}

static void replace_by_clock(struct perf_event_attr *attr)
{
	attr->type = PERF_TYPE_SOFTWARE;
	attr->config = PERF_COUNT_SW_CPU_CLOCK;
	attr->config1 = 0;
	attr->config2 = 0;
	attr->precise_ip = 0;
}

/* What @request is called on @step; NULL: out of memory. */
static const char *name_on(const struct walk *walk,
			   const struct event_request *request,
			   const struct ladder_step *step)
{
	char name[EVENT_NAME_MAX + 16];

	if (!step->is_on_clock || !is_cycles(request))
		return request->name;
	event_name_of_clock(request->name, name, sizeof(name));
	return intern_string(walk->plan->strings, name);
}

static void request_on(const struct event_request *request,
		       const struct ladder_step *step,
		       struct event_request *ret_request)
{
	*ret_request = *request;
	if (step->is_on_clock && is_cycles(request))
		replace_by_clock(&ret_request->attr);
}

static pid_t trial_pid(const struct walk *walk)
{
	return walk->plan->system_wide ? -1 : 0;
}

/* Open one event of a step and close it; @ret_event is what was opened. */
static int try_event(const struct walk *walk, const struct ladder_step *step,
		     size_t index, struct lbrvirt_event *ret_event)
{
	struct event_request request;
	int fd;

	request_on(&walk->plan->requests[index], step, &request);
	memset(ret_event, 0, sizeof(*ret_event));
	ret_event->index = (uint32_t)index;
	ret_event->name = name_on(walk, &walk->plan->requests[index], step);
	if (!ret_event->name)
		return -ENOMEM;
	event_attr_fill(walk->plan, &request, step->source, &ret_event->attr);
	ret_event->attr.disabled = 1;
	fd = event_open(walk->trial->machine, &ret_event->attr, trial_pid(walk),
			walk->plan->system_wide ? 0 : -1, 0);
	ret_event->attr.disabled = 0;
	if (fd < 0)
		return fd;
	close(fd);
	return 0;
}

static int test_step(struct walk *walk)
{
	const struct plan_trial *trial = walk->trial;
	int err = trial->self_test(trial->arg, walk->finding,
				   sizeof(walk->finding));

	walk->failed = 0;
	walk->is_finding = err;
	walk->is_pmu_dead = err == -ENODEV;
	return err;
}

/*
 * All events of a step, up to the first that fails. A PMU that brings no
 * samples with branch records brings none without: only the clock is left.
 * (Events of no PMU were not tested: with them, no LBR step opens.)
 */
static int try_step(struct walk *walk, const struct ladder_step *step)
{
	walk->is_finding = walk->is_pmu_dead && !step->is_on_clock;
	if (walk->is_finding) {
		walk->failed = 0;
		walk->plan->events[0].name = walk->plan->requests[0].name;
		return -ENODEV;
	}
	for (size_t i = 0; i < walk->plan->nr_requests; i++) {
		int err = try_event(walk, step, i, &walk->plan->events[i]);

		if (err) {
			walk->failed = i;
			return err;
		}
	}
	if (!is_lbr(step->source) || !walk->trial->self_test)
		return 0;
	return test_step(walk);
}

/* What was conceded while opening, told once and by the event's name. */
static int declare_concessions(const struct walk *walk,
			       const struct ladder_step *step)
{
	for (size_t i = 0; i < walk->plan->nr_requests; i++) {
		struct lbrvirt_event *event = &walk->plan->events[i];
		struct event_request request;
		char name[EVENT_NAME_MAX + 16];

		request_on(&walk->plan->requests[i], step, &request);
		if (event->attr.precise_ip < request.attr.precise_ip)
			log_write(
				walk->ctx, LBRVIRT_LOG_WARNING,
				"%s: precision lowered from %u to %u, the most there is here",
				event->name, request.attr.precise_ip,
				event->attr.precise_ip);
		if (event->attr.exclude_kernel <= request.attr.exclude_kernel)
			continue;
		log_write(
			walk->ctx, LBRVIRT_LOG_WARNING,
			"%s: the kernel may not be sampled (kernel.perf_event_paranoid above 1), only user space is",
			event->name);
		event_name_without_kernel(event->name, name, sizeof(name));
		event->name = intern_string(walk->plan->strings, name);
		if (!event->name)
			return -ENOMEM;
	}
	return 0;
}

/* Write down how trying @step went. 0 or -ENOMEM. */
static int note_step(const struct walk *walk, const struct ladder_step *step,
		     int err)
{
	struct lbrvirt_plan *plan = walk->plan;
	size_t failed = err ? walk->failed : 0;
	struct lbrvirt_plan_step *noted = &plan->steps[plan->nr_steps];
	char reason[REASON_SIZE] = "";

	if (walk->is_finding)
		memcpy(reason, walk->finding, sizeof(reason));
	else if (err)
		event_open_reason(walk->trial->machine, walk->trial->guest,
				  &plan->events[failed].attr, trial_pid(walk),
				  -err, reason, sizeof(reason));
	noted->source = step->source;
	noted->event = plan->events[failed].name;
	noted->is_taken = !err;
	noted->err = -err;
	noted->reason = intern_string(plan->strings, reason);
	if (!noted->reason)
		return -ENOMEM;
	plan->nr_steps++;
	return 0;
}

/* The public code for a trial's errno. */
static int public_code(const struct walk *walk, int err)
{
	const struct lbrvirt_gate *gate =
		lbrvirt_guest_first_closed(walk->trial->guest);

	switch (err) {
	case ENOENT:
	case EINVAL:
	case ENOSYS:
	case EOPNOTSUPP:
		if (walk->opts->require_lbr && gate &&
		    (gate->id == LBRVIRT_GATE_VPMU ||
		     gate->id == LBRVIRT_GATE_LBR_FORMAT ||
		     gate->id == LBRVIRT_GATE_ARCH_LBR) &&
		    lbrvirt_guest_hypervisor(walk->trial->guest) !=
			    LBRVIRT_HV_NONE)
			return ENODEV;
		return EOPNOTSUPP;
	default:
		return error_from_errno(err);
	}
}

static int refuse_without_lbr(const struct walk *walk,
			      const struct lbrvirt_plan_step *last)
{
	const struct lbrvirt_gate *gate =
		lbrvirt_guest_first_closed(walk->trial->guest);
	bool has_remedy = gate && gate->remedy_admin[0];

	return error_set(
		walk->ctx, public_code(walk, last->err),
		"LBR call stacks are required, and cannot be had: %s%s%s",
		last->reason, has_remedy ? "; on the host: " : "",
		has_remedy ? gate->remedy_admin : "");
}

/* No step opened: the last one's reason speaks, being asked for least. */
static int refuse(const struct walk *walk)
{
	const struct lbrvirt_plan *plan = walk->plan;
	const struct lbrvirt_plan_step *last = &plan->steps[plan->nr_steps - 1];
	uint32_t type = plan->requests[walk->failed].attr.type;
	bool is_without_pmu =
		(last->err == ENOENT || last->err == EOPNOTSUPP) &&
		(type == PERF_TYPE_HARDWARE || type == PERF_TYPE_HW_CACHE ||
		 type == PERF_TYPE_RAW) &&
		!plan->branch_filter;

	if (walk->opts->require_lbr)
		return refuse_without_lbr(walk, last);
	return error_set(walk->ctx, public_code(walk, last->err),
			 "%s cannot be sampled: %s%s", last->event,
			 last->reason,
			 is_without_pmu ? "; cpu-clock needs no PMU" : "");
}

int ladder_walk(struct lbrvirt_context *ctx, const struct plan_trial *trial,
		const struct lbrvirt_plan_opts *opts, struct lbrvirt_plan *plan)
{
	struct walk walk = {
		.ctx = ctx,
		.trial = trial,
		.opts = opts,
		.plan = plan,
	};

	plan->steps = calloc(NR_LADDER, sizeof(*plan->steps));
	plan->events = calloc(plan->nr_requests, sizeof(*plan->events));
	if (!plan->steps || !plan->events)
		return error_set(ctx, ENOMEM, "out of memory");
	for (size_t i = 0; i < plan->nr_requests; i++)
		walk.has_cycles |= is_cycles(&plan->requests[i]);

	for (size_t i = 0; i < NR_LADDER; i++) {
		int err;

		if (!is_wanted(&walk, &ladder[i]))
			continue;
		err = try_step(&walk, &ladder[i]);
		/* No name, no event: nothing to note. */
		if (err == -ENOMEM && !plan->events[walk.failed].name)
			return error_set(ctx, ENOMEM, "out of memory");
		if (!err && declare_concessions(&walk, &ladder[i]))
			return error_set(ctx, ENOMEM, "out of memory");
		if (note_step(&walk, &ladder[i], err))
			return error_set(ctx, ENOMEM, "out of memory");
		if (!err) {
			plan->source = ladder[i].source;
			return 0;
		}
	}
	return refuse(&walk);
}
