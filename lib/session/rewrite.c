/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Byte surgery on records. The order of a sample's fields is that of
 * PERF_RECORD_SAMPLE in include/uapi/linux/perf_event.h: what stands before the
 * call chain is copied as it is, and of what comes after it only branches of
 * plain branch recordings are kept.
 */
#include "config.h"

#include "session/rewrite.h"

#include <assert.h>
#include <string.h>

#include "sample/decode.h"
#include "stack/stack.h"

/* Since Linux 5.12; the headers at hand may be older. */
#define MISC_MMAP_BUILD_ID (1u << 14)
/* Fields that may stand behind the chain in the file. */
#define FIELDS_DROPPED (PERF_SAMPLE_REGS_USER | PERF_SAMPLE_STACK_USER)

static bool is_call_stack(const struct lbrvirt_event *event)
{
	return event->attr.branch_sample_type & PERF_SAMPLE_BRANCH_CALL_STACK;
}

bool rewrite_wants_chain(const struct lbrvirt_event *opened)
{
	uint64_t type = opened->attr.sample_type;

	return type & (PERF_SAMPLE_CALLCHAIN | PERF_SAMPLE_STACK_USER);
}

void rewrite_event(struct lbrvirt_event *event)
{
	struct perf_event_attr *attr = &event->attr;

	if (rewrite_wants_chain(event)) {
		attr->sample_type &= ~(uint64_t)FIELDS_DROPPED;
		attr->sample_type |= PERF_SAMPLE_CALLCHAIN | PERF_SAMPLE_WEIGHT;
		attr->sample_regs_user = 0;
		attr->sample_stack_user = 0;
		attr->exclude_callchain_user = 0;
		if (is_call_stack(event)) {
			attr->sample_type &=
				~(uint64_t)PERF_SAMPLE_BRANCH_STACK;
			attr->branch_sample_type = 0;
		}
	}
	if (attr->size > PERF_ATTR_SIZE_VER7)
		attr->size = PERF_ATTR_SIZE_VER7;
}

/* A sample in the making. */
struct draft {
	unsigned char *bytes;
	size_t size;
};

static void put_bytes(struct draft *draft, const void *bytes, size_t size)
{
	assert(draft->size + size <= REWRITE_SIZE_MAX);
	memcpy(draft->bytes + draft->size, bytes, size);
	draft->size += size;
}

static void put_u64(struct draft *draft, uint64_t value)
{
	put_bytes(draft, &value, sizeof(value));
}

/* Bytes that a sample's branches take, 0 where they are not kept. */
static size_t branches_size(const struct lbrvirt_sample *sample,
			    const struct lbrvirt_event *opened)
{
	if (!(opened->attr.sample_type & PERF_SAMPLE_BRANCH_STACK) ||
	    is_call_stack(opened))
		return 0;
	return 2 * sizeof(uint64_t) +
	       sample->nr_branches * sizeof(*sample->branches);
}

static void put_branches(struct draft *draft,
			 const struct lbrvirt_sample *sample)
{
	put_u64(draft, sample->nr_branches);
	if (sample->has_hw_idx)
		put_u64(draft, sample->hw_idx);
	put_bytes(draft, sample->branches,
		  sample->nr_branches * sizeof(*sample->branches));
}

size_t rewrite_sample(const struct lbrvirt_record *record,
		      const struct lbrvirt_event *opened,
		      const struct lbrvirt_stack *stack,
		      unsigned char *ret_bytes)
{
	struct draft draft = { ret_bytes, 0 };
	struct perf_event_header header;
	size_t chain_at = sample_callchain_offset(opened);
	size_t rest =
		branches_size(&record->sample, opened) + 2 * sizeof(uint64_t);
	size_t room = (REWRITE_SIZE_MAX - chain_at - rest) / sizeof(uint64_t);
	uint64_t *chain;
	uint64_t nr;

	assert(chain_at && chain_at <= record->size);
	put_bytes(&draft, record->bytes, chain_at);
	/* Every field before the chain is a multiple of 8 bytes long. */
	chain = (uint64_t *)(void *)(ret_bytes + chain_at + sizeof(nr));
	nr = stack_to_chain(stack, chain, room);
	put_u64(&draft, nr);
	draft.size += nr * sizeof(*chain);
	if (branches_size(&record->sample, opened))
		put_branches(&draft, &record->sample);
	put_u64(&draft, stack_to_weight(stack));
	memcpy(&header, record->bytes, sizeof(header));
	header.size = (uint16_t)draft.size;
	memcpy(ret_bytes, &header, sizeof(header));
	return draft.size;
}

size_t rewrite_mmap(const struct lbrvirt_record *record, const struct dso *dso,
		    unsigned char *ret_bytes)
{
	/* Header, pid, tid, start, size, offset; then what gives way. */
	const size_t at = 8 + 8 + 3 * 8;
	struct {
		uint8_t size;
		uint8_t reserved[3];
		uint8_t bytes[20];
	} build_id = { 0 };
	struct perf_event_header header;
	bool has_id = dso && dso->build_id_size &&
		      record->size >= at + sizeof(build_id);

	memcpy(&header, record->bytes, sizeof(header));
	/* The decoder took the bit away if it was not true. */
	if (!has_id && header.misc == record->misc)
		return 0;
	header.misc = record->misc;
	memcpy(ret_bytes, record->bytes, record->size);
	if (has_id) {
		build_id.size = dso->build_id_size;
		memcpy(build_id.bytes, dso->build_id, dso->build_id_size);
		memcpy(ret_bytes + at, &build_id, sizeof(build_id));
		header.misc |= MISC_MMAP_BUILD_ID;
	}
	memcpy(ret_bytes, &header, sizeof(header));
	return record->size;
}
