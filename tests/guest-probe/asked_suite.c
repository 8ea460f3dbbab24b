/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What is asked of a machine, and what is kept of its answers.
 */
#include "config.h"

#include <errno.h>
#include <unistd.h>

#include "guest-probe/row.h"
#include "guest-probe/suites.h"
#include "machine/recording.h"
#include "machine/snapshot.h"

static int try_event(struct machine *machine, bool sees_kernel)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_SOFTWARE,
		.exclude_kernel = !sees_kernel,
	};
	int fd = machine->ops->perf_event_open(machine, &attr, 0, -1, -1, 0);

	if (fd < 0)
		return fd;
	close(fd);
	return 0;
}

START_TEST(serial_numbers_stay_and_refusals_of_the_kernel_go)
{
	const struct row row = { .msr = MSR_READ };
	struct machine *recording, *saved;
	struct cpuid_regs regs;
	char folder[ROW_FOLDER_SIZE];

	row_probe(&row);
	row_put_leaf(3, &(struct cpuid_regs){ 0, 0, 0x12345678, 0x9abcdef0 });
	row_put_leaf(4, &(struct cpuid_regs){ 0x1c004121, 0, 0, 0 });
	row_refuse((struct fake_open_rule){ fake_sees_kernel, EACCES });
	ck_assert_int_eq(recording_new(rig.ctx, &rig.fake.machine, &recording),
			 0);
	ck_assert_int_eq(try_event(recording, true), -EACCES);
	ck_assert_int_eq(try_event(recording, false), 0);
	row_save(recording, folder);
	recording_free(recording);
	ck_assert_int_eq(snapshot_open(rig.ctx, folder, &saved), 0);
	ck_assert_int_eq(machine_cpuid(saved, 3, 0, &regs), 0);
	ck_assert_uint_eq(regs.ecx | regs.edx, 0);
	ck_assert_int_eq(machine_cpuid(saved, 4, 0, &regs), 0);
	ck_assert_uint_eq(regs.eax, 0x1c004121);
	ck_assert_int_eq(try_event(saved, true), -EACCES);
	ck_assert_int_eq(try_event(saved, false), 0);
	snapshot_close(saved);
	row_remove(folder);
}
END_TEST

/* Only 0x345, and only to read it. */
START_TEST(no_other_msr_is_touched)
{
	const struct row row = { .signature = KVM, .msr = MSR_READ };
	size_t nr;

	row_probe(&row);
	nr = atomic_load(&rig.fake.cpus->nr_accesses);
	ck_assert_uint_eq(nr, 1);
	ck_assert_uint_eq(rig.fake.cpus->accesses[0].msr, 0x345);
	ck_assert(!rig.fake.cpus->accesses[0].is_write);
}
END_TEST

Suite *asked_suite(void)
{
	Suite *suite = suite_create("asked");
	TCase *tcase = tcase_create("asked");

	tcase_add_checked_fixture(tcase, row_set_up, row_tear_down);
	tcase_add_test(tcase,
		       serial_numbers_stay_and_refusals_of_the_kernel_go);
	tcase_add_test(tcase, no_other_msr_is_touched);
	suite_add_tcase(suite, tcase);
	return suite;
}
