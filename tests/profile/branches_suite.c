/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Branches and blocks out of records made by hand: a file that nobody has,
 * mapped at addresses known here, so that every count and name is known.
 */
#include "config.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include <lbrvirt/lbrvirt.h>

#include "profile/suites.h"

#define PID	   100u
#define OTHER_PID  200u
#define CODE	   0x10000ull
#define OTHER_CODE 0x550000ull
#define LIB	   0x18000ull
#define SIZE	   0x4000ull
#define KERNEL	   0xffffffff81000000ull
#define CYCLES(nr) ((uint64_t)(nr) << 4)
#define TYPE(nr)   ((uint64_t)(nr) << 20)
#define SPEC(nr)   ((uint64_t)(nr) << 24)
#define GOOD	   LBRVIRT_BRANCH_PREDICTED
#define BAD	   LBRVIRT_BRANCH_MISPRED
#define ENTRIES(...)                                                     \
	((const struct lbrvirt_branch[]){ __VA_ARGS__ }),                \
		sizeof((const struct lbrvirt_branch[]){ __VA_ARGS__ }) / \
			sizeof(struct lbrvirt_branch)

#define EVENT(kinds)                                                        \
	{                                                                   \
		.name = "cycles",                                           \
		.attr = { .sample_type = PERF_SAMPLE_IP | PERF_SAMPLE_TID | \
					 PERF_SAMPLE_BRANCH_STACK,          \
			  .branch_sample_type = PERF_SAMPLE_BRANCH_USER |   \
						(kinds) },                  \
	}

static const struct lbrvirt_event any = EVENT(PERF_SAMPLE_BRANCH_ANY);
static const struct lbrvirt_event calls = EVENT(PERF_SAMPLE_BRANCH_ANY_CALL);
static const struct lbrvirt_event stacks = EVENT(PERF_SAMPLE_BRANCH_CALL_STACK);

static struct lbrvirt_context *ctx;
static struct lbrvirt_branches *branches;

static void map(uint32_t pid, uint64_t start, const char *path)
{
	struct lbrvirt_record record = {
		.type = PERF_RECORD_MMAP2,
		.misc = PERF_RECORD_MISC_USER,
		.pid = pid,
		.mmap = { .pid = pid,
			  .tid = pid,
			  .start = start,
			  .size = SIZE,
			  .prot = PROT_READ | PROT_EXEC,
			  .flags = MAP_PRIVATE,
			  .path = path },
	};

	ck_assert_int_eq(lbrvirt_branches_add(branches, &record), 0);
}

static void name(uint32_t pid, const char *comm)
{
	struct lbrvirt_record record = {
		.type = PERF_RECORD_COMM,
		.pid = pid,
		.comm = { .pid = pid, .tid = pid, .name = comm },
	};

	ck_assert_int_eq(lbrvirt_branches_add(branches, &record), 0);
}

static void make(struct lbrvirt_profile_opts opts)
{
	static const struct lbrvirt_resolver_opts resolver = {
		.size = sizeof(resolver),
		.kallsyms = "/dev/null"
	};

	opts.size = sizeof(opts);
	opts.resolver = &resolver;
	lbrvirt_branches_free(branches);
	branches = NULL;
	ck_assert_msg(!lbrvirt_branches_new(ctx, &opts, &branches), "%s",
		      lbrvirt_context_error(ctx));
	name(PID, "app");
	name(OTHER_PID, "other");
	map(PID, CODE, "/nowhere/app");
	map(PID, LIB, "/nowhere/lib.so");
	map(OTHER_PID, OTHER_CODE, "/nowhere/app");
}

#define MAKE(...) make((struct lbrvirt_profile_opts){ __VA_ARGS__ })

static void set_up(void)
{
	ck_assert_int_eq(lbrvirt_context_new(&ctx), 0);
	MAKE(.size = 0);
}

static void tear_down(void)
{
	lbrvirt_branches_free(branches);
	branches = NULL;
	lbrvirt_context_free(ctx);
}

static int try(const struct lbrvirt_event *event, uint32_t pid,
	       const struct lbrvirt_branch *entries, size_t nr)
{
	struct lbrvirt_record record = {
		.type = PERF_RECORD_SAMPLE,
		.misc = PERF_RECORD_MISC_USER,
		.event = event,
		.fields = PERF_SAMPLE_TID,
		.pid = pid,
		.tid = pid,
		.sample = { .ip = CODE, .branches = entries, .nr_branches = nr },
	};

	return lbrvirt_branches_add(branches, &record);
}

