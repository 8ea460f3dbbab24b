/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The progress line of long work: how far, how fast, how long still.
 */
#ifndef LBRPROF_PROGRESS_H
#define LBRPROF_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct progress {
	uint64_t begun_ns;
	uint64_t shown_ns;
	uint64_t total; /* bytes there are; 0: nobody knows */
	uint64_t nr;	/* records so far */
};

/* Begin on a file at @path; a pipe has no end to tell of. */
void progress_begin(struct progress *progress, const char *path);

/* One record more, the furthest byte of the file being @offset. A line is
 * shown from the second second on. */
void progress_step(struct progress *progress, uint64_t offset);

/*
 * The same for those who have a screen of their own: whether it is time for
 * another line, which then is in @ret_text.
 */
bool progress_is_due(struct progress *progress, uint64_t offset, char *ret_text,
		     size_t size);

/*
 * The line: "reading: 45%, 810000 records/s, 3 s left". @elapsed_ns is above 0.
 */
void progress_text(const struct progress *progress, uint64_t offset,
		   uint64_t elapsed_ns, char *ret_text, size_t size);

/* Wipe the line away. */
void progress_end(void);

#endif
