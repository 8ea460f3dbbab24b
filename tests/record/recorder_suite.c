/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The recorder on the real kernel: a busy child on cpu-clock.
 */
#include "config.h"

#include "record/recorder.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "record/suites.h"

static struct lbrvirt_context *ctx;
static struct lbrvirt_plan *plan;

static void set_up(void)
{
	static const char *const events[] = { "cpu-clock:u" };
	struct lbrvirt_plan_opts opts = {
		.size = sizeof(opts),
		.events = events,
		.nr_events = 1,
		.period = 100000, /* 0.1 ms of CPU time */
		.call_graph = LBRVIRT_CALL_GRAPH_NONE,
	};

	ck_assert_int_eq(lbrvirt_context_new(&ctx), 0);
	ck_assert_msg(lbrvirt_plan_new(ctx, NULL, &opts, &plan) == 0, "%s",
		      lbrvirt_context_error(ctx));
}

static void tear_down(void)
{
	lbrvirt_plan_free(plan);
	lbrvirt_context_free(ctx);
}

/* What came out of the rings. */
struct seen {
	uint64_t last_ns;
	size_t nr_samples;
	size_t nr_unordered;
	size_t nr_samples_before_exec;
	bool has_exec;
	bool has_exit;
	bool has_mmap;
};

static int see(const struct lbrvirt_record *record, void *arg)
{
	struct seen *seen = arg;

	if (record->time_ns < seen->last_ns)
		seen->nr_unordered++;
	seen->last_ns = record->time_ns;
	switch (record->type) {
	case PERF_RECORD_SAMPLE:
		seen->nr_samples++;
		seen->nr_samples_before_exec += !seen->has_exec;
		ck_assert_ptr_nonnull(record->event);
		ck_assert_str_eq(record->event->name, "cpu-clock:u");
		break;
	case PERF_RECORD_COMM:
		seen->has_exec |= record->comm.is_exec;
		break;
	case PERF_RECORD_EXIT:
		seen->has_exit = true;
		break;
	case PERF_RECORD_MMAP2:
		seen->has_mmap = true;
		break;
	}
	return 0;
}

static const char *const busy[] = {
	"sh", "-c", "i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done", NULL,
};

START_TEST(a_command_is_recorded_from_its_exec_to_its_exit)
{
	struct tasks tasks = { NULL, 0, 0 };
	struct recorder_opts opts = {
		.plan = plan,
		.tasks = &tasks,
		.is_inherited = true,
		.starts_with_exec = true,
	};
	struct command_child child;
	struct recorder *recorder;
	struct recorder_stats stats;
	struct seen seen = { .last_ns = 0 };

	ck_assert_int_eq(command_child_start(ctx, busy, &child), 0);
	ck_assert_int_eq(tasks_add(&tasks, child.pid), 1);
	ck_assert_msg(recorder_open(ctx, machine_live(), &opts, &recorder) == 0,
		      "%s", lbrvirt_context_error(ctx));
	ck_assert_int_eq(command_child_exec(ctx, &child, busy[0]), 0);
	while (!command_child_has_ended(&child)) {
		ck_assert_int_ge(recorder_drain(recorder, false, see, &seen),
				 0);
		usleep(5000);
	}
	recorder_disable(recorder);
	ck_assert_int_ge(recorder_drain(recorder, true, see, &seen), 0);
	recorder_count_lost(recorder);
	recorder_stats(recorder, &stats);
	ck_assert(seen.has_exec && seen.has_exit && seen.has_mmap);
	ck_assert_uint_gt(seen.nr_samples, 5);
	ck_assert_uint_eq(seen.nr_samples_before_exec, 0);
	ck_assert_uint_eq(seen.nr_unordered, stats.unordered);
	ck_assert_uint_eq(stats.lost, 0);
	recorder_close(recorder);
	command_child_fini(&child);
	tasks_fini(&tasks);
}
END_TEST

START_TEST(a_ring_too_small_loses_and_says_how_much)
{
	struct tasks tasks = { NULL, 0, 0 };
	struct recorder_opts opts = {
		.plan = plan,
		.tasks = &tasks,
		.is_inherited = true,
		.starts_with_exec = true,
		.ring_pages = 1,
	};
	struct command_child child;
	struct recorder *recorder;
	struct recorder_stats stats;
	struct seen seen = { .last_ns = 0 };

	ck_assert_int_eq(command_child_start(ctx, busy, &child), 0);
	ck_assert_int_eq(tasks_add(&tasks, child.pid), 1);
	ck_assert_int_eq(recorder_open(ctx, machine_live(), &opts, &recorder),
			 0);
	ck_assert_int_eq(command_child_exec(ctx, &child, busy[0]), 0);
	while (!command_child_has_ended(&child))
		usleep(5000);
	recorder_disable(recorder);
	ck_assert_int_ge(recorder_drain(recorder, true, see, &seen), 0);
	recorder_count_lost(recorder);
	recorder_stats(recorder, &stats);
	ck_assert_uint_eq(stats.ring_pages, 1);
	/* The loop takes some 100 ms, a thousand samples; a page has room for
	 * less than a hundred a CPU. */
	ck_assert_uint_gt(seen.nr_samples, 5);
	ck_assert_uint_gt(stats.lost, 0);
	recorder_close(recorder);
	command_child_fini(&child);
	tasks_fini(&tasks);
}
END_TEST

