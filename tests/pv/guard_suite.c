/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Several holders, and holders that end in every way: what was there comes
 * back. And what else befalls a guard: CPUs, other writers, a suspend.
 */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pv/drive_suites.h"
#include "pv/rig.h"

enum { ROUNDS = 100, ROUNDS_SLOW = 25, MOMENTS_US = 6000 };

static int rounds(void)
{
	return getenv("LBRVIRT_SANITIZERS") ? ROUNDS_SLOW : ROUNDS;
}

static struct rig rig;

static void set_up(void)
{
	rig_init(&rig);
}

static void tear_down(void)
{
	rig_wait_until(rig_guards(&rig) == 0);
	rig_fini(&rig);
}

START_TEST(the_bit_stays_until_the_last_of_several_processes_leaves)
{
	struct rig_process first = rig_fork_holder(&rig);
	struct rig_process second = rig_fork_holder(&rig);
	struct rig_process third = rig_fork_holder(&rig);

	ck_assert(rig_all_active(&rig));
	rig_end(&first);
	ck_assert(rig_all_active(&rig));
	rig_kill(&third);
	rig_wait_until(rig_guards(&rig) == 1);
	ck_assert(rig_all_active(&rig));
	rig_end(&second);
	ck_assert(rig_none_active(&rig));
	ck_assert_uint_eq(fake_cpus_writes(rig.host.cpus), 2 * HOST_CPUS);
}
END_TEST

START_TEST(two_holds_of_one_process_are_two_holders)
{
	struct lbrvirt_pv_hold *first = rig_hold(&rig);
	struct lbrvirt_pv_hold *second = rig_hold(&rig);

	ck_assert_uint_eq(lbrvirt_pv_hold_summary(second)->writes, 0);
	lbrvirt_pv_hold_free(first);
	ck_assert(rig_all_active(&rig));
	lbrvirt_pv_hold_free(second);
	ck_assert(rig_none_active(&rig));
	ck_assert_uint_eq(fake_cpus_writes(rig.host.cpus), 2 * HOST_CPUS);
}
END_TEST

/* Verdict and test of the kernel, too, must not be led astray by others. */
START_TEST(holders_that_come_and_go_at_once_never_find_the_bit_clear)
{
	enum { PROCESSES = 6, TIMES = 20 };
	pid_t children[PROCESSES];

	for (int i = 0; i < PROCESSES; i++) {
		children[i] = fork();
		ck_assert_int_ge(children[i], 0);
		for (int n = 0; children[i] == 0 && n < TIMES; n++) {
			struct lbrvirt_pv_hold *hold;

			if (rig_acquire(&rig, LBRVIRT_PV_ASSUME, &hold) != 0) {
				fprintf(stderr, "%s\n",
					lbrvirt_context_error(rig.ctx));
				_exit(1);
			}
			if (!lbrvirt_pv_hold_summary(hold)->is_held)
				_exit(2);
			for (int look = 0; look < i + n; look++) {
				if (!rig_all_active(&rig))
					_exit(3);
				usleep(50);
			}
			if (lbrvirt_pv_release(hold) != 0)
				_exit(4);
			lbrvirt_pv_hold_free(hold);
		}
		if (children[i] == 0)
			_exit(0);
	}
	for (int i = 0; i < PROCESSES; i++) {
		int status;

		ck_assert_int_eq(waitpid(children[i], &status, 0), children[i]);
		ck_assert_int_eq(status, 0);
	}
	ck_assert(rig_none_active(&rig));
	ck_assert_uint_eq(rig_reset(&rig), 0);
}
END_TEST

START_TEST(holders_of_different_cpus_put_back_all_of_them)
{
	struct lbrvirt_pv_opts opts = { .size = sizeof(opts),
					.mode = LBRVIRT_PV_ASSUME };
	struct machine *machine = host_machine(&rig.host);
	struct lbrvirt_pv_hold *low;
	struct lbrvirt_pv_hold *high;

	opts.cpus = "0-1";
	ck_assert_int_eq(
		pv_acquire_on(rig.ctx, machine, &rig.paths, &opts, &low), 0);
	opts.cpus = "1-3";
	ck_assert_int_eq(
		pv_acquire_on(rig.ctx, machine, &rig.paths, &opts, &high), 0);
	ck_assert(rig_all_active(&rig));
	lbrvirt_pv_hold_free(low);
	lbrvirt_pv_hold_free(high);
	ck_assert(rig_none_active(&rig));
	ck_assert_uint_eq(fake_cpus_writes(rig.host.cpus), 2 * HOST_CPUS);
}
END_TEST

