/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What is written, on which CPU and in which order; and when nothing is.
 */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "pv/drive_suites.h"
#include "pv/rig.h"

static struct rig rig;

static void set_up(void)
{
	rig_init(&rig);
}

static void tear_down(void)
{
	rig_fini(&rig);
}

/* The story of a CPU without what only reads before the first write. */
static const char *story_from_write(unsigned int cpu)
{
	const char *story = fake_cpus_story(rig.host.cpus, cpu);
	const char *write = strchr(story, 'w');

	ck_assert_ptr_nonnull(write);
	ck_assert_int_ge(write - story, 3);
	return write - 3;
}

START_TEST(each_cpu_is_read_and_set_and_later_read_and_put_back)
{
	struct lbrvirt_pv_hold *hold = rig_hold(&rig);

	ck_assert(rig_all_active(&rig));
	ck_assert_uint_eq(lbrvirt_pv_hold_summary(hold)->writes, HOST_CPUS);
	ck_assert_uint_eq(lbrvirt_pv_hold_summary(hold)->cpus, HOST_CPUS);
	ck_assert_int_eq(lbrvirt_pv_release(hold), 0);
	ck_assert(rig_none_active(&rig));
	ck_assert_uint_eq(lbrvirt_pv_hold_summary(hold)->writes, 2 * HOST_CPUS);
	ck_assert_uint_eq(fake_cpus_writes(rig.host.cpus), 2 * HOST_CPUS);
	lbrvirt_pv_hold_free(hold);
	for (unsigned int cpu = 0; cpu < HOST_CPUS; cpu++) {
		char story[64];

		/* A check of the guard may have read once more. */
		snprintf(story, sizeof(story), "%s", story_from_write(cpu));
		ck_assert_int_eq(strncmp(story, "r0 w1 r1 ", 9), 0);
		ck_assert_str_eq(story + strlen(story) - 5, "r1 w0");
	}
}
END_TEST

START_TEST(after_the_last_hold_no_file_but_the_lock_is_left)
{
	lbrvirt_pv_hold_free(rig_hold(&rig));
	ck_assert_int_ne(access(rig_path(&rig, "journal"), F_OK), 0);
	ck_assert_int_ne(access(rig_path(&rig, "journal.new"), F_OK), 0);
	ck_assert(rig_none_active(&rig));
}
END_TEST

START_TEST(turned_off_nothing_is_touched)
{
	struct lbrvirt_pv_hold *hold;

	ck_assert_int_eq(rig_acquire(&rig, LBRVIRT_PV_OFF, &hold), 0);
	ck_assert(!lbrvirt_pv_hold_summary(hold)->is_held);
	ck_assert_str_ne(lbrvirt_pv_hold_summary(hold)->reason, "");
	lbrvirt_pv_hold_free(hold);
	ck_assert_uint_eq(atomic_load(&rig.host.cpus->nr_accesses), 0);
	ck_assert_int_ne(access(rig.state_dir, F_OK), 0);
}
END_TEST

START_TEST(without_an_assertion_nothing_is_written)
{
	struct lbrvirt_pv_hold *hold;

	ck_assert_int_eq(rig_acquire(&rig, LBRVIRT_PV_AUTO, &hold), 0);
	ck_assert(!lbrvirt_pv_hold_summary(hold)->is_held);
	ck_assert_str_ne(lbrvirt_pv_hold_summary(hold)->reason, "");
	ck_assert_int_eq(lbrvirt_pv_release(hold), 0);
	lbrvirt_pv_hold_free(hold);
	ck_assert_uint_eq(fake_cpus_writes(rig.host.cpus), 0);
	ck_assert_int_ne(access(rig.state_dir, F_OK), 0);
}
END_TEST

START_TEST(an_asserted_host_of_today_is_vetoed_and_not_written_to)
{
	struct lbrvirt_pv_hold *hold;

	host_leaf(&rig.host, 0x40000001)->eax = HOST_FEATURES_MODERN;
	ck_assert_int_eq(rig_acquire(&rig, LBRVIRT_PV_ASSUME, &hold), -ENODEV);
	ck_assert_ptr_nonnull(
		strstr(lbrvirt_context_error(rig.ctx), "forbidden by B"));
	ck_assert_uint_eq(fake_cpus_writes(rig.host.cpus), 0);
	ck_assert_int_ne(access(rig.state_dir, F_OK), 0);
	rig_write(rig.conf, "pv = assume\n");
	ck_assert_int_eq(rig_acquire(&rig, LBRVIRT_PV_AUTO, &hold), 0);
	ck_assert(!lbrvirt_pv_hold_summary(hold)->is_held);
	lbrvirt_pv_hold_free(hold);
	ck_assert_uint_eq(fake_cpus_writes(rig.host.cpus), 0);
}
END_TEST

