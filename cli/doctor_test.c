/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What doctor tries rather than looks at: LBR call stacks of known calls, and
 * each rung of the ladder below on a child that spends 100 ms of CPU time a
 * few calls deep.
 */
#include "config.h"

#include "doctor.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define CHILD_NS 100000000ll

bool doctor_has_failed_lbr_test(const struct doctor *doctor)
{
	return doctor->has_lbr_test &&
	       doctor->lbr_test.verdict != LBRVIRT_SELF_TEST_RIGHT;
}

/* The next test's row and room for its words. */
static struct lbrvirt_doctor_test *add_test(struct doctor *doctor,
					    const char *name, char **ret_words)
{
	struct lbrvirt_doctor_test *test = &doctor->tests[doctor->nr_tests];

	*ret_words = doctor->test_words[doctor->nr_tests++];
	test->name = name;
	test->words = *ret_words;
	return test;
}

static void test_lbr(struct doctor *doctor)
{
	const struct lbrvirt_self_test *lbr = &doctor->lbr_test;
	struct lbrvirt_doctor_test *test;
	char *words;

	doctor->lbr_test.size = sizeof(doctor->lbr_test);
	doctor->has_lbr_test = !lbrvirt_self_test(doctor->ctx, doctor->guest,
						  &doctor->lbr_test);
	if (!doctor->wants_tests)
		return;
	test = add_test(doctor, "lbr", &words);
	test->has_run = doctor->has_lbr_test;
	test->has_passed = test->has_run && !doctor_has_failed_lbr_test(doctor);
	if (!test->has_run)
		snprintf(words, DOCTOR_WORDS, "%s",
			 lbrvirt_context_error(doctor->ctx));
	else
		snprintf(words, DOCTOR_WORDS,
			 "%" PRIu64 " of %" PRIu64
			 " stacks of known calls right, %" PRIu64
			 " empty; counted %" PRIu64
			 " in %.1f ms, of which %.1f ms on the PMU%s%s",
			 lbr->nr_right, lbr->nr_samples, lbr->nr_empty,
			 lbr->count, (double)lbr->enabled_ns / 1e6,
			 (double)lbr->running_ns / 1e6,
			 lbr->reason[0] ? ": " : "", lbr->reason);
}

static long long cpu_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return now.tv_sec * 1000000000ll + now.tv_nsec;
}

/* Not a tail call: there is work to do after it. */
static __attribute__((noinline)) unsigned int spin(unsigned int depth)
{
	unsigned int sum = depth;

	if (depth > 0)
		return spin(depth - 1) + sum;
	for (unsigned int i = 0; i < 100000; i++)
		__asm__ volatile("" : "+r"(sum));
	return sum;
}

/* Begins when the pipe is closed at its other end, as the recording does. */
static void run_child(int start_fd)
{
	char byte;

	while (read(start_fd, &byte, 1) < 0 && errno == EINTR)
		;
	while (cpu_ns() < CHILD_NS)
		spin(6);
	_exit(0);
}

/* 0 or -errno; the text is the context's. */
static int record_child(struct doctor *doctor, struct lbrvirt_plan *plan,
			pid_t pid, int start_fd,
			struct lbrvirt_session_summary *ret_summary)
{
	const struct lbrvirt_session_opts opts = {
		.size = sizeof(opts),
		.pids = &pid,
		.nr_pids = 1,
	};
	struct lbrvirt_session *session;
	int err = lbrvirt_session_open(doctor->ctx, plan, &opts, &session);

	if (err)
		return err;
	err = lbrvirt_session_start(session);
	close(start_fd);
	while (!err) {
		err = lbrvirt_session_poll(session, -1);
		if (err == 0)
			break;
		err = err > 0 ? 0 : err;
	}
	if (!err)
		err = lbrvirt_session_finish(session);
	if (!err)
		*ret_summary = *lbrvirt_session_summary(session);
	lbrvirt_session_close(session);
	return err;
}

static int try_plan(struct doctor *doctor, struct lbrvirt_plan *plan,
		    struct lbrvirt_session_summary *ret_summary)
{
	int start[2];
	pid_t pid;
	int err;

