/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The public object, fed with records made by hand: it follows processes, and
 * refuses what its callers get wrong.
 */
#include "config.h"

#include "symbol/suites.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include <lbrvirt/symbol.h>

#include "symbol/program.h"

#define BASE 0x555500000000ull

static struct lbrvirt_context *ctx;
static struct lbrvirt_resolver *resolver;

static void set_up(void)
{
	ck_assert_int_eq(lbrvirt_context_new(&ctx), 0);
	ck_assert_int_eq(lbrvirt_resolver_new(ctx, NULL, &resolver), 0);
}

static void tear_down(void)
{
	lbrvirt_resolver_free(resolver);
	lbrvirt_context_free(ctx);
}

static void map_file(uint32_t pid, uint64_t start, const char *path)
{
	const struct lbrvirt_record record = {
		.type = PERF_RECORD_MMAP2,
		.misc = PERF_RECORD_MISC_USER,
		.mmap = { .pid = pid,
			  .tid = pid,
			  .start = start,
			  .size = 0x100000,
			  .prot = PROT_READ | PROT_EXEC,
			  .path = path },
	};

	ck_assert_int_eq(lbrvirt_resolver_apply(resolver, &record), 0);
}

START_TEST(a_call_chain_becomes_a_stack_with_names)
{
	static struct lbrvirt_stack stack;
	const uint64_t chain[] = { PERF_CONTEXT_USER, BASE + 0x123,
				   BASE + 0x456 };
	const struct lbrvirt_record record = {
		.type = PERF_RECORD_SAMPLE,
		.misc = PERF_RECORD_MISC_USER,
		.pid = 10,
		.tid = 10,
		.sample = { .ip = BASE + 0x123,
			    .callchain = chain,
			    .nr_callchain = 3 },
		.event =
			&(struct lbrvirt_event){
				.name = "cpu-clock",
				.attr = { .sample_type =
						  PERF_SAMPLE_IP |
						  PERF_SAMPLE_CALLCHAIN } },
	};
	const struct lbrvirt_symbol *symbols;
	size_t nr;

	map_file(10, BASE, "/nonexistent/app");
	ck_assert_int_eq(lbrvirt_resolver_stack(resolver, &record, &stack), 0);
	ck_assert_uint_eq(stack.nr, 2);
	ck_assert_int_eq(lbrvirt_resolver_symbols(
				 resolver, 10, &stack.frames[0], &symbols, &nr),
			 0);
	ck_assert_uint_eq(nr, 1);
	ck_assert_str_eq(symbols->name, "app+0x123");
	ck_assert_int_eq(lbrvirt_resolver_symbols(
				 resolver, 10, &stack.frames[1], &symbols, &nr),
			 0);
	ck_assert_str_eq(symbols->name, "app+0x456");
}
END_TEST

START_TEST(an_epoch_is_never_used_twice)
{
	uint64_t first = lbrvirt_resolver_epoch(resolver, 10);
	uint64_t second, third;

	ck_assert_uint_eq(lbrvirt_resolver_epoch(resolver, 10), first);
	map_file(10, BASE, "/nonexistent/app");
	second = lbrvirt_resolver_epoch(resolver, 10);
	ck_assert_uint_ne(second, first);
	map_file(10, BASE, "/nonexistent/other");
	third = lbrvirt_resolver_epoch(resolver, 10);
	ck_assert_uint_ne(third, second);
	ck_assert_uint_ne(third, first);
	ck_assert_uint_ne(lbrvirt_resolver_epoch(resolver, 11), third);
}
END_TEST

