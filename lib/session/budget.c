/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A session's budget: what a sample costs here is measured before events are
 * opened, what the recorder uses while it runs. rate.c decides, the recorder
 * shifts.
 */
#include "config.h"

#include "session/internal.h"

#include <errno.h>
#include <inttypes.h>

#include "base/error.h"
#include "guest/exit_cost.h"
#include "record/sample_cost.h"

#define ROUNDS 1000
/* Of an interrupt and a sample beside the exits, where neither can be measured:
 * the order of magnitude on CPUs of the last ten years. */
#define SAMPLE_NS_BARE 5000
/* What the recorder uses for a sample, until that is known: some 50 frames to
 * be unwound with rules that are not there yet, or a chain to be copied. */
#define UNWIND_NS_GUESS 30000
#define CHAIN_NS_GUESS	5000

static uint32_t count_by_rate(const struct lbrvirt_plan *plan,
			      uint64_t *ret_max_hz)
{
	uint32_t nr = 0;

	for (size_t i = 0; i < lbrvirt_plan_event_count(plan); i++) {
		const struct perf_event_attr *attr =
			&lbrvirt_plan_event(plan, i)->attr;

		if (!attr->freq)
			continue;
		if (nr++ == 0)
			*ret_max_hz = attr->sample_freq;
	}
	return nr;
}

/* The two exits of a timer's sample, and what else is always there. */
static uint64_t model_sample_ns(struct lbrvirt_session *session)
{
	const struct lbrvirt_exit_cost_opts opts = { .size = sizeof(opts),
						     .rounds = ROUNDS };
	struct lbrvirt_exit_cost *cost;
	uint64_t exit_ns = 0;

	if (exit_cost_measure_on(NULL, session->machine, &opts, &cost) == 0) {
		exit_ns = lbrvirt_exit_cost_total(cost)->median_ns;
		lbrvirt_exit_cost_free(cost);
	}
	return SAMPLE_NS_BARE +
	       exit_ns * lbrvirt_interrupt_exits(LBRVIRT_INTERRUPT_TIMER);
}

static uint64_t find_sample_ns(struct lbrvirt_session *session)
{
	struct lbrvirt_sample_cost cost;

	if (sample_cost_measure_on(NULL, session->machine, session->plan,
				   &cost) == 0)
		return cost.median_ns;
	return model_sample_ns(session);
}

static bool is_unwound(const struct lbrvirt_session *session)
{
	enum lbrvirt_stack_source source = lbrvirt_plan_source(session->plan);

	return source == LBRVIRT_STACK_DWARF ||
	       source == LBRVIRT_STACK_LBR_JOINED;
}

int budget_begin(struct lbrvirt_session *session)
{
	struct budget *budget = &session->budget;
	struct rate_opts opts = {
		.budget = session->opts.overhead_budget / 100,
		.guess_ns = is_unwound(session) ? UNWIND_NS_GUESS :
						  CHAIN_NS_GUESS,
	};

	if (session->opts.overhead_budget == 0)
		return 0;
	opts.nr_events = count_by_rate(session->plan, &opts.max_hz);
	if (!opts.nr_events)
		return error_set(
			session->ctx, EINVAL,
			"a budget needs an event that is sampled by frequency, not by period");
	opts.sample_ns = find_sample_ns(session);
	rate_init(&budget->rate, &opts);
	budget->is_on = true;
	log_write(
		session->ctx, LBRVIRT_LOG_NOTICE,
		"a sample costs the program %.1f us here: beginning with %" PRIu64
		" Hz",
		(double)opts.sample_ns / 1e3,
		budget->rate.gears.hz[budget->rate.gear]);
	return 0;
}

/* What the window has so far. */
static void see(const struct lbrvirt_session *session,
		struct rate_window *ret_window)
{
	const struct budget *budget = &session->budget;
	struct lbrvirt_session_summary counts;
	struct recorder_stats stats;

	pipeline_count(session->pipeline, &counts);
	recorder_stats(session->recorder, &stats);
	ret_window->samples = counts.samples + stats.lost - budget->samples;
	ret_window->recorder_ns =
		session_recorder_ns(session) - budget->recorder_ns;
}

static bool take(struct budget *budget, const struct rate_window *window,
		 uint64_t now_ns)
{
	budget->samples += window->samples;
	budget->recorder_ns += window->recorder_ns;
	budget->window_ns = now_ns;
	return rate_take(&budget->rate, window);
}

void budget_look(struct lbrvirt_session *session, uint64_t now_ns)
{
	struct budget *budget = &session->budget;
	struct rate_window window;

	if (!budget->is_on)
		return;
	if (!budget->window_ns)
		budget->window_ns = now_ns;
	see(session, &window);
	if (!rate_is_ripe(&window, now_ns - budget->window_ns))
		return;
	if (!take(budget, &window, now_ns))
		return;
	recorder_shift(session->recorder, budget->rate.gear);
	log_write(session->ctx, LBRVIRT_LOG_DEBUG,
		  "sampling at %" PRIu64 " Hz from now on",
		  budget->rate.gears.hz[budget->rate.gear]);
}

void budget_end(struct lbrvirt_session *session)
{
	struct budget *budget = &session->budget;
	struct rate rate = budget->rate;
	struct rate_window window;

	if (!budget->is_on)
		return;
	see(session, &window);
	take(budget, &window, budget->window_ns);
	/* Counted, but nothing is sampled at another rate any more. */
	budget->rate.gear = rate.gear;
	budget->rate.shifts = rate.shifts;
	budget->rate.slowest = rate.slowest;
	budget->rate.fastest = rate.fastest;
}

void budget_sum(const struct lbrvirt_session *session,
		struct lbrvirt_session_summary *summary)
{
	const struct rate *rate = &session->budget.rate;

	if (!session->budget.is_on)
		return;
	summary->sample_cost_ns = rate->opts.sample_ns;
	summary->rate_hz = rate->gears.hz[rate->gear];
	summary->rate_hz_min = rate->gears.hz[rate->slowest];
	summary->rate_hz_max = rate->gears.hz[rate->fastest];
	summary->rate_changes = rate->shifts;
	if (rate->recorded_ns > 0)
		summary->overhead_percent =
			100 * rate->spent_ns / rate->recorded_ns;
}