	if (pipe(start))
		return -errno;
	pid = fork();
	if (pid == 0) {
		close(start[1]);
		run_child(start[0]);
	}
	close(start[0]);
	if (pid < 0) {
		err = -errno;
		close(start[1]);
		return err;
	}
	err = record_child(doctor, plan, pid, start[1], ret_summary);
	if (err) {
		close(start[1]);
		kill(pid, SIGKILL);
	}
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	return err;
}

struct rung {
	const char *name;
	const char *event;
	enum lbrvirt_call_graph call_graph;
};

static void say_rung(const struct rung *rung,
		     const struct lbrvirt_session_summary *summary,
		     struct lbrvirt_doctor_test *test, char *words)
{
	uint64_t whole = summary->complete;

	test->has_run = true;
	if (rung->call_graph == LBRVIRT_CALL_GRAPH_NONE) {
		test->has_passed = summary->samples > 0;
		snprintf(words, DOCTOR_WORDS,
			 "%" PRIu64 " samples in 100 ms of CPU time",
			 summary->samples);
		return;
	}
	/* Programs without frame pointers are no fault of this machine. */
	if (rung->call_graph == LBRVIRT_CALL_GRAPH_FP) {
		test->has_passed = summary->samples > summary->no_stack;
		snprintf(
			words, DOCTOR_WORDS,
			"%" PRIu64 " of %" PRIu64
			" samples have a chain; %" PRIu64
			" reach the first frame, more where programs are built with frame pointers",
			summary->samples - summary->no_stack, summary->samples,
			whole);
		return;
	}
	test->has_passed = whole > 0 && whole * 2 >= summary->samples;
	snprintf(words, DOCTOR_WORDS,
		 "%" PRIu64 " samples: %" PRIu64 " stacks complete, %" PRIu64
		 " truncated, %" PRIu64 " broken, %" PRIu64 " without",
		 summary->samples, whole, summary->truncated, summary->broken,
		 summary->no_stack);
}

/* Where there is no PMU, a clock stands in for cycles. */
static bool is_replaced(const struct rung *rung,
			const struct lbrvirt_plan *plan)
{
	const struct lbrvirt_plan_step *last =
		lbrvirt_plan_step(plan, lbrvirt_plan_step_count(plan) - 1);

	return last &&
	       strncmp(last->event, rung->event, strlen(rung->event)) != 0;
}

static void test_rung(struct doctor *doctor, const struct rung *rung)
{
	const struct lbrvirt_plan_opts opts = {
		.size = sizeof(opts),
		.events = &rung->event,
		.nr_events = 1,
		.call_graph = rung->call_graph,
	};
	struct lbrvirt_session_summary summary = { 0 };
	struct lbrvirt_doctor_test *test;
	struct lbrvirt_plan *plan = NULL;
	char *words;

	test = add_test(doctor, rung->name, &words);
	if (lbrvirt_plan_new(doctor->ctx, doctor->guest, &opts, &plan) ||
	    try_plan(doctor, plan, &summary))
		snprintf(words, DOCTOR_WORDS, "%s",
			 lbrvirt_context_error(doctor->ctx));
	else if (is_replaced(rung, plan))
		snprintf(
			words, DOCTOR_WORDS,
			"the kernel does not open it here, and record takes cpu-clock");
	else
		say_rung(rung, &summary, test, words);
	lbrvirt_plan_free(plan);
}

void doctor_test(struct doctor *doctor)
{
	/* On a clock, so that what is tried is unwinding and not the PMU. */
	static const struct rung rungs[] = {
		{ "cycles", "cycles", LBRVIRT_CALL_GRAPH_NONE },
		{ "cpu-clock", "cpu-clock", LBRVIRT_CALL_GRAPH_NONE },
		{ "dwarf", "cpu-clock", LBRVIRT_CALL_GRAPH_DWARF },
		{ "fp", "cpu-clock", LBRVIRT_CALL_GRAPH_FP },
	};

	if (doctor->sysroot)
		return;
	if (doctor->wants_tests || !lbrvirt_guest_first_closed(doctor->guest))
		test_lbr(doctor);
	for (size_t i = 0;
	     doctor->wants_tests && i < sizeof(rungs) / sizeof(rungs[0]); i++)
		test_rung(doctor, &rungs[i]);
}
