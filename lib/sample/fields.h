/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The two kinds of records behind decode.h: samples, and everything else of
 * the kernel's, which may carry a trailer with some of a sample's fields.
 */
#ifndef LBRVIRT_SAMPLE_FIELDS_H
#define LBRVIRT_SAMPLE_FIELDS_H

#include "sample/cursor.h"

/* The fields that a sample_id trailer may hold. */
#define FIELDS_TRAILER                                         \
	(PERF_SAMPLE_TID | PERF_SAMPLE_TIME | PERF_SAMPLE_ID | \
	 PERF_SAMPLE_STREAM_ID | PERF_SAMPLE_CPU | PERF_SAMPLE_IDENTIFIER)

/* Decode a sample laid out by @attr. False: the cursor's why says what. */
bool sample_decode(struct cursor *cursor, const struct perf_event_attr *attr,
		   struct lbrvirt_record *record);

/* Bytes from a sample's begin to its TIME; 0: it has none. */
size_t sample_time_offset(const struct perf_event_attr *attr);

/* Bytes from a sample's begin to the word that names its event; 0: none. */
size_t sample_id_offset(const struct perf_event_attr *attr);

/* Decode any other record's own fields, which end where the cursor ends. */
bool body_decode(struct cursor *cursor, struct lbrvirt_record *record);

/* Bytes of the trailer; 0: records of this event have none. */
size_t trailer_size(const struct perf_event_attr *attr);

/* Bytes from a record's end back to its time, or event's id; 0: none. */
size_t trailer_time_offset(const struct perf_event_attr *attr);
size_t trailer_id_offset(const struct perf_event_attr *attr);

/* Decode the trailer that the cursor stands at. */
bool trailer_decode(struct cursor *cursor, const struct perf_event_attr *attr,
		    struct lbrvirt_record *record);

#endif
