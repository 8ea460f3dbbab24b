/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * `lbrprof record`: says what runs and why nothing better does, records, and
 * sums up what was seen and what was lost.
 */
#include "config.h"

#include "record.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "command.h"
#include "message.h"
#include "pv_hold.h"
#include "record_opts.h"
#include "record_pv.h"

static const char doc[] =
	"Record where a program spends its time, with whole call stacks.\v"
	"Stacks come from the CPU's branch records (LBR) where this guest has "
	"them, else from the best source that works; what runs, and why nothing "
	"better does, is said at the start and kept in the file. `lbrprof "
	"report' shows the result. The command's own exit status is passed on.";

/* The session that signals end; NULL while there is none. */
static struct lbrvirt_session *volatile signalled_session;

static void end_session(int signal_number)
{
	(void)signal_number;
	lbrvirt_session_stop(signalled_session);
}

static void catch_signals(struct lbrvirt_session *session)
{
	static const int numbers[] = { SIGINT, SIGTERM, SIGHUP };
	struct sigaction action = {
		.sa_handler = session ? end_session : SIG_DFL,
	};

	signalled_session = session;
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		sigaction(numbers[i], &action, NULL);
}

static void show_progress(const struct lbrvirt_session_summary *summary)
{
	char text[128];

	if (!message_has_progress() || summary->duration_ns < 1000000000u)
		return;
	snprintf(text, sizeof(text),
		 "recording: %" PRIu64 " s, %" PRIu64 " samples, %" PRIu64
		 " lost, %.1f MB",
		 summary->duration_ns / 1000000000u, summary->samples,
		 summary->lost_records, (double)summary->bytes_written / 1e6);
	message_progress(text);
}

static int run_session(struct lbrvirt_session *session)
{
	int err;

	catch_signals(session);
	err = lbrvirt_session_start(session);
	while (!err) {
		int state = lbrvirt_session_poll(session, -1);

		if (state < 0)
			err = state;
		if (state <= 0)
			break;
		show_progress(lbrvirt_session_summary(session));
	}
	message_progress(NULL);
	return err;
}

static double percent(uint64_t part, uint64_t whole)
{
	return whole ? 100.0 * (double)part / (double)whole : 0;
}

static void show_causes(const struct lbrvirt_session_summary *summary)
{
	size_t nr = sizeof(summary->cause) / sizeof(summary->cause[0]);

	for (size_t i = LBRVIRT_CAUSE_NONE + 1; i < nr; i++) {
		if (summary->cause[i])
			fprintf(stderr, "    %" PRIu64 " %s\n",
				summary->cause[i],
				lbrvirt_cause_text((enum lbrvirt_cause)i));
	}
}

static void show_stacks(const struct lbrvirt_session_summary *summary)
{
	uint64_t stacks =
		summary->complete + summary->truncated + summary->broken;

	if (stacks) {
		fprintf(stderr,
			"  stacks: %" PRIu64 " complete (%.1f %%), %" PRIu64
			" truncated, %" PRIu64 " broken\n",
			summary->complete, percent(summary->complete, stacks),
			summary->truncated, summary->broken);
		show_causes(summary);
	}
	if (stacks && summary->no_stack)
		fprintf(stderr, "  %" PRIu64 " samples have no user stack\n",
			summary->no_stack);
	if (summary->cause[LBRVIRT_CAUSE_COPY_TOO_SMALL])
		fprintf(stderr,
			"  more of a stack is copied with --stack-size, up to %d bytes\n",
			LBRVIRT_STACK_SIZE_MAX);
}

/* What the branch records were worth, where there were any. */
static void show_integrity(const struct lbrvirt_session_summary *summary)
{
	size_t nr = sizeof(summary->integrity) / sizeof(summary->integrity[0]);
	uint64_t all = 0;
	const char *before = "  branch records:";

	for (size_t i = LBRVIRT_INTEGRITY_INTACT; i < nr; i++)
		all += summary->integrity[i];
	for (size_t i = LBRVIRT_INTEGRITY_INTACT; i < nr; i++) {
		if (!summary->integrity[i])
			continue;
		fprintf(stderr, "%s %" PRIu64 " %s (%.1f %%)", before,
			summary->integrity[i],
			lbrvirt_integrity_text((enum lbrvirt_integrity)i),
			percent(summary->integrity[i], all));
		before = ",";
	}
	if (all)
		fputc('\n', stderr);
}

static void show_losses(const struct lbrvirt_session_summary *summary)
{
	if (summary->lost_records)
		fprintf(stderr,
			"  lost: %" PRIu64
			" records found no room; a lower -F or a larger -m (now %u pages) helps\n",
			summary->lost_records, summary->ring_pages);
	if (summary->throttled)
		fprintf(stderr,
			"  throttled: %" PRIu64
			" times the kernel paused sampling; see kernel.perf_event_max_sample_rate\n",
			summary->throttled);
	if (summary->unordered)
		fprintf(stderr,
			"  %" PRIu64
			" records came late and were put in place\n",
			summary->unordered);
	if (summary->has_reached_max_size)
		fprintf(stderr, "  ended: the file reached --max-size\n");
}

