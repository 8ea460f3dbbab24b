/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The plan object: settings are checked and brought within the kernel's
 * limits, events are looked up, then the ladder is walked.
 */
#include "config.h"

#include "event/plan.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "event/branch_filter.h"
#include "event/event_name.h"
#include "event/ladder.h"
#include "event/plan_text.h"

/* More is a mistake: each is opened once a CPU and task. */
#define EVENTS_MAX 64

static int check_opts(struct lbrvirt_context *ctx,
		      const struct lbrvirt_plan_opts *opts)
{
	if ((int)opts->call_graph < LBRVIRT_CALL_GRAPH_AUTO ||
	    opts->call_graph > LBRVIRT_CALL_GRAPH_NONE)
		return error_set(ctx, EINVAL, "no such source of call stacks");
	if (opts->freq_hz && opts->period)
		return error_set(ctx, EINVAL,
				 "a frequency and a period exclude each other");
	if (opts->stack_size > LBRVIRT_STACK_SIZE_MAX)
		return error_set(ctx, EINVAL,
				 "a stack copy has at most %d bytes",
				 LBRVIRT_STACK_SIZE_MAX);
	if (opts->require_lbr && opts->call_graph > LBRVIRT_CALL_GRAPH_LBR)
		return error_set(
			ctx, EINVAL,
			"LBR call stacks are required and another source is asked for");
	if (opts->branch_filter &&
	    (opts->require_lbr || opts->call_graph == LBRVIRT_CALL_GRAPH_LBR))
		return error_set(
			ctx, EINVAL,
			"LBR call stacks and a branch filter exclude each other: the CPU has one set of branch records");
	return 0;
}

/* The kernel lowers its limit by itself where interrupts are slow. */
static void set_rate(struct lbrvirt_context *ctx, struct machine *machine,
		     const struct lbrvirt_plan_opts *opts,
		     struct lbrvirt_plan *plan)
{
	uint64_t limit = machine_max_sample_rate(machine);
	uint64_t freq_hz = opts->freq_hz;

	plan->period = opts->period;
	plan->has_rate = opts->period || opts->freq_hz;
	if (opts->period)
		return;
	if (freq_hz == 0)
		freq_hz = LBRVIRT_FREQ_HZ_DEFAULT;
	if (freq_hz == LBRVIRT_FREQ_HZ_MAX) {
		freq_hz = limit ? limit : LBRVIRT_FREQ_HZ_DEFAULT;
	} else if (limit && freq_hz > limit) {
		log_write(
			ctx, LBRVIRT_LOG_WARNING,
			"%" PRIu64 " Hz lowered to %" PRIu64
			" Hz, this kernel's limit (kernel.perf_event_max_sample_rate)",
			freq_hz, limit);
		freq_hz = limit;
	}
	plan->freq_hz = freq_hz;
}

static int add_request(struct lbrvirt_context *ctx, struct machine *machine,
		       struct lbrvirt_plan *plan, const char *name,
		       size_t length)
{
	void *requests = plan->requests;
	struct event_request *request;
	char copy[EVENT_NAME_MAX + 1];

	if (length > EVENT_NAME_MAX)
		return error_set(ctx, EINVAL, "an event's name is too long");
	if (plan->nr_requests == EVENTS_MAX)
		return error_set(ctx, EINVAL, "more than %d events",
				 EVENTS_MAX);
	memcpy(copy, name, length);
	copy[length] = '\0';
	if (array_reserve(&requests, &plan->requests_capacity,
			  plan->nr_requests + 1, sizeof(*plan->requests)))
		return error_set(ctx, ENOMEM, "out of memory");
	plan->requests = requests;
	request = &plan->requests[plan->nr_requests];
	request->name = intern_string(plan->strings, copy);
	if (!request->name)
		return error_set(ctx, ENOMEM, "out of memory");
	plan->nr_requests++;
	return event_name_parse(ctx, machine, copy, &request->attr);
}

