/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One recording, from the target's start to the file's end: who is recorded,
 * when it begins and ends, and how often rings are drained and the file is made
 * whole.
 */
#include "config.h"

#include "session/internal.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

/* Rings are looked at this often even if none has asked for it. */
#define DRAIN_INTERVAL_MS 100
/* perf sorts within two rounds: a record may be late by one of them. */
#define ROUND_INTERVAL_NS 500000000u
#define FLUSH_INTERVAL_NS 1000000000u

/* The duration counts from here: finding the tasks' files may take a while. */
static void begin_sampling(struct lbrvirt_session *session)
{
	if (!session_starts_with_exec(session) || session->opts.delay_ns)
		recorder_enable_samples(session->recorder);
	session->sampling_ns = recorder_now_ns();
}

int lbrvirt_session_start(struct lbrvirt_session *session)
{
	int err;

	if (!session || session->is_started)
		return -EINVAL;
	session->is_started = true;
	session->start_ns = recorder_now_ns();
	session->next_round_ns = session->start_ns + ROUND_INTERVAL_NS;
	session->next_flush_ns = session->start_ns;
	session->steal_at_start_ns = host_steal_ns(session->machine);
	steal_begin(&session->steal, session->start_ns,
		    session->steal_at_start_ns);
	session->summary.has_nmis = machine_interrupts(session->machine, "NMI",
						       &session->nmis_at_start);
	session->summary.has_pmis = machine_interrupts(session->machine, "PMI",
						       &session->pmis_at_start);
	err = notes_write_plan(session);
	if (!err && !session_starts_with_exec(session))
		recorder_enable_tracking(session->recorder);
	if (!err)
		err = session_tell_of_before(session);
	if (err)
		return err;
	if (session->opts.delay_ns == 0)
		begin_sampling(session);
	if (session_has_command(session))
		err = command_child_exec(session->ctx, &session->child,
					 session->opts.argv[0]);
	return err;
}

static bool have_tasks_ended(const struct lbrvirt_session *session)
{
	if (session->opts.system_wide || session_has_command(session))
		return false;
	for (size_t i = 0; i < session->opts.nr_pids; i++) {
		if (task_is_alive(session->opts.pids[i]))
			return false;
	}
	for (size_t i = 0; i < session->opts.nr_tids; i++) {
		if (task_is_alive(session->opts.tids[i]))
			return false;
	}
	return true;
}

static bool is_stopped(const struct lbrvirt_session *session)
{
	return session->pollfds[session->nr_rings].revents & POLLIN;
}

static bool has_ended(struct lbrvirt_session *session, uint64_t now_ns)
{
	const struct lbrvirt_session_opts *opts = &session->opts;

	if (is_stopped(session) ||
	    (session_has_command(session) &&
	     command_child_has_ended(&session->child)) ||
	    (opts->duration_ns && session->sampling_ns &&
	     now_ns >= session->sampling_ns + opts->duration_ns))
		return true;
	if (opts->max_size_bytes && session->writer &&
	    writer_bytes(session->writer) >= opts->max_size_bytes) {
		session->summary.has_reached_max_size = true;
		return true;
	}
	return have_tasks_ended(session);
}

static int ms_until(uint64_t now_ns, uint64_t then_ns)
{
	return then_ns <= now_ns ? 0 : (int)((then_ns - now_ns) / 1000000 + 1);
}

/* Wait until a ring, the child, the clock or the caller wants something. */
static void wait_for_work(struct lbrvirt_session *session, int timeout_ms)
{
	const struct lbrvirt_session_opts *opts = &session->opts;
	uint64_t now_ns = recorder_now_ns();
	int wait_ms = DRAIN_INTERVAL_MS;
	int until;

	if (timeout_ms >= 0 && timeout_ms < wait_ms)
		wait_ms = timeout_ms;
	until = ms_until(now_ns, session->start_ns + opts->delay_ns);
	if (!session->sampling_ns && until < wait_ms)
		wait_ms = until;
	until = ms_until(now_ns, session->sampling_ns + opts->duration_ns);
	if (opts->duration_ns && session->sampling_ns && until < wait_ms)
		wait_ms = until;
	poll(session->pollfds, session->nr_rings + 2, wait_ms);
	/* A task that has ended hangs up for ever: its ring is drained by the
	 * clock from then on. */
	for (size_t i = 0; i < session->nr_rings; i++) {
		if (session->pollfds[i].revents & (POLLHUP | POLLERR))
			session->pollfds[i].fd = -1;
	}
}

static uint64_t cpu_ns(const struct rusage *usage)
{
	return ((uint64_t)usage->ru_utime.tv_sec +
		(uint64_t)usage->ru_stime.tv_sec) *
		       1000000000u +
	       ((uint64_t)usage->ru_utime.tv_usec +
		(uint64_t)usage->ru_stime.tv_usec) *
		       1000u;
}

uint64_t session_recorder_ns(const struct lbrvirt_session *session)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return cpu_ns(&usage) - cpu_ns(&session->usage_at_start);
}

static void count_interrupts(struct lbrvirt_session *session)
{
	struct lbrvirt_session_summary *summary = &session->summary;
	uint64_t now;

	if (summary->has_nmis &&
	    machine_interrupts(session->machine, "NMI", &now))
		summary->nmis = now - session->nmis_at_start;
	if (summary->has_pmis &&
	    machine_interrupts(session->machine, "PMI", &now))
		summary->pmis = now - session->pmis_at_start;
}

