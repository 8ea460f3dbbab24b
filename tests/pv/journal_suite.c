/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Files that are stale, broken or somebody else's: nothing is believed,
 * followed or written.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pv/drive_suites.h"
#include "pv/journal_file.h"
#include "pv/rig.h"

static struct rig rig;
static struct journal *journal;

static void set_up(void)
{
	rig_init(&rig);
	journal = calloc(1, sizeof(*journal));
	ck_assert_ptr_nonnull(journal);
	journal_init(journal);
}

static void tear_down(void)
{
	journal_close(journal);
	free(journal);
	rig_fini(&rig);
}

static void open_journal(void)
{
	ck_assert_int_eq(journal_open(rig.ctx, &rig.paths, true, journal), 0);
}

/* A journal as dead holders leave it: CPUs 0 and 2 set. */
static void leave_journal(void)
{
	open_journal();
	journal->msr = LBRVIRT_PV_MSR_DEFAULT;
	journal->is_set[0] = true;
	journal->is_set[2] = true;
	journal->old[2] = 1;
	journal->holders[5].is_listed = true;
	journal->holders[5].pid = 1;
	ck_assert_int_eq(journal_file_store(journal), 0);
	atomic_store(&rig.host.cpus->control[0], 1);
}

/* Nobody may have written, whatever is tried. */
static void all_is_refused(int code)
{
	struct lbrvirt_pv_hold *hold;
	size_t writes = fake_cpus_writes(rig.host.cpus);
	uint32_t cpus;

	ck_assert_int_eq(rig_acquire(&rig, LBRVIRT_PV_FORCE, &hold), code);
	ck_assert_str_ne(lbrvirt_context_error(rig.ctx), "");
	ck_assert_int_eq(pv_reset_on(rig.ctx, host_machine(&rig.host),
				     &rig.paths, &cpus),
			 code);
	ck_assert_uint_eq(fake_cpus_writes(rig.host.cpus), writes);
}

START_TEST(what_is_stored_is_loaded)
{
	leave_journal();
	memset(journal->is_set, 0, sizeof(journal->is_set));
	memset(journal->holders, 0, sizeof(journal->holders));
	ck_assert_int_eq(journal_file_load(journal), 0);
	ck_assert(journal->is_set[0] && !journal->is_set[1]);
	ck_assert(journal->is_set[2] && journal->old[2] == 1);
	ck_assert(journal->holders[5].is_listed);
	ck_assert_uint_eq(journal->msr, LBRVIRT_PV_MSR_DEFAULT);
}
END_TEST

START_TEST(what_dead_holders_left_is_put_back_by_value)
{
	leave_journal();
	ck_assert_uint_eq(rig_reset(&rig), 2);
	ck_assert(!rig_is_active(&rig, 0));
	/* It was set before, so it is set after. */
	ck_assert(rig_is_active(&rig, 2));
	ck_assert_ptr_null(strchr(fake_cpus_story(rig.host.cpus, 1), 'w'));
	ck_assert_int_ne(access(rig_path(&rig, "journal"), F_OK), 0);
}
END_TEST

START_TEST(a_journal_of_another_boot_is_ignored)
{
	leave_journal();
	rig_write(rig.boot_id, "0c6f6b1e-0000-4000-8000-000000000002\n");
	ck_assert_uint_eq(rig_reset(&rig), 0);
	ck_assert(rig_is_active(&rig, 0));
	ck_assert_uint_eq(fake_cpus_writes(rig.host.cpus), 0);
}
END_TEST

START_TEST(a_full_journal_fits)
{
	open_journal();
	journal->msr = LBRVIRT_PV_MSR_DEFAULT;
	memset(journal->is_set, 1, sizeof(journal->is_set));
	for (int i = 0; i < JOURNAL_HOLDERS_MAX; i++) {
		journal->holders[i].is_listed = true;
		journal->holders[i].pid = 1 + i;
	}
	ck_assert_int_eq(journal_file_store(journal), 0);
	ck_assert_int_eq(journal_file_load(journal), 0);
	ck_assert(journal->is_set[CPUS_MAX - 1]);
}
END_TEST

