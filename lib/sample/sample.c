/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A sample's fields, in the order in which perf_output_sample() of the kernel
 * writes them: nearly, but not quite, the order of the sample_type bits.
 *
 * Linux, kernel/events/core.c and the comment at PERF_RECORD_SAMPLE.
 */
#include "config.h"

#include "sample/fields.h"

#include <linux/perf_event.h>
#include <string.h>

#include "sample/abi.h"
#include "sample/decode.h"

#define WORD sizeof(uint64_t)

/* Of this kernel's bits, those of one word behind the branches. */
#define WEIGHTS		  (PERF_SAMPLE_WEIGHT | PERF_SAMPLE_WEIGHT_STRUCT)
#define WORDS_BEFORE_INTR (PERF_SAMPLE_DATA_SRC | PERF_SAMPLE_TRANSACTION)
#define WORDS_AFTER_INTR                              \
	(PERF_SAMPLE_PHYS_ADDR | PERF_SAMPLE_CGROUP | \
	 PERF_SAMPLE_DATA_PAGE_SIZE | PERF_SAMPLE_CODE_PAGE_SIZE)
#define BITS_KNOWN (((uint64_t)PERF_SAMPLE_WEIGHT_STRUCT << 1) - 1)

static unsigned int count_bits(uint64_t bits)
{
	return (unsigned int)__builtin_popcountll(bits);
}

/* So many words can stand before a sample's larger fields. */
#define NR_FIRST 9

static const unsigned char *take_word(const unsigned char *word, uint64_t *ret)
{
	memcpy(ret, word, WORD);
	return word + WORD;
}

static bool decode_checked_ids(struct cursor *cursor, uint64_t type,
			       struct lbrvirt_record *record)
{
	uint64_t *const id = &record->id;
	uint32_t unused;

	if ((type & PERF_SAMPLE_IDENTIFIER) &&
	    !cursor_u64(cursor, id, "IDENTIFIER"))
		return false;
	if ((type & PERF_SAMPLE_IP) &&
	    !cursor_u64(cursor, &record->sample.ip, "IP"))
		return false;
	if ((type & PERF_SAMPLE_TID) &&
	    !cursor_u32_pair(cursor, &record->pid, &record->tid, "TID"))
		return false;
	if ((type & PERF_SAMPLE_TIME) &&
	    !cursor_u64(cursor, &record->time_ns, "TIME"))
		return false;
	if ((type & PERF_SAMPLE_ADDR) &&
	    !cursor_u64(cursor, &record->sample.addr, "ADDR"))
		return false;
	if ((type & PERF_SAMPLE_ID) && !cursor_u64(cursor, id, "ID"))
		return false;
	if ((type & PERF_SAMPLE_STREAM_ID) &&
	    !cursor_u64(cursor, &record->stream_id, "STREAM_ID"))
		return false;
	if ((type & PERF_SAMPLE_CPU) &&
	    !cursor_u32_pair(cursor, &record->cpu, &unused, "CPU"))
		return false;
	return !(type & PERF_SAMPLE_PERIOD) ||
	       cursor_u64(cursor, &record->sample.period, "PERIOD");
}

/* The same where all of them are known to fit and are in order. */
static void load_ids(struct cursor *cursor, uint64_t type,
		     struct lbrvirt_record *record)
{
	const unsigned char *word = cursor->bytes + cursor->pos;

	if (type & PERF_SAMPLE_IDENTIFIER)
		word = take_word(word, &record->id);
	if (type & PERF_SAMPLE_IP)
		word = take_word(word, &record->sample.ip);
	if (type & PERF_SAMPLE_TID) {
		memcpy(&record->pid, word, sizeof(record->pid));
		memcpy(&record->tid, word + WORD / 2, sizeof(record->tid));
		word += WORD;
	}
	if (type & PERF_SAMPLE_TIME)
		word = take_word(word, &record->time_ns);
	if (type & PERF_SAMPLE_ADDR)
		word = take_word(word, &record->sample.addr);
	if (type & PERF_SAMPLE_ID)
		word = take_word(word, &record->id);
	if (type & PERF_SAMPLE_STREAM_ID)
		word = take_word(word, &record->stream_id);
	if (type & PERF_SAMPLE_CPU) {
		memcpy(&record->cpu, word, sizeof(record->cpu));
		word += WORD;
	}
	if (type & PERF_SAMPLE_PERIOD)
		word = take_word(word, &record->sample.period);
	cursor->pos = (size_t)(word - cursor->bytes);
}

