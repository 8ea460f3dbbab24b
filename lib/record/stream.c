/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A k-way merge straight out of the rings: a heap of their oldest records by
 * time. Nothing is copied or kept; a record is given back to the kernel once it
 * was passed on. A ring's own records are in time order but for nested
 * interrupts, which the reader's rounds put right.
 */
#include "config.h"

#include "record/stream.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int stream_init(struct stream *stream, struct decoder *decoder,
		struct ring *const *rings, size_t nr_rings)
{
	memset(stream, 0, sizeof(*stream));
	stream->decoder = decoder;
	stream->sources = calloc(nr_rings + 1, sizeof(*stream->sources));
	stream->heap = calloc(nr_rings + 1, sizeof(*stream->heap));
	if (!stream->sources || !stream->heap) {
		stream_fini(stream);
		return -ENOMEM;
	}
	for (size_t i = 0; i < nr_rings; i++)
		stream->sources[i].ring = rings[i];
	stream->nr_sources = nr_rings;
	return 0;
}

void stream_fini(struct stream *stream)
{
	free(stream->sources);
	free(stream->heap);
	memset(stream, 0, sizeof(*stream));
}

static void swap_sources(struct stream_source **a, struct stream_source **b)
{
	struct stream_source *kept = *a;

	*a = *b;
	*b = kept;
}

static void sift_down(struct stream *stream)
{
	struct stream_source **heap = stream->heap;
	size_t at = 0;

	for (;;) {
		size_t child = 2 * at + 1;

		if (child >= stream->nr_heap)
			return;
		if (child + 1 < stream->nr_heap &&
		    heap[child + 1]->time_ns < heap[child]->time_ns)
			child++;
		if (heap[at]->time_ns <= heap[child]->time_ns)
			return;
		swap_sources(&heap[at], &heap[child]);
		at = child;
	}
}

static void push_source(struct stream *stream, struct stream_source *source)
{
	struct stream_source **heap = stream->heap;
	size_t at = stream->nr_heap++;

	heap[at] = source;
	while (at > 0 && heap[(at - 1) / 2]->time_ns > heap[at]->time_ns) {
		swap_sources(&heap[(at - 1) / 2], &heap[at]);
		at = (at - 1) / 2;
	}
}

/*
 * Look at a ring's oldest record. False: there is none up to the limit. Bytes
 * that are no record cost the ring's content, which is counted as one loss.
 */
static bool see_next(struct stream *stream, struct stream_source *source,
		     uint64_t limit_ns)
{
	source->bytes = ring_peek(source->ring, &source->size);
	if (!source->bytes)
		return false;
	if (source->size < sizeof(struct perf_event_header) ||
	    source->size > source->ring->head - source->ring->tail) {
		ring_drop(source->ring);
		stream->lost++;
		return false;
	}
	if (!decoder_time(stream->decoder, source->bytes, source->size,
			  &source->time_ns))
		source->time_ns = stream->last_ns;
	return source->time_ns <= limit_ns;
}

static void count_record(struct stream *stream,
			 const struct lbrvirt_record *record, uint64_t time_ns)
{
	if (record->type == PERF_RECORD_LOST ||
	    record->type == PERF_RECORD_LOST_SAMPLES)
		stream->lost += record->lost.nr;
	if (record->type == PERF_RECORD_THROTTLE)
		stream->throttled++;
	if (time_ns < stream->last_ns)
		stream->unordered++;
	else
		stream->last_ns = time_ns;
}

static int pass_on(struct stream *stream, struct stream_source *source,
		   int (*fn)(const struct lbrvirt_record *record, void *arg),
		   void *arg)
{
	struct lbrvirt_record record;
	int err;

	err = decoder_decode(stream->decoder, source->bytes, source->size,
			     &record, NULL);
	if (err) {
		stream->lost++;
		err = 0;
	} else {
		count_record(stream, &record, source->time_ns);
		err = fn(&record, arg);
	}
	ring_consume(source->ring, source->size);
	return err;
}

int stream_drain(struct stream *stream, uint64_t limit_ns,
		 int (*fn)(const struct lbrvirt_record *record, void *arg),
		 void *arg)
{
	int count = 0;

	stream->nr_heap = 0;
	for (size_t i = 0; i < stream->nr_sources; i++)
		ring_refresh(stream->sources[i].ring);
	for (size_t i = 0; i < stream->nr_sources; i++) {
		if (see_next(stream, &stream->sources[i], limit_ns))
			push_source(stream, &stream->sources[i]);
	}
	while (stream->nr_heap > 0) {
		struct stream_source *source = stream->heap[0];
		int err = pass_on(stream, source, fn, arg);

		if (err < 0)
			return err;
		count++;
		if (!see_next(stream, source, limit_ns))
			stream->heap[0] = stream->heap[--stream->nr_heap];
		sift_down(stream);
	}
	return count;
}