START_TEST(another_register_must_wait_for_the_holders_of_the_first)
{
	const struct lbrvirt_pv_opts opts = { .size = sizeof(opts),
					      .mode = LBRVIRT_PV_FORCE,
					      .msr = 0x4b564d09 };
	struct lbrvirt_pv_hold *hold = rig_hold(&rig);
	struct lbrvirt_pv_hold *other;

	/* On this machine it even faults. */
	ck_assert_int_ne(pv_acquire_on(rig.ctx, host_machine(&rig.host),
				       &rig.paths, &opts, &other),
			 0);
	ck_assert(rig_all_active(&rig));
	lbrvirt_pv_hold_free(hold);
	ck_assert(rig_none_active(&rig));
}
END_TEST

START_TEST(a_forked_copy_of_a_hold_does_not_end_it)
{
	struct lbrvirt_pv_hold *hold = rig_hold(&rig);
	pid_t child = fork();
	int status;

	if (child == 0) {
		lbrvirt_pv_hold_free(hold);
		_exit(0);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
	ck_assert(rig_all_active(&rig));
	ck_assert(!lbrvirt_pv_hold_summary(hold)->has_lost_guard);
	lbrvirt_pv_hold_free(hold);
	ck_assert(rig_none_active(&rig));
}
END_TEST

START_TEST(no_wait_of_the_program_sees_the_guard)
{
	struct lbrvirt_pv_hold *hold = rig_hold(&rig);

	ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1);
	ck_assert_int_eq(errno, ECHILD);
	lbrvirt_pv_hold_free(hold);
	ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1);
	ck_assert_int_eq(errno, ECHILD);
}
END_TEST

static int count_foreign_fds(pid_t pid)
{
	char path[600];
	char link[512];
	struct dirent *entry;
	int foreign = 0;
	DIR *fds;

	snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
	fds = opendir(path);
	ck_assert_ptr_nonnull(fds);
	while ((entry = readdir(fds)) != NULL) {
		ssize_t n;

		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "/proc/%d/fd/%s", (int)pid,
			 entry->d_name);
		n = readlink(path, link, sizeof(link) - 1);
		link[n > 0 ? n : 0] = '\0';
		if (strncmp(link, rig.state_dir, strlen(rig.state_dir)) != 0 &&
		    strncmp(link, "socket:", 7) != 0)
			foreign++;
	}
	closedir(fds);
	return foreign;
}

START_TEST(the_guard_is_detached_and_holds_nothing_of_the_program)
{
	struct lbrvirt_pv_hold *hold;
	char path[64];
	char cwd[64] = "";
	int fds[2];
	pid_t guard;

	ck_assert_int_eq(pipe(fds), 0);
	ck_assert_int_ge(dup2(fds[1], 200), 0);
	hold = rig_hold(&rig);
	guard = rig_guard_of(getpid());
	ck_assert_int_gt(guard, 0);
	ck_assert_int_eq(getsid(guard), guard);
	ck_assert_int_eq(getpgid(guard), guard);
	ck_assert_int_eq(count_foreign_fds(guard), 0);
	snprintf(path, sizeof(path), "/proc/%d/cwd", (int)guard);
	ck_assert_int_eq(readlink(path, cwd, sizeof(cwd) - 1), 1);
	lbrvirt_pv_hold_free(hold);
	ck_assert_int_ne(kill(guard, 0), 0);
	close(200);
	close(fds[0]);
	close(fds[1]);
}
END_TEST

START_TEST(signals_that_end_programs_do_not_end_the_guard)
{
	static const int signals[] = { SIGINT,	SIGTERM, SIGHUP, SIGQUIT,
				       SIGPIPE, SIGUSR1, SIGALRM };
	struct lbrvirt_pv_hold *hold = rig_hold(&rig);
	pid_t guard = rig_guard_of(getpid());

	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		ck_assert_int_eq(kill(guard, signals[i]), 0);
	lbrvirt_pv_hold_free(hold);
	ck_assert(rig_none_active(&rig));
	ck_assert_int_ne(kill(guard, 0), 0);
}
END_TEST