static void sample(const struct lbrvirt_event *event, uint32_t pid,
		   const struct lbrvirt_branch *entries, size_t nr)
{
	ck_assert_msg(!try(event, pid, entries, nr), "%s",
		      lbrvirt_context_error(ctx));
}

static const struct lbrvirt_branches_totals *totals(void)
{
	return lbrvirt_branches_totals(branches);
}

static const struct lbrvirt_branch_pair *
pairs_by(enum lbrvirt_branches_order order, size_t wanted)
{
	const struct lbrvirt_branch_pair *pairs;
	size_t nr;

	ck_assert_int_eq(lbrvirt_branches_pairs(branches, order, &pairs, &nr),
			 0);
	ck_assert_uint_eq(nr, wanted);
	return pairs;
}

static const struct lbrvirt_branch_block *
blocks_by(enum lbrvirt_branches_order order, size_t wanted)
{
	const struct lbrvirt_branch_block *blocks;
	size_t nr;

	ck_assert_int_eq(lbrvirt_branches_blocks(branches, order, &blocks, &nr),
			 0);
	ck_assert_uint_eq(nr, wanted);
	return blocks;
}

START_TEST(a_branch_sums_its_predictions_and_cycles)
{
	const struct lbrvirt_branch_pair *pair;

	sample(&any, PID,
	       ENTRIES({ CODE + 0x40, CODE + 0x10, GOOD | CYCLES(7) },
		       { CODE + 0x40, CODE + 0x10, BAD | CYCLES(20) },
		       { CODE + 0x40, CODE + 0x10,
			 GOOD | LBRVIRT_BRANCH_IN_TX | LBRVIRT_BRANCH_ABORT |
				 TYPE(1) }));
	pair = pairs_by(LBRVIRT_BRANCHES_BY_COUNT, 1);
	ck_assert_uint_eq(pair->count, 3);
	ck_assert_uint_eq(pair->predicted, 2);
	ck_assert_uint_eq(pair->mispredicted, 1);
	ck_assert_uint_eq(pair->timed, 2);
	ck_assert_uint_eq(pair->cycles, 27);
	ck_assert_uint_eq(pair->in_transaction, 1);
	ck_assert_uint_eq(pair->aborted, 1);
	ck_assert_uint_eq(pair->wrong_path, 0);
	ck_assert_str_eq(pair->type, "cond");
	ck_assert_str_eq(pair->from.symbols->name, "app+0x40");
	ck_assert_str_eq(pair->to.symbols->name, "app+0x10");
	ck_assert_str_eq(pair->from.symbols->dso, "/nowhere/app");
}
END_TEST

START_TEST(sums_are_those_of_all_branches)
{
	sample(&any, PID,
	       ENTRIES({ CODE + 0x40, CODE + 0x10, GOOD | CYCLES(7) },
		       { CODE + 0x60, CODE + 0x20, BAD | CYCLES(2) }));
	sample(&any, PID, NULL, 0);
	ck_assert_uint_eq(totals()->samples, 2);
	ck_assert_uint_eq(totals()->samples_with_branches, 1);
	ck_assert_uint_eq(totals()->entries, 2);
	ck_assert_uint_eq(totals()->predicted, 1);
	ck_assert_uint_eq(totals()->mispredicted, 1);
	ck_assert_uint_eq(totals()->timed, 2);
	ck_assert_uint_eq(totals()->cycles, 9);
	ck_assert_str_eq(lbrvirt_branches_event(branches), "cycles");
}
END_TEST

START_TEST(what_was_not_recorded_counts_nowhere)
{
	const struct lbrvirt_branch_pair *pair;

	sample(&any, PID, ENTRIES({ CODE + 0x40, CODE + 0x10, 0 }));
	pair = pairs_by(LBRVIRT_BRANCHES_BY_COUNT, 1);
	ck_assert_uint_eq(pair->count, 1);
	ck_assert_uint_eq(pair->predicted + pair->mispredicted, 0);
	ck_assert_uint_eq(pair->timed, 0);
	ck_assert_ptr_null(pair->type);
}
END_TEST

START_TEST(the_same_code_in_two_processes_is_one_branch)
{
	const struct lbrvirt_branch_pair *pair;
	const struct lbrvirt_branch_block *block;

	sample(&any, PID,
	       ENTRIES({ CODE + 0x40, CODE + 0x10, GOOD },
		       { CODE + 0x40, CODE + 0x10, GOOD }));
	sample(&any, OTHER_PID,
	       ENTRIES({ OTHER_CODE + 0x40, OTHER_CODE + 0x10, GOOD },
		       { OTHER_CODE + 0x40, OTHER_CODE + 0x10, BAD }));
	pair = pairs_by(LBRVIRT_BRANCHES_BY_COUNT, 1);
	ck_assert_uint_eq(pair->count, 4);
	ck_assert_uint_eq(pair->mispredicted, 1);
	block = blocks_by(LBRVIRT_BRANCHES_BY_COUNT, 1);
	ck_assert_uint_eq(block->count, 2);
}
END_TEST