static bool decode_ids(struct cursor *cursor, uint64_t type,
		       struct lbrvirt_record *record)
{
	if (!cursor->copy && cursor->end - cursor->pos >= NR_FIRST * WORD)
		load_ids(cursor, type, record);
	else if (!decode_checked_ids(cursor, type, record))
		return false;
	record->fields = type & (FIELDS_TRAILER & ~PERF_SAMPLE_IDENTIFIER);
	if (type & PERF_SAMPLE_IDENTIFIER)
		record->fields |= PERF_SAMPLE_ID;
	return true;
}

static bool decode_read(struct cursor *cursor, uint64_t format,
			struct lbrvirt_sample *sample)
{
	const uint64_t times = PERF_FORMAT_TOTAL_TIME_ENABLED |
			       PERF_FORMAT_TOTAL_TIME_RUNNING;
	uint64_t words = 1 + count_bits(format & times);
	uint64_t each = count_bits(format & (PERF_FORMAT_ID | ABI_FORMAT_LOST));
	size_t room = (cursor->end - cursor->pos) / WORD;

	if (room == 0) {
		cursor->why = "READ";
		return false;
	}
	if (format & PERF_FORMAT_GROUP) {
		uint64_t nr = cursor_peek_u64(cursor, cursor->pos);

		/* Anything beyond the room will be refused just below. */
		words += (nr < room ? nr : room) * (1 + each);
	} else {
		words += each;
	}
	sample->nr_read_values = words;
	return cursor_array(cursor, words, &sample->read_values, "READ");
}

static bool decode_raw(struct cursor *cursor, struct lbrvirt_sample *sample)
{
	uint32_t size;

	if (cursor->end - cursor->pos < sizeof(size)) {
		cursor->why = "RAW";
		return false;
	}
	cursor_swap(cursor, "4");
	memcpy(&size, cursor->bytes + cursor->pos, sizeof(size));
	cursor->pos += sizeof(size);
	/* The kernel pads so that size and payload fill whole words. */
	if ((sizeof(size) + size) % WORD) {
		cursor->why = "RAW";
		return false;
	}
	sample->raw_size = size;
	return cursor_bytes(cursor, size, &sample->raw, "RAW");
}

/* Move @pos over a register set; false: it does not fit. */
static bool pass_regs(const struct cursor *cursor, size_t *pos, uint64_t mask)
{
	uint64_t abi;

	if (cursor->end - *pos < WORD)
		return false;
	abi = cursor_peek_u64(cursor, *pos);
	*pos += WORD;
	if (abi == PERF_SAMPLE_REGS_ABI_NONE)
		return true;
	if (abi > PERF_SAMPLE_REGS_ABI_64 ||
	    cursor->end - *pos < count_bits(mask) * WORD)
		return false;
	*pos += count_bits(mask) * WORD;
	return true;
}

/* Move @pos over a size, so many bytes, and @behind more unless it is 0. */
static bool pass_block(const struct cursor *cursor, size_t *pos, size_t behind)
{
	uint64_t size;

	if (cursor->end - *pos < WORD)
		return false;
	size = cursor_peek_u64(cursor, *pos);
	*pos += WORD;
	if (size == 0)
		return true;
	if (size % WORD || size > cursor->end - *pos ||
	    cursor->end - *pos - size < behind)
		return false;
	*pos += size + behind;
	return true;
}

static bool pass_words(const struct cursor *cursor, size_t *pos, uint64_t bits)
{
	if (cursor->end - *pos < count_bits(bits) * WORD)
		return false;
	*pos += count_bits(bits) * WORD;
	return true;
}

/* Would the fields behind the branches, begun at @pos, end with the record? */
static bool rest_fits(const struct cursor *cursor, size_t pos,
		      const struct perf_event_attr *attr)
{
	uint64_t type = attr->sample_type;

	if ((type & PERF_SAMPLE_REGS_USER) &&
	    !pass_regs(cursor, &pos, attr->sample_regs_user))
		return false;
	if ((type & PERF_SAMPLE_STACK_USER) && !pass_block(cursor, &pos, WORD))
		return false;
	if ((type & WEIGHTS) && !pass_words(cursor, &pos, 1))
		return false;
	if (!pass_words(cursor, &pos, type & WORDS_BEFORE_INTR))
		return false;
	if ((type & PERF_SAMPLE_REGS_INTR) &&
	    !pass_regs(cursor, &pos, attr->sample_regs_intr))
		return false;
	if (!pass_words(cursor, &pos, type & WORDS_AFTER_INTR))
		return false;
	if ((type & PERF_SAMPLE_AUX) && !pass_block(cursor, &pos, 0))
		return false;
	return pos == cursor->end;
}

