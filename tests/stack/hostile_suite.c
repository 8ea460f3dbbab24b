/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Registers and stack copies that no kernel would hand out, over the real code
 * of this program: whatever they are, a verdict comes back.
 */
#include "config.h"

#include "stack/suites.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <unistd.h>

#include "stack/space.h"

#define COPY_SIZE 4096
#define NR_TRIES  100000

/* A generator of our own: the same numbers on every machine. */
static uint64_t next_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

#define MAPS_MAX 256

/* All of this program. */
static const struct map *maps[MAPS_MAX];
static size_t nr_maps;

static void list_maps(const struct process *process)
{
	const struct map *map = process_next_map(process, 0);

	for (nr_maps = 0; map && nr_maps < MAPS_MAX; nr_maps++) {
		maps[nr_maps] = map;
		map = process_next_map(process, map->end);
	}
	ck_assert_uint_gt(nr_maps, 0);
}

/* An address in one of the mappings, or any number at all. */
static uint64_t random_word(uint64_t sp, uint64_t *state)
{
	const struct map *map;

	switch (next_random(state) % 8) {
	case 0:
		return next_random(state);
	case 1:
	case 2:
		return sp + next_random(state) % (2 * COPY_SIZE);
	case 3:
		map = maps[next_random(state) % nr_maps];
		break;
	default:
		do {
			map = maps[next_random(state) % nr_maps];
		} while (!(map->prot & PROT_EXEC));
		break;
	}
	return map->start + next_random(state) % (map->end - map->start);
}

START_TEST(random_registers_and_stacks_end_in_a_verdict)
{
	struct lbrvirt_stack *stack = space_stack();
	uint64_t state = 0x5eed5eed5eed5eedu;
	uint64_t *copy = malloc(COPY_SIZE);
	size_t verdicts[4] = { 0 };
	struct space space;

	ck_assert_ptr_nonnull(copy);
	space_init(&space, true);
	space_read(&space, getpid());
	list_maps(space.process);
	for (int i = 0; i < NR_TRIES; i++) {
		uint64_t sp = next_random(&state) >> (next_random(&state) % 64);
		uint64_t words[17];
		struct lbrvirt_sample sample = {
			.regs_user_abi = next_random(&state) % 16 ?
						 PERF_SAMPLE_REGS_ABI_64 :
						 PERF_SAMPLE_REGS_ABI_32,
			.regs_user_mask = UNWIND_REGS_MASK,
			.regs_user = words,
			.user_stack = copy,
			.user_stack_size = next_random(&state) % COPY_SIZE,
			.user_stack_asked = COPY_SIZE,
		};

		if (next_random(&state) % 2)
			sample.user_stack_asked = sample.user_stack_size;
		for (int j = 0; j < 17; j++)
			words[j] = random_word(sp, &state);
		words[7] = sp;
		for (size_t j = 0; j < COPY_SIZE / 8; j++)
			copy[j] = random_word(sp, &state);
		stack->nr = next_random(&state) % 64 ? 0 : 1000;
		unwinder_append(space.unwinder, space.process, &sample, stack);
		ck_assert_uint_le(stack->nr, LBRVIRT_STACK_MAX);
		ck_assert_uint_le(stack->verdict, LBRVIRT_VERDICT_BROKEN);
		ck_assert_uint_ne(stack->verdict, LBRVIRT_VERDICT_UNKNOWN);
		verdicts[stack->verdict]++;
	}
	/* Random words rarely look like a stack, but code is found in them. */
	ck_assert_uint_gt(verdicts[LBRVIRT_VERDICT_BROKEN], NR_TRIES / 2);
	ck_assert_uint_gt(verdicts[LBRVIRT_VERDICT_TRUNCATED], 0);
	ck_assert_uint_gt(unwinder_stats(space.unwinder)->nr_frames,
			  NR_TRIES + NR_TRIES / 4);
	space_fini(&space);
	free(copy);
	free(stack);
}
END_TEST

#define MAX_RECORDS 160

/* A call that is somewhere in this program's code, or any two addresses. */
static struct lbrvirt_branch random_branch(const struct process *process,
					   uint64_t *state)
{
	struct lbrvirt_branch branch = {
		.from = random_word(0, state),
		.to = random_word(0, state),
	};
	const struct map *map = process_find_map(process, branch.from);

	if (!map || !(map->prot & PROT_READ) || !(map->prot & PROT_EXEC) ||
	    map->dso->kind != DSO_FILE)
		return branch;
	for (uint64_t at = branch.from; at + 5 <= map->end; at++) {
		const unsigned char *code =
			(const unsigned char *)(uintptr_t)at;
		int32_t offset;

		memcpy(&offset, code + 1, sizeof(offset));
		if (*code == 0xe8 &&
		    process_find_map(process, at + 5 + (uint64_t)offset))
			return (struct lbrvirt_branch){
				.from = at,
				.to = at + 5 + (uint64_t)offset,
			};
	}
	return branch;
}

/* Fill in what a branch event may come with. */
static void add_sources(struct lbrvirt_event *event,
			struct lbrvirt_sample *sample, const uint64_t *words,
			const uint64_t *copy, uint64_t *state)
{
	event->attr.sample_type = PERF_SAMPLE_IP | PERF_SAMPLE_BRANCH_STACK;
	event->attr.branch_sample_type = PERF_SAMPLE_BRANCH_CALL_STACK;
	if (next_random(state) % 2) {
		event->attr.sample_type |= PERF_SAMPLE_REGS_USER |
					   PERF_SAMPLE_STACK_USER;
		sample->regs_user_abi = PERF_SAMPLE_REGS_ABI_64;
		sample->regs_user_mask = UNWIND_REGS_MASK;
		sample->regs_user = words;
		sample->user_stack = copy;
		sample->user_stack_size = next_random(state) % COPY_SIZE;
		sample->user_stack_asked = COPY_SIZE;
	}
	if (next_random(state) % 2) {
		event->attr.sample_type |= PERF_SAMPLE_CALLCHAIN;
		sample->callchain = copy;
		sample->nr_callchain = next_random(state) % 64;
	}
}

