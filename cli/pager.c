/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * All is printed into memory first: only then is it known whether it fits. less
 * is told to let colours through and nothing else (-R), and to leave the text
 * on the screen when it ends (-X); LESS, if it is set, is the user's word on
 * both.
 */
#include "config.h"

#include "pager.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGER_DEFAULT "less"
#define CHUNK_SIZE    65536

/* What a shell says of a command that it cannot find or run. */
#define STATUS_NOT_RUN 126

static const char *pager_command(void)
{
	const char *command = getenv("LBRPROF_PAGER");

	if (!command)
		command = getenv("PAGER");
	if (!command)
		return PAGER_DEFAULT;
	return command[0] && strcmp(command, "cat") != 0 ? command : NULL;
}

void pager_begin(struct pager *pager)
{
	*pager = (struct pager){ .terminal = -1, .text = -1 };
	if (!isatty(STDOUT_FILENO) || !pager_command())
		return;
	fflush(stdout);
	pager->text = memfd_create("lbrprof-text", MFD_CLOEXEC);
	if (pager->text < 0)
		return;
	pager->terminal = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
	if (pager->terminal >= 0 && dup2(pager->text, STDOUT_FILENO) >= 0)
		return;
	close(pager->text);
	if (pager->terminal >= 0)
		close(pager->terminal);
	*pager = (struct pager){ .terminal = -1, .text = -1 };
}

/*
 * Lines that @size bytes take on a terminal @width columns wide. Bytes that go
 * on a character take none, nor do the codes of styles.
 */
struct count {
	unsigned int width;
	unsigned int column;
	size_t lines;
	bool is_in_code;
};

static void count_lines(struct count *count, const char *text, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		unsigned char byte = (unsigned char)text[i];

		if (count->is_in_code) {
			count->is_in_code = byte != 'm';
		} else if (byte == 0x1b) {
			count->is_in_code = true;
		} else if (byte == '\n') {
			count->lines++;
			count->column = 0;
		} else if ((byte & 0xc0) != 0x80 &&
			   ++count->column > count->width) {
			count->lines++;
			count->column = 1;
		}
	}
}

static bool fits(const struct pager *pager)
{
	struct winsize size = { 0 };
	struct count count = { 0 };
	char chunk[4096];
	off_t at = 0;
	ssize_t nr;

	if (ioctl(pager->terminal, TIOCGWINSZ, &size) != 0 || !size.ws_row ||
	    !size.ws_col)
		return true;
	count.width = size.ws_col;
	while ((nr = pread(pager->text, chunk, sizeof(chunk), at)) > 0) {
		count_lines(&count, chunk, (size_t)nr);
		at += nr;
		/* The prompt of the shell wants a line, too. */
		if (count.lines >= size.ws_row)
			return false;
	}
	return true;
}

/* Copies the text to @to; a reader that went away is its own business. */
static void copy_text(int from, int to)
{
	char *chunk = malloc(CHUNK_SIZE);
	off_t at = 0;
	ssize_t nr = 0;

	while (chunk && (nr = pread(from, chunk, CHUNK_SIZE, at)) > 0) {
		ssize_t written = write(to, chunk, (size_t)nr);

		if (written < 0 && errno != EINTR)
			break;
		at += written > 0 ? written : 0;
	}
	free(chunk);
}

static pid_t start(const char *command, int from, int to)
{
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	/* What this process ignores meanwhile is not the pager's to ignore. */
	signal(SIGINT, SIG_DFL);
	signal(SIGPIPE, SIG_DFL);
	setenv("LESS", "RX", 0);
	dup2(from, STDIN_FILENO);
	dup2(to, STDOUT_FILENO);
	execl("/bin/sh", "sh", "-c", command, (char *)NULL);
	_exit(STATUS_NOT_RUN);
}

/* False: there is no such pager. */
static bool page(const struct pager *pager)
{
	void (*before)(int) = signal(SIGPIPE, SIG_IGN);
	void (*interrupt)(int) = signal(SIGINT, SIG_IGN);
	int ends[2] = { -1, -1 };
	int status = STATUS_NOT_RUN << 8;
	pid_t pid = -1;

	/* A pipe, not the memory itself: more(1) and others treat a file on
	 * standard input in ways of their own. */
	if (pipe2(ends, O_CLOEXEC) == 0)
		pid = start(pager_command(), ends[0], pager->terminal);
	if (ends[0] >= 0)
		close(ends[0]);
	if (pid > 0)
		copy_text(pager->text, ends[1]);
	if (ends[1] >= 0)
		close(ends[1]);
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	signal(SIGPIPE, before);
	signal(SIGINT, interrupt);
	return !(WIFEXITED(status) && WEXITSTATUS(status) >= STATUS_NOT_RUN);
}

void pager_end(struct pager *pager)
{
	if (pager->terminal < 0)
		return;
	fflush(stdout);
	if (fits(pager) || !page(pager))
		copy_text(pager->text, pager->terminal);
	dup2(pager->terminal, STDOUT_FILENO);
	close(pager->terminal);
	close(pager->text);
	pager->terminal = -1;
}
