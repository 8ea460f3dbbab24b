/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Whole sessions through the public API, on the real kernel.
 */
#include "config.h"

#include <lbrvirt/session.h>

#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "session/suites.h"

static struct lbrvirt_context *ctx;
static struct lbrvirt_plan *plan;

static void set_up(void)
{
	struct lbrvirt_plan_opts opts = { .size = sizeof(opts),
					  .freq_hz = 500 };

	ck_assert_int_eq(lbrvirt_context_new(&ctx), 0);
	ck_assert_msg(lbrvirt_plan_new(ctx, NULL, &opts, &plan) == 0, "%s",
		      lbrvirt_context_error(ctx));
}

static void tear_down(void)
{
	lbrvirt_plan_free(plan);
	lbrvirt_context_free(ctx);
}

static int count_samples(const struct lbrvirt_record *record, void *arg)
{
	if (record->type == PERF_RECORD_SAMPLE) {
		ck_assert_uint_gt(record->sample.nr_callchain, 0);
		++*(uint64_t *)arg;
	}
	return 0;
}

static int run(struct lbrvirt_session *session)
{
	int state = lbrvirt_session_start(session);

	if (state)
		return state;
	do {
		state = lbrvirt_session_poll(session, 50);
	} while (state > 0);
	return state < 0 ? state : lbrvirt_session_finish(session);
}

START_TEST(a_command_is_sampled_and_its_status_kept)
{
	static const char *const argv[] = {
		"sh",
		"-c",
		"i=0; while [ $i -lt 60000 ]; do i=$((i+1)); done; exit 5",
		NULL,
	};
	uint64_t nr_samples = 0;
	struct lbrvirt_session_opts opts = {
		.size = sizeof(opts),
		.argv = argv,
		.record_fn = count_samples,
		.record_arg = &nr_samples,
	};
	const struct lbrvirt_session_summary *summary;
	struct lbrvirt_session *session;

	ck_assert_int_eq(lbrvirt_session_open(ctx, plan, &opts, &session), 0);
	ck_assert_int_eq(run(session), 0);
	summary = lbrvirt_session_summary(session);
	ck_assert_uint_gt(nr_samples, 5);
	ck_assert_uint_eq(summary->samples, nr_samples);
	ck_assert_uint_eq(summary->complete + summary->truncated +
				  summary->broken + summary->no_stack,
			  nr_samples);
	ck_assert(summary->has_child_status);
	ck_assert_int_eq(WEXITSTATUS(summary->child_status), 5);
	lbrvirt_session_close(session);
}
END_TEST

START_TEST(a_budget_chooses_a_rate_up_to_the_plans)
{
	static const char *const argv[] = {
		"sh",
		"-c",
		"i=0; while [ $i -lt 60000 ]; do i=$((i+1)); done",
		NULL,
	};
	struct lbrvirt_session_opts opts = {
		.size = sizeof(opts),
		.argv = argv,
		.overhead_budget = 100,
	};
	const struct lbrvirt_session_summary *summary;
	struct lbrvirt_session *session;

	ck_assert_int_eq(lbrvirt_session_open(ctx, plan, &opts, &session), 0);
	ck_assert_int_eq(run(session), 0);
	summary = lbrvirt_session_summary(session);
	ck_assert_uint_gt(summary->samples, 0);
	ck_assert_uint_gt(summary->sample_cost_ns, 0);
	ck_assert(summary->overhead_percent > 0);
	ck_assert_uint_le(summary->rate_hz_min, summary->rate_hz);
	ck_assert_uint_le(summary->rate_hz, summary->rate_hz_max);
	ck_assert_uint_le(summary->rate_hz_max, 500);
	lbrvirt_session_close(session);
}
END_TEST

START_TEST(a_budget_that_makes_no_sense_is_refused)
{
	static const double budgets[] = { -1, 100.5, NAN, INFINITY };
	static const char *const argv[] = { "true", NULL };
	struct lbrvirt_session_opts opts = {
		.size = sizeof(opts),
		.argv = argv,
		.overhead_budget = budgets[_i],
	};
	struct lbrvirt_session *session = NULL;

	ck_assert_int_eq(lbrvirt_session_open(ctx, plan, &opts, &session),
			 -EINVAL);
	ck_assert_ptr_null(session);
}
END_TEST

START_TEST(a_budget_needs_an_event_by_frequency)
{
	static const char *const argv[] = { "true", NULL };
	const struct lbrvirt_plan_opts plan_opts = {
		.size = sizeof(plan_opts),
		.period = 1000000,
	};
	struct lbrvirt_session_opts opts = {
		.size = sizeof(opts),
		.argv = argv,
		.overhead_budget = 1,
	};
	struct lbrvirt_session *session = NULL;

	lbrvirt_plan_free(plan);
	plan = NULL;
	ck_assert_int_eq(lbrvirt_plan_new(ctx, NULL, &plan_opts, &plan), 0);
	ck_assert_int_eq(lbrvirt_session_open(ctx, plan, &opts, &session),
			 -EINVAL);
	ck_assert_ptr_null(session);
}
END_TEST

