/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Samples laid out as the kernel does, word by word.
 */
#include "config.h"

#include "sample/suites.h"

#include <errno.h>

#define HW_INDEX (1ull << 17)
#define COUNTERS (1ull << 19)

static void decode_sample(struct decoded *d, uint64_t *words, size_t size)
{
	decode_words(d, PERF_RECORD_SAMPLE, 0, words, size);
}

START_TEST(scalars_stand_in_the_kernels_order)
{
	struct perf_event_attr attr = {
		.sample_type = PERF_SAMPLE_IDENTIFIER | PERF_SAMPLE_IP |
			       PERF_SAMPLE_TID | PERF_SAMPLE_TIME |
			       PERF_SAMPLE_ADDR | PERF_SAMPLE_ID |
			       PERF_SAMPLE_STREAM_ID | PERF_SAMPLE_CPU |
			       PERF_SAMPLE_PERIOD | PERF_SAMPLE_WEIGHT_STRUCT |
			       PERF_SAMPLE_DATA_SRC | PERF_SAMPLE_TRANSACTION |
			       PERF_SAMPLE_PHYS_ADDR | PERF_SAMPLE_CGROUP |
			       PERF_SAMPLE_DATA_PAGE_SIZE |
			       PERF_SAMPLE_CODE_PAGE_SIZE,
	};
	uint64_t words[] = { 0,
			     11,
			     12,
			     pair_word(13, 14),
			     15,
			     16,
			     11,
			     17,
			     pair_word(18, 0),
			     19,
			     20,
			     21,
			     22,
			     23,
			     24,
			     25,
			     26 };
	const struct lbrvirt_sample *s;
	struct decoded d;

	decode_begin(&d, &attr, false);
	decode_sample(&d, words, sizeof(words));
	ck_assert_int_eq(d.err, 0);
	s = &d.record.sample;
	ck_assert_uint_eq(d.record.id, 11);
	ck_assert_uint_eq(s->ip, 12);
	ck_assert_uint_eq(d.record.pid, 13);
	ck_assert_uint_eq(d.record.tid, 14);
	ck_assert_uint_eq(d.record.time_ns, 15);
	ck_assert_uint_eq(s->addr, 16);
	ck_assert_uint_eq(d.record.stream_id, 17);
	ck_assert_uint_eq(d.record.cpu, 18);
	ck_assert_uint_eq(s->period, 19);
	ck_assert_uint_eq(s->weight, 20);
	ck_assert_uint_eq(s->data_src, 21);
	ck_assert_uint_eq(s->transaction, 22);
	ck_assert_uint_eq(s->phys_addr, 23);
	ck_assert_uint_eq(s->cgroup, 24);
	ck_assert_uint_eq(s->data_page_size, 25);
	ck_assert_uint_eq(s->code_page_size, 26);
	ck_assert_uint_eq(d.record.fields,
			  PERF_SAMPLE_TID | PERF_SAMPLE_TIME | PERF_SAMPLE_ID |
				  PERF_SAMPLE_STREAM_ID | PERF_SAMPLE_CPU);
	decoder_free(d.decoder);
}
END_TEST

START_TEST(registers_stack_and_aux_are_found)
{
	struct perf_event_attr attr = {
		.sample_type = PERF_SAMPLE_REGS_USER | PERF_SAMPLE_STACK_USER |
			       PERF_SAMPLE_REGS_INTR | PERF_SAMPLE_AUX,
		.sample_regs_user = 0x181,
		.sample_regs_intr = 0x100,
	};
	uint64_t words[] = { 0, 2, 71, 72, 73, 16, 81, 82, 8, 1, 91, 8, 99 };
	const struct lbrvirt_sample *s;
	struct decoded d;

	decode_begin(&d, &attr, false);
	decode_sample(&d, words, sizeof(words));
	ck_assert_int_eq(d.err, 0);
	s = &d.record.sample;
	ck_assert_uint_eq(s->regs_user_abi, 2);
	ck_assert_uint_eq(s->regs_user_mask, 0x181);
	ck_assert_uint_eq(s->regs_user[2], 73);
	ck_assert_uint_eq(s->user_stack_asked, 16);
	ck_assert_uint_eq(s->user_stack_size, 8);
	ck_assert_ptr_eq(s->user_stack, &words[6]);
	ck_assert_uint_eq(s->regs_intr_abi, 1);
	ck_assert_uint_eq(s->regs_intr[0], 91);
	ck_assert_uint_eq(s->aux_size, 8);
	ck_assert_ptr_eq(s->aux, &words[12]);
	decoder_free(d.decoder);
}
END_TEST