START_TEST(a_task_that_is_gone_is_said_so)
{
	struct tasks tasks = { NULL, 0, 0 };
	struct recorder_opts opts = { .plan = plan, .tasks = &tasks };
	struct recorder *recorder = NULL;

	ck_assert_int_eq(tasks_add(&tasks, 0x7ffffffe), 1);
	ck_assert_int_eq(recorder_open(ctx, machine_live(), &opts, &recorder),
			 -ENOENT);
	ck_assert_ptr_null(recorder);
	tasks_fini(&tasks);
}
END_TEST

/* Samples by the period that they say. */
struct periods {
	size_t nr_fast;
	size_t nr_slow;
	size_t nr_other;
	uint64_t sum_ns;
};

static int see_period(const struct lbrvirt_record *record, void *arg)
{
	struct periods *periods = arg;

	if (record->type != PERF_RECORD_SAMPLE)
		return 0;
	ck_assert_ptr_nonnull(record->event);
	periods->nr_fast += record->sample.period == 1000000;
	periods->nr_slow += record->sample.period == 20000000;
	periods->nr_other += record->sample.period != 1000000 &&
			     record->sample.period != 20000000;
	periods->sum_ns += record->sample.period;
	return 0;
}

static void *burn(void *arg)
{
	const atomic_bool *is_ended = arg;

	while (!atomic_load(is_ended))
		;
	return NULL;
}

static uint64_t used_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* Let the threads use so much CPU time, and see what came of it. */
static void burn_for(struct recorder *recorder, uint64_t ns,
		     struct periods *periods)
{
	uint64_t end_ns = used_ns() + ns;

	while (used_ns() < end_ns) {
		ck_assert_int_ge(
			recorder_drain(recorder, false, see_period, periods),
			0);
		usleep(5000);
	}
	/* What was sampled at this rate shall be drained at it. */
	usleep(20000);
	ck_assert_int_ge(recorder_drain(recorder, false, see_period, periods),
			 0);
}

/*
 * Threads that were there before the events were opened, and that inherit
 * them, are sampled at the new rate alike, and their samples say so.
 */
START_TEST(a_shift_reaches_all_that_inherited_and_samples_say_their_period)
{
	static const struct gears gears = { .nr = 2, .hz = { 1000, 50 } };
	static const char *const events[] = { "cpu-clock:u" };
	const struct lbrvirt_plan_opts plan_opts = {
		.size = sizeof(plan_opts),
		.events = events,
		.nr_events = 1,
		.freq_hz = 1000,
		.call_graph = LBRVIRT_CALL_GRAPH_NONE,
	};
	struct periods fast = { .nr_fast = 0 }, slow = { .nr_fast = 0 };
	struct tasks tasks = { NULL, 0, 0 };
	struct recorder_opts opts = {
		.tasks = &tasks,
		.is_inherited = true,
		.gears = &gears,
	};
	atomic_bool is_ended = false;
	struct recorder *recorder;
	pthread_t threads[2];
	uint64_t begin_ns;

	lbrvirt_plan_free(plan);
	plan = NULL;
	ck_assert_int_eq(lbrvirt_plan_new(ctx, NULL, &plan_opts, &plan), 0);
	opts.plan = plan;
	ck_assert_int_eq(tasks_add(&tasks, gettid()), 1);
	ck_assert_msg(recorder_open(ctx, machine_live(), &opts, &recorder) == 0,
		      "%s", lbrvirt_context_error(ctx));
	for (int i = 0; i < 2; i++)
		ck_assert_int_eq(
			pthread_create(&threads[i], NULL, burn, &is_ended), 0);
	begin_ns = used_ns();
	recorder_enable_samples(recorder);
	burn_for(recorder, 300000000, &fast);
	ck_assert_uint_gt(fast.nr_fast, 100);
	ck_assert_uint_eq(fast.nr_slow + fast.nr_other, 0);
	recorder_shift(recorder, 1);
	burn_for(recorder, 600000000, &slow);
	recorder_disable(recorder);
	ck_assert_int_ge(recorder_drain(recorder, true, see_period, &slow), 0);
	ck_assert_uint_gt(slow.nr_slow, 10);
	/* Those of the moment before the shift may come late. */
	ck_assert_uint_lt(slow.nr_fast, fast.nr_fast);
	ck_assert_uint_eq(slow.nr_other, 0);
	/* The periods add up to the time at either rate: no less than half of
	 * it, where a rate that samples do not know would be a twentieth. */
	ck_assert_uint_gt(fast.sum_ns + slow.sum_ns,
			  (used_ns() - begin_ns) / 2);
	ck_assert_uint_gt(slow.sum_ns, 300000000);

	atomic_store(&is_ended, true);
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	recorder_close(recorder);
	tasks_fini(&tasks);
}
END_TEST

Suite *recorder_suite(void)
{
	Suite *suite = suite_create("recorder");
	TCase *live = tcase_create("live");

	tcase_add_checked_fixture(live, set_up, tear_down);
	tcase_set_timeout(live, 60);
	tcase_add_test(live, a_command_is_recorded_from_its_exec_to_its_exit);
	tcase_add_test(live, a_ring_too_small_loses_and_says_how_much);
	tcase_add_test(live, a_task_that_is_gone_is_said_so);
	tcase_add_test(
		live,
		a_shift_reaches_all_that_inherited_and_samples_say_their_period);
	suite_add_tcase(suite, live);
	return suite;
}