START_TEST(what_stands_at_an_address_changes_with_its_mapping)
{
	const struct lbrvirt_frame frame = { .address = BASE + 0x10 };
	const struct lbrvirt_symbol *before, *after;
	size_t nr;

	map_file(10, BASE, "/nonexistent/app");
	ck_assert_int_eq(lbrvirt_resolver_symbols(resolver, 10, &frame, &before,
						  &nr),
			 0);
	map_file(10, BASE, "/nonexistent/other");
	ck_assert_int_eq(
		lbrvirt_resolver_symbols(resolver, 10, &frame, &after, &nr), 0);
	ck_assert_str_eq(before->name, "app+0x10");
	ck_assert_str_eq(after->name, "other+0x10");
}
END_TEST

START_TEST(threads_have_the_name_they_gave_themselves)
{
	const struct lbrvirt_record record = {
		.type = PERF_RECORD_COMM,
		.comm = { .pid = 10, .tid = 12, .name = "worker" },
	};

	ck_assert_str_eq(lbrvirt_resolver_comm(resolver, 10, 12), ":12");
	ck_assert_int_eq(lbrvirt_resolver_apply(resolver, &record), 0);
	ck_assert_str_eq(lbrvirt_resolver_comm(resolver, 10, 12), "worker");
}
END_TEST

START_TEST(threads_that_are_being_reaped_are_called_as_perf_calls_them)
{
	ck_assert_str_eq(lbrvirt_resolver_comm(resolver, -1, -1), ":-1");
}
END_TEST

START_TEST(wrong_arguments_are_refused)
{
	static struct lbrvirt_stack stack;
	struct lbrvirt_record record = { .type = PERF_RECORD_COMM };
	struct lbrvirt_frame frame = { .address = 1 };
	const struct lbrvirt_symbol *symbols;
	size_t nr;

	ck_assert_int_eq(lbrvirt_resolver_apply(NULL, &record), -EINVAL);
	ck_assert_int_eq(lbrvirt_resolver_apply(resolver, NULL), -EINVAL);
	ck_assert_int_eq(lbrvirt_resolver_stack(resolver, &record, &stack),
			 -EINVAL);
	ck_assert_int_eq(lbrvirt_resolver_symbols(resolver, 1, NULL, &symbols,
						  &nr),
			 -EINVAL);
	ck_assert_int_eq(lbrvirt_resolver_symbols(resolver, 1, &frame, NULL,
						  &nr),
			 -EINVAL);
	ck_assert_int_eq(lbrvirt_resolver_new(NULL, NULL, &resolver), -EINVAL);
	lbrvirt_resolver_free(NULL);
}
END_TEST

START_TEST(settings_of_a_later_version_must_be_zero)
{
	struct {
		struct lbrvirt_resolver_opts opts;
		uint64_t later;
	} longer = { .opts = { .size = sizeof(longer) } };
	struct lbrvirt_resolver *made = NULL;

	ck_assert_int_eq(lbrvirt_resolver_new(ctx, &longer.opts, &made), 0);
	lbrvirt_resolver_free(made);
	made = NULL;
	longer.later = 1;
	ck_assert_int_eq(lbrvirt_resolver_new(ctx, &longer.opts, &made),
			 -EINVAL);
	longer.opts.size = sizeof(size_t);
	ck_assert_int_eq(lbrvirt_resolver_new(ctx, &longer.opts, &made),
			 -EINVAL);
	ck_assert_ptr_null(made);
}
END_TEST

Suite *resolver_suite(void)
{
	Suite *suite = suite_create("resolver");
	TCase *tcase = tcase_create("records");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, a_call_chain_becomes_a_stack_with_names);
	tcase_add_test(tcase, an_epoch_is_never_used_twice);
	tcase_add_test(tcase,
		       what_stands_at_an_address_changes_with_its_mapping);
	tcase_add_test(tcase, threads_have_the_name_they_gave_themselves);
	tcase_add_test(tcase,
		       threads_that_are_being_reaped_are_called_as_perf_calls_them);
	tcase_add_test(tcase, wrong_arguments_are_refused);
	tcase_add_test(tcase, settings_of_a_later_version_must_be_zero);
	suite_add_tcase(suite, tcase);
	return suite;
}
