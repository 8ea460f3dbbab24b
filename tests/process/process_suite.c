/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Address spaces follow the records: what covers what, who inherits, what exec
 * leaves.
 */
#include "config.h"

#include "process/suites.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include "process/process.h"

static struct dso_table *dsos;
static struct process_table *table;

static void set_up(void)
{
	ck_assert_int_eq(dso_table_new(NULL, NULL, &dsos), 0);
	ck_assert_int_eq(process_table_new(NULL, dsos, &table), 0);
}

static void tear_down(void)
{
	process_table_free(table);
	dso_table_free(dsos);
}

static void map_as(uint16_t misc, uint32_t pid, uint64_t start, uint64_t size,
		   uint64_t offset, const char *path)
{
	const struct lbrvirt_record record = {
		.type = PERF_RECORD_MMAP2,
		.misc = misc,
		.mmap = { .pid = pid,
			  .tid = pid,
			  .start = start,
			  .size = size,
			  .offset = offset,
			  .prot = PROT_READ | PROT_EXEC,
			  .path = path },
	};

	ck_assert_int_eq(process_table_apply(table, &record), 0);
}

static void map(uint32_t pid, uint64_t start, uint64_t size, uint64_t offset,
		const char *path)
{
	map_as(PERF_RECORD_MISC_USER, pid, start, size, offset, path);
}

static void name(uint32_t pid, uint32_t tid, const char *comm, bool is_exec)
{
	const struct lbrvirt_record record = {
		.type = PERF_RECORD_COMM,
		.comm = { .pid = pid,
			  .tid = tid,
			  .name = comm,
			  .is_exec = is_exec },
	};

	ck_assert_int_eq(process_table_apply(table, &record), 0);
}

static void fork_as(uint16_t misc, uint32_t ppid, uint32_t ptid, uint32_t pid,
		    uint32_t tid)
{
	const struct lbrvirt_record record = {
		.type = PERF_RECORD_FORK,
		.misc = misc,
		.task = { .pid = pid, .tid = tid, .ppid = ppid, .ptid = ptid },
	};

	ck_assert_int_eq(process_table_apply(table, &record), 0);
}

static const struct map *find(uint32_t pid, uint64_t address)
{
	return process_find_map(process_table_get(table, pid), address);
}

START_TEST(a_mapping_is_a_half_open_range)
{
	map(1, 0x1000, 0x1000, 0x5000, "/bin/a");
	ck_assert_ptr_null(find(1, 0xfff));
	ck_assert_ptr_nonnull(find(1, 0x1000));
	ck_assert_ptr_nonnull(find(1, 0x1fff));
	ck_assert_ptr_null(find(1, 0x2000));
	ck_assert_ptr_null(find(2, 0x1000));
}
END_TEST

START_TEST(a_mapping_in_the_middle_leaves_both_ends)
{
	const struct map *end;

	map(1, 0x1000, 0x9000, 0, "/bin/a");
	map(1, 0x4000, 0x1000, 0, "/bin/b");
	ck_assert_str_eq(find(1, 0x3fff)->dso->path, "/bin/a");
	ck_assert_str_eq(find(1, 0x4fff)->dso->path, "/bin/b");
	end = find(1, 0x5000);
	ck_assert_str_eq(end->dso->path, "/bin/a");
	ck_assert_uint_eq(end->offset, 0x4000);
	ck_assert_uint_eq(end->end, 0xa000);
	ck_assert_uint_eq(process_table_get(table, 1)->nr_maps, 3);
}
END_TEST

START_TEST(a_mapping_over_several_cuts_the_outer_ones)
{
	map(1, 0x1000, 0x2000, 0, "/bin/a");
	map(1, 0x3000, 0x1000, 0, "/bin/b");
	map(1, 0x4000, 0x2000, 0, "/bin/c");
	map(1, 0x2000, 0x3000, 0, "/bin/d");
	ck_assert_uint_eq(process_table_get(table, 1)->nr_maps, 3);
	ck_assert_str_eq(find(1, 0x1fff)->dso->path, "/bin/a");
	ck_assert_str_eq(find(1, 0x3000)->dso->path, "/bin/d");
	ck_assert_str_eq(find(1, 0x5000)->dso->path, "/bin/c");
	ck_assert_uint_eq(find(1, 0x5000)->offset, 0x1000);
}
END_TEST