START_TEST(a_kernel_thread_has_neither_registers_nor_stack)
{
	struct perf_event_attr attr = {
		.sample_type = PERF_SAMPLE_REGS_USER | PERF_SAMPLE_STACK_USER |
			       PERF_SAMPLE_WEIGHT,
		.sample_regs_user = 0xff,
	};
	uint64_t words[] = { 0, 0, 0, 42 };
	struct decoded d;

	decode_begin(&d, &attr, false);
	decode_sample(&d, words, sizeof(words));
	ck_assert_int_eq(d.err, 0);
	ck_assert_ptr_null(d.record.sample.regs_user);
	ck_assert_ptr_null(d.record.sample.user_stack);
	ck_assert_uint_eq(d.record.sample.weight, 42);
	decoder_free(d.decoder);
}
END_TEST

START_TEST(more_stack_than_was_set_aside_is_cut)
{
	struct perf_event_attr attr = { .sample_type = PERF_SAMPLE_STACK_USER };
	uint64_t words[] = { 0, 8, 1, 4096 };
	struct decoded d;

	decode_begin(&d, &attr, false);
	decode_sample(&d, words, sizeof(words));
	ck_assert_int_eq(d.err, 0);
	ck_assert_uint_eq(d.record.sample.user_stack_size, 8);
	decoder_free(d.decoder);
}
END_TEST

START_TEST(read_values_of_a_group_are_counted_by_their_format)
{
	struct perf_event_attr attr = {
		.sample_type = PERF_SAMPLE_READ | PERF_SAMPLE_CALLCHAIN,
		.read_format = PERF_FORMAT_GROUP | PERF_FORMAT_ID |
			       PERF_FORMAT_TOTAL_TIME_ENABLED | 1u << 4,
	};
	uint64_t words[] = { 0, 2, 50, 1, 2, 3, 4, 5, 6, 1, 0xabc };
	struct decoded d;

	decode_begin(&d, &attr, false);
	decode_sample(&d, words, sizeof(words));
	ck_assert_int_eq(d.err, 0);
	ck_assert_uint_eq(d.record.sample.nr_read_values, 8);
	ck_assert_uint_eq(d.record.sample.read_values[7], 6);
	ck_assert_uint_eq(d.record.sample.nr_callchain, 1);
	ck_assert_uint_eq(d.record.sample.callchain[0], 0xabc);
	decoder_free(d.decoder);
}
END_TEST

START_TEST(read_values_of_one_event_are_counted_by_their_format)
{
	struct perf_event_attr attr = {
		.sample_type = PERF_SAMPLE_READ | PERF_SAMPLE_WEIGHT,
		.read_format = PERF_FORMAT_TOTAL_TIME_RUNNING | 1u << 4,
	};
	uint64_t words[] = { 0, 7, 8, 9, 10 };
	struct decoded d;

	decode_begin(&d, &attr, false);
	decode_sample(&d, words, sizeof(words));
	ck_assert_int_eq(d.err, 0);
	ck_assert_uint_eq(d.record.sample.nr_read_values, 3);
	ck_assert_uint_eq(d.record.sample.weight, 10);
	decoder_free(d.decoder);
}
END_TEST

