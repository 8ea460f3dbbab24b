/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Runs the suites of the machine stage. Here: the live machine against what the
 * kernel says of it elsewhere, the helpers on a fake one.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "machine/machine.h"
#include "machine/suites.h"
#include "support/check_main.h"
#include "support/fake_machine.h"

START_TEST(cpuid_names_the_vendor_that_cpuinfo_names)
{
	struct machine *machine = machine_live();
	struct buffer text = { 0 };
	struct cpuid_regs regs;
	char vendor[13] = "";

	ck_assert_int_eq(machine_cpuid(machine, 0, 0, &regs), 0);
	memcpy(vendor, &regs.ebx, 4);
	memcpy(vendor + 4, &regs.edx, 4);
	memcpy(vendor + 8, &regs.ecx, 4);
	ck_assert_int_eq(
		machine->ops->read_file(machine, "/proc/cpuinfo", &text), 0);
	ck_assert_ptr_nonnull(strstr((const char *)text.bytes, vendor));
	buffer_fini(&text);
}
END_TEST

START_TEST(a_leaf_above_the_highest_is_all_zeros)
{
	static const struct fake_cpuid cpuid[] = {
		{ 0, 0, { 0x16, 1, 2, 3 } },
		{ 0x1c, 0, { 0xff, 0xff, 0xff, 0xff } },
		{ 0x80000000, 0, { 0x80000008, 0, 0, 0 } },
		{ 0x80000022, 0, { 3, 0, 0, 0 } },
		{ 0x80000008, 0, { 7, 0, 0, 0 } },
		{ 0, 0, { 0, 0, 0, 0 } },
	};
	struct fake_machine fake = { .cpuid = cpuid };
	struct machine *machine = fake_machine_init(&fake);
	struct cpuid_regs regs = { 9, 9, 9, 9 };

	ck_assert_int_eq(machine_cpuid(machine, 0x1c, 0, &regs), 0);
	ck_assert_uint_eq(regs.eax, 0);
	ck_assert_int_eq(machine_cpuid(machine, 0x80000022, 0, &regs), 0);
	ck_assert_uint_eq(regs.eax, 0);
	ck_assert_int_eq(machine_cpuid(machine, 0x80000008, 0, &regs), 0);
	ck_assert_uint_eq(regs.eax, 7);
	fake.is_not_x86 = true;
	ck_assert_int_eq(machine_cpuid(machine, 1, 0, &regs), -EOPNOTSUPP);
}
END_TEST

START_TEST(a_file_is_read_whole_and_ends_with_nul)
{
	struct machine *machine = machine_live();
	struct buffer text = { 0 };

	/* Longer than one read gives. */
	ck_assert_int_eq(
		machine->ops->read_file(machine, "/proc/self/smaps", &text), 0);
	ck_assert_uint_gt(text.size, 4096);
	ck_assert_uint_eq(strlen((const char *)text.bytes), text.size);
	ck_assert_int_eq(text.bytes[text.size - 1], '\n');
	buffer_fini(&text);
}
END_TEST

START_TEST(a_missing_file_leaves_the_buffer_untouched)
{
	struct machine *machine = machine_live();
	struct buffer text = { 0 };

	ck_assert_int_eq(machine->ops->read_file(machine, "/proc/self/nothing",
						 &text),
			 -ENOENT);
	ck_assert_ptr_null(text.bytes);
	ck_assert_int_eq(machine->ops->has_path(machine, "/proc/self/nothing"),
			 0);
	ck_assert_int_eq(machine->ops->has_path(machine, "/proc/self/maps/x"),
			 0);
	ck_assert_int_eq(machine->ops->has_path(machine, "/proc/self/maps"), 1);
}
END_TEST

START_TEST(perf_event_open_answers_with_the_kernels_own_errno)
{
	struct machine *machine = machine_live();
	struct perf_event_attr attr = {
		.type = PERF_TYPE_SOFTWARE,
		.config = PERF_COUNT_SW_DUMMY,
		.size = PERF_ATTR_SIZE_VER0,
		.sample_type = 1ull << 60,
	};

	ck_assert_int_eq(machine->ops->perf_event_open(machine, &attr, 0, -1,
						       -1, 0),
			 -EINVAL);
}
END_TEST

/* A pinned event without a counter reads as a file's end. */
START_TEST(reading_is_timed_and_its_end_told_from_a_failure)
{
	struct machine *machine = machine_live();
	uint64_t ticks[3] = { 0 };
	int zero = open("/dev/zero", O_RDONLY);
	int null = open("/dev/null", O_RDONLY);
	int err = machine->ops->time_read(machine, zero, 3, ticks);

	if (err == -EOPNOTSUPP) {
		printf("skipped: no RDTSCP\n");
	} else {
		ck_assert_int_eq(err, 0);
		for (size_t i = 0; i < 3; i++)
			ck_assert_uint_gt(ticks[i], 0);
		ck_assert_int_eq(machine->ops->time_read(machine, null, 3,
							 ticks),
				 -ENODATA);
		ck_assert_int_eq(machine->ops->time_read(machine, -1, 3, ticks),
				 -EBADF);
	}
	close(zero);
	close(null);
}
END_TEST

