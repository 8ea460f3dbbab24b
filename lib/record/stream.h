/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Several rings as one stream of decoded records in time order.
 */
#ifndef LBRVIRT_RECORD_STREAM_H
#define LBRVIRT_RECORD_STREAM_H

#include <lbrvirt/sample.h>

#include "record/ring.h"
#include "sample/decode.h"

/* A ring and the oldest unread record in it. */
struct stream_source {
	struct ring *ring;
	const void *bytes;
	size_t size;
	uint64_t time_ns;
};

struct stream {
	struct decoder *decoder;     /* borrowed */
	struct stream_source **heap; /* by time, the oldest at 0 */
	size_t nr_heap;
	struct stream_source *sources;
	size_t nr_sources;
	uint64_t last_ns; /* of the youngest record passed on */
	uint64_t lost;	  /* what LOST records said, and unreadable bytes */
	uint64_t throttled;
	uint64_t unordered;
};

int stream_init(struct stream *stream, struct decoder *decoder,
		struct ring *const *rings, size_t nr_rings);
void stream_fini(struct stream *stream);

/*
 * Pass on every record up to @limit_ns. Returns their number, or what @fn
 * returned if negative (that record counts as passed on).
 */
int stream_drain(struct stream *stream, uint64_t limit_ns,
		 int (*fn)(const struct lbrvirt_record *record, void *arg),
		 void *arg);

#endif