START_TEST(without_its_guard_the_program_puts_back_and_says_so)
{
	struct lbrvirt_pv_hold *hold = rig_hold(&rig);

	ck_assert_int_eq(kill(rig_guard_of(getpid()), SIGKILL), 0);
	rig_wait_until(lbrvirt_pv_hold_summary(hold)->has_lost_guard);
	ck_assert(rig_all_active(&rig));
	ck_assert_int_eq(lbrvirt_pv_release(hold), 0);
	ck_assert(rig_none_active(&rig));
	ck_assert(lbrvirt_pv_hold_summary(hold)->has_lost_guard);
	ck_assert_uint_eq(lbrvirt_pv_hold_summary(hold)->writes, 2 * HOST_CPUS);
	lbrvirt_pv_hold_free(hold);
	ck_assert_int_ne(access(rig_path(&rig, "journal"), F_OK), 0);
}
END_TEST

START_TEST(a_killed_program_is_put_back_after_by_its_guard)
{
	struct rig_process process = rig_fork_holder(&rig);

	ck_assert(rig_all_active(&rig));
	rig_kill(&process);
	rig_wait_until(rig_none_active(&rig));
	rig_wait_until(rig_guards(&rig) == 0);
	ck_assert_int_ne(access(rig_path(&rig, "journal"), F_OK), 0);
}
END_TEST

START_TEST(a_child_of_the_killed_program_does_not_keep_the_guard_waiting)
{
	int fds[2];
	pid_t grandchild = 0;
	pid_t child;

	ck_assert_int_eq(pipe(fds), 0);
	child = fork();
	if (child == 0) {
		rig_hold(&rig);
		grandchild = fork();
		if (grandchild == 0) {
			for (;;)
				pause();
		}
		if (write(fds[1], &grandchild, sizeof(grandchild)) < 0)
			_exit(1);
		for (;;)
			pause();
	}
	ck_assert_int_eq(read(fds[0], &grandchild, sizeof(grandchild)),
			 sizeof(grandchild));
	ck_assert(rig_all_active(&rig));
	kill(child, SIGKILL);
	ck_assert_int_eq(waitpid(child, NULL, 0), child);
	rig_wait_until(rig_none_active(&rig));
	kill(grandchild, SIGKILL);
	close(fds[0]);
	close(fds[1]);
}
END_TEST

START_TEST(what_both_leave_when_killed_a_reset_puts_back)
{
	struct rig_process process = rig_fork_holder(&rig);
	pid_t guard = rig_guard_of(process.pid);
	struct lbrvirt_pv *pv;

	kill(process.pid, SIGSTOP);
	kill(guard, SIGKILL);
	rig_kill(&process);
	ck_assert(rig_all_active(&rig));
	rig_wait_until(rig_guards(&rig) == 0);
	ck_assert_int_eq(pv_status_on(rig.ctx, host_machine(&rig.host),
				      &rig.paths, NULL, &pv),
			 0);
	ck_assert(lbrvirt_pv_is_stale(pv));
	ck_assert_uint_eq(lbrvirt_pv_holder_count(pv), 0);
	lbrvirt_pv_free(pv);
	ck_assert_uint_eq(rig_reset(&rig), HOST_CPUS);
	ck_assert(rig_none_active(&rig));
	ck_assert_uint_eq(rig_reset(&rig), 0);
	ck_assert_uint_eq(fake_cpus_writes(rig.host.cpus), 2 * HOST_CPUS);
}
END_TEST

START_TEST(what_both_leave_when_killed_the_next_takes_over)
{
	struct rig_process process = rig_fork_holder(&rig);
	pid_t guard = rig_guard_of(process.pid);
	struct lbrvirt_pv_hold *hold;

	kill(process.pid, SIGSTOP);
	kill(guard, SIGKILL);
	rig_kill(&process);
	rig_wait_until(rig_guards(&rig) == 0);
	hold = rig_hold(&rig);
	ck_assert(rig_all_active(&rig));
	ck_assert_uint_eq(lbrvirt_pv_hold_summary(hold)->writes, 0);
	lbrvirt_pv_hold_free(hold);
	ck_assert(rig_none_active(&rig));
}
END_TEST