START_TEST(numbers_are_read_whole_or_not_at_all)
{
	static const struct fake_file files[] = {
		{ "/ok", "4000\n" },   { "/minus", "-1\n" },
		{ "/words", "max\n" }, { "/more", "12 13\n" },
		{ "/empty", "" },      { "/huge", "99999999999999999999\n" },
		{ "/closed", NULL },   { NULL, NULL },
	};
	struct fake_machine fake = { .files = files };
	struct machine *machine = fake_machine_init(&fake);
	uint64_t u = 7;
	int64_t i = 7;

	ck_assert_int_eq(machine_read_u64(machine, "/minus", &u), -EBADMSG);
	ck_assert_int_eq(machine_read_u64(machine, "/words", &u), -EBADMSG);
	ck_assert_int_eq(machine_read_u64(machine, "/more", &u), -EBADMSG);
	ck_assert_int_eq(machine_read_u64(machine, "/empty", &u), -EBADMSG);
	ck_assert_int_eq(machine_read_u64(machine, "/huge", &u), -EBADMSG);
	ck_assert_int_eq(machine_read_u64(machine, "/closed", &u), -EACCES);
	ck_assert_int_eq(machine_read_u64(machine, "/none", &u), -ENOENT);
	ck_assert_uint_eq(u, 7);
	ck_assert_int_eq(machine_read_u64(machine, "/ok", &u), 0);
	ck_assert_uint_eq(u, 4000);
	ck_assert_int_eq(machine_read_i64(machine, "/minus", &i), 0);
	ck_assert_int_eq(i, -1);
}
END_TEST

START_TEST(limits_are_zero_where_they_cannot_be_read)
{
	static const struct fake_file files[] = {
		{ "/proc/sys/kernel/perf_event_max_sample_rate", "50000\n" },
		{ "/proc/sys/kernel/perf_event_mlock_kb", "516\n" },
		{ NULL, NULL },
	};
	struct fake_machine fake = { .files = files };
	struct machine *machine = fake_machine_init(&fake);

	ck_assert_uint_eq(machine_max_sample_rate(machine), 50000);
	ck_assert_uint_eq(machine_mlock_kb(machine), 516);
	fake.files = NULL;
	ck_assert_uint_eq(machine_max_sample_rate(machine), 0);
	ck_assert_uint_eq(machine_mlock_kb(machine), 0);
}
END_TEST

START_TEST(a_row_of_interrupts_is_summed_over_the_cpus)
{
	static const struct fake_file files[] = {
		{ "/proc/interrupts",
		  "            CPU0       CPU1\n"
		  "   1:          9          9   IO-APIC   1-edge      i8042\n"
		  "PNMI:          5          5   of another name\n"
		  " NMI:          1          2   Non-maskable interrupts\n"
		  " PMI:         30         40   Performance monitoring\n"
		  " ERR:          0\n" },
		{ NULL, NULL },
	};
	struct fake_machine fake = { .files = files };
	struct machine *machine = fake_machine_init(&fake);
	uint64_t nr = 77;

	ck_assert(!machine_interrupts(machine, "TRM", &nr));
	ck_assert_uint_eq(nr, 77);
	ck_assert(machine_interrupts(machine, "NMI", &nr));
	ck_assert_uint_eq(nr, 3);
	ck_assert(machine_interrupts(machine, "PMI", &nr));
	ck_assert_uint_eq(nr, 70);
	ck_assert(machine_interrupts(machine, "ERR", &nr));
	ck_assert_uint_eq(nr, 0);
	fake.files = NULL;
	ck_assert(!machine_interrupts(machine, "NMI", &nr));
}
END_TEST

static Suite *machine_suite(void)
{
	Suite *suite = suite_create("machine");
	TCase *live = tcase_create("live");
	TCase *helpers = tcase_create("helpers");

	tcase_add_test(live, cpuid_names_the_vendor_that_cpuinfo_names);
	tcase_add_test(live, a_file_is_read_whole_and_ends_with_nul);
	tcase_add_test(live, a_missing_file_leaves_the_buffer_untouched);
	tcase_add_test(live,
		       perf_event_open_answers_with_the_kernels_own_errno);
	tcase_add_test(live,
		       reading_is_timed_and_its_end_told_from_a_failure);
	suite_add_tcase(suite, live);

	tcase_add_test(helpers, a_leaf_above_the_highest_is_all_zeros);
	tcase_add_test(helpers, numbers_are_read_whole_or_not_at_all);
	tcase_add_test(helpers, limits_are_zero_where_they_cannot_be_read);
	tcase_add_test(helpers, a_row_of_interrupts_is_summed_over_the_cpus);
	suite_add_tcase(suite, helpers);

	return suite;
}

int main(void)
{
	static Suite *(*const suites[])(void) = {
		machine_suite,
		cpuid_dump_suite,
		snapshot_suite,
		NULL,
	};

	return check_main(suites);
}
