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
	uint64_t seq;	 /* number from 0 */
	bool is_stable;	 /* the bytes stay as long as the source; else until
			    the next step */
};

struct walk {
	struct source source;
	bool is_swapped;
	bool is_pipe;
	uint64_t end;		    /* of the data; UINT64_MAX: a stream's */
	uint64_t to_skip;	    /* before the next record */
	uint64_t seq;		    /* of the next record */
	struct zunpacker *unpacker; /* NULL: nothing compressed so far */
	struct buffer unpacked;
	size_t unpacked_pos;
	uint64_t packed_offset; /* of the record that was unpacked last */
	const char *why;	/* what is damaged, if something is */
};

void walk_fini(struct walk *walk);

/*
 * The next record. 0; -ENODATA: the end; -EBADMSG: damaged here, and why is
 * set; -ENOMEM, -EIO.
 */
int walk_next(struct walk *walk, struct raw *ret_raw);

#endif