/* Against a plain array of pages, which has no cases to get wrong. */
START_TEST(random_mappings_agree_with_a_page_table)
{
	static const char *const paths[] = { "/a", "/b", "/c", "/d" };
	unsigned int seed = 1;
	int pages[64];

	for (int i = 0; i < 64; i++)
		pages[i] = -1;
	for (int i = 0; i < 2000; i++) {
		int which = rand_r(&seed) % 4;
		int first = rand_r(&seed) % 64;
		int nr = rand_r(&seed) % (65 - first);

		map(1, (uint64_t)first << 12, (uint64_t)nr << 12,
		    (uint64_t)first << 12, paths[which]);
		for (int j = first; j < first + nr; j++)
			pages[j] = which;
		for (int j = 0; j < 64; j++) {
			uint64_t address = (uint64_t)j << 12;
			const struct map *found = find(1, address);

			ck_assert_int_eq(found != NULL, pages[j] >= 0);
			if (!found)
				continue;
			ck_assert_str_eq(found->dso->path, paths[pages[j]]);
			ck_assert_uint_eq(address - found->start +
						  found->offset,
					  address);
		}
	}
}
END_TEST

START_TEST(sizes_that_wrap_are_cut)
{
	map(1, UINT64_MAX - 0xfff, UINT64_MAX, 0, "/bin/a");
	map(1, 0x1000, 0, 0, "/bin/b");
	ck_assert_ptr_nonnull(find(1, UINT64_MAX - 1));
	ck_assert_ptr_null(find(1, 0x1000));
	ck_assert_uint_eq(process_table_get(table, 1)->nr_maps, 1);
}
END_TEST

START_TEST(epochs_change_with_mappings_and_never_return)
{
	uint64_t first = process_table_get(table, 1)->epoch;
	uint64_t second;

	map(1, 0x1000, 0x1000, 0, "/bin/a");
	second = process_table_get(table, 1)->epoch;
	ck_assert_uint_ne(first, second);
	map(1, 0x1000, 0x1000, 0, "/bin/a");
	ck_assert_uint_eq(process_table_get(table, 1)->epoch, second);
	fork_as(0, 1, 1, 2, 2);
	ck_assert_uint_gt(process_table_get(table, 2)->epoch, second);
	ck_assert_uint_eq(process_table_get(table, 1)->epoch, second);
}
END_TEST

START_TEST(a_fork_inherits_and_then_goes_its_way)
{
	name(1, 1, "shell", false);
	map(1, 0x1000, 0x1000, 0, "/bin/a");
	fork_as(0, 1, 1, 2, 2);
	ck_assert_str_eq(find(2, 0x1000)->dso->path, "/bin/a");
	ck_assert_str_eq(process_table_comm(table, 2, 2), "shell");
	map(2, 0x1000, 0x1000, 0, "/bin/b");
	ck_assert_str_eq(find(1, 0x1000)->dso->path, "/bin/a");
	ck_assert_str_eq(find(2, 0x1000)->dso->path, "/bin/b");
}
END_TEST

/* For what a few MiB of records may make us allocate. */
#define MEMORY_MAX (1024ull * 1024 * 1024)

/*
 * 20,000 mappings inherited 20,000 times would be 16 GB, by a file of some MB:
 * by forks alone, and by forks whose children map a file of their own.
 */
START_TEST(forks_ask_for_bounded_memory)
{
	struct rlimit old, small;

	ck_assert_int_eq(getrlimit(RLIMIT_AS, &old), 0);
	small = old;
	small.rlim_cur = MEMORY_MAX;
	if (!getenv("LBRVIRT_SANITIZERS"))
		ck_assert_int_eq(setrlimit(RLIMIT_AS, &small), 0);
	for (uint32_t i = 0; i < 20000; i++)
		map(1, 0x1000000 + 0x2000ull * i, 0x1000, 0, "/bin/parent");
	for (uint32_t pid = 2; pid < 20000; pid++) {
		fork_as(0, 1, 1, pid, pid);
		if (_i)
			map(pid, 0x1000, 0x1000, 0, "/bin/child");
	}
	ck_assert_int_eq(setrlimit(RLIMIT_AS, &old), 0);
	ck_assert_uint_eq(process_table_get(table, 2)->nr_maps,
			  _i ? 20001 : 20000);
	ck_assert_ptr_nonnull(find(19999, 0x1000000));
	ck_assert_ptr_null(find(1, 0x1000));
}
END_TEST

/*
 * Mappings in the order that an array likes least, and all over: each moves a
 * few of those before it, and not all of them.
 */
START_TEST(half_a_million_mappings_move_few_others_each)
{
	const uint32_t nr = 500000;
	uint32_t at = 0;

	for (uint32_t i = 0; i < nr; i++) {
		/* The step and the number have no common divisor. */
		at = _i ? (at + 314159) % nr : nr - 1 - i;
		map(1, 0x1000ull + 0x1000ull * at, 0x1000, 0, "/bin/a");
	}
	ck_assert_uint_eq(process_table_get(table, 1)->nr_maps, nr);
	ck_assert_uint_le(process_table_costs(table)->moves, 512ull * nr);
	for (uint32_t i = 0; i < nr; i += 997) {
		uint64_t address = 0x1000ull + 0x1000ull * i;

		ck_assert_uint_eq(find(1, address)->start, address);
	}
	map(1, 0, UINT64_MAX, 0, "/bin/b");
	ck_assert_uint_eq(process_table_get(table, 1)->nr_maps, 1);
	ck_assert_uint_le(process_table_costs(table)->bytes, 1u << 20);
}
END_TEST