START_TEST(a_session_ends_when_asked_and_takes_its_command_along)
{
	static const char *const argv[] = { "sleep", "1000", NULL };
	struct lbrvirt_session_opts opts = { .size = sizeof(opts),
					     .argv = argv };
	const struct lbrvirt_session_summary *summary;
	struct lbrvirt_session *session;

	ck_assert_int_eq(lbrvirt_session_open(ctx, plan, &opts, &session), 0);
	ck_assert_int_eq(lbrvirt_session_start(session), 0);
	ck_assert_int_eq(lbrvirt_session_poll(session, 10), 1);
	lbrvirt_session_stop(session);
	ck_assert_int_eq(lbrvirt_session_poll(session, 10), 0);
	ck_assert_int_eq(lbrvirt_session_finish(session), 0);
	summary = lbrvirt_session_summary(session);
	ck_assert(!summary->has_child_status);
	ck_assert(WIFSIGNALED(summary->child_status));
	ck_assert_int_eq(WTERMSIG(summary->child_status), SIGTERM);
	lbrvirt_session_close(session);
}
END_TEST

START_TEST(a_command_that_cannot_run_leaves_no_file)
{
	static const char text[] = "#!/nowhere/interpreter\n";
	char folder[] = "/tmp/lbrvirt-test-XXXXXX";
	char path[64];
	char script[64];
	const char *const argv[] = { script, NULL };
	struct lbrvirt_session_opts opts = { .size = sizeof(opts),
					     .argv = argv,
					     .output = path };
	struct lbrvirt_session *session;
	FILE *out;

	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/out", folder);
	snprintf(script, sizeof(script), "%s/script", folder);
	ck_assert_int_eq(lbrvirt_session_open(ctx, plan, &opts, &session),
			 -ENOENT);
	/* Only exec itself can tell that there is no such interpreter. */
	out = fopen(script, "w");
	ck_assert_ptr_nonnull(out);
	fputs(text, out);
	fclose(out);
	ck_assert_int_eq(chmod(script, 0700), 0);
	ck_assert_int_eq(lbrvirt_session_open(ctx, plan, &opts, &session), 0);
	ck_assert_int_eq(lbrvirt_session_start(session), -ENOENT);
	lbrvirt_session_close(session);
	unlink(script);
	/* Only an empty folder can be removed. */
	ck_assert_int_eq(rmdir(folder), 0);
}
END_TEST

START_TEST(a_target_must_be_named_and_only_one)
{
	static const char *const argv[] = { "true", NULL };
	const pid_t pid = getpid();
	struct lbrvirt_session_opts opts = { .size = sizeof(opts) };
	struct lbrvirt_session *session = NULL;

	ck_assert_int_eq(lbrvirt_session_open(ctx, plan, &opts, &session),
			 -EINVAL);
	opts.argv = argv;
	opts.pids = &pid;
	opts.nr_pids = 1;
	ck_assert_int_eq(lbrvirt_session_open(ctx, plan, &opts, &session),
			 -EINVAL);
	opts.pids = NULL;
	opts.nr_pids = 0;
	opts.ring_pages = 3;
	ck_assert_int_eq(lbrvirt_session_open(ctx, plan, &opts, &session),
			 -EINVAL);
	opts.ring_pages = 0;
	opts.size--;
	ck_assert_int_eq(lbrvirt_session_open(ctx, plan, &opts, &session),
			 -EINVAL);
	ck_assert_ptr_null(session);
}
END_TEST

START_TEST(a_process_that_is_gone_is_said_so)
{
	const pid_t pid = 0x7ffffffe;
	struct lbrvirt_session_opts opts = { .size = sizeof(opts),
					     .pids = &pid,
					     .nr_pids = 1 };
	struct lbrvirt_session *session = NULL;

	ck_assert_int_eq(lbrvirt_session_open(ctx, plan, &opts, &session),
			 -ENOENT);
	ck_assert_ptr_nonnull(
		strstr(lbrvirt_context_error(ctx), "no such process"));
}
END_TEST

static int refuse(const struct lbrvirt_record *record, void *arg)
{
	(void)record;
	(void)arg;
	return -EIO;
}

START_TEST(the_record_functions_error_ends_the_session)
{
	static const char *const argv[] = { "sleep", "1000", NULL };
	struct lbrvirt_session_opts opts = { .size = sizeof(opts),
					     .argv = argv,
					     .record_fn = refuse };
	struct lbrvirt_session *session;
	int state;

	ck_assert_int_eq(lbrvirt_session_open(ctx, plan, &opts, &session), 0);
	state = lbrvirt_session_start(session);
	for (int i = 0; state >= 0 && i < 100; i++)
		state = lbrvirt_session_poll(session, 20);
	ck_assert_int_eq(state, -EIO);
	lbrvirt_session_close(session);
}
END_TEST

Suite *session_suite(void)
{
	Suite *suite = suite_create("session");
	TCase *live = tcase_create("live");

	tcase_add_checked_fixture(live, set_up, tear_down);
	tcase_set_timeout(live, 60);
	tcase_add_test(live, a_command_is_sampled_and_its_status_kept);
	tcase_add_test(live, a_budget_chooses_a_rate_up_to_the_plans);
	tcase_add_loop_test(live, a_budget_that_makes_no_sense_is_refused, 0,
			    4);
	tcase_add_test(live, a_budget_needs_an_event_by_frequency);
	tcase_add_test(live,
		       a_session_ends_when_asked_and_takes_its_command_along);
	tcase_add_test(live, a_command_that_cannot_run_leaves_no_file);
	tcase_add_test(live, a_target_must_be_named_and_only_one);
	tcase_add_test(live, a_process_that_is_gone_is_said_so);
	tcase_add_test(live, the_record_functions_error_ends_the_session);
	suite_add_tcase(suite, live);
	return suite;
}
