/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Header records, as perf record -o - sends them: attributes first, since perf
 * attaches the names of EVENT_DESC to events it has; then the features. The end
 * mark that perf sends after those is left out: it is the number of its last
 * feature plus one, which to a newer perf names a feature.
 *
 * tools/perf/util/header.c (Linux 6.1), perf_event__synthesize_…().
 */
#include "config.h"

#include "perfdata/streamed.h"

#include <errno.h>
#include <string.h>

#include "sample/abi.h"

#define WORD sizeof(uint64_t)

static int put_header(struct buffer *out, uint32_t type, size_t body_size)
{
	struct perf_event_header header = { .type = type };

	if (body_size > UINT16_MAX - sizeof(header))
		return -EOVERFLOW;
	header.size = (uint16_t)(sizeof(header) + body_size);
	return buffer_append(out, &header, sizeof(header));
}

static int put_event(const struct lbrvirt_event *event, struct buffer *out)
{
	struct perf_event_attr attr = event->attr;
	size_t ids_size = event->nr_ids * sizeof(event->ids[0]);
	int err;

	attr.size = FORMAT_ATTR_SIZE_WRITTEN;
	err = put_header(out, ABI_RECORD_HEADER_ATTR,
			 FORMAT_ATTR_SIZE_WRITTEN + ids_size);
	if (!err)
		err = buffer_append(out, &attr, FORMAT_ATTR_SIZE_WRITTEN);
	return err ? err : buffer_append(out, event->ids, ids_size);
}

int streamed_begin(const struct lbrvirt_event *events, size_t nr_events,
		   struct buffer *out)
{
	const uint64_t header[] = { FORMAT_MAGIC, FORMAT_PIPE_HEADER_SIZE };
	int err = buffer_append(out, header, sizeof(header));

	for (size_t i = 0; !err && i < nr_events; i++)
		err = put_event(&events[i], out);
	return err;
}

static int put_feature(uint64_t feature, const struct buffer *body,
		       struct buffer *out)
{
	static const char zeros[WORD];
	size_t padding = -body->size % WORD;
	int err = put_header(out, ABI_RECORD_HEADER_FEATURE,
			     sizeof(feature) + body->size + padding);

	if (err == -EOVERFLOW)
		return 0;
	if (!err)
		err = buffer_append(out, &feature, sizeof(feature));
	if (!err)
		err = buffer_append(out, body->bytes, body->size);
	return err ? err : buffer_append(out, zeros, padding);
}

int streamed_features(const struct sections *sections, uint64_t features,
		      struct buffer *out)
{
	int err = 0;

	for (size_t i = 0; !err && i < FORMAT_FEATURES_WRITTEN; i++) {
		if (sections->present & features & (1ull << i))
			err = put_feature(i, &sections->body[i], out);
	}
	return err;
}

int streamed_build_ids(const struct sections *sections, size_t from,
		       struct buffer *out)
{
	const struct buffer *body = &sections->body[FORMAT_BUILD_ID];
	struct format_build_id entry;
	int err = 0;

	while (!err && from < body->size) {
		memcpy(&entry, body->bytes + from, sizeof(entry));
		entry.type = ABI_RECORD_HEADER_BUILD_ID;
		err = buffer_append(out, &entry, sizeof(entry));
		if (!err)
			err = buffer_append(out,
					    body->bytes + from + sizeof(entry),
					    entry.size - sizeof(entry));
		from += entry.size;
	}
	return err;
}