START_TEST(one_address_with_another_file_behind_it_is_another_branch)
{
	sample(&any, PID, ENTRIES({ CODE + 0x40, CODE + 0x10, GOOD }));
	map(PID, CODE, "/nowhere/new");
	sample(&any, PID, ENTRIES({ CODE + 0x40, CODE + 0x10, GOOD }));
	pairs_by(LBRVIRT_BRANCHES_BY_COUNT, 2);
}
END_TEST

START_TEST(a_new_mapping_elsewhere_splits_nothing)
{
	sample(&any, PID, ENTRIES({ CODE + 0x40, CODE + 0x10, GOOD }));
	map(PID, 0x900000, "/nowhere/new");
	sample(&any, PID, ENTRIES({ CODE + 0x40, CODE + 0x10, GOOD }));
	ck_assert_uint_eq(pairs_by(LBRVIRT_BRANCHES_BY_COUNT, 1)->count, 2);
}
END_TEST

START_TEST(a_block_lies_between_two_entries_and_has_the_later_ones_cycles)
{
	const struct lbrvirt_branch_block *block;

	sample(&any, PID,
	       ENTRIES({ CODE + 0x90, CODE + 0x200, GOOD | CYCLES(5) },
		       { CODE + 0x40, CODE + 0x80, GOOD | CYCLES(3) },
		       { CODE + 0x90, CODE + 0x10, GOOD | CYCLES(100) }));
	block = blocks_by(LBRVIRT_BRANCHES_BY_CYCLES, 2);
	ck_assert_uint_eq(block[0].start.address, CODE + 0x80);
	ck_assert_uint_eq(block[0].end.address, CODE + 0x90);
	ck_assert_uint_eq(block[0].count, 1);
	ck_assert_uint_eq(block[0].cycles, 5);
	ck_assert_uint_eq(block[1].start.address, CODE + 0x10);
	ck_assert_uint_eq(block[1].end.address, CODE + 0x40);
	ck_assert_uint_eq(block[1].cycles, 3);
	ck_assert_uint_eq(totals()->block_runs, 2);
	ck_assert_uint_eq(totals()->cycles, 108);
}
END_TEST

START_TEST(a_block_of_one_instruction_is_one)
{
	sample(&any, PID,
	       ENTRIES({ CODE + 0x80, CODE + 0x200, GOOD },
		       { CODE + 0x40, CODE + 0x80, GOOD }));
	blocks_by(LBRVIRT_BRANCHES_BY_COUNT, 1);
}
END_TEST

START_TEST(runs_that_cannot_be_are_counted_apart)
{
	/* Ends before it starts. */
	sample(&any, PID,
	       ENTRIES({ CODE + 0x7f, CODE, GOOD },
		       { CODE, CODE + 0x80, GOOD }));
	ck_assert_uint_eq(totals()->runs_backward, 1);
	/* The longest that may be, and a byte more. */
	sample(&any, PID,
	       ENTRIES({ CODE + 0x80 + LBRVIRT_BLOCK_MAX - 1, CODE, GOOD },
		       { CODE, CODE + 0x80, GOOD }));
	ck_assert_uint_eq(totals()->runs_too_long, 0);
	sample(&any, PID,
	       ENTRIES({ CODE + 0x80 + LBRVIRT_BLOCK_MAX, CODE, GOOD },
		       { CODE, CODE + 0x80, GOOD }));
	ck_assert_uint_eq(totals()->runs_too_long, 1);
	/* From the end of one file to the beginning of the next. */
	map(PID, CODE + SIZE, "/nowhere/next");
	sample(&any, PID,
	       ENTRIES({ CODE + SIZE + 8, CODE, GOOD },
		       { CODE, CODE + SIZE - 8, GOOD }));
	ck_assert_uint_eq(totals()->runs_across, 1);
	/* A return from the kernel, without the way into it. */
	sample(&any, PID,
	       ENTRIES({ KERNEL, CODE, GOOD }, { CODE, CODE + 0x80, GOOD }));
	ck_assert_uint_eq(totals()->runs_across, 2);
	sample(&any, PID,
	       ENTRIES({ CODE + 0x90, CODE, GOOD | SPEC(1) },
		       { CODE, CODE + 0x80, GOOD | SPEC(3) }));
	ck_assert_uint_eq(totals()->runs_wrong_path, 1);
	ck_assert_uint_eq(totals()->wrong_path, 1);
	ck_assert_uint_eq(totals()->block_runs, 1);
	blocks_by(LBRVIRT_BRANCHES_BY_COUNT, 1);
}
END_TEST

