/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Samples as the kernel writes them in, samples as the file has them out.
 */
#include "config.h"

#include "session/rewrite.h"

#include <string.h>

#include "base/buffer.h"
#include "sample/decode.h"
#include "session/suites.h"
#include "stack/stack.h"

#define KERNEL_IP 0xffffffff81000010u
#define NR_REGS 17

static const uint64_t ids[] = { 7 };
static struct lbrvirt_event opened, written;
static struct buffer bytes;
static struct lbrvirt_record record;
static struct lbrvirt_stack stack;
static unsigned char result[REWRITE_SIZE_MAX];

static void put_u64(uint64_t value)
{
	ck_assert_int_eq(buffer_append(&bytes, &value, sizeof(value)), 0);
}

static void set_up(void)
{
	opened = (struct lbrvirt_event){ .name = "cpu-clock",
					 .ids = ids,
					 .nr_ids = 1 };
	opened.attr.size = PERF_ATTR_SIZE_VER7;
	opened.attr.sample_id_all = 1;
	opened.attr.exclude_callchain_user = 1;
	opened.attr.sample_type =
		PERF_SAMPLE_IDENTIFIER | PERF_SAMPLE_IP | PERF_SAMPLE_TID |
		PERF_SAMPLE_TIME | PERF_SAMPLE_CPU | PERF_SAMPLE_PERIOD;
	memset(&bytes, 0, sizeof(bytes));
	stack.nr = 3;
	stack.verdict = LBRVIRT_VERDICT_COMPLETE;
	stack.cause = LBRVIRT_CAUSE_NONE;
	stack.frames[0] = (struct lbrvirt_frame){
		KERNEL_IP, LBRVIRT_FROM_SAMPLE, true, false
	};
	stack.frames[1] = (struct lbrvirt_frame){ 0x401000,
						  LBRVIRT_FROM_CFI, false,
						  false };
	stack.frames[2] = (struct lbrvirt_frame){ 0x402000,
						  LBRVIRT_FROM_CFI, false,
						  true };
}

static void tear_down(void)
{
	buffer_fini(&bytes);
}

/* Header, identifier, ip, tid, time, cpu, period. */
static void begin_sample(void)
{
	struct perf_event_header header = { .type = PERF_RECORD_SAMPLE,
					    .misc = 1 };

	ck_assert_int_eq(buffer_append(&bytes, &header, sizeof(header)), 0);
	put_u64(7);
	put_u64(KERNEL_IP);
	put_u64(0x0000000500000004); /* tid 5 of process 4 */
	put_u64(1000);
	put_u64(3);
	put_u64(1001001);
}

static void put_chain(void)
{
	put_u64(2);
	put_u64(PERF_CONTEXT_KERNEL);
	put_u64(KERNEL_IP);
}

static void put_stack_copy(size_t size)
{
	put_u64(PERF_SAMPLE_REGS_ABI_64);
	for (int i = 0; i < NR_REGS; i++)
		put_u64((uint64_t)i);
	put_u64(size);
	for (size_t i = 0; i < size / 8; i++)
		put_u64(0xabab);
	put_u64(size);
}

static void decode_sample(void)
{
	struct perf_event_header *header = (void *)bytes.bytes;
	struct decoder *decoder;

	header->size = (uint16_t)bytes.size;
	ck_assert_int_eq(decoder_new(&opened, 1, false, &decoder), 0);
	ck_assert_int_eq(decoder_decode(decoder, bytes.bytes, bytes.size,
					&record, NULL),
			 0);
	decoder_free(decoder);
}

/* Rewrite, and read back as the file's reader will. */
static struct lbrvirt_record rewritten(void)
{
	struct lbrvirt_record got;
	struct decoder *decoder;
	size_t size;

	written = opened;
	rewrite_event(&written);
	size = rewrite_sample(&record, &opened, &stack, result);
	ck_assert_int_eq(decoder_new(&written, 1, false, &decoder), 0);
	ck_assert_int_eq(decoder_decode(decoder, result, size, &got, NULL), 0);
	ck_assert_uint_eq(got.size, size);
	decoder_free(decoder);
	return got;
}

