/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which event a record belongs to, and so how it is laid out. With several
 * events, the place of the id must be the same in all of them: the kernel's
 * users see to that, by IDENTIFIER or by equal sample_types, and so the first
 * event says where it is, as it does for perf.
 */
#include "config.h"

#include "sample/decode.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "sample/abi.h"
#include "sample/fields.h"

#define HEADER_SIZE	sizeof(struct perf_event_header)
#define RECORD_SIZE_MAX 65536 /* the header's size is 16 bits wide */
#define FIRST_SLOTS	16

struct slot {
	uint64_t id;
	const struct lbrvirt_event *event; /* NULL: free */
};

struct decoder {
	const struct lbrvirt_event *events;
	size_t nr_events;
	bool is_swapped;
	bool is_uniform;	  /* all samples are laid out alike */
	bool has_one_time_offset; /* TIME is at the same place in all */
	size_t time_offset;	  /* of it in samples, from their begin */
	size_t id_offset;	  /* of what names the event, the same way */
	size_t trailer_offset;	  /* in other records, back from their end */
	struct slot *slots;	  /* open addressing, by id */
	size_t nr_slots;	  /* a power of two, at least twice nr_ids */
	size_t nr_ids;		  /* of all events, those given twice too */
	uint64_t *copy;		  /* of a swapped or misaligned record */
};

static size_t first_slot(const struct decoder *decoder, uint64_t id)
{
	return hash_word(id) & (decoder->nr_slots - 1);
}

static const struct lbrvirt_event *find_event(const struct decoder *decoder,
					      uint64_t id)
{
	size_t i = first_slot(decoder, id);

	while (decoder->slots[i].event) {
		if (decoder->slots[i].id == id)
			return decoder->slots[i].event;
		i = (i + 1) & (decoder->nr_slots - 1);
	}
	return NULL;
}

/* An id given twice stays with the event that had it first. */
static void add_id(struct decoder *decoder, uint64_t id,
		   const struct lbrvirt_event *event)
{
	size_t i = first_slot(decoder, id);

	while (decoder->slots[i].event && decoder->slots[i].id != id)
		i = (i + 1) & (decoder->nr_slots - 1);
	if (decoder->slots[i].event)
		return;
	decoder->slots[i].id = id;
	decoder->slots[i].event = event;
}

/*
 * Doubled, so that a pipe that names its events one by one has each id moved
 * twice at most, and not once for each event that follows it.
 */
static int make_room(struct decoder *decoder, size_t nr_ids)
{
	struct slot *old = decoder->slots;
	size_t nr_old = decoder->nr_slots;
	size_t nr_slots = nr_old ? nr_old : FIRST_SLOTS;
	struct slot *slots;

	while (nr_slots / 2 < nr_ids) {
		if (nr_slots > SIZE_MAX / 2 / sizeof(*slots))
			return -ENOMEM;
		nr_slots *= 2;
	}
	if (nr_slots == nr_old)
		return 0;
	slots = calloc(nr_slots, sizeof(*slots));
	if (!slots)
		return -ENOMEM;
	decoder->slots = slots;
	decoder->nr_slots = nr_slots;
	for (size_t i = 0; i < nr_old; i++) {
		if (old[i].event)
			add_id(decoder, old[i].id, old[i].event);
	}
	free(old);
	return 0;
}

static bool is_laid_out_alike(const struct perf_event_attr *a,
			      const struct perf_event_attr *b)
{
	const uint64_t branch = ABI_BRANCH_HW_INDEX | ABI_BRANCH_COUNTERS;

	return a->sample_type == b->sample_type &&
	       a->read_format == b->read_format &&
	       a->sample_regs_user == b->sample_regs_user &&
	       a->sample_regs_intr == b->sample_regs_intr &&
	       a->sample_id_all == b->sample_id_all &&
	       !((a->branch_sample_type ^ b->branch_sample_type) & branch);
}

static void add_layout(struct decoder *decoder,
		       const struct perf_event_attr *attr)
{
	const struct perf_event_attr *first = &decoder->events[0].attr;

	if (!is_laid_out_alike(first, attr))
		decoder->is_uniform = false;
	if (sample_time_offset(first) != sample_time_offset(attr))
		decoder->has_one_time_offset = false;
}