START_TEST(a_reset_does_nothing_while_somebody_holds)
{
	struct lbrvirt_pv_hold *hold = rig_hold(&rig);
	uint32_t cpus = 7;
	char pid[16];

	ck_assert_int_eq(pv_reset_on(rig.ctx, host_machine(&rig.host),
				     &rig.paths, &cpus),
			 -EBUSY);
	snprintf(pid, sizeof(pid), "%d", (int)getpid());
	ck_assert_ptr_nonnull(strstr(lbrvirt_context_error(rig.ctx), pid));
	ck_assert_uint_eq(cpus, 7);
	ck_assert(rig_all_active(&rig));
	lbrvirt_pv_hold_free(hold);
}
END_TEST

START_TEST(status_shows_holders_and_old_values_and_writes_nothing)
{
	struct lbrvirt_pv_hold *hold = rig_hold(&rig);
	size_t writes = fake_cpus_writes(rig.host.cpus);
	struct lbrvirt_pv *pv;

	ck_assert_int_eq(pv_status_on(rig.ctx, host_machine(&rig.host),
				      &rig.paths, NULL, &pv),
			 0);
	ck_assert_uint_eq(lbrvirt_pv_holder_count(pv), 1);
	ck_assert_int_eq(lbrvirt_pv_holder(pv, 0)->pid, getpid());
	ck_assert_str_ne(lbrvirt_pv_holder(pv, 0)->comm, "");
	ck_assert_uint_gt(lbrvirt_pv_holder(pv, 0)->since_ns, 0);
	ck_assert(!lbrvirt_pv_is_stale(pv));
	ck_assert(lbrvirt_pv_cpu(pv, 2)->is_held);
	ck_assert_uint_eq(lbrvirt_pv_cpu(pv, 2)->value, 1);
	ck_assert_uint_eq(lbrvirt_pv_cpu(pv, 2)->old_value, 0);
	lbrvirt_pv_free(pv);
	ck_assert_uint_eq(fake_cpus_writes(rig.host.cpus), writes);
	lbrvirt_pv_hold_free(hold);
}
END_TEST

START_TEST(a_cpu_that_comes_online_is_set)
{
	struct lbrvirt_pv_hold *hold;

	atomic_store(&rig.host.cpus->is_offline[3], true);
	hold = rig_hold(&rig);
	ck_assert(!rig_is_active(&rig, 3));
	atomic_store(&rig.host.cpus->is_offline[3], false);
	rig_wait_until(rig_is_active(&rig, 3));
	rig_wait_until(lbrvirt_pv_hold_summary(hold)->came == 1);
	ck_assert_uint_eq(lbrvirt_pv_hold_summary(hold)->cpus, HOST_CPUS);
	ck_assert_int_eq(lbrvirt_pv_release(hold), 0);
	ck_assert(rig_none_active(&rig));
	lbrvirt_pv_hold_free(hold);
	ck_assert_uint_eq(fake_cpus_writes(rig.host.cpus), 2 * HOST_CPUS);
}
END_TEST

static void keep_line(enum lbrvirt_log_level level, const char *text, void *arg)
{
	(void)level;
	snprintf(arg, 256, "%s", text);
}

START_TEST(a_cpu_that_went_offline_is_told_of_and_reset_later)
{
	struct lbrvirt_pv_hold *hold = rig_hold(&rig);
	char line[256] = "";

	host_set_file(&rig.host, "/sys/class/msr/msr0/dev", "202:0\n");
	atomic_store(&rig.host.cpus->is_offline[1], true);
	rig_wait_until(lbrvirt_pv_hold_summary(hold)->went == 1);
	lbrvirt_context_set_log(rig.ctx, LBRVIRT_LOG_NOTICE, keep_line, line);
	ck_assert_int_eq(lbrvirt_pv_release(hold), 0);
	ck_assert_ptr_nonnull(strstr(line, "CPU 1 went offline"));
	lbrvirt_context_set_log(rig.ctx, LBRVIRT_LOG_NOTICE, NULL, NULL);
	ck_assert_int_eq(pv_reset_on(rig.ctx, host_machine(&rig.host),
				     &rig.paths, NULL),
			 -EIO);
	ck_assert_ptr_nonnull(
		strstr(lbrvirt_context_error(rig.ctx), "offline"));
	lbrvirt_pv_hold_free(hold);
	ck_assert(rig_is_active(&rig, 1) && !rig_is_active(&rig, 0));

	/* Later holders are not bothered with it. */
	hold = rig_hold(&rig);
	ck_assert_int_eq(lbrvirt_pv_release(hold), 0);
	lbrvirt_pv_hold_free(hold);
	atomic_store(&rig.host.cpus->is_offline[1], false);
	ck_assert_uint_eq(rig_reset(&rig), 1);
	ck_assert(rig_none_active(&rig));
}
END_TEST

