/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The distinct stacks as JSON tables: functions, frames (what stands at one
 * address, inlined calls spelled out), stacks (rows of frames with counts).
 * Each thing is said once and then named by its place, and nothing is held in
 * memory for it, which json-c would do; so the text is put together here.
 */
#include "config.h"

#include <lbrvirt/export.h>

#include <stdlib.h>

#include "export/escape.h"
#include "export/job.h"

static const char *const verdicts[] = {
	[LBRVIRT_VERDICT_COMPLETE] = "complete",
	[LBRVIRT_VERDICT_TRUNCATED] = "truncated",
	[LBRVIRT_VERDICT_BROKEN] = "broken",
};

static void put_number(struct text *text, const char *key, uint64_t value)
{
	text_put_string(text, key);
	text_put_decimal(text, value, 0);
}

static void put_string(struct text *text, const char *key, const char *value)
{
	text_put_string(text, key);
	escape_json(text, value);
}

static void put_totals(struct job *job)
{
	const struct lbrvirt_profile_totals *totals = &job->profile->totals;
	struct text *text = &job->text;

	put_string(text,
		   "{\"format\":\"lbrprof stacks\",\"version\":1,"
		   "\"generator\":",
		   "lbrprof " PACKAGE_VERSION);
	put_string(text, ",\n\"event\":", lbrvirt_profile_event(job->profile));
	put_number(text, ",\"samples\":", totals->samples);
	put_number(text, ",\"period\":", totals->period);
	put_string(text, ",\"period_unit\":", job->is_time ? "ns" : "events");
	put_number(text, ",\"lost\":", totals->lost);
	put_number(text, ",\"first_ns\":", totals->first_ns);
	put_number(text, ",\"last_ns\":", totals->last_ns);
}

/* What the recording's header says, as far as it does. */
static void put_header(struct job *job)
{
	const struct lbrvirt_perfdata_header *header =
		lbrvirt_perfdata_header(job->file);
	struct text *text = &job->text;

	if (!header)
		return;
	if (header->hostname)
		put_string(text, ",\n\"hostname\":", header->hostname);
	if (header->osrelease)
		put_string(text, ",\"kernel\":", header->osrelease);
	if (header->cpudesc)
		put_string(text, ",\"cpu\":", header->cpudesc);
	text_put_string(text, ",\n\"command\":[");
	for (size_t i = 0; i < header->nr_cmdline; i++)
		put_string(text, i ? "," : "", header->cmdline[i]);
	text_put_char(text, ']');
}

static int put_functions(struct job *job)
{
	const struct stacks *stacks = job->stacks;
	struct text *text = &job->text;
	int err = 0;

	text_put_string(text, ",\n\"functions\":[");
	for (size_t i = 0; !err && i < stacks->nr_functions; i++) {
		const struct stacks_function *function = &stacks->functions[i];
		char build_id[JOB_BUILD_ID_SIZE];

		put_string(text, i ? ",\n{\"symbol\":" : "\n{\"symbol\":",
			   function->symbol);
		put_string(text, ",\"dso\":", function->dso);
		job_build_id(job, function->dso, build_id);
		if (build_id[0])
			put_string(text, ",\"build_id\":", build_id);
		text_put_char(text, '}');
		err = job_pass_on(job);
	}
	text_put_char(text, ']');
	return err;
}

/* Innermost first; each with the function it is of. */
static void put_calls(struct job *job, uint32_t location)
{
	uint32_t nr;
	const uint32_t *functions =
		stacks_functions(job->stacks, location, &nr);
	const struct lbrvirt_symbol *symbols =
		job->stacks->locations[location].symbols;
	struct text *text = &job->text;

	for (uint32_t i = 0; i < nr; i++) {
		put_number(text, i ? ",{\"function\":" : "{\"function\":",
			   functions[i]);
		if (symbols[i].file) {
			put_string(text, ",\"file\":", symbols[i].file);
			put_number(text, ",\"line\":", symbols[i].line);
		}
		text_put_string(text, symbols[i].is_inlined ?
					      ",\"inlined\":true}" :
					      "}");
	}
}

static int put_frames(struct job *job)
{
	const struct stacks *stacks = job->stacks;
	struct text *text = &job->text;
	int err = 0;

	text_put_string(text, ",\n\"frames\":[");
	for (uint32_t i = 0; !err && i < stacks->nr_locations; i++) {
		const struct stacks_location *location = &stacks->locations[i];

		text_put_string(text, i ? ",\n{\"address\":\"0x" :
					  "\n{\"address\":\"0x");
		text_put_hex(text, stacks_address(location), 0);
		text_put_string(text, location->is_kernel ?
					      "\",\"kernel\":true,\"calls\":[" :
					      "\",\"calls\":[");
		put_calls(job, i);
		text_put_string(text, "]}");
		err = job_pass_on(job);
	}
	text_put_char(text, ']');
	return err;
}

static void put_stack(struct job *job, const struct stacks_entry *stack)
{
	const struct stacks *stacks = job->stacks;
	struct text *text = &job->text;

	put_number(text, "{\"samples\":", stack->samples);
	put_number(text, ",\"period\":", stack->period);
	put_string(text, ",\"comm\":", stacks_string(stacks, stack->comm));
	put_number(text, ",\"pid\":", stack->pid);
	if (stacks->by_thread)
		put_number(text, ",\"tid\":", stack->tid);
	if (stack->verdict < sizeof(verdicts) / sizeof(verdicts[0]) &&
	    verdicts[stack->verdict])
		put_string(text, ",\"verdict\":", verdicts[stack->verdict]);
	text_put_string(text, ",\"frames\":[");
	for (uint32_t i = 0; i < stack->nr; i++)
		put_number(text, i ? "," : "",
			   stacks->frames[stack->first + i]);
	text_put_string(text, "]}");
}

static int put_stacks(struct job *job)
{
	const struct stacks *stacks = job->stacks;
	bool is_first = true;
	int err = 0;

	text_put_string(&job->text, ",\n\"stacks\":[");
	for (size_t i = 0; !err && i < stacks->nr_entries; i++) {
		if (!stacks->entries[i].samples)
			continue;
		text_put_string(&job->text, is_first ? "\n" : ",\n");
		is_first = false;
		put_stack(job, &stacks->entries[i]);
		err = job_pass_on(job);
	}
	text_put_string(&job->text, "]}\n");
	return err;
}

int lbrvirt_export_stacks_json(struct lbrvirt_profile *profile,
			       const struct lbrvirt_export_opts *opts,
			       FILE *out)
{
	struct job job;
	int err = job_begin(&job, profile, opts, out);

	if (!err) {
		put_totals(&job);
		put_header(&job);
		err = put_functions(&job);
	}
	if (!err)
		err = put_frames(&job);
	if (!err)
		err = put_stacks(&job);
	return job_end(&job, err);
}
