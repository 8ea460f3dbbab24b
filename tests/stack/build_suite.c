/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which part of a sample makes its stack, and how stacks travel in a call
 * chain and a weight.
 */
#include "config.h"

#include "stack/suites.h"

#include <stdlib.h>
#include <string.h>

#include "stack/space.h"

#define KERNEL ((uint64_t)PERF_CONTEXT_KERNEL)
#define USER   ((uint64_t)PERF_CONTEXT_USER)
#define GUEST  ((uint64_t)PERF_CONTEXT_GUEST)

static struct space space;
static struct lbrvirt_stack *stack;

static void set_up(void)
{
	space_init(&space, false);
	space.process = process_table_get(space.processes, 1);
	stack = space_stack();
}

static void tear_down(void)
{
	free(stack);
	space_fini(&space);
}

static void check_addresses(const uint64_t *addresses, size_t nr)
{
	ck_assert_uint_eq(stack->nr, nr);
	for (size_t i = 0; i < nr; i++)
		ck_assert_uint_eq(stack->frames[i].address, addresses[i]);
}

static struct lbrvirt_record make_record(const struct lbrvirt_event *event)
{
	return (struct lbrvirt_record){ .type = PERF_RECORD_SAMPLE,
					.misc = PERF_RECORD_MISC_USER,
					.event = event };
}

START_TEST(a_sample_without_a_stack_is_its_address)
{
	const struct lbrvirt_event event = { .name = "e" };
	struct lbrvirt_record record = make_record(&event);

	record.sample.ip = 0x1000;
	stack_build(space.unwinder, space.process, &record, false, stack);
	check_addresses((const uint64_t[]){ 0x1000 }, 1);
	ck_assert_uint_eq(stack->verdict, LBRVIRT_VERDICT_UNKNOWN);
	ck_assert(!stack->frames[0].is_return);
}
END_TEST

START_TEST(the_parts_of_a_chain_are_told_apart)
{
	const uint64_t chain[] = {
		GUEST, 0x1,    KERNEL, 0xffffffff81000000, 0xffffffff81000010,
		USER,  0x1000, 0x2000
	};
	const struct lbrvirt_event event = { .name = "e" };
	struct lbrvirt_record record = make_record(&event);

	record.misc = PERF_RECORD_MISC_KERNEL;
	record.sample.ip = chain[3];
	record.sample.callchain = chain;
	record.sample.nr_callchain = 8;
	stack_build(space.unwinder, space.process, &record, false, stack);
	check_addresses(
		(const uint64_t[]){ chain[3], chain[4], 0x1000, 0x2000 }, 4);
	ck_assert(stack->frames[0].is_kernel && !stack->frames[0].is_return);
	ck_assert(stack->frames[1].is_kernel && stack->frames[1].is_return);
	ck_assert(!stack->frames[2].is_kernel && !stack->frames[2].is_return);
	ck_assert(!stack->frames[3].is_kernel && stack->frames[3].is_return);
	ck_assert_uint_eq(stack->frames[1].provenance, LBRVIRT_FROM_KERNEL);
	ck_assert_uint_eq(stack->frames[3].provenance, LBRVIRT_FROM_CHAIN);
	ck_assert_uint_eq(stack->verdict, LBRVIRT_VERDICT_UNKNOWN);
}
END_TEST

START_TEST(a_chain_at_the_kernels_limit_is_truncated)
{
	const uint64_t chain[] = { USER, 0x1000, 0x2000, 0x3000 };
	const struct lbrvirt_event event = { .name = "e",
					     .attr.sample_max_stack = 3 };
	struct lbrvirt_record record = make_record(&event);

	record.sample.callchain = chain;
	record.sample.nr_callchain = 4;
	stack_build(space.unwinder, space.process, &record, false, stack);
	ck_assert_uint_eq(stack->nr, 3);
	ck_assert_uint_eq(stack->verdict, LBRVIRT_VERDICT_TRUNCATED);
	ck_assert_uint_eq(stack->cause, LBRVIRT_CAUSE_TOO_DEEP);
}
END_TEST

static const struct lbrvirt_event lbr_event = {
	.name = "cycles:u",
	.attr.sample_type = PERF_SAMPLE_IP | PERF_SAMPLE_BRANCH_STACK,
	.attr.branch_sample_type = PERF_SAMPLE_BRANCH_USER |
				   PERF_SAMPLE_BRANCH_CALL_STACK,
};