int decoder_add_events(struct decoder *decoder, size_t nr_events)
{
	size_t nr_ids = decoder->nr_ids;
	int err;

	assert(nr_events >= decoder->nr_events);

	for (size_t i = decoder->nr_events; i < nr_events; i++)
		nr_ids += decoder->events[i].nr_ids;
	err = make_room(decoder, nr_ids);
	if (err)
		return err;
	if (nr_events && decoder->nr_events == 0) {
		const struct perf_event_attr *first = &decoder->events[0].attr;

		decoder->time_offset = sample_time_offset(first);
		decoder->id_offset = sample_id_offset(first);
		decoder->trailer_offset = trailer_time_offset(first);
	}
	for (size_t i = decoder->nr_events; i < nr_events; i++) {
		const struct lbrvirt_event *event = &decoder->events[i];

		for (size_t n = 0; n < event->nr_ids; n++)
			add_id(decoder, event->ids[n], event);
		add_layout(decoder, &event->attr);
	}
	decoder->nr_ids = nr_ids;
	decoder->nr_events = nr_events;
	return 0;
}

int decoder_set_events(struct decoder *decoder,
		       const struct lbrvirt_event *events, size_t nr_events)
{
	struct decoder begun = *decoder;
	int err;

	assert(events || !nr_events);

	begun.slots = NULL;
	begun.nr_slots = 0;
	begun.nr_ids = 0;
	begun.events = events;
	begun.nr_events = 0;
	begun.is_uniform = true;
	begun.has_one_time_offset = true;
	begun.time_offset = 0;
	begun.id_offset = 0;
	begun.trailer_offset = 0;
	err = decoder_add_events(&begun, nr_events);
	if (err) {
		free(begun.slots);
		return err;
	}
	free(decoder->slots);
	*decoder = begun;
	return 0;
}

int decoder_new(const struct lbrvirt_event *events, size_t nr_events,
		bool is_swapped, struct decoder **ret_decoder)
{
	struct decoder *decoder;
	int err;

	assert(ret_decoder);

	decoder = calloc(1, sizeof(*decoder));
	if (!decoder)
		return -ENOMEM;
	decoder->is_swapped = is_swapped;
	err = decoder_set_events(decoder, events, nr_events);
	if (err)
		goto fail;

	*ret_decoder = decoder;
	return 0;
fail:
	decoder_free(decoder);
	return err;
}

void decoder_free(struct decoder *decoder)
{
	if (!decoder)
		return;
	free(decoder->slots);
	free(decoder->copy);
	free(decoder);
}

/* The header in native order; false: it, or its record, does not fit. */
static bool read_header(const struct decoder *decoder, const void *bytes,
			size_t size, struct perf_event_header *ret_header)
{
	struct perf_event_header header;

	if (size < HEADER_SIZE)
		return false;
	memcpy(&header, bytes, HEADER_SIZE);
	if (decoder->is_swapped) {
		header.type = __builtin_bswap32(header.type);
		header.misc = __builtin_bswap16(header.misc);
		header.size = __builtin_bswap16(header.size);
	}
	if (header.size < HEADER_SIZE || header.size > size)
		return false;
	*ret_header = header;
	return true;
}

/*
 * The event by the id at @pos of the record. Without a known id a sample is
 * the first event's if it names none, as perf has it: tools that record one
 * event's samples write no id.
 */
static const struct lbrvirt_event *event_at(const struct decoder *decoder,
					    const struct cursor *cursor,
					    size_t pos, bool is_sample)
{
	const struct lbrvirt_event *none = is_sample ? &decoder->events[0] :
						       NULL;
	uint64_t id;

	if (decoder->nr_events == 1)
		return &decoder->events[0];
	if (pos < HEADER_SIZE || pos > cursor->end ||
	    cursor->end - pos < sizeof(id))
		return none;
	id = cursor_peek_u64(cursor, pos);
	return id ? find_event(decoder, id) : none;
}

static bool decode_sample(const struct decoder *decoder, struct cursor *cursor,
			  struct lbrvirt_record *record)
{
	const struct lbrvirt_event *first = &decoder->events[0];

	record->event = event_at(decoder, cursor, decoder->id_offset, true);
	/* An unknown id: what no event can differ in is still worth having. */
	if (!record->event && !decoder->is_uniform)
		return true;
	return sample_decode(
		cursor, record->event ? &record->event->attr : &first->attr,
		record);
}

static bool decode_other(const struct decoder *decoder, struct cursor *cursor,
			 struct lbrvirt_record *record)
{
	const struct perf_event_attr *attr = NULL;
	size_t end = cursor->end;
	size_t size = 0;

	if (decoder->nr_events) {
		const struct lbrvirt_event *first = &decoder->events[0];
		size_t from_end = trailer_id_offset(&first->attr);
		size_t pos = from_end < end ? end - from_end : 0;

		record->event = event_at(decoder, cursor, pos, false);
		attr = record->event ? &record->event->attr : &first->attr;
		size = trailer_size(attr);
	}
	if (size > end - cursor->pos) {
		cursor->why = "the trailer";
		return false;
	}
	cursor->end = end - size;
	if (!body_decode(cursor, record))
		return false;
	cursor->pos = end - size;
	cursor->end = end;
	return size == 0 || trailer_decode(cursor, attr, record);
}