static int add_list(struct lbrvirt_context *ctx, struct machine *machine,
		    struct lbrvirt_plan *plan, const char *list)
{
	for (;;) {
		size_t length = event_name_length(list);
		int err = add_request(ctx, machine, plan, list, length);

		if (err)
			return err;
		if (!list[length])
			return 0;
		list += length + 1;
	}
}

static int add_requests(struct lbrvirt_context *ctx, struct machine *machine,
			const struct lbrvirt_plan_opts *opts,
			struct lbrvirt_plan *plan)
{
	int err = 0;

	if (!opts->events || opts->nr_events == 0)
		return add_list(ctx, machine, plan, "cycles");
	for (size_t i = 0; i < opts->nr_events && !err; i++) {
		if (!opts->events[i])
			return error_set(ctx, EINVAL, "an event is NULL");
		err = add_list(ctx, machine, plan, opts->events[i]);
	}
	return err;
}

static int fill_plan(struct lbrvirt_context *ctx,
		     const struct plan_trial *trial,
		     const struct lbrvirt_plan_opts *opts,
		     struct lbrvirt_plan *plan)
{
	uint32_t size = opts->stack_size;
	int err;

	if (intern_new(&plan->strings))
		return error_set(ctx, ENOMEM, "out of memory");
	plan->system_wide = opts->system_wide;
	plan->stack_size = size ? (size + 7) & ~7u : LBRVIRT_STACK_SIZE_DEFAULT;
	set_rate(ctx, trial->machine, opts, plan);
	if (opts->branch_filter) {
		err = branch_filter_parse(ctx, opts->branch_filter,
					  &plan->branch_filter);
		if (err)
			return err;
	}
	err = add_requests(ctx, trial->machine, opts, plan);
	if (!err)
		err = ladder_walk(ctx, trial, opts, plan);
	if (err)
		return err;
	if (plan_text_write(plan))
		return error_set(ctx, ENOMEM, "out of memory");
	return 0;
}

int plan_new_on(struct lbrvirt_context *ctx, const struct plan_trial *trial,
		const struct lbrvirt_plan_opts *opts,
		struct lbrvirt_plan **ret_plan)
{
	static const struct lbrvirt_plan_opts defaults = {
		.size = sizeof(defaults),
	};
	struct lbrvirt_plan *plan;
	int err;

	assert(trial && trial->machine && ret_plan);

	if (!opts)
		opts = &defaults;
	err = check_opts(ctx, opts);
	if (err)
		return err;
	plan = calloc(1, sizeof(*plan));
	if (!plan)
		return error_set(ctx, ENOMEM, "out of memory");
	err = fill_plan(ctx, trial, opts, plan);
	if (err) {
		lbrvirt_plan_free(plan);
		return err;
	}
	*ret_plan = plan;
	return 0;
}

void lbrvirt_plan_free(struct lbrvirt_plan *plan)
{
	if (!plan)
		return;
	buffer_fini(&plan->text);
	free(plan->steps);
	free(plan->events);
	free(plan->requests);
	intern_free(plan->strings);
	free(plan);
}

enum lbrvirt_stack_source lbrvirt_plan_source(const struct lbrvirt_plan *plan)
{
	return plan ? plan->source : LBRVIRT_STACK_NONE;
}

size_t lbrvirt_plan_event_count(const struct lbrvirt_plan *plan)
{
	return plan ? plan->nr_requests : 0;
}

const struct lbrvirt_event *lbrvirt_plan_event(const struct lbrvirt_plan *plan,
					       size_t index)
{
	if (!plan || index >= plan->nr_requests)
		return NULL;
	return &plan->events[index];
}

size_t lbrvirt_plan_step_count(const struct lbrvirt_plan *plan)
{
	return plan ? plan->nr_steps : 0;
}

const struct lbrvirt_plan_step *
lbrvirt_plan_step(const struct lbrvirt_plan *plan, size_t index)
{
	if (!plan || index >= plan->nr_steps)
		return NULL;
	return &plan->steps[index];
}

const char *lbrvirt_plan_text(const struct lbrvirt_plan *plan)
{
	return plan ? (const char *)plan->text.bytes : "";
}
