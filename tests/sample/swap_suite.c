/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Records of a big-endian machine, written byte by byte as it would: its
 * compilers lay bit-fields out from the topmost bit.
 */
#include "config.h"

#include "sample/suites.h"

/* A big-endian record under construction. */
struct foreign {
	uint64_t words[64];
	size_t size;
};

static void put(struct foreign *record, uint64_t value, size_t width)
{
	unsigned char *bytes = (unsigned char *)record->words;

	for (size_t i = 0; i < width; i++)
		bytes[record->size++] =
			(unsigned char)(value >> (8 * (width - 1 - i)));
}

static void begin(struct foreign *record, uint32_t type, uint16_t misc)
{
	memset(record, 0, sizeof(*record));
	put(record, type, 4);
	put(record, misc, 2);
	put(record, 0, 2);
}

static void decode_foreign(struct decoded *d, struct foreign *record)
{
	size_t size = record->size;

	record->size = 6;
	put(record, size, 2);
	decode_bytes(d, record->words, size);
	ck_assert_int_eq(d->err, 0);
}

START_TEST(pairs_of_halves_are_not_swapped_as_one_word)
{
	struct perf_event_attr attr = {
		.sample_type = PERF_SAMPLE_TID | PERF_SAMPLE_TIME |
			       PERF_SAMPLE_CPU,
	};
	struct foreign record;
	struct decoded d;
	uint64_t time_ns;

	begin(&record, PERF_RECORD_SAMPLE, 0x4002);
	put(&record, 10, 4);
	put(&record, 11, 4);
	put(&record, 0x123456789abcdef0, 8);
	put(&record, 3, 4);
	put(&record, 0, 4);
	decode_begin(&d, &attr, true);
	decode_foreign(&d, &record);
	ck_assert_uint_eq(d.record.misc, 0x4002);
	ck_assert_uint_eq(d.record.pid, 10);
	ck_assert_uint_eq(d.record.tid, 11);
	ck_assert_uint_eq(d.record.cpu, 3);
	ck_assert_uint_eq(d.record.time_ns, 0x123456789abcdef0);
	ck_assert(decoder_time(d.decoder, record.words, 32, &time_ns));
	ck_assert_uint_eq(time_ns, 0x123456789abcdef0);
	decoder_free(d.decoder);
}
END_TEST

START_TEST(branch_flags_begin_at_the_other_end)
{
	struct perf_event_attr attr = {
		.sample_type = PERF_SAMPLE_BRANCH_STACK,
	};
	struct foreign record;
	struct decoded d;
	uint64_t flags;

	begin(&record, PERF_RECORD_SAMPLE, 0);
	put(&record, 1, 8);
	put(&record, 0x10, 8);
	put(&record, 0x20, 8);
	/* predicted, cycles 0x1234, type 9, spec 2, new_type 5, priv 3 */
	put(&record, 0x4123499580000000, 8);
	decode_begin(&d, &attr, true);
	decode_foreign(&d, &record);
	ck_assert_uint_eq(d.record.sample.branches[0].from, 0x10);
	flags = d.record.sample.branches[0].flags;
	ck_assert_uint_eq(flags & 0xf, LBRVIRT_BRANCH_PREDICTED);
	ck_assert_uint_eq(LBRVIRT_BRANCH_CYCLES(flags), 0x1234);
	ck_assert_uint_eq(LBRVIRT_BRANCH_TYPE(flags), 9);
	ck_assert_uint_eq(LBRVIRT_BRANCH_SPEC(flags), 2);
	ck_assert_uint_eq(LBRVIRT_BRANCH_NEW_TYPE(flags), 5);
	ck_assert_uint_eq(LBRVIRT_BRANCH_PRIV(flags), 3);
	decoder_free(d.decoder);
}
END_TEST

