/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Speedscope's own format: one list of frames, here functions, for all
 * profiles; a profile is a row of stacks, outermost first, and one of weights.
 * Speedscope cannot sum profiles up, so the first one is of all threads.
 *
 * Format: the schema of github.com/jlfwong/speedscope, version 1.21,
 * src/lib/file-format-spec.ts.
 */
#include "config.h"

#include <lbrvirt/export.h>

#include <stdlib.h>

#include "export/escape.h"
#include "export/folds.h"
#include "export/job.h"
#include "export/sources.h"
#include "export/threads.h"

/* Whose stacks: those of all, or the fold's head says. */
#define ALL_THREADS UINT32_MAX

static int put_frames(struct job *job)
{
	const struct stacks *stacks = job->stacks;
	struct text *text = &job->text;
	const char **sources;
	int err = sources_new(stacks, &sources);

	if (err)
		return err;
	for (size_t i = 0; !err && i < stacks->nr_functions; i++) {
		text_put_string(text, i ? ",\n{\"name\":" : "\n{\"name\":");
		escape_json(text, stacks->functions[i].symbol);
		text_put_string(text, ",\"file\":");
		escape_json(text,
			    sources[i] ? sources[i] : stacks->functions[i].dso);
		text_put_char(text, '}');
		err = job_pass_on(job);
	}
	free(sources);
	return err;
}

static int put_samples(struct job *job, const struct folds *folds,
		       uint32_t thread)
{
	struct text *text = &job->text;
	bool is_first = true;
	int err = 0;

	for (size_t i = 0; !err && i < folds_count(folds); i++) {
		struct fold fold = folds_get(folds, i);

		if (thread != ALL_THREADS && fold.head != thread)
			continue;
		text_put_string(text, is_first ? "\n[" : ",\n[");
		is_first = false;
		for (uint32_t j = 0; j < fold.nr; j++) {
			if (j)
				text_put_char(text, ',');
			text_put_decimal(text, fold.functions[j], 0);
		}
		text_put_char(text, ']');
		err = job_pass_on(job);
	}
	return err;
}

static int put_weights(struct job *job, const struct folds *folds,
		       uint32_t thread)
{
	bool is_first = true;
	int err = 0;

	for (size_t i = 0; !err && i < folds_count(folds); i++) {
		struct fold fold = folds_get(folds, i);

		if (thread != ALL_THREADS && fold.head != thread)
			continue;
		if (!is_first)
			text_put_char(&job->text, ',');
		is_first = false;
		text_put_decimal(&job->text,
				 job_weight(job, fold.samples, fold.period), 0);
		err = job_pass_on(job);
	}
	return err;
}

/* A profile whose name, a JSON string, was put; @sum of its weights. */
static int put_profile(struct job *job, const struct folds *folds,
		       uint32_t thread, uint64_t sum)
{
	struct text *text = &job->text;
	int err;

	text_put_string(text, ",\"type\":\"sampled\",\"unit\":");
	escape_json(text,
		    job->by_period && job->is_time ? "nanoseconds" : "none");
	text_put_string(text, ",\"startValue\":0,\"endValue\":");
	text_put_decimal(text, sum, 0);
	text_put_string(text, ",\"samples\":[");
	err = put_samples(job, folds, thread);
	text_put_string(text, "],\n\"weights\":[");
	if (!err)
		err = put_weights(job, folds, thread);
	text_put_string(text, "]}");
	return err;
}

static int put_all(struct job *job)
{
	const struct lbrvirt_profile_totals *totals = &job->profile->totals;
	struct folds *folds;
	int err = folds_new(job->stacks, NULL, &folds);

	if (err)
		return err;
	text_put_string(&job->text, "{\"name\":\"all threads\"");
	err = put_profile(job, folds, ALL_THREADS,
			  job_weight(job, totals->samples, totals->period));
	folds_free(folds);
	return err;
}

static void put_thread_name(struct job *job, const struct thread *thread)
{
	struct text name = { .is_short = false };

	text_put_string(&name, stacks_string(job->stacks, thread->comm));
	text_put_string(&name, thread->tid ? ", thread " : ", process ");
	text_put_decimal(&name, thread->tid ? thread->tid : thread->pid, 0);
	text_put_char(&name, '\0');
	text_put_string(&job->text, ",\n{\"name\":");
	if (name.is_short)
		job->text.is_short = true;
	else
		escape_json(&job->text, (const char *)name.bytes.bytes);
	text_fini(&name);
}

static int put_threads(struct job *job)
{
	struct folds *folds = NULL;
	struct threads threads;
	int err = threads_init(&threads, job->stacks);

	if (!err && threads.nr > 1)
		err = folds_new(job->stacks, threads.of_stack, &folds);
	for (size_t i = 0; !err && folds && i < threads.nr; i++) {
		const struct thread *thread = &threads.list[i];

		put_thread_name(job, thread);
		err = put_profile(job, folds, (uint32_t)i,
				  job_weight(job, thread->samples,
					     thread->period));
	}
	folds_free(folds);
	threads_fini(&threads);
	return err;
}

static int put_file(struct job *job)
{
	struct text *text = &job->text;
	int err;

	text_put_string(
		text,
		"{\"$schema\":\"https://www.speedscope.app/file-format-schema.json\","
		"\"exporter\":\"lbrprof " PACKAGE_VERSION "\",\"name\":");
	escape_json(text, lbrvirt_profile_event(job->profile));
	text_put_string(text, ",\"activeProfileIndex\":0,\n"
			      "\"shared\":{\"frames\":[");
	err = put_frames(job);
	text_put_string(text, "]},\n\"profiles\":[\n");
	if (!err)
		err = put_all(job);
	if (!err)
		err = put_threads(job);
	text_put_string(text, "]}\n");
	return err;
}

int lbrvirt_export_speedscope(struct lbrvirt_profile *profile,
			      const struct lbrvirt_export_opts *opts, FILE *out)
{
	struct job job;
	int err = job_begin(&job, profile, opts, out);

	if (!err)
		err = put_file(&job);
	return job_end(&job, err);
}
