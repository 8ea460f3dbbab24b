/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * From one record's bytes to the next's, in the order they were written:
 * through compressed records, and over what stands between records.
 */
#ifndef LBRVIRT_PERFDATA_WALK_H
#define LBRVIRT_PERFDATA_WALK_H

#include "perfdata/source.h"
#include "perfdata/zstream.h"

/* A record as it stands there. */
struct raw {
	const unsigned char *bytes;
	size_t size;
	uint32_t type;	 /* host's byte order */
	uint64_t offset; /* of it, or of the compressed record that holds it */
	uint32_t part;	 /* number within the compressed one; else 0 */
	bool is_stable;	 /* the bytes stay as long as the source; else until
			    the next step */
};

struct walk {
	struct source source;
	bool is_swapped;
	bool is_pipe;
	uint64_t end;		    /* of the data; UINT64_MAX: a stream's */
	uint64_t to_skip;	    /* before the next record */
	struct zunpacker *unpacker; /* NULL: nothing compressed so far */
	struct buffer unpacked;
	size_t unpacked_pos;
	uint64_t packed_offset; /* of the record that was unpacked last */
	uint32_t packed_part;	/* of the next record in it */
	const char *why;	/* what is damaged, if something is */
};

void walk_fini(struct walk *walk);

/*
 * The next record. 0; -ENODATA: the end; -EBADMSG: damaged here, and why is
 * set; -ENOMEM, -EIO.
 */
int walk_next(struct walk *walk, struct raw *ret_raw);

/* The stable record at @offset once more, which walk_next() gave. */
void walk_again(struct walk *walk, uint64_t offset, struct raw *ret_raw);

/* Whether @a was written before @b. */
static inline bool walk_is_before(const struct raw *a, const struct raw *b)
{
	return a->offset < b->offset ||
	       (a->offset == b->offset && a->part < b->part);
}

#endif
