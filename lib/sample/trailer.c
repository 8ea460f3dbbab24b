/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The sample_id trailer of records that are not samples. IDENTIFIER stands last
 * in it, where it can be found from the end before the event is known.
 *
 * Linux, kernel/events/core.c, __perf_event__output_id_sample().
 */
#include "config.h"

#include "sample/fields.h"

#define WORD sizeof(uint64_t)

static size_t words_size(const struct perf_event_attr *attr, uint64_t fields)
{
	if (!attr->sample_id_all)
		return 0;
	return (size_t)__builtin_popcountll(attr->sample_type & fields) * WORD;
}

size_t trailer_size(const struct perf_event_attr *attr)
{
	return words_size(attr, FIELDS_TRAILER);
}

size_t trailer_time_offset(const struct perf_event_attr *attr)
{
	if (!(attr->sample_type & PERF_SAMPLE_TIME))
		return 0;
	return words_size(attr, FIELDS_TRAILER & ~PERF_SAMPLE_TID);
}

size_t trailer_id_offset(const struct perf_event_attr *attr)
{
	if (attr->sample_type & PERF_SAMPLE_IDENTIFIER)
		return words_size(attr, PERF_SAMPLE_IDENTIFIER);
	if (!(attr->sample_type & PERF_SAMPLE_ID))
		return 0;
	return words_size(attr, PERF_SAMPLE_ID | PERF_SAMPLE_STREAM_ID |
					PERF_SAMPLE_CPU);
}

bool trailer_decode(struct cursor *cursor, const struct perf_event_attr *attr,
		    struct lbrvirt_record *record)
{
	uint64_t type = attr->sample_type;
	uint32_t unused;

	if ((type & PERF_SAMPLE_TID) &&
	    !cursor_u32_pair(cursor, &record->pid, &record->tid, "TID"))
		return false;
	if ((type & PERF_SAMPLE_TIME) &&
	    !cursor_u64(cursor, &record->time_ns, "TIME"))
		return false;
	if ((type & PERF_SAMPLE_ID) && !cursor_u64(cursor, &record->id, "ID"))
		return false;
	if ((type & PERF_SAMPLE_STREAM_ID) &&
	    !cursor_u64(cursor, &record->stream_id, "STREAM_ID"))
		return false;
	if ((type & PERF_SAMPLE_CPU) &&
	    !cursor_u32_pair(cursor, &record->cpu, &unused, "CPU"))
		return false;
	if ((type & PERF_SAMPLE_IDENTIFIER) &&
	    !cursor_u64(cursor, &record->id, "IDENTIFIER"))
		return false;

	record->fields = type & (FIELDS_TRAILER & ~PERF_SAMPLE_IDENTIFIER);
	if (type & PERF_SAMPLE_IDENTIFIER)
		record->fields |= PERF_SAMPLE_ID;
	return true;
}