START_TEST(raw_is_followed_by_branches_with_index_and_counters)
{
	struct perf_event_attr attr = {
		.sample_type = PERF_SAMPLE_RAW | PERF_SAMPLE_BRANCH_STACK,
		.branch_sample_type = PERF_SAMPLE_BRANCH_ANY | HW_INDEX |
				      COUNTERS,
	};
	uint64_t words[] = { 0,
			     pair_word(12, 1),
			     pair_word(2, 3),
			     2,
			     7,
			     0x10,
			     0x20,
			     1,
			     0x30,
			     0x40,
			     2,
			     0xc1,
			     0xc2 };
	const struct lbrvirt_sample *s;
	struct decoded d;

	decode_begin(&d, &attr, false);
	decode_sample(&d, words, sizeof(words));
	ck_assert_int_eq(d.err, 0);
	s = &d.record.sample;
	ck_assert_uint_eq(s->raw_size, 12);
	ck_assert_uint_eq(s->nr_branches, 2);
	ck_assert(s->has_hw_idx);
	ck_assert_uint_eq(s->hw_idx, 7);
	ck_assert_uint_eq(s->branches[1].from, 0x30);
	ck_assert_uint_eq(s->branches[1].flags, LBRVIRT_BRANCH_PREDICTED);
	ck_assert_uint_eq(s->branch_counters[1], 0xc2);
	decoder_free(d.decoder);
}
END_TEST

/* The kernel leaves hw_idx out where the PMU supplied no stack at all. */
START_TEST(no_stack_means_no_hardware_index)
{
	struct perf_event_attr attr = {
		.sample_type = PERF_SAMPLE_BRANCH_STACK |
			       PERF_SAMPLE_REGS_USER | PERF_SAMPLE_STACK_USER,
		.branch_sample_type = PERF_SAMPLE_BRANCH_ANY | HW_INDEX |
				      COUNTERS,
		.sample_regs_user = 3,
	};
	uint64_t words[] = { 0, 0, 2, 61, 62, 8, 71, 8 };
	struct decoded d;

	decode_begin(&d, &attr, false);
	decode_sample(&d, words, sizeof(words));
	ck_assert_int_eq(d.err, 0);
	ck_assert(!d.record.sample.has_hw_idx);
	ck_assert_uint_eq(d.record.sample.regs_user[1], 62);
	ck_assert_uint_eq(d.record.sample.user_stack_size, 8);
	decoder_free(d.decoder);
}
END_TEST

START_TEST(an_empty_stack_still_has_its_hardware_index)
{
	struct perf_event_attr attr = {
		.sample_type = PERF_SAMPLE_BRANCH_STACK |
			       PERF_SAMPLE_REGS_USER | PERF_SAMPLE_STACK_USER,
		.branch_sample_type = PERF_SAMPLE_BRANCH_ANY | HW_INDEX,
		.sample_regs_user = 3,
	};
	uint64_t words[] = { 0, 0, 5, 2, 61, 62, 8, 71, 8 };
	struct decoded d;

	decode_begin(&d, &attr, false);
	decode_sample(&d, words, sizeof(words));
	ck_assert_int_eq(d.err, 0);
	ck_assert(d.record.sample.has_hw_idx);
	ck_assert_uint_eq(d.record.sample.hw_idx, 5);
	ck_assert_uint_eq(d.record.sample.regs_user[1], 62);
	decoder_free(d.decoder);
}
END_TEST

START_TEST(counters_asked_for_and_not_given_are_missed_by_size)
{
	struct perf_event_attr attr = {
		.sample_type = PERF_SAMPLE_BRANCH_STACK | PERF_SAMPLE_WEIGHT,
		.branch_sample_type = PERF_SAMPLE_BRANCH_ANY | COUNTERS,
	};
	uint64_t words[] = { 0, 1, 0x10, 0x20, 1, 42 };
	struct decoded d;

	decode_begin(&d, &attr, false);
	decode_sample(&d, words, sizeof(words));
	ck_assert_int_eq(d.err, 0);
	ck_assert_ptr_null(d.record.sample.branch_counters);
	ck_assert_uint_eq(d.record.sample.weight, 42);
	decoder_free(d.decoder);
}
END_TEST

struct huge_count {
	uint64_t sample_type;
	uint64_t count;
};

