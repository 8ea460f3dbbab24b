/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Folded stacks: "comm;outermost;…;innermost COUNT", what flame graph scripts
 * and most viewers read. The grammar has no way to quote: a semicolon in a name
 * would be two frames, an end of line two stacks. The last blank parts the
 * count, so blanks within names are safe.
 */
#include "config.h"

#include <lbrvirt/export.h>

#include <errno.h>
#include <stdlib.h>

#include "export/escape.h"
#include "export/folds.h"
#include "export/job.h"

static void put_fold(struct job *job, const struct fold *fold)
{
	const struct stacks *stacks = job->stacks;
	struct text *text = &job->text;

	escape_line(text, stacks_string(stacks, fold->head), ";");
	for (uint32_t i = 0; i < fold->nr; i++) {
		text_put_char(text, ';');
		escape_line(text, stacks->functions[fold->functions[i]].symbol,
			    ";");
	}
	text_put_char(text, ' ');
	text_put_decimal(text, job_weight(job, fold->samples, fold->period), 0);
	text_put_char(text, '\n');
}

static int put_folds(struct job *job)
{
	const struct stacks *stacks = job->stacks;
	uint32_t *comms = calloc(stacks->nr_entries + 1, sizeof(*comms));
	struct folds *folds = NULL;
	int err = comms ? 0 : -ENOMEM;

	for (size_t i = 0; !err && i < stacks->nr_entries; i++)
		comms[i] = stacks->entries[i].comm;
	if (!err)
		err = folds_new(stacks, comms, &folds);
	free(comms);
	for (size_t i = 0; !err && i < folds_count(folds); i++) {
		struct fold fold = folds_get(folds, i);

		put_fold(job, &fold);
		err = job_pass_on(job);
	}
	folds_free(folds);
	return err;
}

int lbrvirt_export_folded(struct lbrvirt_profile *profile,
			  const struct lbrvirt_export_opts *opts, FILE *out)
{
	struct job job;
	int err = job_begin(&job, profile, opts, out);

	if (!err)
		err = put_folds(&job);
	return job_end(&job, err);
}
