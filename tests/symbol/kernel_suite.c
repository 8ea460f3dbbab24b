/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * kallsyms, ours and made-up ones: functions count, data does not, and another
 * kernel's is not believed.
 */
#include "config.h"

#include "symbol/suites.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "symbol/kernel.h"

#define KALLSYMS "symbol-kallsyms"

static const char plain_text[] =
	"ffffffff81000000 T _text\n"
	"ffffffff81000000 T startup_64\n"
	"ffffffff81000040 t local_function\n"
	"ffffffff81000080 D some_data\n"
	"ffffffff81000100 W weak_function\n"
	"ffffffff81000180 T next_function\n"
	"ffffffff81000190 t not_a_line_because\n"
	"garbage\n"
	"zzzz T nonsense\n"
	"ffffffffc0000000 t module_function\t[some_module]\n"
	"ffffffffc0000100 t other_function\t[some_module]\n";

static void make_file(const char *text)
{
	FILE *out = fopen(KALLSYMS, "we");

	ck_assert_ptr_nonnull(out);
	ck_assert_int_ge(fputs(text, out), 0);
	ck_assert_int_eq(fclose(out), 0);
}

static const char *text_at(const struct kernel *kernel, uint64_t address)
{
	uint64_t start;
	const struct name *name = kernel_find(kernel, address, &start);

	return name ? name->text : "none";
}

START_TEST(functions_are_found_by_address)
{
	const struct kernel_identity unknown = { .text_start = 0 };
	const struct name *name;
	struct kernel *kernel;
	uint64_t start;

	make_file(plain_text);
	ck_assert_int_eq(kernel_new(KALLSYMS, &unknown, &kernel), 0);
	ck_assert_str_eq(text_at(kernel, 0xffffffff80ffffff), "none");
	ck_assert_str_eq(text_at(kernel, 0xffffffff81000010), "startup_64");
	ck_assert_str_eq(text_at(kernel, 0xffffffff81000085), "local_function");
	ck_assert_str_eq(text_at(kernel, 0xffffffff81000100), "weak_function");
	name = kernel_find(kernel, 0xffffffffc0000123, &start);
	ck_assert_ptr_nonnull(name);
	ck_assert_str_eq(name->text, "other_function");
	ck_assert_str_eq(name->dso, "[some_module]");
	ck_assert_uint_eq(start, 0xffffffffc0000100);
	ck_assert_str_eq(text_at(kernel, 0xfffffffff0000000), "none");
	kernel_free(kernel);
	unlink(KALLSYMS);
}
END_TEST

START_TEST(a_kernel_that_moved_is_followed_but_its_modules_are_not)
{
	const struct kernel_identity moved = { .text_start =
						       0xffffffff92000000 };
	struct kernel *kernel;
	uint64_t start;

	make_file(plain_text);
	ck_assert_int_eq(kernel_new(KALLSYMS, &moved, &kernel), 0);
	ck_assert_str_eq(text_at(kernel, 0xffffffff81000040), "none");
	ck_assert_ptr_nonnull(kernel_find(kernel, 0xffffffff92000044, &start));
	ck_assert_uint_eq(start, 0xffffffff92000040);
	ck_assert_str_eq(text_at(kernel, 0xffffffffd1000000), "none");
	kernel_free(kernel);
	unlink(KALLSYMS);
}
END_TEST

START_TEST(addresses_of_zero_name_nothing)
{
	const struct kernel_identity unknown = { .text_start = 0 };
	struct kernel *kernel;

	make_file("0000000000000000 T _text\n0000000000000000 T schedule\n");
	ck_assert_int_eq(kernel_new(KALLSYMS, &unknown, &kernel), 0);
	ck_assert_str_eq(text_at(kernel, 0), "none");
	ck_assert_str_eq(text_at(kernel, 0xffffffff81000000), "none");
	kernel_free(kernel);
	unlink(KALLSYMS);
}
END_TEST

START_TEST(a_missing_file_names_nothing)
{
	const struct kernel_identity unknown = { .text_start = 0 };
	struct kernel *kernel;

	ck_assert_int_eq(kernel_new("/nonexistent", &unknown, &kernel), 0);
	ck_assert_str_eq(text_at(kernel, 0xffffffff81000000), "none");
	kernel_free(kernel);
}
END_TEST

static uint64_t find_running(const char *wanted)
{
	FILE *in = fopen("/proc/kallsyms", "re");
	unsigned long long address;
	char line[512], text[256], type;

	if (!in)
		return 0;
	while (fgets(line, sizeof(line), in)) {
		if (sscanf(line, "%llx %c %255s", &address, &type, text) == 3 &&
		    strcmp(text, wanted) == 0) {
			fclose(in);
			return address;
		}
	}
	fclose(in);
	return 0;
}

START_TEST(the_running_kernel_has_names)
{
	struct kernel_identity identity = { .text_start = 0 };
	uint64_t address = find_running("schedule");
	struct kernel *kernel;

	if (!address) {
		printf("the_running_kernel_has_names: skipped, /proc/kallsyms shows no addresses\n");
		return;
	}
	identity.text_start = find_running("_text");
	ck_assert_int_eq(kernel_new(NULL, &identity, &kernel), 0);
	ck_assert_str_eq(text_at(kernel, address), "schedule");
	kernel_free(kernel);
}
END_TEST

START_TEST(the_running_kernel_is_not_taken_for_another)
{
	static const uint8_t build_id[20] = { 1, 2, 3 };
	const struct kernel_identity elsewhere = {
		.text_start = find_running("_text") + 0x200000
	};
	const struct kernel_identity other_build = {
		.text_start = find_running("_text"),
		.build_id = build_id,
		.build_id_size = sizeof(build_id),
	};
	const struct kernel_identity other_release = {
		.text_start = find_running("_text"),
		.is_elsewhere = true,
	};
	uint64_t address = find_running("schedule");
	struct kernel *kernel;

	if (!address) {
		printf("the_running_kernel_is_not_taken_for_another: skipped, /proc/kallsyms shows no addresses\n");
		return;
	}
	ck_assert_int_eq(kernel_new(NULL, &elsewhere, &kernel), 0);
	ck_assert_str_eq(text_at(kernel, address + 0x200000), "none");
	kernel_free(kernel);
	ck_assert_int_eq(kernel_new(NULL, &other_build, &kernel), 0);
	ck_assert_str_eq(text_at(kernel, address), "none");
	kernel_free(kernel);
	ck_assert_int_eq(kernel_new(NULL, &other_release, &kernel), 0);
	ck_assert_str_eq(text_at(kernel, address), "none");
	kernel_free(kernel);
}
END_TEST

Suite *kernel_suite(void)
{
	Suite *suite = suite_create("kernel");
	TCase *tcase = tcase_create("kallsyms");

	tcase_add_test(tcase, functions_are_found_by_address);
	tcase_add_test(tcase,
		       a_kernel_that_moved_is_followed_but_its_modules_are_not);
	tcase_add_test(tcase, addresses_of_zero_name_nothing);
	tcase_add_test(tcase, a_missing_file_names_nothing);
	tcase_add_test(tcase, the_running_kernel_has_names);
	tcase_add_test(tcase, the_running_kernel_is_not_taken_for_another);
	suite_add_tcase(suite, tcase);
	return suite;
}
