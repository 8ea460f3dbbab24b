/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a session holds, for the files that share the work on it: open.c makes
 * it, session.c runs it, notes.c tells the file about it.
 */
#ifndef LBRVIRT_SESSION_INTERNAL_H
#define LBRVIRT_SESSION_INTERNAL_H

#include <lbrvirt/session.h>

#include <sys/resource.h>

#include "record/recorder.h"
#include "session/host.h"
#include "session/pipeline.h"
#include "session/rate.h"
#include "session/steal.h"

/* The budget's side of a session; is_on false: there is none. */
struct budget {
	bool is_on;
	struct rate rate;
	uint64_t window_ns; /* when this window began */
	uint64_t samples; /* before it */
	uint64_t recorder_ns;
};

struct lbrvirt_session {
	struct lbrvirt_context *ctx;
	const struct lbrvirt_plan *plan;
	struct lbrvirt_session_opts opts;
	struct machine *machine;
	struct command_child child;
	struct tasks tasks;
	struct recorder *recorder;
	struct pipeline *pipeline;
	struct writer *writer;
	struct host host;
	int stop_fd;		/* eventfd: lbrvirt_session_stop() */
	struct pollfd *pollfds; /* rings, then stop_fd, then the child */
	size_t nr_rings;
	bool is_started;
	bool is_finished;
	bool has_failed; /* the file takes no more */
	uint64_t start_ns;
	uint64_t sampling_ns; /* when sampling began; 0: not yet */
	uint64_t next_round_ns;
	uint64_t next_flush_ns;
	uint64_t steal_at_start_ns;
	struct steal steal;
	uint64_t nmis_at_start;
	uint64_t pmis_at_start;
	struct budget budget;
	struct rusage usage_at_start;
	struct lbrvirt_session_summary summary;
};

/* Whether a command was launched. */
static inline bool session_has_command(const struct lbrvirt_session *session)
{
	return session->opts.argv;
}

/* Whether events enable themselves at the command's exec. */
static inline bool
session_starts_with_exec(const struct lbrvirt_session *session)
{
	return session->opts.argv && !session->opts.system_wide;
}

/* Pass on records of what was there before the recording (open.c). */
int session_tell_of_before(struct lbrvirt_session *session);

/* CPU time of this process since the session's start (session.c). */
uint64_t session_recorder_ns(const struct lbrvirt_session *session);

/* The budget (budget.c): choose the first rate, before events are opened … */
int budget_begin(struct lbrvirt_session *session);
/* … see whether another is wanted, now and then … */
void budget_look(struct lbrvirt_session *session, uint64_t now_ns);
/* … count what was not looked at yet, for the summary. */
void budget_end(struct lbrvirt_session *session);
void budget_sum(const struct lbrvirt_session *session,
		struct lbrvirt_session_summary *summary);

/* Notes in the file: the plan's, once; the summary's, at every flush. */
int notes_write_plan(struct lbrvirt_session *session);
int notes_write_counts(struct lbrvirt_session *session);

#endif
