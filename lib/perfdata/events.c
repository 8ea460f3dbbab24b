/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * perf_event_attr has grown from 64 bytes to 144 and more. A file's is as long
 * as it says; what it lacks is zero.
 */
#include "config.h"

#include "perfdata/events.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "perfdata/format.h"
#include "perfdata/names.h"
#include "sample/cursor.h"

/* Fields of perf_event_attr up to config4, as cursor_swap() reads them. */
#define ATTR_LAYOUT "44888884488884484224488"
#define UPDATE_NAME 2 /* PERF_EVENT_UPDATE__NAME */
/* precise_ip, the only bit-field of two bits, begins here. */
#define PRECISE_BIT 15

int events_init(struct events *events, size_t capacity, struct intern *names)
{
	events->list = calloc(capacity ? capacity : 1, sizeof(*events->list));
	if (!events->list)
		return -ENOMEM;
	events->capacity = capacity;
	events->names = names;
	return 0;
}

void events_fini(struct events *events)
{
	for (size_t i = 0; i < events->nr; i++)
		free((void *)(uintptr_t)events->list[i].ids);
	free(events->list);
	memset(events, 0, sizeof(*events));
}

/*
 * The bit-fields behind read_format: on a big-endian machine they begin at the
 * top, so all are mirrored, and precise_ip's two bits once more.
 */
static uint64_t mirror_bits(uint64_t bits)
{
	const uint64_t precise = 3ull << PRECISE_BIT;
	uint64_t mirrored = 0;

	for (unsigned int i = 0; i < 64; i++)
		mirrored |= (bits >> i & 1) << (63 - i);
	bits = mirrored & precise;
	bits = (bits << 1 | bits >> 1) & precise;
	return (mirrored & ~precise) | bits;
}

static void swap_attr(unsigned char *bytes, size_t size)
{
	const size_t at = offsetof(struct perf_event_attr, read_format) +
			  sizeof(uint64_t);
	struct cursor cursor = {
		.bytes = bytes,
		.copy = bytes,
		.end = size,
		.is_swapped = true,
	};
	uint64_t bits;

	cursor_swap(&cursor, ATTR_LAYOUT);
	memcpy(&bits, bytes + at, sizeof(bits));
	bits = mirror_bits(bits);
	memcpy(bytes + at, &bits, sizeof(bits));
}

static int take_attr(struct view *view, struct perf_event_attr *ret_attr)
{
	struct perf_event_attr attr = { 0 };
	struct view begin = *view;
	const unsigned char *bytes;
	uint32_t type;
	uint32_t size;
	size_t known;

	if (!view_u32(&begin, &type) || !view_u32(&begin, &size))
		return -EBADMSG;
	if (size == 0)
		size = FORMAT_ATTR_SIZE_MIN;
	if (size < FORMAT_ATTR_SIZE_MIN || size > FORMAT_ATTR_SIZE_MAX ||
	    !view_bytes(view, size, &bytes))
		return -EBADMSG;
	known = size < sizeof(attr) ? size : sizeof(attr);
	memcpy(&attr, bytes, known);
	if (view->is_swapped)
		swap_attr((unsigned char *)&attr, known);
	attr.size = size;
	*ret_attr = attr;
	return 0;
}

static int take_ids(struct view *view, struct lbrvirt_event *event)
{
	size_t nr = view->size / sizeof(uint64_t);
	uint64_t *ids;

	if (nr == 0)
		return 0;
	ids = malloc(nr * sizeof(*ids));
	if (!ids)
		return -ENOMEM;
	for (size_t i = 0; i < nr; i++)
		view_u64(view, &ids[i]);
	event->ids = ids;
	event->nr_ids = nr;
	return 0;
}

int events_add(struct events *events, struct view *attr, struct view *ids)
{
	struct lbrvirt_event event = { .index = (uint32_t)events->nr };
	char name[NAMES_SIZE_MAX];
	int err;

	if (events->nr == events->capacity)
		return -EOVERFLOW;
	err = take_attr(attr, &event.attr);
	if (err)
		return err;
	names_of_attr(&event.attr, name);
	event.name = intern_string(events->names, name);
	if (!event.name)
		return -ENOMEM;
	err = take_ids(ids, &event);
	if (err)
		return err;
	events->list[events->nr++] = event;
	return 0;
}

int events_add_record(struct events *events, struct view body)
{
	struct view ids = body;
	const unsigned char *attr;
	uint32_t type;
	uint32_t size;

	if (!view_u32(&ids, &type) || !view_u32(&ids, &size))
		return -EBADMSG;
	if (size == 0)
		size = FORMAT_ATTR_SIZE_MIN;
	ids = body;
	if (!view_bytes(&ids, size, &attr))
		return -EBADMSG;
	return events_add(events, &body, &ids);
}

static int rename_event(struct events *events, struct lbrvirt_event *event,
			const char *name, size_t length)
{
	uint32_t id;

	if (length == 0)
		return 0;
	if (intern_add(events->names, name, length, &id) < 0)
		return -ENOMEM;
	event->name = intern_bytes(events->names, id, NULL);
	return 0;
}

int events_describe(struct events *events, struct view section)
{
	const unsigned char *bytes;
	uint32_t attr_size;
	uint32_t nr_ids;
	uint32_t nr;

	if (!view_u32(&section, &nr) || !view_u32(&section, &attr_size))
		return 0;
	for (size_t i = 0; i < nr && i < events->nr; i++) {
		const char *name;
		size_t length;
		int err;

		if (!view_bytes(&section, attr_size, &bytes) ||
		    !view_u32(&section, &nr_ids) ||
		    !view_string(&section, &name, &length) ||
		    !view_bytes(&section, nr_ids * sizeof(uint64_t), &bytes))
			return 0;
		err = rename_event(events, &events->list[i], name, length);
		if (err)
			return err;
	}
	return 0;
}

int events_update(struct events *events, const struct decoder *decoder,
		  struct view body)
{
	const struct lbrvirt_event *event;
	uint64_t type;
	uint64_t id;

	if (!view_u64(&body, &type) || !view_u64(&body, &id) ||
	    type != UPDATE_NAME)
		return 0;
	event = decoder_event(decoder, id);
	if (!event)
		return 0;
	return rename_event(events, &events->list[event->index],
			    (const char *)body.bytes,
			    strnlen((const char *)body.bytes, body.size));
}