START_TEST(force_lifts_a_veto_and_says_which)
{
	struct lbrvirt_pv_hold *hold;

	host_leaf(&rig.host, 0x40000001)->eax = HOST_FEATURES_MODERN;
	ck_assert_int_eq(rig_acquire(&rig, LBRVIRT_PV_FORCE, &hold), 0);
	ck_assert(rig_all_active(&rig));
	ck_assert_str_eq(lbrvirt_pv_hold_summary(hold)->lifted, "B");
	lbrvirt_pv_hold_free(hold);
	ck_assert(rig_none_active(&rig));
}
END_TEST

START_TEST(a_line_in_the_settings_file_is_an_assertion)
{
	struct lbrvirt_pv_hold *hold;

	rig_write(rig.conf, "pv = assume\n");
	ck_assert_int_eq(rig_acquire(&rig, LBRVIRT_PV_AUTO, &hold), 0);
	ck_assert_msg(lbrvirt_pv_hold_summary(hold)->is_held, "%s",
		      lbrvirt_pv_hold_summary(hold)->reason);
	ck_assert(rig_all_active(&rig));
	lbrvirt_pv_hold_free(hold);
}
END_TEST

START_TEST(only_the_cpus_asked_for_are_set)
{
	const struct lbrvirt_pv_opts opts = { .size = sizeof(opts),
					      .mode = LBRVIRT_PV_ASSUME,
					      .cpus = "1,3" };
	struct lbrvirt_pv_hold *hold;

	ck_assert_int_eq(pv_acquire_on(rig.ctx, host_machine(&rig.host),
				       &rig.paths, &opts, &hold),
			 0);
	ck_assert(!rig_is_active(&rig, 0) && rig_is_active(&rig, 1));
	ck_assert(!rig_is_active(&rig, 2) && rig_is_active(&rig, 3));
	lbrvirt_pv_hold_free(hold);
	ck_assert(rig_none_active(&rig));
	ck_assert_uint_eq(fake_cpus_writes(rig.host.cpus), 4);
}
END_TEST

START_TEST(what_is_no_list_of_cpus_is_refused)
{
	const struct lbrvirt_pv_opts opts = { .size = sizeof(opts),
					      .mode = LBRVIRT_PV_ASSUME,
					      .cpus = "1;3" };
	struct lbrvirt_pv_hold *hold;

	ck_assert_int_eq(pv_acquire_on(rig.ctx, host_machine(&rig.host),
				       &rig.paths, &opts, &hold),
			 -EINVAL);
	ck_assert_uint_eq(fake_cpus_writes(rig.host.cpus), 0);
}
END_TEST

START_TEST(a_cpu_where_the_bit_was_set_keeps_it_and_is_not_written)
{
	struct lbrvirt_pv_hold *hold;

	atomic_store(&rig.host.cpus->control[2], 1);
	ck_assert_int_eq(rig_acquire(&rig, LBRVIRT_PV_FORCE, &hold), 0);
	ck_assert(rig_all_active(&rig));
	lbrvirt_pv_hold_free(hold);
	ck_assert(rig_is_active(&rig, 2));
	ck_assert_ptr_null(strchr(fake_cpus_story(rig.host.cpus, 2), 'w'));
	ck_assert_uint_eq(fake_cpus_writes(rig.host.cpus), 2 * (HOST_CPUS - 1));
}
END_TEST

START_TEST(no_other_bit_is_changed)
{
	struct lbrvirt_pv_hold *hold;

	atomic_store(&rig.host.cpus->control[1], 0xf0);
	atomic_store(&rig.host.cpus->writable, 0xf1);
	ck_assert_int_eq(rig_acquire(&rig, LBRVIRT_PV_FORCE, &hold), 0);
	ck_assert_uint_eq(atomic_load(&rig.host.cpus->control[1]), 0xf1);
	lbrvirt_pv_hold_free(hold);
	ck_assert_uint_eq(atomic_load(&rig.host.cpus->control[1]), 0xf0);
}
END_TEST