/* What others took, and what sampling cost. */
static void show_costs(const struct record_opts *opts,
		       const struct lbrvirt_session_summary *summary)
{
	fprintf(stderr,
		"  steal: %.2f s taken by the host; recorder: %.2f s CPU\n",
		(double)summary->steal_ns / 1e9,
		(double)summary->recorder_cpu_ns / 1e9);
	if (summary->has_nmis && summary->has_pmis)
		fprintf(stderr,
			"  interrupts: %" PRIu64 " NMI, %" PRIu64
			" of the PMU, all CPUs together\n",
			summary->nmis, summary->pmis);
	if (!opts->session.overhead_budget)
		return;
	fprintf(stderr, "  overhead: %.2f %%, budget %g %%; ",
		summary->overhead_percent, opts->session.overhead_budget);
	if (summary->rate_changes)
		fprintf(stderr,
			"%" PRIu64 " to %" PRIu64 " Hz, %" PRIu32 " change%s",
			summary->rate_hz_min, summary->rate_hz_max,
			summary->rate_changes,
			summary->rate_changes == 1 ? "" : "s");
	else
		fprintf(stderr, "%" PRIu64 " Hz", summary->rate_hz);
	fprintf(stderr, "; %.1f us a sample besides the recorder\n",
		(double)summary->sample_cost_ns / 1e3);
	if (summary->overhead_percent > opts->session.overhead_budget)
		fprintf(stderr,
			"    over the budget: so short or idle a program does not save again what the recorder's start costs\n");
}

static void show_summary(const struct record_opts *opts,
			 const struct lbrvirt_session_summary *summary)
{
	double seconds = (double)summary->duration_ns / 1e9;

	if (message_verbosity() < VERBOSITY_NORMAL)
		return;
	fprintf(stderr,
		"lbrprof: record: %" PRIu64 " samples in %.1f s, %" PRIu64
		" lost; wrote %s (%.1f kB)\n",
		summary->samples, seconds, summary->lost_records,
		strcmp(opts->session.output, "-") == 0 ? "standard output" :
							 opts->session.output,
		(double)summary->bytes_written / 1e3);
	show_stacks(summary);
	show_integrity(summary);
	show_losses(summary);
	show_costs(opts, summary);
	if (opts->is_kept && message_has_progress() && summary->samples)
		fprintf(stderr, "  look at it: lbrprof report -i %s\n",
			opts->session.output);
}

/* The child's status if it ended by itself, as a shell would give it. */
static int exit_status(const struct lbrvirt_session_summary *summary)
{
	if (!summary->has_child_status)
		return STATUS_DONE;
	if (WIFSIGNALED(summary->child_status))
		return 128 + WTERMSIG(summary->child_status);
	return WEXITSTATUS(summary->child_status);
}

static int make_plan(struct lbrvirt_context *ctx,
		     const struct record_opts *opts,
		     struct lbrvirt_plan **ret_plan)
{
	struct lbrvirt_guest *guest = NULL;
	int err;

	/* Without it the ladder's reasons are shorter, that is all. */
	if (lbrvirt_guest_probe(ctx, NULL, &guest))
		guest = NULL;
	err = lbrvirt_plan_new(ctx, guest, &opts->plan, ret_plan);
	lbrvirt_guest_free(guest);
	return err;
}

static int record(struct lbrvirt_context *ctx, const struct record_opts *opts,
		  const struct lbrvirt_plan *plan)
{
	struct lbrvirt_session *session;
	int status = STATUS_FAILED;
	int finish_err;
	int err;

	err = lbrvirt_session_open(ctx, plan, &opts->session, &session);
	if (err) {
		message_error("record", "%s", lbrvirt_context_error(ctx));
		return STATUS_FAILED;
	}
	if (message_verbosity() >= VERBOSITY_NORMAL)
		fputs(lbrvirt_plan_text(plan), stderr);
	err = run_session(session);
	if (err)
		message_error("record", "%s", lbrvirt_context_error(ctx));
	finish_err = lbrvirt_session_finish(session);
	if (finish_err && !err)
		message_error("record", "%s", lbrvirt_context_error(ctx));
	catch_signals(NULL);
	if (!err && !finish_err)
		status = exit_status(lbrvirt_session_summary(session));
	if (lbrvirt_session_summary(session)->samples || !err)
		show_summary(opts, lbrvirt_session_summary(session));
	pv_hold_show(opts->session.pv);
	lbrvirt_session_close(session);
	return status;
}

int record_run(struct record_opts *opts, char **argv)
{
	struct lbrvirt_context *ctx = message_context("record");
	struct lbrvirt_plan *plan = NULL;
	int status = STATUS_FAILED;

	if (!ctx)
		return STATUS_FAILED;
	opts->session.cmdline = (const char *const *)argv;
	/* Before the plan, whose self-test would see the branch records of
	 * others where the host saves none without the protocol. */
	if (record_pv_acquire(ctx, opts, &opts->session.pv) ||
	    make_plan(ctx, opts, &plan) ||
	    record_pv_drop_unused(opts->session.pv, plan))
		message_error("record", "%s", lbrvirt_context_error(ctx));
	else
		status = record(ctx, opts, plan);
	lbrvirt_pv_hold_free(opts->session.pv);
	lbrvirt_plan_free(plan);
	lbrvirt_context_free(ctx);
	return status;
}

static int run_record(int argc, char **argv)
{
	struct record_opts opts;
	int status;

	record_opts_parse(argc, argv, doc, &opts);
	if (!opts.session.output)
		opts.session.output = "lbrprof.data";
	opts.is_kept = strcmp(opts.session.output, "-") != 0;
	status = record_run(&opts, argv);
	record_opts_fini(&opts);
	return status;
}

const struct command command_record = {
	.name = "record",
	.run = run_record,
	.help = "record a program, with call stacks, to a file",
};
