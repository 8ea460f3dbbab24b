/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The records that a kernel would have written of the program.
 */
#include "config.h"

#include "profile/program.h"

#include <check.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define CODE	      0x10000u
#define FUNCTION_SIZE 0x100u
#define LIB	      0x40000u
#define CHAIN_MAX     512

/* Where in a function it calls the next one. */
#define RETURN_OFFSET 0x20u

#define SAMPLE_TYPE                                                     \
	(PERF_SAMPLE_IP | PERF_SAMPLE_TID | PERF_SAMPLE_TIME |          \
	 PERF_SAMPLE_CPU | PERF_SAMPLE_PERIOD | PERF_SAMPLE_CALLCHAIN | \
	 PERF_SAMPLE_WEIGHT)

#define EVENT(event_name, event_index)                        \
	{                                                     \
		.name = (event_name), .index = (event_index), \
		.attr = { .type = PERF_TYPE_SOFTWARE,         \
			  .sample_type = SAMPLE_TYPE,         \
			  .freq = 1,                          \
			  .sample_freq = 999 },               \
	}

const struct lbrvirt_event program_event = EVENT("cpu-clock", 0);
const struct lbrvirt_event program_other_event = EVENT("page-faults", 1);

static const char *const names[FUNCTION_LIB] = {
	[FUNCTION_START] = "start",
	[FUNCTION_MAIN] = "main",
	[FUNCTION_WORK] = "work",
	[FUNCTION_HOT] = "hot",
	[FUNCTION_COLD] = "cold",
	[FUNCTION_TEMPLATE] = "map<int, char>",
	[FUNCTION_HOSTILE] = HOSTILE_NAME,
};

uint32_t program_pid(void)
{
	return (uint32_t)getpid();
}

static void add(struct lbrvirt_profile *profile, struct lbrvirt_record *record)
{
	record->pid = program_pid();
	ck_assert_int_eq(lbrvirt_profile_add(profile, record), 0);
}

static void add_map(struct lbrvirt_profile *profile, uint64_t start,
		    uint64_t size, const char *path)
{
	struct lbrvirt_record record = {
		.type = PERF_RECORD_MMAP2,
		.misc = PERF_RECORD_MISC_USER,
		.mmap = { .pid = program_pid(),
			  .tid = program_pid(),
			  .start = start,
			  .size = size,
			  .prot = PROT_READ | PROT_EXEC,
			  .flags = MAP_PRIVATE,
			  .path = path },
	};

	add(profile, &record);
}

void program_comm(struct lbrvirt_profile *profile, uint32_t tid,
		  const char *name)
{
	struct lbrvirt_record record = {
		.type = PERF_RECORD_COMM,
		.comm = { .pid = program_pid(), .tid = tid, .name = name },
	};

	add(profile, &record);
}

void program_lost(struct lbrvirt_profile *profile, uint32_t type, uint64_t nr)
{
	struct lbrvirt_record record = { .type = type, .lost = { .nr = nr } };

	add(profile, &record);
}

static void map_path(char *ret_path, size_t size)
{
	snprintf(ret_path, size, "/tmp/perf-%d.map", (int)getpid());
}

static void write_names(void)
{
	char path[64];
	FILE *map;

	map_path(path, sizeof(path));
	map = fopen(path, "w");
	ck_assert_ptr_nonnull(map);
	for (unsigned int i = 0; i < FUNCTION_LIB; i++)
		fprintf(map, "%x %x %s\n", CODE + i * FUNCTION_SIZE,
			FUNCTION_SIZE, names[i]);
	ck_assert_int_eq(fclose(map), 0);
}

void program_end(void)
{
	char path[64];

	map_path(path, sizeof(path));
	unlink(path);
}

struct lbrvirt_profile *program_profile(struct lbrvirt_context *ctx,
					const struct lbrvirt_profile_opts *opts)
{
	struct lbrvirt_profile *profile = NULL;

	ck_assert_msg(!lbrvirt_profile_new(ctx, opts, &profile), "%s",
		      lbrvirt_context_error(ctx));
	write_names();
	program_comm(profile, program_pid(), "program");
	add_map(profile, CODE, 0x10000, "//anon");
	add_map(profile, LIB, 0x1000, LIB_PATH);
	return profile;
}

static uint64_t address_of(enum function function, uint64_t offset)
{
	if (function == FUNCTION_LIB)
		return LIB + 0x80;
	return CODE + (uint64_t)function * FUNCTION_SIZE + offset;
}

void program_sample(struct lbrvirt_profile *profile,
		    const struct program_sample *sample)
{
	uint64_t chain[CHAIN_MAX];
	struct lbrvirt_record record = {
		.type = PERF_RECORD_SAMPLE,
		.misc = PERF_RECORD_MISC_USER,
		.event = sample->event ? sample->event : &program_event,
		.fields = PERF_SAMPLE_TID | PERF_SAMPLE_TIME | PERF_SAMPLE_CPU,
		.tid = sample->tid ? sample->tid : program_pid(),
		.time_ns = sample->time_ns,
		.cpu = sample->cpu,
		.sample = { .period = sample->period ? sample->period : 1,
			    .weight = sample->weight,
			    .callchain = chain },
	};
	size_t depth = 0;

	while (sample->stack[depth] != FUNCTION_END)
		depth++;
	ck_assert_uint_gt(depth, 0);
	ck_assert_uint_lt(depth, CHAIN_MAX);
	chain[0] = PERF_CONTEXT_USER;
	for (size_t i = 0; i < depth; i++)
		chain[depth - i] = address_of(sample->stack[i],
					      i + 1 == depth ? sample->offset :
							       RETURN_OFFSET);
	record.sample.ip = chain[1];
	record.sample.nr_callchain = depth + 1;
	add(profile, &record);
}

void program_samples(struct lbrvirt_profile *profile, unsigned int nr,
		     const enum function *stack)
{
	for (unsigned int i = 0; i < nr; i++)
		program_sample(profile,
			       &(struct program_sample){ .stack = stack });
}

const struct lbrvirt_profile_symbol *
program_find(struct lbrvirt_profile *profile, const char *symbol)
{
	const struct lbrvirt_profile_symbol *symbols;
	size_t nr;

	ck_assert_int_eq(lbrvirt_profile_symbols(profile, &symbols, &nr), 0);
	for (size_t i = 0; i < nr; i++)
		if (strcmp(symbols[i].symbol, symbol) == 0)
			return &symbols[i];
	return NULL;
}
