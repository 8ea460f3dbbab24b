/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a recording says of itself before and behind its records.
 */
#ifndef LBRVIRT_PERFDATA_HEADER_H
#define LBRVIRT_PERFDATA_HEADER_H

#include <lbrvirt/perfdata.h>

#include "base/intern.h"
#include "perfdata/build_ids.h"
#include "perfdata/events.h"
#include "perfdata/format.h"
#include "perfdata/notes.h"

/* Zero-initialised storage may be given to header_fini(). */
struct header {
	struct lbrvirt_perfdata_header public;
	const char **cmdline; /* what public.cmdline points to */
	struct events events;
	struct build_ids build_ids;
	struct notes notes;
	struct intern *strings;
	uint64_t data_offset;
	uint64_t data_size; /* 0: unfinished, up to the file's end */
};

void header_fini(struct header *header);

/*
 * Read the header of a file whose bytes are all in @file, or the first 16 of a
 * pipe, of which @file then holds no more. 0; -EBADMSG with *@ret_why set;
 * -ENOMEM.
 */
int header_read(struct header *header, const struct view *file,
		const char **ret_why);

/*
 * Take in a feature section's body, or the body of a pipe's record for it; what
 * is damaged or unknown is left out. 0 or -ENOMEM.
 */
int header_feature(struct header *header, uint64_t feature, struct view body);

/* All of a pipe was read, or all features of a file: was it ended properly? */
void header_finish(struct header *header);

#endif
