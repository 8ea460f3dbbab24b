/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Real children: they wait, they exec, they end.
 */
#include "config.h"

#include "record/target.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "record/suites.h"

static struct lbrvirt_context *ctx;

static void set_up(void)
{
	ck_assert_int_eq(lbrvirt_context_new(&ctx), 0);
}

static void tear_down(void)
{
	lbrvirt_context_free(ctx);
}

static void wait_for_end(struct command_child *child)
{
	for (int i = 0; i < 500 && !command_child_has_ended(child); i++)
		usleep(10000);
	ck_assert(command_child_has_ended(child));
}

START_TEST(a_child_runs_only_when_told_to)
{
	static const char *const argv[] = { "sh", "-c", "exit 3", NULL };
	struct command_child child;

	ck_assert_int_eq(command_child_start(ctx, argv, &child), 0);
	usleep(50000);
	ck_assert(!command_child_has_ended(&child));
	ck_assert_int_eq(command_child_exec(ctx, &child, "sh"), 0);
	wait_for_end(&child);
	ck_assert(WIFEXITED(child.status));
	ck_assert_int_eq(WEXITSTATUS(child.status), 3);
	command_child_fini(&child);
}
END_TEST

START_TEST(a_command_that_does_not_exist_is_named)
{
	static const char *const argv[] = { "/nowhere/lbrvirt-test", NULL };
	struct command_child child;

	ck_assert_int_eq(command_child_start(ctx, argv, &child), 0);
	ck_assert_int_eq(command_child_exec(ctx, &child, argv[0]), -ENOENT);
	ck_assert_ptr_nonnull(
		strstr(lbrvirt_context_error(ctx), "/nowhere/lbrvirt-test"));
	command_child_fini(&child);
}
END_TEST

START_TEST(a_file_that_is_not_executable_is_refused)
{
	char path[] = "/tmp/lbrvirt-test-XXXXXX";
	const char *argv[] = { path, NULL };
	struct command_child child;
	int fd = mkstemp(path);

	ck_assert_int_ge(fd, 0);
	close(fd);
	ck_assert_int_eq(chmod(path, 0600), 0);
	ck_assert_int_eq(command_child_start(ctx, argv, &child), 0);
	ck_assert_int_eq(command_child_exec(ctx, &child, path), -EACCES);
	ck_assert_ptr_nonnull(strstr(lbrvirt_context_error(ctx), "chmod +x"));
	command_child_fini(&child);
	unlink(path);
}
END_TEST

START_TEST(what_exec_would_not_find_is_known_before)
{
	char path[] = "/tmp/lbrvirt-test-XXXXXX";
	int fd = mkstemp(path);

	ck_assert_int_ge(fd, 0);
	close(fd);
	ck_assert_int_eq(chmod(path, 0600), 0);
	ck_assert_int_eq(command_check(ctx, path), -EACCES);
	ck_assert_int_eq(chmod(path, 0700), 0);
	ck_assert_int_eq(command_check(ctx, path), 0);
	unlink(path);
	ck_assert_int_eq(command_check(ctx, path), -ENOENT);
	ck_assert_ptr_nonnull(strstr(lbrvirt_context_error(ctx), path));
	ck_assert_int_eq(command_check(ctx, "/tmp"), -EACCES);
	ck_assert_int_eq(command_check(ctx, ""), -ENOENT);
}
END_TEST

START_TEST(a_command_is_searched_for_as_exec_does)
{
	char folder[] = "/tmp/lbrvirt-test-XXXXXX";
	char *before = strdup(getenv("PATH"));
	int here = open(".", O_PATH | O_DIRECTORY);
	char path[64];

	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/some-command", folder);
	close(open(path, O_CREAT | O_WRONLY, 0600));
	ck_assert_int_eq(command_check(ctx, "sh"), 0);
	ck_assert_int_eq(command_check(ctx, "some-command"), -ENOENT);
	ck_assert_int_eq(setenv("PATH", folder, 1), 0);
	ck_assert_int_eq(command_check(ctx, "some-command"), -EACCES);
	ck_assert_int_eq(chmod(path, 0700), 0);
	ck_assert_int_eq(command_check(ctx, "some-command"), 0);
	ck_assert_int_eq(command_check(ctx, "sh"), -ENOENT);
	/* An empty part is the folder one is in. */
	ck_assert_int_eq(chdir(folder), 0);
	ck_assert_int_eq(setenv("PATH", "/nowhere::/nowhere", 1), 0);
	ck_assert_int_eq(command_check(ctx, "some-command"), 0);
	unlink(path);
	rmdir(folder);
	ck_assert_int_eq(fchdir(here), 0);
	close(here);
	setenv("PATH", before, 1);
	free(before);
}
END_TEST

