/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * kills COUNT GUARDS PROGRAM ARGUMENTS...: runs the program COUNT times and
 * kills each by SIGKILL at a random moment; GUARDS of these times, all
 * processes that run PROGRAM at that moment, as fast as they are found. Each
 * time the control MSRs must then be what they were before: with no process
 * of PROGRAM left, or, if the guard was killed too, at the latest after
 * "PROGRAM pv reset". Prints "name value" lines; exit status 1 if some MSR
 * was not put back.
 *
 * The MSRs are read where the module shows them, so that its log has the
 * program's own accesses alone.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define CONTROL "/sys/kernel/debug/lbrplay/control"
/* For a guard to do its work; much longer than it takes. */
#define PATIENCE_NS 10000000000

struct tally {
	unsigned int kills, inactive, active, over; /* ACTIVE when killed */
	unsigned int with_guard, left, not_reset, reset_failed, guard_stays;
	uint64_t longest_ns;
};

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static void sleep_ns(uint64_t ns)
{
	struct timespec t = { (time_t)(ns / 1000000000),
			      (long)(ns % 1000000000) };

	nanosleep(&t, NULL);
}

/* The values of all CPUs, as text. */
static void read_control(char *text, size_t size)
{
	int fd = open(CONTROL, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : read(fd, text, size - 1);

	if (n <= 0) {
		perror(CONTROL);
		exit(2);
	}
	close(fd);
	text[n] = '\0';
}

static bool runs_program(const char *pid, const char *program)
{
	char path[64], exe[256];
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%.20s/exe", pid);
	n = readlink(path, exe, sizeof(exe) - 1);
	if (n < 0)
		return false;
	exe[n] = '\0';
	return strcmp(exe, program) == 0;
}

/* Sends @signal, or 0, to all that run @program; returns how many. */
static unsigned int signal_all(const char *program, int signal)
{
	struct dirent *entry;
	unsigned int nr = 0;
	DIR *proc = opendir("/proc");

	while (proc && (entry = readdir(proc))) {
		if (entry->d_name[0] < '0' || entry->d_name[0] > '9' ||
		    !runs_program(entry->d_name, program))
			continue;
		if (kill(atoi(entry->d_name), signal) == 0)
			nr++;
	}
	closedir(proc);
	return nr;
}

/* At the same moment: stopped first, none sees the other die. */
static void kill_all(const char *program)
{
	unsigned int nr = 0, before;

	do {
		before = nr;
		nr = signal_all(program, SIGSTOP);
	} while (nr != before);
	while (signal_all(program, SIGKILL))
		sleep_ns(100000);
}

static pid_t start(char **argv)
{
	pid_t pid = fork();

	if (pid == 0) {
		int fd = open("/dev/null", O_WRONLY);

		dup2(fd, STDOUT_FILENO);
		dup2(fd, STDERR_FILENO);
		execv(argv[0], argv);
		_exit(127);
	}
	return pid;
}

/* Waits until nobody runs @program; false if somebody stays. */
static bool wait_for_guard(const char *program, struct tally *tally)
{
	uint64_t begin = now_ns(), ns;

	do {
		if (signal_all(program, 0) == 0) {
			ns = now_ns() - begin;
			if (ns > tally->longest_ns)
				tally->longest_ns = ns;
			return true;
		}
		sleep_ns(2000000);
	} while (now_ns() - begin < PATIENCE_NS);
	return false;
}

static bool run_reset(char *program)
{
	char *argv[] = { program, "pv", "reset", NULL };
	int status;

	waitpid(start(argv), &status, 0);
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static void note_moment(bool is_alive, const char *before, struct tally *tally)
{
	char control[1024];

	read_control(control, sizeof(control));
	if (!is_alive)
		tally->over++;
	else if (strcmp(control, before) != 0)
		tally->active++;
	else
		tally->inactive++;
}

static void kill_once(char **argv, uint64_t after_ns, bool with_guard,
		      struct tally *tally)
{
	char before[1024], after[1024];
	pid_t pid;

	read_control(before, sizeof(before));
	pid = start(argv);
	sleep_ns(after_ns);
	note_moment(waitpid(pid, NULL, WNOHANG) == 0, before, tally);
	if (with_guard)
		kill_all(argv[0]);
	else
		kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	tally->kills++;
	tally->with_guard += with_guard;
	if (!with_guard && !wait_for_guard(argv[0], tally))
		tally->guard_stays++;
	read_control(after, sizeof(after));
	if (strcmp(before, after) == 0)
		return;
	tally->left++;
	if (!run_reset(argv[0]))
		tally->reset_failed++;
	read_control(after, sizeof(after));
	if (strcmp(before, after) != 0)
		tally->not_reset++;
}

/* How long it takes if it is let live. */
static uint64_t measure(char **argv)
{
	uint64_t begin = now_ns();

	waitpid(start(argv), NULL, 0);
	return now_ns() - begin;
}

int main(int argc, char **argv)
{
	struct tally t = { 0 };
	unsigned int count, guards;
	uint64_t length_ns;

	if (argc < 4)
		return 2;
	count = (unsigned int)atoi(argv[1]);
	guards = (unsigned int)atoi(argv[2]);
	argv += 3;
	length_ns = measure(argv);
	srandom(4);
	for (unsigned int i = 0; i < count; i++)
		kill_once(argv, (uint64_t)random() % length_ns,
			  i * guards / count != (i + 1) * guards / count, &t);
	printf("length_ms %llu\nkills %u\nwith_guard %u\n"
	       "while_inactive %u\nwhile_active %u\nwhen_over %u\n"
	       "left_to_reset %u\nreset_failed %u\nnot_put_back %u\n"
	       "guard_stays %u\nlongest_ms %llu\n",
	       (unsigned long long)length_ns / 1000000, t.kills, t.with_guard,
	       t.inactive, t.active, t.over, t.left, t.reset_failed,
	       t.not_reset, t.guard_stays,
	       (unsigned long long)t.longest_ns / 1000000);
	return t.not_reset || t.reset_failed || t.guard_stays;
}