START_TEST(every_changed_byte_is_noticed)
{
	struct stat st;
	char path[256];
	int fd;

	leave_journal();
	snprintf(path, sizeof(path), "%s", rig_path(&rig, "journal"));
	fd = open(path, O_RDWR);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(fstat(fd, &st), 0);
	for (off_t at = 0; at < st.st_size; at++) {
		unsigned char byte;
		unsigned char other;

		ck_assert_int_eq(pread(fd, &byte, 1, at), 1);
		other = (unsigned char)(byte ^ 0x41);
		ck_assert_int_eq(pwrite(fd, &other, 1, at), 1);
		ck_assert_int_eq(journal_file_load(journal), -EBADMSG);
		ck_assert_int_eq(pwrite(fd, &byte, 1, at), 1);
	}
	ck_assert_int_eq(journal_file_load(journal), 0);
	for (off_t size = st.st_size - 1; size >= 0; size--) {
		ck_assert_int_eq(ftruncate(fd, size), 0);
		ck_assert_int_eq(journal_file_load(journal), -EBADMSG);
	}
	close(fd);
	all_is_refused(-EBADMSG);
}
END_TEST

/* With a checksum that is right: whoever made it knew how. */
static void forge(size_t at, uint32_t value, size_t checksum_at)
{
	uint64_t sum = 0xcbf29ce484222325ull;
	unsigned char bytes[4096];
	uint64_t zero = 0;
	int fd = open(rig_path(&rig, "journal"), O_RDWR);
	ssize_t size = read(fd, bytes, sizeof(bytes));

	ck_assert_int_gt(size, 0);
	memcpy(bytes + at, &value, sizeof(value));
	memcpy(bytes + checksum_at, &zero, sizeof(zero));
	for (ssize_t i = 0; i < size; i++)
		sum = (sum ^ bytes[i]) * 0x100000001b3ull;
	memcpy(bytes + checksum_at, &sum, sizeof(sum));
	ck_assert_int_eq(pwrite(fd, bytes, (size_t)size, 0), size);
	close(fd);
}

START_TEST(forged_registers_cpus_and_counts_are_refused)
{
	enum {
		MSR = 12,
		NR_HOLDERS = 56,
		NR_CPUS = 60,
		SUM = 64,
		SLOT = 72,
		CPU = 96
	};

	leave_journal();
	forge(SLOT, 5, SUM);
	ck_assert_int_eq(journal_file_load(journal), 0);
	forge(MSR, 0x1d9, SUM);
	all_is_refused(-EBADMSG);
	forge(MSR, LBRVIRT_PV_MSR_DEFAULT, SUM);
	forge(NR_CPUS, 0xffffffff, SUM);
	all_is_refused(-EBADMSG);
	forge(NR_CPUS, 2, SUM);
	forge(NR_HOLDERS, 0x20000001, SUM);
	all_is_refused(-EBADMSG);
	forge(NR_HOLDERS, 1, SUM);
	forge(SLOT, JOURNAL_HOLDERS_MAX, SUM);
	all_is_refused(-EBADMSG);
	forge(SLOT, 5, SUM);
	forge(CPU, CPUS_MAX, SUM);
	all_is_refused(-EBADMSG);
	forge(CPU, 0, SUM);
	ck_assert_uint_eq(rig_reset(&rig), 2);
}
END_TEST

START_TEST(a_linked_folder_is_refused)
{
	char other[160];

	snprintf(other, sizeof(other), "%s/other", rig.dir);
	ck_assert_int_eq(mkdir(other, 0700), 0);
	ck_assert_int_eq(symlink(other, rig.state_dir), 0);
	all_is_refused(-EACCES);
}
END_TEST

START_TEST(a_folder_that_others_may_write_is_refused)
{
	ck_assert_int_eq(mkdir(rig.state_dir, 0700), 0);
	ck_assert_int_eq(chmod(rig.state_dir, 0770), 0);
	all_is_refused(-EACCES);
	ck_assert_int_eq(chmod(rig.state_dir, 0707), 0);
	all_is_refused(-EACCES);
}
END_TEST

START_TEST(what_belongs_to_somebody_else_is_refused)
{
	if (geteuid() != 0)
		return; /* only root can give files away */
	ck_assert_int_eq(mkdir(rig.state_dir, 0700), 0);
	ck_assert_int_eq(chown(rig.state_dir, 65534, 65534), 0);
	all_is_refused(-EACCES);
	ck_assert_int_eq(chown(rig.state_dir, 0, 0), 0);
	rig_write(rig_path(&rig, "lock"), "");
	ck_assert_int_eq(chown(rig_path(&rig, "lock"), 65534, 65534), 0);
	all_is_refused(-EACCES);
}
END_TEST