/*
 * Where the PMU supplied no stack, the kernel writes nr = 0 and leaves hw_idx
 * out although it was asked for; and the counters stand only with events whose
 * PMU logs them. Nothing but the record's size tells. What was asked for wins
 * where it fits, or where nothing fits or can be said.
 */
static void find_branch_parts(const struct cursor *cursor,
			      const struct perf_event_attr *attr, uint64_t nr,
			      bool *has_hw_idx, bool *has_counters)
{
	static const struct {
		bool hw_idx;
		bool counters;
	} tries[] = { { true, true },
		      { true, false },
		      { false, true },
		      { false, false } };
	size_t room = cursor->end - cursor->pos;
	uint64_t asked = attr->branch_sample_type;

	*has_hw_idx = asked & ABI_BRANCH_HW_INDEX;
	*has_counters = asked & ABI_BRANCH_COUNTERS;
	if ((!*has_hw_idx && !*has_counters) ||
	    nr > room / sizeof(struct lbrvirt_branch) ||
	    (attr->sample_type & ~BITS_KNOWN))
		return;

	for (size_t i = 0; i < sizeof(tries) / sizeof(tries[0]); i++) {
		size_t size = nr * sizeof(struct lbrvirt_branch) +
			      (tries[i].hw_idx ? WORD : 0) +
			      (tries[i].counters ? nr * WORD : 0);

		if ((tries[i].hw_idx && !(asked & ABI_BRANCH_HW_INDEX)) ||
		    (tries[i].counters && !(asked & ABI_BRANCH_COUNTERS)) ||
		    (!tries[i].hw_idx && *has_hw_idx && nr) || size > room)
			continue;
		if (rest_fits(cursor, cursor->pos + size, attr)) {
			*has_hw_idx = tries[i].hw_idx;
			*has_counters = tries[i].counters;
			return;
		}
	}
}

static bool decode_branches(struct cursor *cursor,
			    const struct perf_event_attr *attr,
			    struct lbrvirt_sample *sample)
{
	bool has_counters;
	uint64_t nr;

	if (!cursor_u64(cursor, &nr, "BRANCH_STACK"))
		return false;
	find_branch_parts(cursor, attr, nr, &sample->has_hw_idx, &has_counters);
	if (sample->has_hw_idx &&
	    !cursor_u64(cursor, &sample->hw_idx, "hw_idx of BRANCH_STACK"))
		return false;
	if (!cursor_branches(cursor, nr, &sample->branches))
		return false;
	sample->nr_branches = nr;
	return !has_counters ||
	       cursor_array(cursor, nr, &sample->branch_counters,
			    "counters of BRANCH_STACK");
}

static bool decode_regs(struct cursor *cursor, uint64_t mask, uint64_t *ret_abi,
			uint64_t *ret_mask, const uint64_t **ret_regs)
{
	if (!cursor_u64(cursor, ret_abi, "ABI of the registers"))
		return false;
	if (*ret_abi == PERF_SAMPLE_REGS_ABI_NONE)
		return true;
	*ret_mask = mask;
	return cursor_array(cursor, count_bits(mask), ret_regs,
			    "the registers");
}

static bool decode_stack(struct cursor *cursor, struct lbrvirt_sample *sample)
{
	uint64_t size;
	uint64_t valid;

	if (!cursor_u64(cursor, &size, "STACK_USER"))
		return false;
	if (size == 0)
		return true;
	if (size % WORD) {
		cursor->why = "size of STACK_USER";
		return false;
	}
	if (!cursor_bytes(cursor, size, &sample->user_stack, "STACK_USER") ||
	    !cursor_u64(cursor, &valid, "valid size of STACK_USER"))
		return false;
	sample->user_stack_asked = size;
	sample->user_stack_size = valid < size ? valid : size;
	return true;
}

static bool decode_aux(struct cursor *cursor, struct lbrvirt_sample *sample)
{
	return cursor_u64(cursor, &sample->aux_size, "AUX") &&
	       cursor_bytes(cursor, sample->aux_size, &sample->aux, "AUX");
}

static bool decode_behind(struct cursor *cursor,
			  const struct perf_event_attr *attr,
			  struct lbrvirt_sample *sample)
{
	uint64_t type = attr->sample_type;