static void update_summary(struct lbrvirt_session *session)
{
	struct lbrvirt_session_summary *summary = &session->summary;
	struct recorder_stats stats;
	uint64_t steal_ns;

	recorder_stats(session->recorder, &stats);
	pipeline_count(session->pipeline, summary);
	summary->lost_records = stats.lost;
	summary->throttled = stats.throttled;
	summary->unordered = stats.unordered;
	summary->ring_pages = stats.ring_pages;
	if (session->is_finished)
		return;
	summary->duration_ns = recorder_now_ns() - session->start_ns;
	steal_ns = host_steal_ns(session->machine);
	summary->steal_ns = steal_ns - session->steal_at_start_ns;
	steal_add(&session->steal, session->start_ns + summary->duration_ns,
		  steal_ns);
	summary->recorder_cpu_ns = session_recorder_ns(session);
	budget_sum(session, summary);
	if (session->writer)
		summary->bytes_written = writer_bytes(session->writer);
}

static int write_round(struct lbrvirt_session *session)
{
	/* perf's own type (tools/perf/util/event.h): a header and no more. */
	const struct perf_event_header round = { .type = 68,
						 .size = sizeof(round) };

	return writer_append(session->writer, &round, sizeof(round));
}

/* What the clock asks for: the end of a round, a whole file. */
static int keep_file(struct lbrvirt_session *session, uint64_t now_ns)
{
	int err = 0;

	if (!session->writer)
		return 0;
	if (now_ns >= session->next_round_ns) {
		session->next_round_ns = now_ns + ROUND_INTERVAL_NS;
		err = write_round(session);
	}
	if (!err && now_ns >= session->next_flush_ns) {
		session->next_flush_ns = now_ns + FLUSH_INTERVAL_NS;
		update_summary(session);
		err = notes_write_counts(session);
		if (!err)
			err = writer_flush(session->writer);
	}
	return err;
}

static int take_failure(struct lbrvirt_session *session, int err)
{
	if (err < 0)
		session->has_failed = true;
	return err;
}

int lbrvirt_session_poll(struct lbrvirt_session *session, int timeout_ms)
{
	uint64_t now_ns;
	int err;

	if (!session || !session->is_started || session->is_finished)
		return -EINVAL;
	wait_for_work(session, timeout_ms);
	now_ns = recorder_now_ns();
	if (!session->sampling_ns &&
	    now_ns - session->start_ns >= session->opts.delay_ns)
		begin_sampling(session);
	err = recorder_drain(session->recorder, false, pipeline_take,
			     session->pipeline);
	if (err >= 0) {
		budget_look(session, now_ns);
		err = keep_file(session, now_ns);
	}
	if (err < 0)
		return take_failure(session, err);
	return has_ended(session, now_ns) ? 0 : 1;
}

void lbrvirt_session_stop(struct lbrvirt_session *session)
{
	uint64_t one = 1;

	/* Fails only if the counter is full, and then it is stopped. */
	if (session &&
	    write(session->stop_fd, &one, sizeof(one)) != (ssize_t)sizeof(one))
		return;
}

static void end_child(struct lbrvirt_session *session)
{
	struct lbrvirt_session_summary *summary = &session->summary;

	if (!session_has_command(session) || session->child.pid <= 0)
		return;
	summary->has_child_status = command_child_has_ended(&session->child);
	command_child_fini(&session->child);
	summary->child_status = session->child.status;
}

/* A file that took no more stays as it was at its last flush. */
static int finish_file(struct lbrvirt_session *session)
{
	int err = session->has_failed ? -EIO : 0;

	if (!session->writer)
		return 0;
	if (!err) {
		pipeline_save_files(session->pipeline);
		err = notes_write_counts(session);
	}
	if (!err)
		err = write_round(session);
	if (!err)
		err = writer_flush(session->writer);
	session->summary.bytes_written = writer_bytes(session->writer);
	if (!err)
		err = writer_close(session->writer);
	else
		writer_discard(session->writer);
	session->writer = NULL;
	pipeline_set_writer(session->pipeline, NULL);
	return session->has_failed ? 0 : err;
}

int lbrvirt_session_finish(struct lbrvirt_session *session)
{
	int drained = 0;
	int release_err = 0;
	int err;

	if (!session || !session->is_started || session->is_finished)
		return -EINVAL;
	recorder_disable(session->recorder);
	if (session->opts.pv)
		release_err = lbrvirt_pv_release(session->opts.pv);
	if (!session->has_failed) {
		drained = recorder_drain(session->recorder, true, pipeline_take,
					 session->pipeline);
		take_failure(session, drained);
	}
	recorder_count_lost(session->recorder);
	budget_end(session);
	count_interrupts(session);
	update_summary(session);
	err = finish_file(session);
	update_summary(session);
	session->is_finished = true;
	end_child(session);
	if (drained < 0)
		return drained;
	return err ? err : release_err;
}

const struct lbrvirt_session_summary *
lbrvirt_session_summary(const struct lbrvirt_session *session)
{
	return session ? &session->summary : NULL;
}

void lbrvirt_session_close(struct lbrvirt_session *session)
{
	if (!session)
		return;
	command_child_fini(&session->child);
	writer_discard(session->writer);
	pipeline_free(session->pipeline);
	recorder_close(session->recorder);
	tasks_fini(&session->tasks);
	free(session->pollfds);
	if (session->stop_fd >= 0)
		close(session->stop_fd);
	free(session);
}