START_TEST(a_kernel_that_drives_it_is_left_alone_in_every_mode)
{
	struct lbrvirt_pv_hold *hold;

	rig.host.cpus->is_driven_by_kernel = true;
	rig_write(rig.conf, "pv = assume\n");
	for (int mode = LBRVIRT_PV_AUTO; mode <= LBRVIRT_PV_FORCE; mode++) {
		const struct lbrvirt_pv_summary *summary;

		if (mode == LBRVIRT_PV_OFF)
			continue;
		ck_assert_int_eq(rig_acquire(&rig, (enum lbrvirt_pv_mode)mode,
					     &hold),
				 0);
		summary = lbrvirt_pv_hold_summary(hold);
		ck_assert(!summary->is_held);
		ck_assert_ptr_nonnull(strstr(summary->reason, "kernel"));
		lbrvirt_pv_hold_free(hold);
	}
	ck_assert_uint_eq(fake_cpus_writes(rig.host.cpus), 0);
}
END_TEST

START_TEST(without_branch_records_there_is_nothing_to_protect)
{
	static const struct fake_open_rule rules[] = {
		{ fake_is_call_stack, EOPNOTSUPP },
		{ NULL, 0 },
	};
	struct lbrvirt_pv_hold *hold;

	rig.host.fake.rules = rules;
	ck_assert_int_eq(rig_acquire(&rig, LBRVIRT_PV_ASSUME, &hold), -ENODEV);
	rig_write(rig.conf, "pv = assume\n");
	ck_assert_int_eq(rig_acquire(&rig, LBRVIRT_PV_AUTO, &hold), 0);
	ck_assert(!lbrvirt_pv_hold_summary(hold)->is_held);
	lbrvirt_pv_hold_free(hold);
	ck_assert_uint_eq(fake_cpus_writes(rig.host.cpus), 0);
	ck_assert_int_eq(rig_acquire(&rig, LBRVIRT_PV_FORCE, &hold), 0);
	ck_assert(rig_all_active(&rig));
	lbrvirt_pv_hold_free(hold);
}
END_TEST

START_TEST(a_write_refused_on_one_cpu_undoes_the_others)
{
	struct lbrvirt_pv_hold *hold;

	atomic_store(&rig.host.cpus->write_err_of[2], EPERM);
	host_set_file(&rig.host, "/sys/kernel/security/lockdown",
		      "none [integrity] confidentiality\n");
	ck_assert_int_eq(rig_acquire(&rig, LBRVIRT_PV_ASSUME, &hold), -EACCES);
	ck_assert_ptr_nonnull(
		strstr(lbrvirt_context_error(rig.ctx), "lockdown"));
	ck_assert_ptr_nonnull(strstr(lbrvirt_context_error(rig.ctx), "CPU 2"));
	ck_assert(rig_none_active(&rig));
	rig_wait_until(rig_guards(&rig) == 0);

	/* An assertion in the file demands nothing: recording goes on. */
	rig_write(rig.conf, "pv = assume\n");
	ck_assert_int_eq(rig_acquire(&rig, LBRVIRT_PV_AUTO, &hold), 0);
	ck_assert(!lbrvirt_pv_hold_summary(hold)->is_held);
	ck_assert_ptr_nonnull(
		strstr(lbrvirt_pv_hold_summary(hold)->reason, "lockdown"));
	lbrvirt_pv_hold_free(hold);
	ck_assert(rig_none_active(&rig));
}
END_TEST

START_TEST(msrs_that_cannot_be_read_are_explained)
{
	struct lbrvirt_pv_hold *hold;

	atomic_store(&rig.host.cpus->read_err, EPERM);
	host_set_file(&rig.host, "/proc/self/status",
		      "Name:\tx\nCapEff:\t0000000000000000\nSeccomp:\t0\n");
	ck_assert_int_eq(rig_acquire(&rig, LBRVIRT_PV_ASSUME, &hold), -EACCES);
	ck_assert_ptr_nonnull(
		strstr(lbrvirt_context_error(rig.ctx), "CAP_SYS_RAWIO"));
	rig.host.fake.cpus = NULL;
	host_set_file(&rig.host, "/sys/devices/system/cpu/online", "0-3\n");
	ck_assert_int_ne(rig_acquire(&rig, LBRVIRT_PV_ASSUME, &hold), 0);
}
END_TEST

START_TEST(an_offline_cpu_does_not_keep_the_others_from_being_set)
{
	struct lbrvirt_pv_hold *hold;

	atomic_store(&rig.host.cpus->is_offline[1], true);
	hold = rig_hold(&rig);
	ck_assert_uint_eq(lbrvirt_pv_hold_summary(hold)->cpus, HOST_CPUS - 1);
	ck_assert(rig_is_active(&rig, 3) && !rig_is_active(&rig, 1));
	lbrvirt_pv_hold_free(hold);
	ck_assert(rig_none_active(&rig));
}
END_TEST

