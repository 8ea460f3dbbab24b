/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One export of a profile under way: what is read, how it is weighed, and the
 * text on its way out. Every writer of stacks begins and ends one.
 */
#ifndef LBRVIRT_EXPORT_JOB_H
#define LBRVIRT_EXPORT_JOB_H

#include <lbrvirt/export.h>

#include "export/text.h"
#include "profile/profile.h"

struct job {
	struct lbrvirt_profile *profile;     /* borrowed */
	const struct stacks *stacks;	     /* the profile's */
	const struct lbrvirt_perfdata *file; /* NULL: not known */
	bool by_period;
	bool is_time; /* periods are nanoseconds */
	struct text text;
	FILE *out;
};

/* Whether an event counts nanoseconds: by the recording's of that name, which
 * may be NULL, or the name alone. */
bool job_is_clock(const char *name, const struct lbrvirt_perfdata *recording);

/* 0, or -EINVAL with the context's text. Zeroed first: job_end() may be called
 * whatever this returned. */
int job_begin(struct job *job, struct lbrvirt_profile *profile,
	      const struct lbrvirt_export_opts *opts, FILE *out);

/* Write what is left unless @err says that it failed. @err, or -EIO or -ENOMEM;
 * the context has the text. */
int job_end(struct job *job, int err);

/* Hand on what was put so far, if it is worth it. 0, -ENOMEM or -EIO. */
static inline int job_pass_on(struct job *job)
{
	return text_pass_on(&job->text, job->out);
}

static inline uint64_t job_weight(const struct job *job, uint64_t samples,
				  uint64_t period)
{
	return job->by_period ? period : samples;
}

/*
 * What a weight is called in a list of events: "samples", "cpu" for periods of
 * time, or the event's name.
 */
const char *job_period_name(const struct job *job);

/* The build-id of a file, as hexadecimal digits; "" if there is none. */
#define JOB_BUILD_ID_SIZE 41
void job_build_id(const struct job *job, const char *path,
		  char ret_digits[JOB_BUILD_ID_SIZE]);

#endif
