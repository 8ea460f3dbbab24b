/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The recorder on the real kernel: a busy child on cpu-clock.
 */
#include "config.h"

#include "record/recorder.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
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

Suite *recorder_suite(void)
{
	Suite *suite = suite_create("recorder");
	TCase *live = tcase_create("live");

	tcase_add_checked_fixture(live, set_up, tear_down);
	tcase_set_timeout(live, 60);
	tcase_add_test(live, a_command_is_recorded_from_its_exec_to_its_exit);
	tcase_add_test(live, a_ring_too_small_loses_and_says_how_much);
	tcase_add_test(live, a_task_that_is_gone_is_said_so);
	suite_add_tcase(suite, live);
	return suite;
}