static unsigned int count_fds(void)
{
	DIR *fds = opendir("/proc/self/fd");
	unsigned int nr = 0;

	ck_assert_ptr_nonnull(fds);
	while (readdir(fds))
		nr++;
	closedir(fds);
	return nr;
}

START_TEST(no_descriptor_is_left_open)
{
	struct lbrvirt_pv_hold *hold;
	unsigned int before = count_fds();

	lbrvirt_pv_hold_free(rig_hold(&rig));
	rig_reset(&rig);
	ck_assert_uint_eq(count_fds(), before);
	atomic_store(&rig.host.cpus->write_err_of[3], EIO);
	ck_assert_int_eq(rig_acquire(&rig, LBRVIRT_PV_ASSUME, &hold), -EIO);
	ck_assert_uint_eq(count_fds(), before);
	rig.host.cpus->is_driven_by_kernel = true;
	ck_assert_int_eq(rig_acquire(&rig, LBRVIRT_PV_ASSUME, &hold), 0);
	ck_assert_uint_eq(count_fds(), before);
	lbrvirt_pv_hold_free(hold);
}
END_TEST

START_TEST(arguments_are_checked)
{
	struct lbrvirt_pv_opts opts = { .size = sizeof(opts),
					.mode = LBRVIRT_PV_OFF };
	struct lbrvirt_pv_hold *hold;

	ck_assert_int_eq(lbrvirt_pv_acquire(NULL, &opts, &hold), -EINVAL);
	ck_assert_int_eq(lbrvirt_pv_acquire(rig.ctx, &opts, NULL), -EINVAL);
	opts.sysroot = "/";
	ck_assert_int_eq(lbrvirt_pv_acquire(rig.ctx, &opts, &hold), -EINVAL);
	opts.sysroot = NULL;
	opts.size--;
	ck_assert_int_eq(lbrvirt_pv_acquire(rig.ctx, &opts, &hold), -EINVAL);
	ck_assert_int_eq(lbrvirt_pv_reset(NULL, NULL), -EINVAL);
	ck_assert_int_eq(lbrvirt_pv_release(NULL), -EINVAL);
	ck_assert_ptr_null(lbrvirt_pv_hold_summary(NULL));
	lbrvirt_pv_hold_free(NULL);
}
END_TEST

Suite *hold_suite(void)
{
	Suite *suite = suite_create("hold");
	TCase *writes = tcase_create("writes");
	TCase *refusals = tcase_create("refusals");

	tcase_add_checked_fixture(writes, set_up, tear_down);
	tcase_add_test(writes,
		       each_cpu_is_read_and_set_and_later_read_and_put_back);
	tcase_add_test(writes,
		       after_the_last_hold_no_file_but_the_lock_is_left);
	tcase_add_test(writes, force_lifts_a_veto_and_says_which);
	tcase_add_test(writes, a_line_in_the_settings_file_is_an_assertion);
	tcase_add_test(writes, only_the_cpus_asked_for_are_set);
	tcase_add_test(writes,
		       a_cpu_where_the_bit_was_set_keeps_it_and_is_not_written);
	tcase_add_test(writes, no_other_bit_is_changed);
	tcase_add_test(writes,
		       an_offline_cpu_does_not_keep_the_others_from_being_set);
	tcase_add_test(writes, no_descriptor_is_left_open);
	suite_add_tcase(suite, writes);

	tcase_add_checked_fixture(refusals, set_up, tear_down);
	tcase_add_test(refusals, turned_off_nothing_is_touched);
	tcase_add_test(refusals, without_an_assertion_nothing_is_written);
	tcase_add_test(refusals,
		       an_asserted_host_of_today_is_vetoed_and_not_written_to);
	tcase_add_test(refusals, what_is_no_list_of_cpus_is_refused);
	tcase_add_test(refusals,
		       a_kernel_that_drives_it_is_left_alone_in_every_mode);
	tcase_add_test(refusals,
		       without_branch_records_there_is_nothing_to_protect);
	tcase_add_test(refusals, a_write_refused_on_one_cpu_undoes_the_others);
	tcase_add_test(refusals, msrs_that_cannot_be_read_are_explained);
	tcase_add_test(refusals, arguments_are_checked);
	suite_add_tcase(suite, refusals);

	return suite;
}