static void check_chain(const struct lbrvirt_sample *sample)
{
	static const uint64_t expected[] = {
		PERF_CONTEXT_KERNEL, KERNEL_IP,
		PERF_CONTEXT_USER,   0x401000,	0x402000,
	};

	ck_assert_uint_eq(sample->nr_callchain, 5);
	ck_assert_mem_eq(sample->callchain, expected, sizeof(expected));
}

START_TEST(a_stack_copy_becomes_a_chain_and_a_verdict)
{
	struct lbrvirt_record got;
	struct lbrvirt_stack judged = { .nr = 0 };

	opened.attr.sample_type |= PERF_SAMPLE_CALLCHAIN |
				   PERF_SAMPLE_REGS_USER |
				   PERF_SAMPLE_STACK_USER;
	opened.attr.sample_regs_user = 0x1ffff;
	opened.attr.sample_stack_user = 1024;
	begin_sample();
	put_chain();
	put_stack_copy(1024);
	decode_sample();
	got = rewritten();
	ck_assert_uint_eq(got.pid, 4);
	ck_assert_uint_eq(got.tid, 5);
	ck_assert_uint_eq(got.time_ns, 1000);
	ck_assert_uint_eq(got.cpu, 3);
	ck_assert_uint_eq(got.misc, 1);
	ck_assert_uint_eq(got.sample.ip, KERNEL_IP);
	ck_assert_uint_eq(got.sample.period, 1001001);
	check_chain(&got.sample);
	ck_assert_ptr_null(got.sample.user_stack);
	stack_from_weight(&judged, got.sample.weight);
	ck_assert_int_eq(judged.verdict, LBRVIRT_VERDICT_COMPLETE);
	ck_assert_uint_lt(got.size, 200);
}
END_TEST

START_TEST(call_stack_branches_go_into_the_chain)
{
	struct lbrvirt_record got;

	opened.attr.sample_type |=
		PERF_SAMPLE_CALLCHAIN | PERF_SAMPLE_BRANCH_STACK;
	opened.attr.branch_sample_type =
		PERF_SAMPLE_BRANCH_USER | PERF_SAMPLE_BRANCH_CALL_STACK;
	begin_sample();
	put_chain();
	put_u64(1);
	put_u64(0x401000);
	put_u64(0x400000);
	put_u64(0);
	decode_sample();
	ck_assert_uint_eq(record.sample.nr_branches, 1);
	got = rewritten();
	check_chain(&got.sample);
	ck_assert_uint_eq(got.sample.nr_branches, 0);
	ck_assert_uint_eq(written.attr.branch_sample_type, 0);
}
END_TEST

START_TEST(plain_branches_stay)
{
	struct lbrvirt_record got;

	opened.attr.sample_type |=
		PERF_SAMPLE_CALLCHAIN | PERF_SAMPLE_BRANCH_STACK;
	opened.attr.branch_sample_type = PERF_SAMPLE_BRANCH_USER |
					 PERF_SAMPLE_BRANCH_ANY |
					 PERF_SAMPLE_BRANCH_HW_INDEX;
	begin_sample();
	put_chain();
	put_u64(2);
	put_u64(31);
	for (uint64_t i = 0; i < 6; i++)
		put_u64(i + 100);
	decode_sample();
	got = rewritten();
	check_chain(&got.sample);
	ck_assert_uint_eq(got.sample.nr_branches, 2);
	ck_assert(got.sample.has_hw_idx);
	ck_assert_uint_eq(got.sample.hw_idx, 31);
	ck_assert_uint_eq(got.sample.branches[1].to, 104);
}
END_TEST

