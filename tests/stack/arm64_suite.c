/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * An arm64 program's samples as no recorder would have left them: the copy cut
 * short, the registers made up, the rows gone. tests/export/arm64.sh has the
 * recording as it is.
 */
#include "config.h"

#include "stack/suites.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <lbrvirt/perfdata.h>
#include <lbrvirt/symbol.h>

#define NR_SAMPLES   239
#define NR_REGISTERS 33
#define COPY_SIZE    256

static struct lbrvirt_context *ctx;
static struct lbrvirt_perfdata *data;
static struct lbrvirt_resolver *resolver;
static char folder[4096];

static void open_recording(const char *symfs)
{
	const struct lbrvirt_resolver_opts opts = { .size = sizeof(opts),
						    .symfs = symfs,
						    .debug_dir = "/nowhere" };
	char path[4200];

	snprintf(path, sizeof(path), "%s/calls.data", folder);
	ck_assert_int_eq(lbrvirt_perfdata_open(ctx, path, NULL, &data), 0);
	ck_assert_int_eq(lbrvirt_resolver_new(ctx, &opts, &resolver), 0);
}

static void set_up(void)
{
	const char *top = getenv("top_srcdir");

	snprintf(folder, sizeof(folder), "%s/tests/data/arm64",
		 top ? top : ".");
	ck_assert_int_eq(lbrvirt_context_new(&ctx), 0);
}

static void tear_down(void)
{
	lbrvirt_resolver_free(resolver);
	lbrvirt_perfdata_close(data);
	lbrvirt_context_free(ctx);
}

/* The next sample, mappings before it taken in. False: no more. */
static bool next_sample(struct lbrvirt_record *ret_record)
{
	while (lbrvirt_perfdata_next(data, ret_record) == 0) {
		if (ret_record->type == PERF_RECORD_SAMPLE)
			return true;
		ck_assert_int_eq(lbrvirt_resolver_apply(resolver, ret_record),
				 0);
	}
	return false;
}

static void unwind(const struct lbrvirt_record *record,
		   struct lbrvirt_stack *ret_stack)
{
	ck_assert_int_eq(lbrvirt_resolver_stack(resolver, record, ret_stack),
			 0);
}

/* A generator of our own: the same numbers on every machine. */
static uint64_t next_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

START_TEST(a_copy_cut_short_gives_the_first_frames)
{
	static struct lbrvirt_stack whole;
	static struct lbrvirt_stack part;
	size_t nr_samples = 0, nr_cut = 0;
	struct lbrvirt_record record;

	open_recording(folder);
	for (; next_sample(&record); nr_samples++) {
		unwind(&record, &whole);
		ck_assert_int_eq(whole.verdict, LBRVIRT_VERDICT_COMPLETE);
		for (unsigned int size = 0; size < COPY_SIZE; size += 4) {
			record.sample.user_stack_size = size;
			record.sample.user_stack_asked = size;
			unwind(&record, &part);
			ck_assert_uint_ge(part.nr, 1);
			ck_assert_uint_le(part.nr, whole.nr);
			for (size_t i = 0; i < part.nr; i++)
				ck_assert_uint_eq(part.frames[i].address,
						  whole.frames[i].address);
			if (part.verdict == LBRVIRT_VERDICT_COMPLETE) {
				ck_assert_uint_eq(part.nr, whole.nr);
				continue;
			}
			ck_assert_int_eq(part.verdict,
					 LBRVIRT_VERDICT_TRUNCATED);
			ck_assert_int_eq(part.cause,
					 LBRVIRT_CAUSE_COPY_TOO_SMALL);
			nr_cut++;
		}
	}
	ck_assert_uint_eq(nr_samples, NR_SAMPLES);
	ck_assert_uint_ge(nr_cut, NR_SAMPLES);
}
END_TEST

/* Mostly a word that means something: of the copy, or of the program. */
static uint64_t random_word(const struct lbrvirt_record *record,
			    uint64_t *state)
{
	uint64_t sp = record->sample.regs_user[31];

	switch (next_random(state) % 4) {
	case 0:
		return next_random(state);
	case 1:
		return sp + next_random(state) % (2 * COPY_SIZE);
	default:
		return (record->sample.ip & ~0xfffull) +
		       next_random(state) % 0x1000;
	}
}

START_TEST(made_up_registers_and_copies_end_in_a_verdict)
{
	static struct lbrvirt_stack stack;
	uint64_t state = 0x5eed5eed5eed5eedu;
	size_t verdicts[4] = { 0 };
	struct lbrvirt_record record;

	open_recording(folder);
	while (next_sample(&record)) {
		for (int i = 0; i < 100; i++) {
			struct lbrvirt_record made_up = record;
			uint64_t copy[COPY_SIZE / 8];
			uint64_t regs[NR_REGISTERS];

			memcpy(regs, record.sample.regs_user, sizeof(regs));
			memcpy(copy, record.sample.user_stack, sizeof(copy));
			regs[next_random(&state) % NR_REGISTERS] =
				random_word(&record, &state);
			for (int word = 0; word < i % 8; word++)
				copy[next_random(&state) % (COPY_SIZE / 8)] =
					random_word(&record, &state);
			made_up.sample.regs_user = regs;
			made_up.sample.user_stack = copy;
			unwind(&made_up, &stack);
			ck_assert_uint_ge(stack.nr, 1);
			ck_assert_uint_lt(stack.verdict, 4);
			verdicts[stack.verdict]++;
		}
	}
	ck_assert_uint_gt(verdicts[LBRVIRT_VERDICT_COMPLETE], 0);
	ck_assert_uint_gt(verdicts[LBRVIRT_VERDICT_TRUNCATED], 0);
	ck_assert_uint_gt(verdicts[LBRVIRT_VERDICT_BROKEN], 0);
}
END_TEST

START_TEST(registers_of_a_32_bit_program_are_left_alone)
{
	static struct lbrvirt_stack stack;
	struct lbrvirt_record record;

	open_recording(folder);
	ck_assert(next_sample(&record));
	record.sample.regs_user_abi = PERF_SAMPLE_REGS_ABI_32;
	unwind(&record, &stack);
	ck_assert_int_eq(stack.verdict, LBRVIRT_VERDICT_BROKEN);
	ck_assert_int_eq(stack.cause, LBRVIRT_CAUSE_NO_REGISTERS);
}
END_TEST

START_TEST(a_stack_without_the_program_ends_at_once)
{
	static struct lbrvirt_stack stack;
	struct lbrvirt_record record;

	open_recording("/nowhere");
	while (next_sample(&record)) {
		unwind(&record, &stack);
		ck_assert_uint_eq(stack.nr, 1);
		ck_assert_uint_eq(stack.frames[0].address, record.sample.ip);
		ck_assert_int_eq(stack.verdict, LBRVIRT_VERDICT_BROKEN);
		ck_assert_int_eq(stack.cause, LBRVIRT_CAUSE_NO_FILE);
	}
}
END_TEST

Suite *arm64_suite(void)
{
	Suite *suite = suite_create("arm64");
	TCase *tests = tcase_create("stacks");

	tcase_add_checked_fixture(tests, set_up, tear_down);
	tcase_set_timeout(tests, 120);
	tcase_add_test(tests, a_copy_cut_short_gives_the_first_frames);
	tcase_add_test(tests, made_up_registers_and_copies_end_in_a_verdict);
	tcase_add_test(tests, registers_of_a_32_bit_program_are_left_alone);
	tcase_add_test(tests, a_stack_without_the_program_ends_at_once);
	suite_add_tcase(suite, tests);
	return suite;
}