static const struct huge_count huge_counts[] = {
	{ PERF_SAMPLE_CALLCHAIN, 3 },
	{ PERF_SAMPLE_CALLCHAIN, UINT64_MAX },
	{ PERF_SAMPLE_CALLCHAIN, 1ull << 61 },
	{ PERF_SAMPLE_RAW, 0xfffffffc },
	{ PERF_SAMPLE_RAW, 1 },
	{ PERF_SAMPLE_BRANCH_STACK, 1 },
	{ PERF_SAMPLE_BRANCH_STACK, UINT64_MAX / 24 + 2 },
	{ PERF_SAMPLE_STACK_USER, 24 },
	{ PERF_SAMPLE_STACK_USER, 7 },
	{ PERF_SAMPLE_STACK_USER, UINT64_MAX - 7 },
	{ PERF_SAMPLE_REGS_USER, 2 },
	{ PERF_SAMPLE_AUX, 17 },
	{ PERF_SAMPLE_READ, UINT64_MAX },
};

START_TEST(a_count_beyond_the_record_is_refused)
{
	const struct huge_count *huge = &huge_counts[_i];
	struct perf_event_attr attr = {
		.sample_type = huge->sample_type,
		.read_format = PERF_FORMAT_GROUP,
		.sample_regs_user = 7,
	};
	uint64_t words[] = { 0, huge->count, 2, 3 };
	struct decoded d;

	decode_begin(&d, &attr, false);
	d.record.type = 77;
	decode_sample(&d, words, sizeof(words));
	ck_assert_int_eq(d.err, -EBADMSG);
	ck_assert_ptr_nonnull(d.why);
	ck_assert_uint_eq(d.record.type, 77); /* untouched on failure */
	decoder_free(d.decoder);
}
END_TEST

START_TEST(a_header_smaller_than_itself_or_beyond_the_bytes_is_refused)
{
	struct perf_event_attr attr = { 0 };
	uint64_t word;
	struct decoded d;

	decode_begin(&d, &attr, false);
	word = header_word(PERF_RECORD_SAMPLE, 0, 7);
	decode_bytes(&d, &word, sizeof(word));
	ck_assert_int_eq(d.err, -EBADMSG);
	word = header_word(PERF_RECORD_SAMPLE, 0, 16);
	decode_bytes(&d, &word, sizeof(word));
	ck_assert_int_eq(d.err, -EBADMSG);
	decode_bytes(&d, &word, 4);
	ck_assert_int_eq(d.err, -EBADMSG);
	decoder_free(d.decoder);
}
END_TEST

START_TEST(each_sample_goes_to_the_event_of_its_id)
{
	static const uint64_t first_ids[] = { 100, 101 };
	static const uint64_t second_ids[] = { 102 };
	struct lbrvirt_event events[2] = {
		{ .name = "a", .ids = first_ids, .nr_ids = 2 },
		{ .name = "b", .ids = second_ids, .nr_ids = 1 },
	};
	uint64_t words[] = { header_word(PERF_RECORD_SAMPLE, 0, 24), 102, 55 };
	struct lbrvirt_record record;
	struct decoder *decoder;

	events[0].attr.sample_type = PERF_SAMPLE_IDENTIFIER | PERF_SAMPLE_ADDR;
	events[1].attr.sample_type = PERF_SAMPLE_IDENTIFIER | PERF_SAMPLE_IP;
	ck_assert_int_eq(decoder_new(events, 2, false, &decoder), 0);
	ck_assert_int_eq(decoder_decode(decoder, words, sizeof(words), &record,
					NULL),
			 0);
	ck_assert_ptr_eq(record.event, &events[1]);
	ck_assert_uint_eq(record.sample.ip, 55);

	words[1] = 101;
	ck_assert_int_eq(decoder_decode(decoder, words, sizeof(words), &record,
					NULL),
			 0);
	ck_assert_ptr_eq(record.event, &events[0]);
	ck_assert_uint_eq(record.sample.addr, 55);

	words[1] = 7;
	ck_assert_int_eq(decoder_decode(decoder, words, sizeof(words), &record,
					NULL),
			 0);
	ck_assert_ptr_null(record.event);
	decoder_free(decoder);
}
END_TEST

