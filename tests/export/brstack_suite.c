/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What BOLT gets, out of records made by hand: files that nobody has, mapped at
 * addresses known here.
 */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <lbrvirt/lbrvirt.h>

#include "export/suites.h"

#define PID    100u
#define APP    0x10000ull
#define LIB    0x18000ull
#define SIZE   0x4000ull
#define KERNEL 0xffffffff81000000ull
#define GOOD   LBRVIRT_BRANCH_PREDICTED
#define BAD    LBRVIRT_BRANCH_MISPRED

static const struct lbrvirt_event event = {
	.name = "cycles",
	.attr = { .sample_type = PERF_SAMPLE_IP | PERF_SAMPLE_TID |
				 PERF_SAMPLE_BRANCH_STACK,
		  .branch_sample_type = PERF_SAMPLE_BRANCH_ANY },
};

static struct lbrvirt_context *ctx;
static struct lbrvirt_branches *branches;

static void map(uint64_t start, uint64_t offset, const char *path)
{
	struct lbrvirt_record record = {
		.type = PERF_RECORD_MMAP2,
		.misc = PERF_RECORD_MISC_USER,
		.pid = PID,
		.mmap = { .pid = PID,
			  .tid = PID,
			  .start = start,
			  .size = SIZE,
			  .offset = offset,
			  .prot = PROT_READ | PROT_EXEC,
			  .path = path },
	};

	ck_assert_int_eq(lbrvirt_branches_add(branches, &record), 0);
}

static void sample(const struct lbrvirt_branch *entries, size_t nr)
{
	struct lbrvirt_record record = {
		.type = PERF_RECORD_SAMPLE,
		.misc = PERF_RECORD_MISC_USER,
		.event = &event,
		.fields = PERF_SAMPLE_TID,
		.pid = PID,
		.tid = PID,
		.sample = { .branches = entries, .nr_branches = nr },
	};

	ck_assert_int_eq(lbrvirt_branches_add(branches, &record), 0);
}

/* Newest first: around in the app, out into the library and back. */
static void set_up(void)
{
	static const struct lbrvirt_branch entries[] = {
		{ APP + 0x30, APP + 0x10, BAD },
		{ APP + 0x30, APP + 0x10, GOOD },
		{ LIB + 0x20, APP + 0x28, GOOD },
		{ APP + 0x24, LIB + 0x10, GOOD },
		{ APP + 0x30, APP + 0x10, GOOD },
		{ KERNEL, APP + 0x30, GOOD },
		{ LIB + 0x80, LIB + 0x70, GOOD },
	};
	const struct lbrvirt_resolver_opts resolver = {
		.size = sizeof(resolver),
		.kallsyms = "/dev/null",
	};
	const struct lbrvirt_profile_opts opts = { .size = sizeof(opts),
						   .resolver = &resolver };

	ck_assert_int_eq(lbrvirt_context_new(&ctx), 0);
	ck_assert_int_eq(lbrvirt_branches_new(ctx, &opts, &branches), 0);
	map(APP, 0x1000, "/nowhere/app");
	map(LIB, 0x2000, "/nowhere/lib.so");
	sample(entries, sizeof(entries) / sizeof(entries[0]));
}

static void tear_down(void)
{
	lbrvirt_branches_free(branches);
	lbrvirt_context_free(ctx);
}

/* Export what is about @dso; the caller frees the text. */
static char *export_of(const char *dso, int wanted, const char **ret_dso)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	ck_assert_ptr_nonnull(out);
	ck_assert_int_eq(lbrvirt_export_brstack(branches, dso, out, ret_dso),
			 wanted);
	ck_assert_int_eq(fclose(out), 0);
	return text;
}

START_TEST(branches_and_runs_are_in_addresses_of_the_file)
{
	const char *dso = NULL;
	char *text = export_of(NULL, 0, &dso);

	ck_assert_str_eq(dso, "/nowhere/app");
	ck_assert_str_eq(text, "B 1024 X:0 1 0\n"
			       "B 1030 1010 3 1\n"
			       "B X:0 1028 1 0\n"
			       "B X:0 1030 1 0\n"
			       "F 1010 1024 1\n"
			       "F 1010 1030 1\n"
			       "f 1028 1030 1\n"
			       "f 1030 1030 1\n");
	free(text);
}
END_TEST

START_TEST(another_file_is_had_by_its_name)
{
	static const char *const names[] = { "lib.so", "/nowhere/lib.so" };
	const char *dso = NULL;
	char *text = export_of(names[_i], 0, &dso);

	ck_assert_str_eq(dso, "/nowhere/lib.so");
	ck_assert_str_eq(text, "B 2020 X:0 1 0\n"
			       "B 2080 2070 1 0\n"
			       "B X:0 2010 1 0\n"
			       "f 2010 2020 1\n");
	free(text);
}
END_TEST

START_TEST(a_file_without_branches_is_not_found)
{
	const char *dso = "untouched";
	char *text = export_of("app2", -ENOENT, &dso);

	ck_assert_str_eq(text, "");
	ck_assert_str_eq(dso, "untouched");
	ck_assert_ptr_nonnull(strstr(lbrvirt_context_error(ctx), "app2"));
	free(text);
}
END_TEST

START_TEST(a_full_disk_is_an_error)
{
	FILE *out = fopen("/dev/full", "we");

	if (!out) {
		printf("a_full_disk_is_an_error: skipped, there is no /dev/full\n");
		return;
	}
	ck_assert_int_eq(lbrvirt_export_brstack(branches, NULL, out, NULL),
			 -EIO);
	fclose(out);
	ck_assert_int_eq(lbrvirt_export_brstack(NULL, NULL, stdout, NULL),
			 -EINVAL);
	ck_assert_int_eq(lbrvirt_export_brstack(branches, NULL, NULL, NULL),
			 -EINVAL);
}
END_TEST

Suite *brstack_suite(void)
{
	Suite *suite = suite_create("brstack");
	TCase *tcase = tcase_create("lines");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, branches_and_runs_are_in_addresses_of_the_file);
	tcase_add_loop_test(tcase, another_file_is_had_by_its_name, 0, 2);
	tcase_add_test(tcase, a_file_without_branches_is_not_found);
	tcase_add_test(tcase, a_full_disk_is_an_error);
	suite_add_tcase(suite, tcase);
	return suite;
}