START_TEST(branch_records_are_call_sites)
{
	const struct lbrvirt_branch branches[] = {
		{ .from = 0x2010, .to = 0x1000 },
		{ .from = 0x3010, .to = 0x2000 },
	};
	struct lbrvirt_record record = make_record(&lbr_event);

	record.sample.ip = 0x1004;
	record.sample.branches = branches;
	record.sample.nr_branches = 2;
	stack_build(space.unwinder, space.process, &record, false, stack);
	check_addresses((const uint64_t[]){ 0x1004, 0x2010, 0x3010 }, 3);
	ck_assert(!stack->frames[1].is_return);
	ck_assert_uint_eq(stack->frames[0].provenance, LBRVIRT_FROM_SAMPLE);
	ck_assert_uint_eq(stack->frames[1].provenance, LBRVIRT_FROM_LBR);
	/* No code to look at: nobody can tell whether it ends there. */
	ck_assert_uint_eq(stack->verdict, LBRVIRT_VERDICT_UNKNOWN);
}
END_TEST

START_TEST(branch_records_at_depth_are_truncated)
{
	struct lbrvirt_branch branches[32] = { { .from = 1, .to = 2 } };
	struct lbrvirt_record record = make_record(&lbr_event);

	record.sample.ip = 0x1004;
	record.sample.branches = branches;
	record.sample.nr_branches = 32;
	stack_build(space.unwinder, space.process, &record, false, stack);
	ck_assert_uint_eq(stack->verdict, LBRVIRT_VERDICT_TRUNCATED);
	ck_assert_uint_eq(stack->cause, LBRVIRT_CAUSE_LBR_FULL);
	/* Now the CPU is known to keep 32: half of it is not full. */
	record.sample.nr_branches = 16;
	stack_build(space.unwinder, space.process, &record, false, stack);
	ck_assert_uint_eq(stack->verdict, LBRVIRT_VERDICT_UNKNOWN);
}
END_TEST

START_TEST(no_branch_records_are_not_a_whole_stack)
{
	struct lbrvirt_record record = make_record(&lbr_event);

	record.sample.ip = 0x1004;
	stack_build(space.unwinder, space.process, &record, false, stack);
	check_addresses((const uint64_t[]){ 0x1004 }, 1);
	ck_assert_uint_eq(stack->verdict, LBRVIRT_VERDICT_BROKEN);
	ck_assert_uint_eq(stack->cause, LBRVIRT_CAUSE_LBR_EMPTY);
}
END_TEST

START_TEST(a_kernel_threads_stack_ends_in_the_kernel)
{
	const uint64_t chain[] = { KERNEL, 0xffffffff81000000 };
	const struct lbrvirt_event event = {
		.name = "e",
		.attr.sample_type = PERF_SAMPLE_REGS_USER |
				    PERF_SAMPLE_STACK_USER |
				    PERF_SAMPLE_CALLCHAIN,
	};
	struct lbrvirt_record record = make_record(&event);

	record.misc = PERF_RECORD_MISC_KERNEL;
	record.sample.callchain = chain;
	record.sample.nr_callchain = 2;
	stack_build(space.unwinder, space.process, &record, false, stack);
	ck_assert_uint_eq(stack->nr, 1);
	ck_assert_uint_eq(stack->verdict, LBRVIRT_VERDICT_COMPLETE);
}
END_TEST

/* As simpleperf records on arm64: registers of that machine, a copy that is
 * of no use here, and what it unwound itself. */
START_TEST(a_chain_stands_in_for_a_copy_of_another_machine)
{
	const uint64_t chain[] = { USER, 0x1000, 0x2000, 0x3000 };
	const uint64_t regs[33] = { [8] = 0x7777 };
	const struct lbrvirt_event event = {
		.name = "e",
		.attr.sample_type = PERF_SAMPLE_REGS_USER |
				    PERF_SAMPLE_STACK_USER |
				    PERF_SAMPLE_CALLCHAIN,
		.attr.sample_regs_user = (1ull << 33) - 1,
	};
	struct lbrvirt_record record = make_record(&event);

	record.sample.ip = 0x1000;
	record.sample.callchain = chain;
	record.sample.nr_callchain = 4;
	record.sample.regs_user = regs;
	record.sample.regs_user_abi = PERF_SAMPLE_REGS_ABI_64;
	record.sample.regs_user_mask = event.attr.sample_regs_user;
	record.sample.user_stack = regs;
	record.sample.user_stack_size = sizeof(regs);
	record.sample.user_stack_asked = sizeof(regs);
	stack_build(space.unwinder, space.process, &record, false, stack);
	check_addresses(chain + 1, 3);
	ck_assert_uint_eq(stack->frames[1].provenance, LBRVIRT_FROM_CHAIN);
}
END_TEST