START_TEST(registers_never_written_are_no_branches)
{
	sample(&any, PID,
	       ENTRIES({ CODE + 0x90, CODE + 0x10, GOOD }, { 0, 0, GOOD },
		       { CODE, CODE + 0x80, GOOD }));
	ck_assert_uint_eq(totals()->empty, 1);
	ck_assert_uint_eq(totals()->entries, 2);
	pairs_by(LBRVIRT_BRANCHES_BY_COUNT, 2);
	blocks_by(LBRVIRT_BRANCHES_BY_COUNT, 0);
}
END_TEST

START_TEST(calls_alone_make_no_blocks)
{
	ck_assert(lbrvirt_event_has_blocks(&any));
	ck_assert(lbrvirt_event_has_branches(&calls));
	ck_assert(!lbrvirt_event_has_blocks(&calls));
	sample(&calls, PID,
	       ENTRIES({ CODE + 0x90, CODE + 0x200, GOOD },
		       { CODE + 0x40, CODE + 0x80, GOOD }));
	pairs_by(LBRVIRT_BRANCHES_BY_COUNT, 2);
	blocks_by(LBRVIRT_BRANCHES_BY_COUNT, 0);
}
END_TEST

START_TEST(call_stacks_are_no_branches)
{
	struct lbrvirt_event plain = any;

	plain.attr.sample_type &= ~(uint64_t)PERF_SAMPLE_BRANCH_STACK;
	ck_assert(!lbrvirt_event_has_branches(&stacks));
	ck_assert(!lbrvirt_event_has_branches(&plain));
	ck_assert(!lbrvirt_event_has_branches(NULL));
	sample(&stacks, PID, ENTRIES({ CODE + 0x90, CODE + 0x200, GOOD }));
	ck_assert_uint_eq(totals()->samples, 0);
	MAKE(.event = "cycles");
	ck_assert_int_eq(try(&stacks, PID, ENTRIES({ CODE, CODE, GOOD })),
			 -EINVAL);
	ck_assert_ptr_nonnull(
		strstr(lbrvirt_context_error(ctx), "call stacks"));
	ck_assert_int_eq(try(&plain, PID, NULL, 0), -EINVAL);
}
END_TEST

START_TEST(only_the_first_event_or_the_named_one_counts)
{
	struct lbrvirt_event other = any;

	other.name = "instructions";
	sample(&other, PID, ENTRIES({ CODE + 0x90, CODE + 0x200, GOOD }));
	sample(&any, PID, ENTRIES({ CODE + 0x90, CODE + 0x100, GOOD }));
	ck_assert_uint_eq(totals()->entries, 1);
	ck_assert_str_eq(lbrvirt_branches_event(branches), "instructions");
	MAKE(.event = "cycles");
	sample(&other, PID, ENTRIES({ CODE + 0x90, CODE + 0x200, GOOD }));
	ck_assert_uint_eq(totals()->entries, 0);
}
END_TEST

/* One branch in the program, one out of it, in two processes. */
static uint64_t taken_by(struct lbrvirt_profile_opts opts)
{
	make(opts);
	sample(&any, PID,
	       ENTRIES({ CODE + 0x40, CODE + 0x10, GOOD },
		       { CODE + 0x20, LIB + 0x10, GOOD }));
	sample(&any, OTHER_PID,
	       ENTRIES({ OTHER_CODE + 0x40, OTHER_CODE + 0x10, GOOD }));
	ck_assert_uint_eq(totals()->samples + totals()->filtered_out, 2);
	return totals()->entries;
}

#define TAKEN_BY(...) taken_by((struct lbrvirt_profile_opts){ __VA_ARGS__ })

START_TEST(filters_take_samples_and_files_take_branches)
{
	ck_assert_uint_eq(TAKEN_BY(.size = 0), 3);
	ck_assert_uint_eq(TAKEN_BY(.pids = "100"), 2);
	ck_assert_uint_eq(TAKEN_BY(.tids = "200"), 1);
	ck_assert_uint_eq(TAKEN_BY(.comms = "other"), 1);
	ck_assert_uint_eq(TAKEN_BY(.dsos = "lib.so"), 1);
	pairs_by(LBRVIRT_BRANCHES_BY_COUNT, 1);
	ck_assert_uint_eq(TAKEN_BY(.dsos = "app"), 3);
	ck_assert_uint_eq(TAKEN_BY(.symbols = "app+0x40"), 2);
}
END_TEST