START_TEST(giving_up_before_the_exec_ends_the_child)
{
	static const char *const argv[] = { "sleep", "1000", NULL };
	struct command_child child;
	pid_t pid;

	ck_assert_int_eq(command_child_start(ctx, argv, &child), 0);
	pid = child.pid;
	command_child_fini(&child);
	ck_assert_int_eq(kill(pid, 0), -1);
	ck_assert_int_eq(errno, ESRCH);
}
END_TEST

START_TEST(a_child_deaf_to_sigterm_is_killed)
{
	static const char *const argv[] = {
		"sh", "-c", "trap '' TERM; while :; do sleep 0.1; done", NULL,
	};
	struct command_child child;
	pid_t pid;

	ck_assert_int_eq(command_child_start(ctx, argv, &child), 0);
	pid = child.pid;
	ck_assert_int_eq(command_child_exec(ctx, &child, "sh"), 0);
	usleep(100000);
	command_child_fini(&child);
	ck_assert_int_eq(kill(pid, 0), -1);
}
END_TEST

static void *wait_for_byte(void *arg)
{
	char byte;

	return read(*(int *)arg, &byte, 1) == 1 ? arg : NULL;
}

START_TEST(threads_of_a_process_are_found_once)
{
	struct tasks tasks = { NULL, 0, 0 };
	pthread_t thread;
	int fds[2];

	ck_assert_int_eq(pipe(fds), 0);
	ck_assert_int_eq(tasks_add_threads(&tasks, getpid()), 1);
	ck_assert_int_eq(pthread_create(&thread, NULL, wait_for_byte, &fds[0]),
			 0);
	ck_assert_int_eq(tasks_add_threads(&tasks, getpid()), 1);
	ck_assert_int_eq(tasks_add_threads(&tasks, getpid()), 0);
	ck_assert_uint_eq(tasks.nr, 2);
	ck_assert_int_eq((int)write(fds[1], "x", 1), 1);
	pthread_join(thread, NULL);
	close(fds[0]);
	close(fds[1]);
	tasks_fini(&tasks);
}
END_TEST

START_TEST(a_zombie_is_not_alive)
{
	struct tasks tasks = { NULL, 0, 0 };
	siginfo_t info;
	pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	ck_assert_int_eq(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT),
			 0);
	ck_assert(!task_is_alive(pid));
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
	ck_assert(!task_is_alive(pid));
	ck_assert_int_eq(tasks_add_threads(&tasks, pid), -ENOENT);
	ck_assert(task_is_alive(getpid()));
	tasks_fini(&tasks);
}
END_TEST

static void *find_own_process(void *arg)
{
	*(pid_t *)arg = task_process((pid_t)syscall(SYS_gettid));
	return NULL;
}

START_TEST(a_thread_belongs_to_its_process)
{
	pthread_t thread;
	pid_t pid = 0;

	ck_assert_int_eq(pthread_create(&thread, NULL, find_own_process, &pid),
			 0);
	pthread_join(thread, NULL);
	ck_assert_int_eq(pid, getpid());
}
END_TEST

Suite *target_suite(void)
{
	Suite *suite = suite_create("target");
	TCase *child = tcase_create("child");
	TCase *tasks = tcase_create("tasks");

	tcase_add_checked_fixture(child, set_up, tear_down);
	tcase_set_timeout(child, 30);
	tcase_add_test(child, a_child_runs_only_when_told_to);
	tcase_add_test(child, a_command_that_does_not_exist_is_named);
	tcase_add_test(child, a_file_that_is_not_executable_is_refused);
	tcase_add_test(child, what_exec_would_not_find_is_known_before);
	tcase_add_test(child, a_command_is_searched_for_as_exec_does);
	tcase_add_test(child, giving_up_before_the_exec_ends_the_child);
	tcase_add_test(child, a_child_deaf_to_sigterm_is_killed);
	suite_add_tcase(suite, child);
	tcase_add_test(tasks, threads_of_a_process_are_found_once);
	tcase_add_test(tasks, a_zombie_is_not_alive);
	tcase_add_test(tasks, a_thread_belongs_to_its_process);
	suite_add_tcase(suite, tasks);
	return suite;
}