START_TEST(the_attribute_is_one_that_perf_6_1_takes)
{
	opened.attr.sample_type |= PERF_SAMPLE_STACK_USER;
	opened.attr.size = 144;
	written = opened;
	rewrite_event(&written);
	ck_assert_uint_eq(written.attr.size, 128);
	ck_assert(!(written.attr.sample_type & PERF_SAMPLE_STACK_USER));
	ck_assert(written.attr.sample_type & PERF_SAMPLE_CALLCHAIN);
	ck_assert(!written.attr.exclude_callchain_user);
}
END_TEST

START_TEST(an_event_without_stacks_is_left_alone)
{
	written = opened;
	ck_assert(!rewrite_wants_chain(&opened));
	rewrite_event(&written);
	ck_assert_uint_eq(written.attr.sample_type, opened.attr.sample_type);
}
END_TEST

START_TEST(a_mapping_gets_the_build_id_of_its_file)
{
	struct lbrvirt_record got;
	struct decoder *decoder;
	struct dso dso = { .build_id_size = 20 };
	struct {
		struct perf_event_header header;
		uint32_t pid, tid;
		uint64_t start, size, offset;
		uint32_t major, minor;
		uint64_t inode, generation;
		uint32_t prot, flags;
		char path[8];
		uint64_t trailer[5];
	} mmap2 = {
		.header = { .type = PERF_RECORD_MMAP2, .size = sizeof(mmap2) },
		.pid = 4, .tid = 4, .start = 0x400000, .size = 0x1000,
		.inode = 99, .prot = 5, .path = "/a/b",
		.trailer = { 0, 1000, 0, 7 },
	};
	size_t size;

	/* TID, TIME, CPU and IDENTIFIER: four words behind the path. */
	mmap2.header.size -= 8;
	memset(dso.build_id, 0x5a, 20);
	ck_assert_int_eq(decoder_new(&opened, 1, false, &decoder), 0);
	ck_assert_int_eq(decoder_decode(decoder, &mmap2, sizeof(mmap2), &record,
					NULL),
			 0);
	ck_assert_uint_eq(record.mmap.build_id_size, 0);
	size = rewrite_mmap(&record, &dso, result);
	ck_assert_int_eq(decoder_decode(decoder, result, size, &got, NULL), 0);
	ck_assert_uint_eq(got.mmap.build_id_size, 20);
	ck_assert_mem_eq(got.mmap.build_id, dso.build_id, 20);
	ck_assert_str_eq(got.mmap.path, "/a/b");
	ck_assert_uint_eq(got.mmap.start, 0x400000);
	dso.build_id_size = 0;
	ck_assert_uint_eq(rewrite_mmap(&record, &dso, result), 0);
	ck_assert_uint_eq(rewrite_mmap(&record, NULL, result), 0);

	/* The kernel says that there is one, and there is none. */
	mmap2.header.misc = 1 << 14;
	mmap2.major = 254;
	ck_assert_int_eq(decoder_decode(decoder, &mmap2, mmap2.header.size,
					&record, NULL),
			 0);
	ck_assert_uint_eq(rewrite_mmap(&record, NULL, result),
			  mmap2.header.size);
	memcpy(&mmap2.header, result, sizeof(mmap2.header));
	ck_assert_uint_eq(mmap2.header.misc, 0);
	decoder_free(decoder);
}
END_TEST

Suite *rewrite_suite(void)
{
	Suite *suite = suite_create("rewrite");
	TCase *sample = tcase_create("sample");

	tcase_add_checked_fixture(sample, set_up, tear_down);
	tcase_add_test(sample, a_stack_copy_becomes_a_chain_and_a_verdict);
	tcase_add_test(sample, call_stack_branches_go_into_the_chain);
	tcase_add_test(sample, plain_branches_stay);
	tcase_add_test(sample, the_attribute_is_one_that_perf_6_1_takes);
	tcase_add_test(sample, an_event_without_stacks_is_left_alone);
	tcase_add_test(sample, a_mapping_gets_the_build_id_of_its_file);
	suite_add_tcase(suite, sample);
	return suite;
}