START_TEST(another_writer_that_clears_the_bit_is_noticed)
{
	struct lbrvirt_pv_hold *hold = rig_hold(&rig);

	atomic_store(&rig.host.cpus->control[2], 0);
	rig_wait_until(rig_is_active(&rig, 2));
	rig_wait_until(lbrvirt_pv_hold_summary(hold)->cleared == 1);
	ck_assert_uint_eq(lbrvirt_pv_hold_summary(hold)->writes, HOST_CPUS + 1);
	lbrvirt_pv_hold_free(hold);
	ck_assert(rig_none_active(&rig));
}
END_TEST

START_TEST(after_a_resume_it_is_asserted_again)
{
	struct lbrvirt_pv_hold *hold = rig_hold(&rig);

	/* Cleared first: the check once a second could see that alone. So the
	 * clocks are told first, and the guard waits for them. */
	atomic_store(&rig.host.cpus->suspended_ns, 3000000000u);
	rig_wait_until(lbrvirt_pv_hold_summary(hold)->resumes == 1);
	ck_assert(rig_all_active(&rig));
	lbrvirt_pv_hold_free(hold);
	ck_assert(rig_none_active(&rig));
}
END_TEST

/* A child process of @parent, whatever its name; 0: none. */
static pid_t child_of(pid_t parent)
{
	DIR *proc = opendir("/proc");
	struct dirent *entry;
	pid_t found = 0;

	ck_assert_ptr_nonnull(proc);
	while (!found && (entry = readdir(proc)) != NULL) {
		char path[300];
		char line[256] = "";
		const char *after;
		int its_parent;
		char state;
		FILE *file;

		if (entry->d_name[0] < '0' || entry->d_name[0] > '9')
			continue;
		snprintf(path, sizeof(path), "/proc/%s/stat", entry->d_name);
		file = fopen(path, "r");
		if (!file)
			continue;
		if (!fgets(line, sizeof(line), file))
			line[0] = '\0';
		fclose(file);
		after = strrchr(line, ')');
		if (after &&
		    sscanf(after, ") %c %d", &state, &its_parent) == 2 &&
		    state != 'Z' && its_parent == parent)
			found = atoi(entry->d_name);
	}
	closedir(proc);
	return found;
}

/* A process that holds and releases until it is killed; or @times. */
static pid_t fork_recorder(int times)
{
	pid_t child = fork();

	ck_assert_int_ge(child, 0);
	if (child)
		return child;
	for (int i = 0; times == 0 || i < times; i++) {
		struct lbrvirt_pv_hold *hold;

		if (rig_acquire(&rig, LBRVIRT_PV_ASSUME, &hold) != 0)
			continue;
		usleep((useconds_t)(i * 100));
		if (lbrvirt_pv_release(hold) != 0 || !rig_none_active(&rig))
			_exit(9);
		lbrvirt_pv_hold_free(hold);
	}
	_exit(0);
}

/* From its first access on; each fourth round, from when it holds. */
static void wait_a_moment(int round, size_t accesses_before)
{
	rig_wait_until(atomic_load(&rig.host.cpus->nr_accesses) >
		       accesses_before);
	if (round % 4 == 0)
		rig_wait_until(!rig_none_active(&rig));
	else
		usleep((useconds_t)(rand() % MOMENTS_US));
}

START_TEST(programs_killed_at_random_moments_leave_nothing)
{
	srand(17);
	for (int round = 0; round < rounds(); round++) {
		size_t before = atomic_load(&rig.host.cpus->nr_accesses);
		pid_t recorder = fork_recorder(0);

		wait_a_moment(round, before);
		ck_assert_int_eq(kill(recorder, SIGKILL), 0);
		ck_assert_int_eq(waitpid(recorder, NULL, 0), recorder);
		rig_wait_until(rig_guards(&rig) == 0);
		rig_wait_until(rig_none_active(&rig));
	}
	rig_reset(&rig);
	ck_assert(rig_none_active(&rig));
	ck_assert_uint_gt(fake_cpus_writes(rig.host.cpus), 0);
}
END_TEST

