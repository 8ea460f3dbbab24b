/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Counts go up from the event's opening on, so what was read before must be
 * remembered: per id, and where events are inherited, whose children share the
 * id but not the count, per thread (Linux 6.12).
 *
 * The words of READ: the number of values, times if asked for, then for each a
 * count, its id, and what was lost if asked for; perf_event_open(2).
 */
#include "config.h"

#include "perfdata/groups.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "sample/abi.h"

#define FIRST_SLOTS 64

struct group_count {
	uint64_t id;
	uint32_t tid;
	bool is_used;
	uint64_t count; /* as it was read last */
};

void groups_fini(struct groups *groups)
{
	free(groups->counts);
	memset(groups, 0, sizeof(*groups));
}

bool groups_has_members(const struct lbrvirt_record *record)
{
	const uint64_t format = PERF_FORMAT_GROUP | PERF_FORMAT_ID;

	return record->type == PERF_RECORD_SAMPLE && record->event &&
	       (record->event->attr.sample_type & PERF_SAMPLE_READ) &&
	       (record->event->attr.read_format & format) == format;
}

void groups_begin(struct groups *groups, const struct lbrvirt_record *record)
{
	const uint64_t times = PERF_FORMAT_TOTAL_TIME_ENABLED |
			       PERF_FORMAT_TOTAL_TIME_RUNNING;
	uint64_t format = record->event->attr.read_format;

	assert(groups_has_members(record));

	groups->record = *record;
	groups->next = 1 + (size_t)__builtin_popcountll(format & times);
	groups->each = format & ABI_FORMAT_LOST ? 3 : 2;
}

static struct group_count *find_slot(const struct groups *groups, uint64_t id,
				     uint32_t tid)
{
	size_t mask = groups->nr_slots - 1;
	size_t i = hash_word(id ^ hash_word(tid)) & mask;

	while (groups->counts[i].is_used &&
	       (groups->counts[i].id != id || groups->counts[i].tid != tid))
		i = (i + 1) & mask;
	return &groups->counts[i];
}

static int grow(struct groups *groups)
{
	struct groups bigger = *groups;

	bigger.nr_slots = groups->nr_slots ? 2 * groups->nr_slots : FIRST_SLOTS;
	bigger.counts = calloc(bigger.nr_slots, sizeof(*bigger.counts));
	if (!bigger.counts)
		return -ENOMEM;
	for (size_t i = 0; i < groups->nr_slots; i++) {
		const struct group_count *old = &groups->counts[i];

		if (old->is_used)
			*find_slot(&bigger, old->id, old->tid) = *old;
	}
	free(groups->counts);
	groups->counts = bigger.counts;
	groups->nr_slots = bigger.nr_slots;
	return 0;
}

/* What was counted since the last time; the first time, all of it. */
static int count_since(struct groups *groups, uint64_t id, uint32_t tid,
		       uint64_t count, uint64_t *ret_period)
{
	struct group_count *slot;

	if (2 * groups->nr_counts >= groups->nr_slots && grow(groups))
		return -ENOMEM;
	slot = find_slot(groups, id, tid);
	if (!slot->is_used) {
		*slot = (struct group_count){ .id = id,
					      .tid = tid,
					      .is_used = true };
		groups->nr_counts++;
	}
	*ret_period = count - slot->count;
	slot->count = count;
	return 0;
}

int groups_next(struct groups *groups, const struct decoder *decoder,
		struct lbrvirt_record *ret_record)
{
	struct lbrvirt_record *record = &groups->record;
	const uint64_t *words = record->sample.read_values;

	while (groups->each &&
	       record->sample.nr_read_values - groups->next >= groups->each) {
		uint64_t count = words[groups->next];
		uint64_t id = words[groups->next + 1];
		const struct lbrvirt_event *event = decoder_event(decoder, id);
		uint64_t period;
		int err;

		groups->next += groups->each;
		if (!event)
			continue;
		err = count_since(groups, id,
				  event->attr.inherit ? record->tid : 0, count,
				  &period);
		if (err)
			return err;
		if (period == 0)
			continue;
		record->event = event;
		record->id = id;
		record->fields |= PERF_SAMPLE_ID | PERF_SAMPLE_PERIOD;
		record->sample.period = period;
		*ret_record = *record;
		return 0;
	}
	groups->each = 0;
	return -ENODATA;
}
