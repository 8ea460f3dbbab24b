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
	return err;
}