START_TEST(a_share_of_the_time_is_refused)
{
	const struct lbrvirt_profile_opts opts = { .size = sizeof(opts),
						   .time = "10%-20%" };
	struct lbrvirt_branches *none = NULL;

	ck_assert_int_eq(lbrvirt_branches_new(ctx, &opts, &none), -EINVAL);
	ck_assert_ptr_null(none);
}
END_TEST

START_TEST(lists_are_in_the_order_asked_for)
{
	sample(&any, PID,
	       ENTRIES({ CODE + 1, CODE, GOOD | CYCLES(1) },
		       { CODE + 1, CODE, GOOD | CYCLES(1) },
		       { CODE + 1, CODE, GOOD | CYCLES(1) },
		       { CODE + 2, CODE, BAD | CYCLES(2) },
		       { CODE + 2, CODE, BAD | CYCLES(2) },
		       { CODE + 3, CODE, GOOD | CYCLES(9) }));
	ck_assert_uint_eq(pairs_by(LBRVIRT_BRANCHES_BY_COUNT, 3)->from.address,
			  CODE + 1);
	ck_assert_uint_eq(
		pairs_by(LBRVIRT_BRANCHES_BY_MISPREDICTED, 3)->from.address,
		CODE + 2);
	ck_assert_uint_eq(pairs_by(LBRVIRT_BRANCHES_BY_CYCLES, 3)->from.address,
			  CODE + 3);
	/* The last entry's block is not whole. */
	ck_assert_uint_eq(blocks_by(LBRVIRT_BRANCHES_BY_COUNT, 2)->end.address,
			  CODE + 1);
	ck_assert_uint_eq(blocks_by(LBRVIRT_BRANCHES_BY_CYCLES, 2)->end.address,
			  CODE + 2);
}
END_TEST

START_TEST(null_pointers_are_the_callers_mistake)
{
	const struct lbrvirt_branch_block *blocks;
	size_t nr;

	ck_assert_int_eq(lbrvirt_branches_new(NULL, NULL, &branches), -EINVAL);
	ck_assert_int_eq(lbrvirt_branches_new(ctx, NULL, NULL), -EINVAL);
	ck_assert_int_eq(lbrvirt_branches_add(branches, NULL), -EINVAL);
	ck_assert_int_eq(lbrvirt_branches_load(branches, NULL), -EINVAL);
	ck_assert_int_eq(lbrvirt_branches_pairs(branches,
						LBRVIRT_BRANCHES_BY_COUNT, NULL,
						NULL),
			 -EINVAL);
	ck_assert_int_eq(lbrvirt_branches_blocks(
				 branches, LBRVIRT_BRANCHES_BY_MISPREDICTED,
				 &blocks, &nr),
			 -EINVAL);
	ck_assert_ptr_null(lbrvirt_branches_totals(NULL));
	ck_assert_str_eq(lbrvirt_branches_event(NULL), "");
	lbrvirt_branches_free(NULL);
}
END_TEST

Suite *branches_suite(void)
{
	Suite *suite = suite_create("branches");
	TCase *tc = tcase_create("records");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, a_branch_sums_its_predictions_and_cycles);
	tcase_add_test(tc, sums_are_those_of_all_branches);
	tcase_add_test(tc, what_was_not_recorded_counts_nowhere);
	tcase_add_test(tc, the_same_code_in_two_processes_is_one_branch);
	tcase_add_test(
		tc, one_address_with_another_file_behind_it_is_another_branch);
	tcase_add_test(tc, a_new_mapping_elsewhere_splits_nothing);
	tcase_add_test(
		tc,
		a_block_lies_between_two_entries_and_has_the_later_ones_cycles);
	tcase_add_test(tc, a_block_of_one_instruction_is_one);
	tcase_add_test(tc, runs_that_cannot_be_are_counted_apart);
	tcase_add_test(tc, registers_never_written_are_no_branches);
	tcase_add_test(tc, calls_alone_make_no_blocks);
	tcase_add_test(tc, call_stacks_are_no_branches);
	tcase_add_test(tc, only_the_first_event_or_the_named_one_counts);
	tcase_add_test(tc, filters_take_samples_and_files_take_branches);
	tcase_add_test(tc, a_share_of_the_time_is_refused);
	tcase_add_test(tc, lists_are_in_the_order_asked_for);
	tcase_add_test(tc, null_pointers_are_the_callers_mistake);
	suite_add_tcase(suite, tc);
	return suite;
}