static const char *const names[] = { "lock", "journal" };

START_TEST(linked_files_are_refused_and_not_followed)
{
	const char *name = names[_i];
	char target[160];
	struct stat st;

	leave_journal();
	unlink(rig_path(&rig, name));
	snprintf(target, sizeof(target), "%s/target", rig.dir);
	rig_write(target, "precious");
	ck_assert_int_eq(symlink(target, rig_path(&rig, name)), 0);
	all_is_refused(-EACCES);
	unlink(rig_path(&rig, name));
	ck_assert_int_eq(link(target, rig_path(&rig, name)), 0);
	all_is_refused(-EACCES);
	ck_assert_int_eq(stat(target, &st), 0);
	ck_assert_int_eq(st.st_size, 8);
}
END_TEST

START_TEST(fifos_folders_and_open_files_are_refused)
{
	const char *name = names[_i];

	leave_journal();
	unlink(rig_path(&rig, name));
	ck_assert_int_eq(mkfifo(rig_path(&rig, name), 0600), 0);
	all_is_refused(-EACCES);
	unlink(rig_path(&rig, name));
	ck_assert_int_eq(mkdir(rig_path(&rig, name), 0700), 0);
	all_is_refused(-EACCES);
	rmdir(rig_path(&rig, name));
	rig_write(rig_path(&rig, name), "");
	ck_assert_int_eq(chmod(rig_path(&rig, name), 0666), 0);
	all_is_refused(-EACCES);
}
END_TEST

START_TEST(a_link_in_the_place_of_the_new_journal_is_replaced)
{
	char target[160];
	struct stat st;

	open_journal();
	snprintf(target, sizeof(target), "%s/target", rig.dir);
	rig_write(target, "precious");
	ck_assert_int_eq(symlink(target, rig_path(&rig, "journal.new")), 0);
	lbrvirt_pv_hold_free(rig_hold(&rig));
	ck_assert_int_eq(stat(target, &st), 0);
	ck_assert_int_eq(st.st_size, 8);
}
END_TEST

START_TEST(a_journal_removed_or_broken_meanwhile_does_not_matter)
{
	struct lbrvirt_pv_hold *hold = rig_hold(&rig);

	ck_assert_int_eq(unlink(rig_path(&rig, "journal")), 0);
	ck_assert_int_eq(lbrvirt_pv_release(hold), 0);
	ck_assert(rig_none_active(&rig));
	lbrvirt_pv_hold_free(hold);

	hold = rig_hold(&rig);
	rig_write(rig_path(&rig, "journal"), "junk");
	ck_assert_int_eq(lbrvirt_pv_release(hold), 0);
	ck_assert(rig_none_active(&rig));
	lbrvirt_pv_hold_free(hold);
	ck_assert_int_ne(access(rig_path(&rig, "journal"), F_OK), 0);
}
END_TEST

/* Or ACTIVE of a holder passes for KVM's POLL_CONTROL, which is 1. */
START_TEST(a_verdict_waits_for_those_who_join_or_leave)
{
	struct fake_cpus *cpus = rig.host.cpus;
	struct lbrvirt_pv_hold *hold;
	int status;
	pid_t child;
	int lock;

	open_journal();
	lock = journal_lock(journal, 0);
	ck_assert_int_ge(lock, 0);
	for (unsigned int cpu = 0; cpu < HOST_CPUS; cpu++)
		atomic_store(&cpus->control[cpu], 1);
	child = fork();
	if (child == 0) {
		close(lock);
		if (rig_acquire(&rig, LBRVIRT_PV_ASSUME, &hold) != 0)
			_exit(1);
		lbrvirt_pv_hold_free(hold);
		_exit(0);
	}
	rig_wait_until(atomic_load(&cpus->nr_accesses) >= HOST_CPUS);
	usleep(100000);
	for (unsigned int cpu = 0; cpu < HOST_CPUS; cpu++)
		atomic_store(&cpus->control[cpu], 0);
	journal_unlock(lock);
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
	ck_assert_uint_eq(fake_cpus_writes(cpus), 2 * HOST_CPUS);
}
END_TEST