START_TEST(stack_bytes_stay_as_the_memory_was)
{
	struct perf_event_attr attr = {
		.sample_type = PERF_SAMPLE_CALLCHAIN | PERF_SAMPLE_RAW |
			       PERF_SAMPLE_REGS_USER | PERF_SAMPLE_STACK_USER,
		.sample_regs_user = 2,
	};
	struct foreign record;
	struct decoded d;

	begin(&record, PERF_RECORD_SAMPLE, 0);
	put(&record, 1, 8);
	put(&record, 0xaaaa, 8);
	put(&record, 4, 4);
	put(&record, 0x01020304, 4);
	put(&record, 2, 8);
	put(&record, 0xbbbb, 8);
	put(&record, 8, 8);
	put(&record, 0x0102030405060708, 8);
	put(&record, 8, 8);
	decode_begin(&d, &attr, true);
	decode_foreign(&d, &record);
	ck_assert_uint_eq(d.record.sample.callchain[0], 0xaaaa);
	ck_assert_uint_eq(d.record.sample.raw_size, 4);
	ck_assert_mem_eq(d.record.sample.raw, "\1\2\3\4", 4);
	ck_assert_uint_eq(d.record.sample.regs_user[0], 0xbbbb);
	ck_assert_uint_eq(d.record.sample.user_stack_size, 8);
	ck_assert_mem_eq(d.record.sample.user_stack, "\1\2\3\4\5\6\7\10", 8);
	decoder_free(d.decoder);
}
END_TEST

START_TEST(a_mapping_keeps_its_path_and_trailer)
{
	struct perf_event_attr attr = {
		.sample_type = PERF_SAMPLE_TIME,
		.sample_id_all = 1,
	};
	struct foreign record;
	struct decoded d;

	begin(&record, PERF_RECORD_MMAP2, 0);
	put(&record, 1, 4);
	put(&record, 2, 4);
	put(&record, 0x1000, 8);
	put(&record, 0x2000, 8);
	put(&record, 0x3000, 8);
	put(&record, 8, 4);
	put(&record, 1, 4);
	put(&record, 123, 8);
	put(&record, 4, 8);
	put(&record, 5, 4);
	put(&record, 2, 4);
	put(&record, 0x2f62696e2f610000, 8); /* "/bin/a" */
	put(&record, 777, 8);
	decode_begin(&d, &attr, true);
	decode_foreign(&d, &record);
	ck_assert_uint_eq(d.record.mmap.tid, 2);
	ck_assert_uint_eq(d.record.mmap.start, 0x1000);
	ck_assert_uint_eq(d.record.mmap.dev_minor, 1);
	ck_assert_uint_eq(d.record.mmap.inode, 123);
	ck_assert_uint_eq(d.record.mmap.prot, 5);
	ck_assert_str_eq(d.record.mmap.path, "/bin/a");
	ck_assert_uint_eq(d.record.time_ns, 777);
	decoder_free(d.decoder);
}
END_TEST

START_TEST(bytes_of_a_record_handed_out_undecoded_are_native)
{
	struct perf_event_attr attr = { 0 };
	struct foreign record;
	struct decoded d;
	const unsigned char *bytes;
	uint16_t type;
	uint64_t addr;
	uint32_t len;

	begin(&record, PERF_RECORD_KSYMBOL, 0);
	put(&record, 0xffffffff81000000, 8);
	put(&record, 64, 4);
	put(&record, 1, 2);
	put(&record, 0, 2);
	put(&record, 0x6162630000000000, 8); /* "abc" */
	decode_begin(&d, &attr, true);
	decode_foreign(&d, &record);
	bytes = d.record.bytes;
	memcpy(&addr, bytes + 8, sizeof(addr));
	memcpy(&len, bytes + 16, sizeof(len));
	memcpy(&type, bytes + 20, sizeof(type));
	ck_assert_uint_eq(addr, 0xffffffff81000000);
	ck_assert_uint_eq(len, 64);
	ck_assert_uint_eq(type, 1);
	ck_assert_str_eq((const char *)bytes + 24, "abc");
	decoder_free(d.decoder);
}
END_TEST

Suite *swap_suite(void)
{
	Suite *suite = suite_create("swap");
	TCase *swapped = tcase_create("swapped");

	tcase_add_test(swapped, pairs_of_halves_are_not_swapped_as_one_word);
	tcase_add_test(swapped, branch_flags_begin_at_the_other_end);
	tcase_add_test(swapped, stack_bytes_stay_as_the_memory_was);
	tcase_add_test(swapped, a_mapping_keeps_its_path_and_trailer);
	tcase_add_test(swapped,
		       bytes_of_a_record_handed_out_undecoded_are_native);
	suite_add_tcase(suite, swapped);

	return suite;
}