START_TEST(a_misaligned_record_is_copied)
{
	struct perf_event_attr attr = { .sample_type = PERF_SAMPLE_CALLCHAIN };
	uint64_t words[] = { header_word(PERF_RECORD_SAMPLE, 0, 24), 1, 0x77 };
	unsigned char bytes[sizeof(words) + 8];
	struct decoded d;

	for (size_t shift = 1; shift < 8; shift++) {
		decode_begin(&d, &attr, false);
		memcpy(bytes + shift, words, sizeof(words));
		decode_bytes(&d, bytes + shift, sizeof(words));
		ck_assert_int_eq(d.err, 0);
		ck_assert_uint_eq(d.record.sample.callchain[0], 0x77);
		decoder_free(d.decoder);
	}
}
END_TEST

START_TEST(the_callchain_is_where_the_offset_says)
{
	struct lbrvirt_event event = { .name = "e" };
	uint64_t words[] = { 0, 12,  pair_word(1, 2), 15, pair_word(3, 0), 9,
			     1, 0x77 };
	struct decoded d;

	event.attr.sample_type = PERF_SAMPLE_IP | PERF_SAMPLE_TID |
				 PERF_SAMPLE_TIME | PERF_SAMPLE_CPU |
				 PERF_SAMPLE_PERIOD | PERF_SAMPLE_CALLCHAIN;
	decode_begin(&d, &event.attr, false);
	decode_sample(&d, words, sizeof(words));
	ck_assert_int_eq(d.err, 0);
	ck_assert_ptr_eq((const char *)words + sample_callchain_offset(&event) +
				 8,
			 (const char *)d.record.sample.callchain);
	decoder_free(d.decoder);

	event.attr.sample_type |= PERF_SAMPLE_READ;
	ck_assert_uint_eq(sample_callchain_offset(&event), 0);
	event.attr.sample_type = PERF_SAMPLE_IP;
	ck_assert_uint_eq(sample_callchain_offset(&event), 0);
}
END_TEST

Suite *sample_suite(void)
{
	Suite *suite = suite_create("sample");
	TCase *fields = tcase_create("fields");
	TCase *branches = tcase_create("branches");
	TCase *hostile = tcase_create("hostile");
	TCase *events = tcase_create("events");

	tcase_add_test(fields, scalars_stand_in_the_kernels_order);
	tcase_add_test(fields, registers_stack_and_aux_are_found);
	tcase_add_test(fields, a_kernel_thread_has_neither_registers_nor_stack);
	tcase_add_test(fields, more_stack_than_was_set_aside_is_cut);
	tcase_add_test(fields,
		       read_values_of_a_group_are_counted_by_their_format);
	tcase_add_test(fields,
		       read_values_of_one_event_are_counted_by_their_format);
	tcase_add_test(fields, the_callchain_is_where_the_offset_says);
	suite_add_tcase(suite, fields);

	tcase_add_test(branches,
		       raw_is_followed_by_branches_with_index_and_counters);
	tcase_add_test(branches, no_stack_means_no_hardware_index);
	tcase_add_test(branches, an_empty_stack_still_has_its_hardware_index);
	tcase_add_test(branches,
		       counters_asked_for_and_not_given_are_missed_by_size);
	suite_add_tcase(suite, branches);

	tcase_add_loop_test(hostile, a_count_beyond_the_record_is_refused, 0,
			    sizeof(huge_counts) / sizeof(huge_counts[0]));
	tcase_add_test(
		hostile,
		a_header_smaller_than_itself_or_beyond_the_bytes_is_refused);
	tcase_add_test(hostile, a_misaligned_record_is_copied);
	suite_add_tcase(suite, hostile);

	tcase_add_test(events, each_sample_goes_to_the_event_of_its_id);
	suite_add_tcase(suite, events);

	return suite;
}