static void check_random_sample(struct space *space, uint64_t *copy,
				struct lbrvirt_stack *stack, uint64_t *state)
{
	struct lbrvirt_branch branches[MAX_RECORDS];
	struct lbrvirt_event event = { .name = "cycles" };
	struct lbrvirt_record record = {
		.type = PERF_RECORD_SAMPLE,
		.misc = next_random(state) % 8 ? PERF_RECORD_MISC_USER :
						 PERF_RECORD_MISC_KERNEL,
		.event = &event,
	};
	struct lbrvirt_sample *sample = &record.sample;
	uint64_t words[17];

	sample->ip = random_word(0, state);
	sample->branches = branches;
	sample->nr_branches = next_random(state) % 4 ?
				      next_random(state) % 8 :
				      next_random(state) % MAX_RECORDS;
	for (size_t i = 0; i < sample->nr_branches; i++)
		branches[i] = random_branch(space->process, state);
	for (size_t i = 0; i < 17; i++)
		words[i] = random_word(0x7ffc00000000, state);
	words[7] = 0x7ffc00000000;
	for (size_t i = 0; i < 64; i++)
		copy[i] = sample->nr_branches && next_random(state) % 2 ?
				  branches[i % sample->nr_branches].from + 5 :
				  random_word(words[7], state);
	if (next_random(state) % 2)
		copy[0] = (uint64_t)PERF_CONTEXT_USER;
	add_sources(&event, sample, words, copy, state);
	stack_build(space->unwinder, space->process, &record, false, stack);
	ck_assert_uint_le(stack->nr, LBRVIRT_STACK_MAX);
	ck_assert_uint_le(stack->verdict, LBRVIRT_VERDICT_BROKEN);
	ck_assert_uint_le(stack->integrity, LBRVIRT_INTEGRITY_EMPTY);
}

START_TEST(random_branch_records_end_in_a_verdict)
{
	struct lbrvirt_stack *stack = space_stack();
	uint64_t state = 0x5eed5eed5eed5eedu;
	uint64_t *copy = calloc(1, COPY_SIZE);
	size_t integrities[LBRVIRT_INTEGRITY_EMPTY + 1] = { 0 };
	struct space space;

	ck_assert_ptr_nonnull(copy);
	space_init(&space, true);
	space_read(&space, getpid());
	list_maps(space.process);
	for (int i = 0; i < NR_TRIES; i++) {
		check_random_sample(&space, copy, stack, &state);
		integrities[stack->integrity]++;
	}
	for (int i = 0; i <= LBRVIRT_INTEGRITY_EMPTY; i++)
		printf("%s: %zu\n",
		       lbrvirt_integrity_text((enum lbrvirt_integrity)i),
		       integrities[i]);
	/* Random calls hardly ever link up. */
	ck_assert_uint_gt(integrities[LBRVIRT_INTEGRITY_LEAF_MISMATCH] +
				  integrities[LBRVIRT_INTEGRITY_POLLUTED],
			  NR_TRIES / 2);
	ck_assert_uint_gt(integrities[LBRVIRT_INTEGRITY_EMPTY], 0);
	space_fini(&space);
	free(copy);
	free(stack);
}
END_TEST

/* The first function of a program has rows; what the linker put behind it has
 * none, and is no end of a stack. */
START_TEST(only_the_first_function_is_outermost)
{
	const uint64_t entry = getauxval(AT_ENTRY);
	struct space space;

	space_init(&space, true);
	space_read(&space, getpid());
	ck_assert_int_eq(
		unwinder_is_outermost(space.unwinder, space.process, entry), 1);
	for (uint64_t i = 48; i < 64; i++)
		ck_assert_int_ne(unwinder_is_outermost(space.unwinder,
						       space.process,
						       entry + i),
				 1);
	space_fini(&space);
}
END_TEST

START_TEST(registers_of_a_32_bit_program_say_so)
{
	struct lbrvirt_stack *stack = space_stack();
	const uint64_t words[17] = { 0 };
	const struct lbrvirt_sample sample = {
		.regs_user_abi = PERF_SAMPLE_REGS_ABI_32,
		.regs_user_mask = UNWIND_REGS_MASK,
		.regs_user = words,
	};
	struct space space;

	space_init(&space, true);
	space_read(&space, getpid());
	unwinder_append(space.unwinder, space.process, &sample, stack);
	ck_assert_uint_eq(stack->verdict, LBRVIRT_VERDICT_BROKEN);
	ck_assert_uint_eq(stack->cause, LBRVIRT_CAUSE_NO_REGISTERS);
	ck_assert_uint_eq(stack->nr, 0);
	space_fini(&space);
	free(stack);
}
END_TEST

Suite *hostile_suite(void)
{
	Suite *suite = suite_create("unwinding hostile input");
	TCase *tcase = tcase_create("hostile");

	tcase_set_timeout(tcase, 300);
	tcase_add_test(tcase, random_registers_and_stacks_end_in_a_verdict);
	tcase_add_test(tcase, random_branch_records_end_in_a_verdict);
	tcase_add_test(tcase, only_the_first_function_is_outermost);
	tcase_add_test(tcase, registers_of_a_32_bit_program_say_so);
	suite_add_tcase(suite, tcase);
	return suite;
}