/* The same on x86-64, whose file is not at hand. */
START_TEST(a_chain_is_taken_where_it_is_longer_than_what_was_unwound)
{
	const uint64_t chain[] = { USER, 0x1000, 0x2000, 0x3000 };
	const uint64_t regs[24] = { 0 };
	const struct lbrvirt_event event = {
		.name = "e",
		.attr.sample_type = PERF_SAMPLE_REGS_USER |
				    PERF_SAMPLE_STACK_USER |
				    PERF_SAMPLE_CALLCHAIN,
		.attr.sample_regs_user = 0xff0fff,
	};
	struct lbrvirt_record record = make_record(&event);

	record.sample.ip = 0x1000;
	record.sample.callchain = chain;
	record.sample.nr_callchain = 4;
	record.sample.regs_user = regs;
	record.sample.regs_user_abi = PERF_SAMPLE_REGS_ABI_64;
	record.sample.regs_user_mask = event.attr.sample_regs_user;
	stack_build(space.unwinder, space.process, &record, false, stack);
	check_addresses(chain + 1, 3);
}
END_TEST

static void fill_stack(void)
{
	const struct lbrvirt_frame frames[] = {
		{ .address = 0xffffffff81000000,
		  .provenance = LBRVIRT_FROM_SAMPLE,
		  .is_kernel = true },
		{ .address = 0xffffffff81000010,
		  .provenance = LBRVIRT_FROM_KERNEL,
		  .is_kernel = true,
		  .is_return = true },
		{ .address = 0x1000, .provenance = LBRVIRT_FROM_SAMPLE },
		{ .address = 0x2000, .provenance = LBRVIRT_FROM_LBR },
		{ .address = 0x3000, .provenance = LBRVIRT_FROM_LBR },
		{ .address = 0x4000,
		  .provenance = LBRVIRT_FROM_CFI,
		  .is_return = true },
		{ .address = 0x5000, .provenance = LBRVIRT_FROM_LBR },
		{ .address = 0x6000,
		  .provenance = LBRVIRT_FROM_FP,
		  .is_return = true },
		{ .address = 0x7000,
		  .provenance = LBRVIRT_FROM_FP,
		  .is_return = true },
	};

	memcpy(stack->frames, frames, sizeof(frames));
	stack->nr = sizeof(frames) / sizeof(frames[0]);
	stack->verdict = LBRVIRT_VERDICT_TRUNCATED;
	stack->cause = LBRVIRT_CAUSE_COPY_TOO_SMALL;
	stack->integrity = LBRVIRT_INTEGRITY_LONGJMP;
}

START_TEST(chain_and_weight_carry_a_stack)
{
	const struct lbrvirt_event event = {
		.name = "e",
		.attr.sample_type = PERF_SAMPLE_CALLCHAIN | PERF_SAMPLE_WEIGHT,
	};
	struct lbrvirt_record record = make_record(&event);
	struct lbrvirt_stack *sent = stack;
	uint64_t chain[16];

	fill_stack();
	record.misc = PERF_RECORD_MISC_KERNEL;
	record.sample.ip = stack->frames[0].address;
	record.sample.nr_callchain = stack_to_chain(stack, chain, 16);
	record.sample.callchain = chain;
	record.sample.weight = stack_to_weight(stack);
	ck_assert_uint_eq(record.sample.nr_callchain, stack->nr + 2);
	ck_assert_uint_eq(chain[0], KERNEL);
	ck_assert_uint_eq(chain[3], USER);

	stack = space_stack();
	stack_build(space.unwinder, space.process, &record, true, stack);
	ck_assert_uint_eq(stack->nr, sent->nr);
	ck_assert_uint_eq(stack->verdict, sent->verdict);
	ck_assert_uint_eq(stack->cause, sent->cause);
	ck_assert_uint_eq(stack->integrity, sent->integrity);
	for (size_t i = 0; i < stack->nr; i++) {
		const struct lbrvirt_frame *a = &stack->frames[i];
		const struct lbrvirt_frame *b = &sent->frames[i];

		ck_assert_uint_eq(a->address, b->address);
		ck_assert_uint_eq(a->provenance, b->provenance);
		ck_assert_int_eq(a->is_kernel, b->is_kernel);
		ck_assert_int_eq(a->is_return, b->is_return);
	}
	free(sent);
}
END_TEST

START_TEST(a_weight_out_of_range_is_not_believed)
{
	fill_stack();
	stack_from_weight(stack, UINT64_MAX);
	ck_assert_uint_le(stack->verdict, LBRVIRT_VERDICT_BROKEN);
	ck_assert_uint_le(stack->integrity, LBRVIRT_INTEGRITY_EMPTY);
	for (size_t i = 3; i < stack->nr; i++)
		ck_assert_uint_le(stack->frames[i].provenance,
				  LBRVIRT_FROM_CHAIN);
}
END_TEST

