/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The notes that a recording leaves in its file: where its stacks came from and
 * why, how to read its weights, and what was seen and lost. lbrprof-record(1)
 * lists them for users.
 */
#include "config.h"

#include "session/internal.h"

#include <inttypes.h>
#include <stdio.h>

int notes_write_plan(struct lbrvirt_session *session)
{
	int err;

	if (!session->writer)
		return 0;
	err = writer_note(
		session->writer, "stack_source",
		lbrvirt_stack_source_name(lbrvirt_plan_source(session->plan)));
	if (!err && !session->opts.keep_stacks)
		err = writer_note(session->writer, "stack_verdict", "weight");
	if (!err)
		err = writer_note(session->writer, "ladder",
				  lbrvirt_plan_text(session->plan));
	return err;
}

static int write_count(struct lbrvirt_session *session, const char *name,
		       uint64_t count)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRIu64, count);
	return writer_note(session->writer, name, text);
}

/* Only where it was asked for: most recordings have nothing to say of it. */
static int write_pv(struct lbrvirt_session *session)
{
	const struct lbrvirt_pv_summary *pv =
		lbrvirt_pv_hold_summary(session->opts.pv);
	char text[160];

	if (!pv || !pv->is_held)
		return 0;
	snprintf(text, sizeof(text),
		 "held on %" PRIu32 " CPUs; %" PRIu64 " writes; cleared by "
		 "others %" PRIu64 " times; %" PRIu64 " failed%s%s",
		 pv->cpus, pv->writes, pv->cleared, pv->failed,
		 pv->lifted[0] ? "; lifted: " : "", pv->lifted);
	return writer_note(session->writer, "pv", text);
}

static int write_steal(struct lbrvirt_session *session)
{
	char text[STEAL_TEXT_SIZE];

	if (!session->host.nr_cpus_online)
		return 0;
	steal_text(&session->steal, session->host.nr_cpus_online, text);
	return writer_note(session->writer, "steal", text);
}

/* Only with a budget: without one there is one rate, the event's. */
static int write_budget(struct lbrvirt_session *session)
{
	const struct lbrvirt_session_summary *summary = &session->summary;
	char text[160];

	if (!session->budget.is_on)
		return 0;
	snprintf(text, sizeof(text),
		 "%.2f %% of %g %% allowed, at %" PRIu64 " to %" PRIu64
		 " samples a second",
		 summary->overhead_percent, session->opts.overhead_budget,
		 summary->rate_hz_min, summary->rate_hz_max);
	return writer_note(session->writer, "overhead", text);
}

int notes_write_counts(struct lbrvirt_session *session)
{
	const struct lbrvirt_session_summary *summary = &session->summary;
	int err;

	err = write_count(session, "samples", summary->samples);
	if (!err)
		err = write_count(session, "lost", summary->lost_records);
	if (!err)
		err = write_count(session, "complete", summary->complete);
	if (!err)
		err = write_count(session, "truncated", summary->truncated);
	if (!err)
		err = write_count(session, "broken", summary->broken);
	if (!err)
		err = write_count(session, "throttled", summary->throttled);
	if (!err)
		err = write_count(session, "steal_ns", summary->steal_ns);
	if (!err)
		err = write_steal(session);
	if (!err)
		err = write_budget(session);
	if (!err)
		err = write_pv(session);
	return err;
}
