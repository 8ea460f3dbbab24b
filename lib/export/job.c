/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which events count time: the kernel's two clocks, whose periods are
 * nanoseconds (kernel/events/core.c, cpu_clock_event and task_clock_event).
 */
#include "config.h"

#include "export/job.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"

static bool is_tail_zero(const struct lbrvirt_export_opts *opts)
{
	const unsigned char *bytes = (const unsigned char *)opts;

	for (size_t i = sizeof(*opts); i < opts->size; i++)
		if (bytes[i])
			return false;
	return true;
}

static bool is_clock(const struct perf_event_attr *attr)
{
	return attr->type == PERF_TYPE_SOFTWARE &&
	       (attr->config == PERF_COUNT_SW_CPU_CLOCK ||
		attr->config == PERF_COUNT_SW_TASK_CLOCK);
}

bool job_is_clock(const char *name, const struct lbrvirt_perfdata *recording)
{
	size_t nr = recording ? lbrvirt_perfdata_event_count(recording) : 0;

	for (size_t i = 0; i < nr; i++) {
		const struct lbrvirt_event *event =
			lbrvirt_perfdata_event(recording, i);

		if (strcmp(event->name, name) == 0)
			return is_clock(&event->attr);
	}
	return strncmp(name, "cpu-clock", 9) == 0 ||
	       strncmp(name, "task-clock", 10) == 0;
}

int job_begin(struct job *job, struct lbrvirt_profile *profile,
	      const struct lbrvirt_export_opts *opts, FILE *out)
{
	memset(job, 0, sizeof(*job));
	if (!profile || !out)
		return error_set(profile ? profile->ctx : NULL, EINVAL,
				 "a pointer is NULL");
	if (opts && (opts->size < sizeof(*opts) || !is_tail_zero(opts)))
		return error_set(
			profile->ctx, EINVAL,
			"the export's settings are of another version");
	job->profile = profile;
	job->stacks = &profile->stacks;
	job->out = out;
	if (opts) {
		job->file = opts->recording;
		job->by_period = opts->by_period;
	}
	profile_sum(profile);
	job->is_time = job_is_clock(lbrvirt_profile_event(profile), job->file);
	return 0;
}

int job_end(struct job *job, int err)
{
	if (!job->profile)
		return err;
	if (!err)
		err = text_flush(&job->text, job->out);
	text_fini(&job->text);
	if (!err && fflush(job->out) == EOF)
		err = -EIO;
	if (err == -EIO)
		return error_set(job->profile->ctx, EIO,
				 "writing the output failed");
	if (err == -ENOMEM)
		return error_set(job->profile->ctx, ENOMEM, "out of memory");
	return err;
}

const char *job_period_name(const struct job *job)
{
	return job->is_time ? "cpu" : lbrvirt_profile_event(job->profile);
}

void job_build_id(const struct job *job, const char *path,
		  char ret_digits[JOB_BUILD_ID_SIZE])
{
	uint8_t bytes[20];
	uint8_t size = 0;

	ret_digits[0] = '\0';
	if (!job->file ||
	    lbrvirt_perfdata_build_id(job->file, path, bytes, &size))
		return;
	for (size_t i = 0; i < size && i < sizeof(bytes); i++)
		sprintf(ret_digits + 2 * i, "%02x", bytes[i]);
}
