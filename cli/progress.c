/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The share done is that of the file's bytes; records are handed out in the
 * order of their times, which is nearly theirs in the file.
 */
#include "config.h"

#include "progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>

#include "message.h"

#define NS_PER_SECOND 1000000000u

/* Records between two looks at the clock. */
#define STEP_RECORDS 4096

/* What is over sooner needs no line; another line so often. */
#define FIRST_NS (1 * (uint64_t)NS_PER_SECOND)
#define NEXT_NS	 (NS_PER_SECOND / 5)

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * NS_PER_SECOND + (uint64_t)now.tv_nsec;
}

void progress_begin(struct progress *progress, const char *path)
{
	struct stat status;

	*progress = (struct progress){ .begun_ns = now_ns() };
	if (stat(path, &status) == 0 && S_ISREG(status.st_mode))
		progress->total = (uint64_t)status.st_size;
}

void progress_text(const struct progress *progress, uint64_t offset,
		   uint64_t elapsed_ns, char *ret_text, size_t size)
{
	double seconds = (double)elapsed_ns / NS_PER_SECOND;
	double rate = (double)progress->nr / seconds;
	double done;

	if (!progress->total || !offset || offset > progress->total) {
		snprintf(ret_text, size,
			 "reading: %" PRIu64 " records, %.0f records/s",
			 progress->nr, rate);
		return;
	}
	done = (double)offset / (double)progress->total;
	snprintf(ret_text, size, "reading: %.0f%%, %.0f records/s, %.0f s left",
		 100 * done, rate, seconds / done * (1 - done));
}

bool progress_is_due(struct progress *progress, uint64_t offset, char *ret_text,
		     size_t size)
{
	uint64_t now;

	if (++progress->nr % STEP_RECORDS)
		return false;
	now = now_ns();
	if (now - progress->begun_ns < FIRST_NS ||
	    now - progress->shown_ns < NEXT_NS)
		return false;
	progress->shown_ns = now;
	progress_text(progress, offset, now - progress->begun_ns, ret_text,
		      size);
	return true;
}

void progress_step(struct progress *progress, uint64_t offset)
{
	char text[96];

	if (progress_is_due(progress, offset, text, sizeof(text)))
		message_progress(text);
}

void progress_end(void)
{
	message_progress(NULL);
}