	if ((type & WEIGHTS) && !cursor_u64(cursor, &sample->weight, "WEIGHT"))
		return false;
	if ((type & PERF_SAMPLE_DATA_SRC) &&
	    !cursor_u64(cursor, &sample->data_src, "DATA_SRC"))
		return false;
	if ((type & PERF_SAMPLE_TRANSACTION) &&
	    !cursor_u64(cursor, &sample->transaction, "TRANSACTION"))
		return false;
	if ((type & PERF_SAMPLE_REGS_INTR) &&
	    !decode_regs(cursor, attr->sample_regs_intr, &sample->regs_intr_abi,
			 &sample->regs_intr_mask, &sample->regs_intr))
		return false;
	if ((type & PERF_SAMPLE_PHYS_ADDR) &&
	    !cursor_u64(cursor, &sample->phys_addr, "PHYS_ADDR"))
		return false;
	if ((type & PERF_SAMPLE_CGROUP) &&
	    !cursor_u64(cursor, &sample->cgroup, "CGROUP"))
		return false;
	if ((type & PERF_SAMPLE_DATA_PAGE_SIZE) &&
	    !cursor_u64(cursor, &sample->data_page_size, "DATA_PAGE_SIZE"))
		return false;
	if ((type & PERF_SAMPLE_CODE_PAGE_SIZE) &&
	    !cursor_u64(cursor, &sample->code_page_size, "CODE_PAGE_SIZE"))
		return false;
	return !(type & PERF_SAMPLE_AUX) || decode_aux(cursor, sample);
}

bool sample_decode(struct cursor *cursor, const struct perf_event_attr *attr,
		   struct lbrvirt_record *record)
{
	struct lbrvirt_sample *sample = &record->sample;
	uint64_t type = attr->sample_type;
	uint64_t nr;

	if (!decode_ids(cursor, type, record))
		return false;
	if ((type & PERF_SAMPLE_READ) &&
	    !decode_read(cursor, attr->read_format, sample))
		return false;
	if (type & PERF_SAMPLE_CALLCHAIN) {
		if (!cursor_u64(cursor, &nr, "CALLCHAIN") ||
		    !cursor_array(cursor, nr, &sample->callchain, "CALLCHAIN"))
			return false;
		sample->nr_callchain = nr;
	}
	if ((type & PERF_SAMPLE_RAW) && !decode_raw(cursor, sample))
		return false;
	if ((type & PERF_SAMPLE_BRANCH_STACK) &&
	    !decode_branches(cursor, attr, sample))
		return false;
	if ((type & PERF_SAMPLE_REGS_USER) &&
	    !decode_regs(cursor, attr->sample_regs_user, &sample->regs_user_abi,
			 &sample->regs_user_mask, &sample->regs_user))
		return false;
	if ((type & PERF_SAMPLE_STACK_USER) && !decode_stack(cursor, sample))
		return false;
	return decode_behind(cursor, attr, sample);
}

static size_t offset_behind(uint64_t type, uint64_t fields)
{
	return sizeof(struct perf_event_header) +
	       count_bits(type & fields) * WORD;
}

size_t sample_time_offset(const struct perf_event_attr *attr)
{
	if (!(attr->sample_type & PERF_SAMPLE_TIME))
		return 0;
	return offset_behind(attr->sample_type, PERF_SAMPLE_IDENTIFIER |
							PERF_SAMPLE_IP |
							PERF_SAMPLE_TID);
}

size_t sample_id_offset(const struct perf_event_attr *attr)
{
	if (attr->sample_type & PERF_SAMPLE_IDENTIFIER)
		return sizeof(struct perf_event_header);
	if (!(attr->sample_type & PERF_SAMPLE_ID))
		return 0;
	return offset_behind(attr->sample_type,
			     PERF_SAMPLE_IP | PERF_SAMPLE_TID |
				     PERF_SAMPLE_TIME | PERF_SAMPLE_ADDR);
}

size_t sample_callchain_offset(const struct lbrvirt_event *event)
{
	uint64_t type = event->attr.sample_type;

	if (!(type & PERF_SAMPLE_CALLCHAIN) || (type & PERF_SAMPLE_READ))
		return 0;
	return offset_behind(type, FIELDS_TRAILER | PERF_SAMPLE_IP |
					   PERF_SAMPLE_ADDR |
					   PERF_SAMPLE_PERIOD);
}