START_TEST(slots_run_out_with_words)
{
	struct journal *many[JOURNAL_HOLDERS_MAX];
	struct lbrvirt_pv_hold *hold;

	for (int i = 0; i < JOURNAL_HOLDERS_MAX; i++) {
		many[i] = calloc(1, sizeof(*many[i]));
		ck_assert_ptr_nonnull(many[i]);
		journal_init(many[i]);
		ck_assert_int_eq(
			journal_open(rig.ctx, &rig.paths, true, many[i]), 0);
		ck_assert_int_eq(journal_take_slot(rig.ctx, many[i]), 0);
		ck_assert_int_eq(many[i]->slot, i);
	}
	ck_assert_int_eq(rig_acquire(&rig, LBRVIRT_PV_ASSUME, &hold),
			 -EOVERFLOW);
	for (int i = 0; i < JOURNAL_HOLDERS_MAX; i++) {
		journal_close(many[i]);
		free(many[i]);
	}
	lbrvirt_pv_hold_free(rig_hold(&rig));
	ck_assert_uint_eq(fake_cpus_writes(rig.host.cpus), 2 * HOST_CPUS);
}
END_TEST

START_TEST(holders_of_another_register_are_waited_for)
{
	struct lbrvirt_pv_hold *hold;

	open_journal();
	ck_assert_int_eq(journal_take_slot(rig.ctx, journal), 0);
	journal->msr = 0x4b564d09;
	journal->is_set[1] = true;
	ck_assert_int_eq(journal_file_store(journal), 0);
	ck_assert_int_eq(rig_acquire(&rig, LBRVIRT_PV_ASSUME, &hold), -EBUSY);
	ck_assert_ptr_nonnull(
		strstr(lbrvirt_context_error(rig.ctx), "0x4b564d09"));
	ck_assert_uint_eq(fake_cpus_writes(rig.host.cpus), 0);
}
END_TEST

START_TEST(a_lock_that_is_kept_is_waited_for)
{
	struct lbrvirt_pv_hold *hold;
	pid_t child;
	int lock;

	open_journal();
	lock = journal_lock(journal, 0);
	ck_assert_int_ge(lock, 0);
	ck_assert_int_eq(journal_lock(journal, 5), -EBUSY);
	child = fork();
	if (child == 0) {
		usleep(50000);
		journal_unlock(lock);
		_exit(0);
	}
	close(lock);
	hold = rig_hold(&rig);
	ck_assert_int_eq(waitpid(child, NULL, 0), child);
	lbrvirt_pv_hold_free(hold);
	ck_assert(rig_none_active(&rig));
}
END_TEST

START_TEST(a_reset_makes_no_folder)
{
	ck_assert_uint_eq(rig_reset(&rig), 0);
	ck_assert_int_ne(access(rig.state_dir, F_OK), 0);
}
END_TEST

Suite *journal_suite(void)
{
	Suite *suite = suite_create("journal");
	TCase *content = tcase_create("content");
	TCase *files = tcase_create("files");

	tcase_add_checked_fixture(content, set_up, tear_down);
	tcase_add_test(content, what_is_stored_is_loaded);
	tcase_add_test(content, what_dead_holders_left_is_put_back_by_value);
	tcase_add_test(content, a_journal_of_another_boot_is_ignored);
	tcase_add_test(content, a_full_journal_fits);
	tcase_add_test(content, every_changed_byte_is_noticed);
	tcase_add_test(content, forged_registers_cpus_and_counts_are_refused);
	suite_add_tcase(suite, content);

	tcase_add_checked_fixture(files, set_up, tear_down);
	tcase_add_test(files, a_linked_folder_is_refused);
	tcase_add_test(files, a_folder_that_others_may_write_is_refused);
	tcase_add_test(files, what_belongs_to_somebody_else_is_refused);
	tcase_add_loop_test(files, linked_files_are_refused_and_not_followed, 0,
			    2);
	tcase_add_loop_test(files, fifos_folders_and_open_files_are_refused, 0,
			    2);
	tcase_add_test(files,
		       a_link_in_the_place_of_the_new_journal_is_replaced);
	tcase_add_test(files,
		       a_journal_removed_or_broken_meanwhile_does_not_matter);
	tcase_add_test(files, slots_run_out_with_words);
	tcase_add_test(files, holders_of_another_register_are_waited_for);
	tcase_add_test(files, a_verdict_waits_for_those_who_join_or_leave);
	tcase_add_test(files, a_lock_that_is_kept_is_waited_for);
	tcase_add_test(files, a_reset_makes_no_folder);
	suite_add_tcase(suite, files);

	return suite;
}
