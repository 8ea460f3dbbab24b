/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One perf record's bytes to fields: any sample_type, either byte order. Pure:
 * no file, no clock, no process. The bytes may be hostile; every length is
 * checked against the record's own size before it is believed.
 */
#ifndef LBRVIRT_SAMPLE_DECODE_H
#define LBRVIRT_SAMPLE_DECODE_H

#include <lbrvirt/sample.h>

struct decoder;

/*
 * Make a decoder for recordings with these events. @events is borrowed and
 * must outlive the decoder; what is changed in it later is made known by
 * decoder_set_events(). @is_swapped: the bytes are of the other byte order.
 */
int decoder_new(const struct lbrvirt_event *events, size_t nr_events,
		bool is_swapped, struct decoder **ret_decoder);
int decoder_set_events(struct decoder *decoder,
		       const struct lbrvirt_event *events, size_t nr_events);
void decoder_free(struct decoder *decoder);

/*
 * The array has grown to @nr_events where it is, and the old ones are as they
 * were: only the new ones are looked at. 0 or -ENOMEM.
 */
int decoder_add_events(struct decoder *decoder, size_t nr_events);

/* The event that has this id; NULL: none. */
const struct lbrvirt_event *decoder_event(const struct decoder *decoder,
					  uint64_t id);

/*
 * Decode the record at @bytes; @size is what may be read there. On success
 * @ret_record->bytes is @bytes, or, if swapped or not 8-byte aligned, a copy in
 * the decoder: then it and every pointer in the record live until the next
 * call. Of a swapped copy, the fields of unknown and of perf's own records (64
 * and up), payloads (RAW, AUX) and stack copies stay as they were.
 *
 * 0; -EBADMSG: the header's size is below 8 or beyond @size, or a field does
 * not fit in (@ret_why, if not NULL, receives a static text saying which).
 * A record of unknown type is no error: only the header fields are set.
 * Does not allocate, except once for the first such copy: -ENOMEM.
 */
int decoder_decode(struct decoder *decoder, const void *bytes, size_t size,
		   struct lbrvirt_record *ret_record, const char **ret_why);

/*
 * The same for a reader that has no use for what was in @record, whose fields
 * are undefined on failure.
 */
int decoder_fill(struct decoder *decoder, const void *bytes, size_t size,
		 struct lbrvirt_record *record, const char **ret_why);

/* Where the time is in all samples, from their begin and in the host's byte
 * order; 0: they differ, have none, or are swapped. */
size_t decoder_time_offset(const struct decoder *decoder);

/*
 * Only the time of a record, as cheaply as can be: for ordering. Returns false
 * where it carries none. Same checks on sizes as above (false then, too).
 */
bool decoder_time(const struct decoder *decoder, const void *bytes, size_t size,
		  uint64_t *ret_time_ns);

/*
 * Byte offset within a SAMPLE record (header included) of the CALLCHAIN field
 * for @event, if every field before it has a fixed size; 0 where it has none
 * or cannot be said without the record (READ before it).
 */
size_t sample_callchain_offset(const struct lbrvirt_event *event);

#endif