/* Each child would copy all that its parent has for one mapping of its own. */
START_TEST(a_child_copies_only_what_lies_around_its_mapping)
{
	const uint32_t nr = 100000;
	uint64_t before;

	for (uint32_t i = 0; i < nr; i++)
		map(1, 0x1000000 + 0x2000ull * i, 0x1000, 0, "/bin/parent");
	before = process_table_costs(table)->moves;
	for (uint32_t i = 0; i < nr; i++) {
		fork_as(0, 1, 1, 2, 2);
		map(2, 0x1000000 + 0x2000ull * i, 0x1000, 0, "/bin/child");
	}
	ck_assert_uint_le(process_table_costs(table)->moves - before,
			  2048ull * nr);
	ck_assert_str_eq(find(2, 0x1000000)->dso->path, "/bin/parent");
	ck_assert_str_eq(find(2, 0x1000000 + 0x2000ull * (nr - 1))->dso->path,
			 "/bin/child");
}
END_TEST

#define NR_PAGES 8192

/* Every address of @pages, and the mappings one after the other. */
static void agree_with_pages(uint32_t pid, const int *pages)
{
	static const char *const paths[] = { "/a", "/b", "/c", "/d" };
	const struct process *process = process_table_get(table, pid);
	size_t nr = 0;
	uint64_t end = 0;

	for (uint64_t j = 0; j < NR_PAGES; j++) {
		const struct map *found = process_find_map(process, j << 12);

		ck_assert_int_eq(found != NULL, pages[j] >= 0);
		if (!found)
			continue;
		ck_assert_str_eq(found->dso->path, paths[pages[j]]);
		ck_assert_uint_eq((j << 12) - found->start + found->offset,
				  j << 12);
	}
	for (const struct map *at = process_next_map(process, 0); at;
	     at = process_next_map(process, at->end)) {
		ck_assert_uint_ge(at->start, end);
		ck_assert_uint_gt(at->end, at->start);
		end = at->end;
		nr++;
	}
	ck_assert_uint_eq(nr, process->nr_maps);
}

/* Enough of them for many parts; the child has its parent's as they were at
 * one time, and goes its own way from there. */
START_TEST(many_mappings_agree_with_page_tables_across_a_fork)
{
	static const char *const paths[] = { "/a", "/b", "/c", "/d" };
	static int pages[3][NR_PAGES];
	unsigned int seed = 7;

	for (int i = 0; i < NR_PAGES; i++)
		pages[1][i] = pages[2][i] = -1;
	for (int i = 0; i < 60000; i++) {
		int which = rand_r(&seed) % 4;
		int first = rand_r(&seed) % NR_PAGES;
		int nr = rand_r(&seed) % 2000 ? 1 + rand_r(&seed) % 3 :
						rand_r(&seed) % NR_PAGES;
		uint32_t pid = 1 + (uint32_t)rand_r(&seed) % 2;

		if (nr > NR_PAGES - first)
			nr = NR_PAGES - first;
		map(pid, (uint64_t)first << 12, (uint64_t)nr << 12,
		    (uint64_t)first << 12, paths[which]);
		for (int j = first; j < first + nr; j++)
			pages[pid][j] = which;
		if (i % 3000 != 0)
			continue;
		agree_with_pages(1, pages[1]);
		agree_with_pages(2, pages[2]);
		if (i % 15000 == 0) {
			fork_as(0, 1, 1, 2, 2);
			memcpy(pages[2], pages[1], sizeof(pages[1]));
		}
	}
	agree_with_pages(1, pages[1]);
	agree_with_pages(2, pages[2]);
}
END_TEST

/* What is left of a mapping on either side belongs to its user alone. */
START_TEST(nothing_is_kept_of_what_is_gone)
{
	for (uint32_t round = 0; round < 100; round++) {
		for (uint32_t i = 0; i < 1000; i++)
			map(1, 0x1000000 + 0x2000ull * i, 0x1000, 0, "/bin/a");
		fork_as(0, 1, 1, 2, 2);
		map(2, 0x1000000, 0x100000, 0, "/bin/b");
		name(1, 1, "a", true);
		name(2, 2, "b", true);
		ck_assert_uint_eq(process_table_costs(table)->bytes, 0);
	}
}
END_TEST