START_TEST(guards_killed_at_random_moments_leave_nothing)
{
	int hits = 0;

	srand(23);
	for (int round = 0; round < rounds(); round++) {
		size_t before = atomic_load(&rig.host.cpus->nr_accesses);
		pid_t recorder = fork_recorder(30);
		pid_t guard;
		int status;

		wait_a_moment(round, before);
		guard = child_of(recorder);
		if (guard)
			hits += kill(guard, SIGKILL) == 0;
		ck_assert_int_eq(waitpid(recorder, &status, 0), recorder);
		ck_assert_int_eq(status, 0);
		ck_assert(rig_none_active(&rig));
	}
	ck_assert_int_gt(hits, 0);
}
END_TEST

START_TEST(both_killed_at_random_moments_leave_what_a_reset_puts_back)
{
	int hits = 0;

	srand(42);
	for (int round = 0; round < rounds(); round++) {
		size_t before = atomic_load(&rig.host.cpus->nr_accesses);
		pid_t recorder = fork_recorder(0);
		pid_t guard;

		wait_a_moment(round, before);
		kill(recorder, SIGSTOP);
		guard = child_of(recorder);
		if (guard)
			hits += kill(guard, SIGKILL) == 0;
		kill(recorder, SIGKILL);
		ck_assert_int_eq(waitpid(recorder, NULL, 0), recorder);
		rig_wait_until(rig_guards(&rig) == 0);
		rig_reset(&rig);
		ck_assert(rig_none_active(&rig));
		ck_assert_int_ne(access(rig_path(&rig, "journal"), F_OK), 0);
	}
	ck_assert_int_gt(hits, 0);
}
END_TEST

Suite *guard_suite(void)
{
	Suite *suite = suite_create("guard");
	TCase *several = tcase_create("several");
	TCase *process = tcase_create("process");
	TCase *machine = tcase_create("machine");
	TCase *killed = tcase_create("killed");

	tcase_add_checked_fixture(several, set_up, tear_down);
	tcase_add_test(
		several,
		the_bit_stays_until_the_last_of_several_processes_leaves);
	tcase_add_test(several, two_holds_of_one_process_are_two_holders);
	tcase_add_test(
		several,
		holders_that_come_and_go_at_once_never_find_the_bit_clear);
	tcase_add_test(several, holders_of_different_cpus_put_back_all_of_them);
	tcase_add_test(several,
		       another_register_must_wait_for_the_holders_of_the_first);
	tcase_add_test(several, a_forked_copy_of_a_hold_does_not_end_it);
	tcase_add_test(several, a_reset_does_nothing_while_somebody_holds);
	tcase_add_test(several,
		       status_shows_holders_and_old_values_and_writes_nothing);
	suite_add_tcase(suite, several);

	tcase_add_checked_fixture(process, set_up, tear_down);
	tcase_add_test(process, no_wait_of_the_program_sees_the_guard);
	tcase_add_test(process,
		       the_guard_is_detached_and_holds_nothing_of_the_program);
	tcase_add_test(process, signals_that_end_programs_do_not_end_the_guard);
	suite_add_tcase(suite, process);

	tcase_add_checked_fixture(machine, set_up, tear_down);
	tcase_add_test(machine, a_cpu_that_comes_online_is_set);
	tcase_add_test(machine,
		       a_cpu_that_went_offline_is_told_of_and_reset_later);
	tcase_add_test(machine, another_writer_that_clears_the_bit_is_noticed);
	tcase_add_test(machine, after_a_resume_it_is_asserted_again);
	suite_add_tcase(suite, machine);

	tcase_add_checked_fixture(killed, set_up, tear_down);
	tcase_set_timeout(killed, 300);
	tcase_add_test(killed,
		       without_its_guard_the_program_puts_back_and_says_so);
	tcase_add_test(killed, a_killed_program_is_put_back_after_by_its_guard);
	tcase_add_test(
		killed,
		a_child_of_the_killed_program_does_not_keep_the_guard_waiting);
	tcase_add_test(killed, what_both_leave_when_killed_a_reset_puts_back);
	tcase_add_test(killed, what_both_leave_when_killed_the_next_takes_over);
	tcase_add_test(killed, programs_killed_at_random_moments_leave_nothing);
	tcase_add_test(killed, guards_killed_at_random_moments_leave_nothing);
	tcase_add_test(
		killed,
		both_killed_at_random_moments_leave_what_a_reset_puts_back);
	suite_add_tcase(suite, killed);

	return suite;
}