/*
 * Swapped records are turned round in a copy; misaligned ones, which only a
 * file can have, are copied so that arrays of words can be handed out.
 */
static int begin_record(struct decoder *decoder, const void *bytes,
			const struct perf_event_header *header,
			struct cursor *ret_cursor)
{
	*ret_cursor = (struct cursor){
		.bytes = bytes,
		.pos = HEADER_SIZE,
		.end = header->size,
		.is_swapped = decoder->is_swapped,
	};
	if (!decoder->is_swapped && (uintptr_t)bytes % sizeof(uint64_t) == 0)
		return 0;

	if (!decoder->copy)
		decoder->copy = malloc(RECORD_SIZE_MAX);
	if (!decoder->copy)
		return -ENOMEM;
	memcpy(decoder->copy, bytes, header->size);
	memcpy(decoder->copy, header, HEADER_SIZE);
	ret_cursor->bytes = (unsigned char *)decoder->copy;
	if (decoder->is_swapped)
		ret_cursor->copy = (unsigned char *)decoder->copy;
	return 0;
}

const struct lbrvirt_event *decoder_event(const struct decoder *decoder,
					  uint64_t id)
{
	assert(decoder);

	return decoder->nr_slots ? find_event(decoder, id) : NULL;
}

/*
 * In pieces so small that the compiler has stores for them: for more at once it
 * takes a string instruction, which takes longer to begin than all of these.
 */
static void clear_record(struct lbrvirt_record *record)
{
	enum { PIECE = 32 };
	unsigned char *bytes = (unsigned char *)record;
	size_t i;

	for (i = 0; i + PIECE <= sizeof(*record); i += PIECE)
		memset(bytes + i, 0, PIECE);
	memset(bytes + i, 0, sizeof(*record) - i);
}

int decoder_fill(struct decoder *decoder, const void *bytes, size_t size,
		 struct lbrvirt_record *record, const char **ret_why)
{
	struct perf_event_header header;
	struct cursor cursor;
	bool is_good = true;
	int err;

	assert(decoder && bytes && record);

	if (!read_header(decoder, bytes, size, &header)) {
		if (ret_why)
			*ret_why = "the record's size";
		return -EBADMSG;
	}
	err = begin_record(decoder, bytes, &header, &cursor);
	if (err)
		return err;

	clear_record(record);
	record->type = header.type;
	record->misc = header.misc;
	record->size = header.size;
	record->bytes = cursor.bytes;
	if (header.type == PERF_RECORD_SAMPLE && decoder->nr_events)
		is_good = decode_sample(decoder, &cursor, record);
	else if (header.type != PERF_RECORD_SAMPLE &&
		 header.type < ABI_RECORD_USER_START)
		is_good = decode_other(decoder, &cursor, record);
	if (!is_good) {
		if (ret_why)
			*ret_why = cursor.why;
		return -EBADMSG;
	}
	return 0;
}

int decoder_decode(struct decoder *decoder, const void *bytes, size_t size,
		   struct lbrvirt_record *ret_record, const char **ret_why)
{
	struct lbrvirt_record record;
	int err = decoder_fill(decoder, bytes, size, &record, ret_why);

	if (!err)
		*ret_record = record;
	return err;
}

size_t decoder_time_offset(const struct decoder *decoder)
{
	return decoder->has_one_time_offset && !decoder->is_swapped ?
		       decoder->time_offset :
		       0;
}

bool decoder_time(const struct decoder *decoder, const void *bytes, size_t size,
		  uint64_t *ret_time_ns)
{
	const struct lbrvirt_event *event;
	struct perf_event_header header;
	struct cursor cursor = { 0 };
	size_t pos;

	assert(decoder && bytes && ret_time_ns);

	if (!decoder->nr_events ||
	    !read_header(decoder, bytes, size, &header) ||
	    header.type >= ABI_RECORD_USER_START)
		return false;
	cursor.bytes = bytes;
	cursor.end = header.size;
	cursor.is_swapped = decoder->is_swapped;

	if (header.type != PERF_RECORD_SAMPLE) {
		pos = decoder->trailer_offset;
		pos = pos && pos < header.size ? header.size - pos : 0;
	} else if (decoder->has_one_time_offset) {
		pos = decoder->time_offset;
	} else {
		event = event_at(decoder, &cursor, decoder->id_offset, true);
		pos = event ? sample_time_offset(&event->attr) : 0;
	}
	if (pos < HEADER_SIZE || pos > header.size ||
	    header.size - pos < sizeof(uint64_t))
		return false;
	*ret_time_ns = cursor_peek_u64(&cursor, pos);
	return true;
}