START_TEST(a_fork_made_up_by_perf_inherits_nothing)
{
	map(1, 0x1000, 0x1000, 0, "/bin/a");
	fork_as(PERF_RECORD_MISC_FORK_EXEC, 1, 1, 2, 2);
	ck_assert_ptr_null(find(2, 0x1000));
}
END_TEST

START_TEST(a_number_used_again_starts_afresh)
{
	map(1, 0x1000, 0x1000, 0, "/bin/a");
	map(2, 0x8000, 0x1000, 0, "/bin/old");
	name(2, 2, "old", false);
	fork_as(0, 1, 1, 2, 2);
	ck_assert_ptr_null(find(2, 0x8000));
	ck_assert_ptr_nonnull(find(2, 0x1000));
	ck_assert_ptr_null(process_table_comm(table, 2, 2));
}
END_TEST

START_TEST(exec_drops_the_mappings_and_renames)
{
	map(1, 0x1000, 0x1000, 0, "/bin/a");
	name(1, 1, "a", false);
	ck_assert_ptr_nonnull(find(1, 0x1000));
	name(1, 1, "b", true);
	ck_assert_ptr_null(find(1, 0x1000));
	ck_assert_str_eq(process_table_comm(table, 1, 1), "b");
}
END_TEST

START_TEST(threads_have_names_of_their_own_or_their_process_has)
{
	name(1, 1, "main", false);
	fork_as(0, 1, 1, 1, 7);
	ck_assert_str_eq(process_table_comm(table, 1, 7), "main");
	name(1, 7, "worker", false);
	ck_assert_str_eq(process_table_comm(table, 1, 7), "worker");
	ck_assert_str_eq(process_table_comm(table, 1, 1), "main");
	ck_assert_str_eq(process_table_comm(table, 1, 99), "main");
	ck_assert_ptr_null(process_table_comm(table, 5, 5));
}
END_TEST

START_TEST(the_kernel_is_a_process_of_its_own)
{
	map_as(PERF_RECORD_MISC_KERNEL, UINT32_MAX, 0xffffffff81000000,
	       0x1000000, 0, "[kernel.kallsyms]_text");
	ck_assert_int_eq(
		(int)find(PROCESS_KERNEL, 0xffffffff81000010)->dso->kind,
		DSO_KERNEL);
	ck_assert_ptr_null(find(1, 0xffffffff81000010));
}
END_TEST

START_TEST(an_exited_process_keeps_its_mappings)
{
	const struct lbrvirt_record record = {
		.type = PERF_RECORD_EXIT,
		.task = { .pid = 1, .tid = 1 },
	};

	map(1, 0x1000, 0x1000, 0, "/bin/a");
	ck_assert(!process_table_get(table, 1)->has_exited);
	ck_assert_int_eq(process_table_apply(table, &record), 0);
	ck_assert(process_table_get(table, 1)->has_exited);
	ck_assert_ptr_nonnull(find(1, 0x1000));
}
END_TEST

Suite *process_suite(void)
{
	Suite *suite = suite_create("address spaces");
	TCase *tcase = tcase_create("process");

	tcase_set_timeout(tcase, 300);
	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, a_mapping_is_a_half_open_range);
	tcase_add_test(tcase, a_mapping_in_the_middle_leaves_both_ends);
	tcase_add_test(tcase, a_mapping_over_several_cuts_the_outer_ones);
	tcase_add_test(tcase, random_mappings_agree_with_a_page_table);
	tcase_add_test(tcase, sizes_that_wrap_are_cut);
	tcase_add_test(tcase, epochs_change_with_mappings_and_never_return);
	tcase_add_test(tcase, a_fork_inherits_and_then_goes_its_way);
	tcase_add_loop_test(tcase, forks_ask_for_bounded_memory, 0, 2);
	tcase_add_loop_test(tcase, half_a_million_mappings_move_few_others_each,
			    0, 2);
	tcase_add_test(tcase, a_child_copies_only_what_lies_around_its_mapping);
	tcase_add_test(tcase,
		       many_mappings_agree_with_page_tables_across_a_fork);
	tcase_add_test(tcase, nothing_is_kept_of_what_is_gone);
	tcase_add_test(tcase, a_fork_made_up_by_perf_inherits_nothing);
	tcase_add_test(tcase, a_number_used_again_starts_afresh);
	tcase_add_test(tcase, exec_drops_the_mappings_and_renames);
	tcase_add_test(tcase,
		       threads_have_names_of_their_own_or_their_process_has);
	tcase_add_test(tcase, the_kernel_is_a_process_of_its_own);
	tcase_add_test(tcase, an_exited_process_keeps_its_mappings);
	suite_add_tcase(suite, tcase);
	return suite;
}