START_TEST(a_chain_is_cut_to_the_room_it_has)
{
	uint64_t chain[4] = { 0, 0, 0, 99 };

	fill_stack();
	ck_assert_uint_eq(stack_to_chain(stack, chain, 3), 3);
	ck_assert_uint_eq(chain[3], 99);
}
END_TEST

static void build_without_copy(uint16_t misc)
{
	const struct lbrvirt_event event = {
		.name = "e",
		.attr.sample_type = PERF_SAMPLE_IP | PERF_SAMPLE_REGS_USER |
				    PERF_SAMPLE_STACK_USER,
	};
	const uint64_t regs[] = { 0x7ffc0000, 0x1000 }; /* SP, IP */
	struct lbrvirt_record record = make_record(&event);

	record.misc = misc;
	record.sample.ip = 0x1000;
	record.sample.regs_user_abi = PERF_SAMPLE_REGS_ABI_64;
	record.sample.regs_user_mask = 1u << 7 | 1u << 8;
	record.sample.regs_user = regs;
	record.sample.user_stack_asked = 1024;
	stack_build(space.unwinder, space.process, &record, false, stack);
	ck_assert_uint_eq(stack->cause, LBRVIRT_CAUSE_NO_COPY);
}

START_TEST(a_process_in_exec_has_no_user_stack)
{
	build_without_copy(PERF_RECORD_MISC_KERNEL);
	ck_assert_uint_eq(stack->verdict, LBRVIRT_VERDICT_UNKNOWN);
}
END_TEST

START_TEST(user_code_whose_stack_was_not_copied_is_broken)
{
	build_without_copy(PERF_RECORD_MISC_USER);
	ck_assert_uint_eq(stack->verdict, LBRVIRT_VERDICT_BROKEN);
}
END_TEST

START_TEST(every_source_and_cause_has_words_of_its_own)
{
	for (int i = 0; i <= LBRVIRT_CAUSE_LBR_SHORT; i++) {
		const char *text = lbrvirt_cause_text((enum lbrvirt_cause)i);

		ck_assert_str_ne(text, "unknown");
		for (int j = 0; j < i; j++)
			ck_assert_str_ne(text, lbrvirt_cause_text(
						       (enum lbrvirt_cause)j));
	}
	ck_assert_str_eq(lbrvirt_cause_text((enum lbrvirt_cause)99), "unknown");
	for (int i = 0; i <= LBRVIRT_INTEGRITY_EMPTY; i++)
		ck_assert_str_ne(
			lbrvirt_integrity_text((enum lbrvirt_integrity)i),
			"unknown");
	ck_assert_str_eq(lbrvirt_integrity_text((enum lbrvirt_integrity)99),
			 "unknown");
	ck_assert_str_eq(lbrvirt_stack_source_name(LBRVIRT_STACK_NONE), "none");
	ck_assert_str_eq(lbrvirt_stack_source_name(LBRVIRT_STACK_LBR_JOINED),
			 "lbr+dwarf");
	ck_assert_str_eq(
		lbrvirt_stack_source_name((enum lbrvirt_stack_source) - 1),
		"unknown");
}
END_TEST

Suite *build_suite(void)
{
	Suite *suite = suite_create("stacks of samples");
	TCase *tcase = tcase_create("build");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, a_sample_without_a_stack_is_its_address);
	tcase_add_test(tcase, the_parts_of_a_chain_are_told_apart);
	tcase_add_test(tcase, a_chain_at_the_kernels_limit_is_truncated);
	tcase_add_test(tcase, branch_records_are_call_sites);
	tcase_add_test(tcase, branch_records_at_depth_are_truncated);
	tcase_add_test(tcase, a_process_in_exec_has_no_user_stack);
	tcase_add_test(tcase, user_code_whose_stack_was_not_copied_is_broken);
	tcase_add_test(tcase, no_branch_records_are_not_a_whole_stack);
	tcase_add_test(tcase, a_kernel_threads_stack_ends_in_the_kernel);
	tcase_add_test(tcase, a_chain_stands_in_for_a_copy_of_another_machine);
	tcase_add_test(
		tcase,
		a_chain_is_taken_where_it_is_longer_than_what_was_unwound);
	tcase_add_test(tcase, chain_and_weight_carry_a_stack);
	tcase_add_test(tcase, a_weight_out_of_range_is_not_believed);
	tcase_add_test(tcase, a_chain_is_cut_to_the_room_it_has);
	tcase_add_test(tcase, every_source_and_cause_has_words_of_its_own);
	suite_add_tcase(suite, tcase);
	return suite;
}
