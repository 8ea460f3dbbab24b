/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The recorder may end in any way, so the guard is another process, and hears
 * of it in two: the socket between them reports an end of file, unless a child
 * that the recorder forked still has it open; then the guard's parent changes.
 * It has a session and a process group of its own and blocks all signals: what
 * ends the recorder, such as Ctrl-C, does not end it, and SIGKILL to both is
 * what the journal is for.
 */
#include "config.h"

#include "pv/guard.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define TICK_MS	      100
#define TICKS_A_CHECK 10 /* other writers are looked for once a second */
#define POLL_MS	      20
#define ANSWER_MS     30000
#define MAX_FD	      (1u << 20)

/* What guard and recorder say to each other, a byte each. */
enum { WORD_JOINED = 'j', WORD_LEAVE = 'l', WORD_LEFT = 'e' };

static void close_fds(unsigned int first, unsigned int last)
{
	struct rlimit limit;

	if (first > last)
		return;
#ifdef SYS_close_range
	if (syscall(SYS_close_range, first, last, 0) == 0) /* Linux 5.9 */
		return;
#endif
	if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_max > MAX_FD)
		limit.rlim_max = MAX_FD;
	for (unsigned int fd = first; fd <= last && fd < limit.rlim_max; fd++)
		close((int)fd);
}

/* All but three: a pipe held open would keep its reader waiting, as in
 * "lbrprof record | less". */
static void keep_fds(int a, int b, int c)
{
	unsigned int next = 0;

	for (int i = 0; i < 3; i++) {
		int low = -1;

		if (a >= (int)next)
			low = a;
		if (b >= (int)next && (low < 0 || b < low))
			low = b;
		if (c >= (int)next && (low < 0 || c < low))
			low = c;
		if (low < 0)
			break;
		if (low > 0)
			close_fds(next, (unsigned int)low - 1);
		next = (unsigned int)low + 1;
	}
	close_fds(next, ~0u);
	/* What an assertion prints must not land in an MSR: nothing can be
	 * written to a folder. */
	for (int fd = 0; fd < 3; fd++)
		if (fd != a && fd != b && fd != c)
			dup2(b, fd);
}

static void detach(const struct share *share, int socket)
{
	prctl(PR_SET_NAME, "lbrvirt-guard");
	setsid();
	keep_fds(socket, share->journal.dir, share->journal.slot_fd);
	umask(077);
	if (chdir("/") != 0)
		return; /* then it keeps a folder busy, no more */
}

static void say(int socket, char word)
{
	ssize_t n;

	do
		n = send(socket, &word, 1, MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
}

/*
 * Whether it is time to leave, after at most a tick. The word is taken: had we
 * ended with it unread, the recorder would get ECONNRESET before our own last
 * word, and think us killed.
 */
static bool has_ended(int socket, pid_t recorder)
{
	struct pollfd poll_fd = { .fd = socket, .events = POLLIN };
	bool has_word = poll(&poll_fd, 1, TICK_MS) > 0;
	pid_t parent = getppid();
	char word;

	if (has_word && recv(socket, &word, 1, MSG_DONTWAIT) < 0)
		has_word = errno != EAGAIN && errno != EINTR;
	/* 0: the parent is outside of this namespace, before and after. */
	return has_word || (parent != recorder && parent != 0);
}

static void watch(struct share *share, int socket, pid_t recorder)
{
	unsigned int tick = 0;

	while (!has_ended(socket, recorder)) {
		share_follow(share);
		if (++tick % TICKS_A_CHECK == 0)
			share_check(share);
	}
}

static _Noreturn void run(struct share *share, int socket, pid_t recorder)
{
	detach(share, socket);
	share->result = share_join(share);
	if (share->result == 0) {
		say(socket, WORD_JOINED);
		watch(share, socket, recorder);
		share->result = share_leave(share);
	} else {
		share_leave(share);
	}
	say(socket, WORD_LEFT);
	_exit(0);
}

/*
 * A fork whose end sends no signal: wait() of the host program does not see
 * such a child (wait(2), __WCLONE), nor does a handler of SIGCHLD. And it
 * remains ours to wait for, so its pid cannot become another's. Without
 * fork()'s hooks; the child makes system calls only.
 */
static pid_t fork_unseen(void)
{
	long pid = syscall(SYS_clone, 0ul, NULL, NULL, NULL, 0ul);

	return pid < 0 ? -errno : (pid_t)pid;
}

bool guard_lives(struct guard *guard)
{
	if (guard->pid > 0 &&
	    waitpid(guard->pid, NULL, WNOHANG | __WALL) != 0) {
		guard->pid = 0;
		guard->was_killed = true;
	}
	return guard->pid > 0;
}

/* Wait for the guard's next word: it, 0 if it was killed, -EBUSY after a
 * while. */
static int hear(struct guard *guard)
{
	for (int waited_ms = 0; waited_ms < ANSWER_MS; waited_ms += POLL_MS) {
		struct pollfd poll_fd = { .fd = guard->socket,
					  .events = POLLIN };
		bool lives = guard_lives(guard);
		char word;
		ssize_t n;

		if (poll(&poll_fd, 1, POLL_MS) <= 0) {
			if (!lives)
				return 0;
			continue;
		}
		n = recv(guard->socket, &word, 1, MSG_DONTWAIT);
		if (n == 1)
			return word;
		/* ECONNRESET: killed with a word of ours unread. */
		if (n == 0 || (errno != EAGAIN && errno != EINTR))
			return 0;
	}
	return -EBUSY;
}

void guard_close(struct guard *guard)
{
	if (guard->socket >= 0)
		close(guard->socket);
	guard->socket = -1;
	guard->pid = 0;
}

/* After its last word, or its death, there is nothing to wait for long. */
static void reap(struct guard *guard)
{
	while (guard->pid > 0) {
		pid_t pid = waitpid(guard->pid, NULL, __WALL);

		if (pid == guard->pid || (pid < 0 && errno != EINTR))
			guard->pid = 0;
	}
	guard_close(guard);
}

int guard_start(struct share *share, struct guard *guard)
{
	pid_t recorder = getpid();
	sigset_t all;
	sigset_t before;
	int sockets[2];
	int word;

	guard->pid = 0;
	guard->socket = -1;
	guard->was_killed = false;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) !=
	    0) {
		int err = -errno;

		share_leave(share);
		return err;
	}
	/* No handler of the host program may run in the child. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	guard->pid = fork_unseen();
	if (guard->pid == 0)
		run(share, sockets[1], recorder);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	close(sockets[1]);
	guard->socket = sockets[0];
	if (guard->pid < 0) {
		word = guard->pid;
		guard_close(guard);
		share_leave(share);
		return word;
	}
	word = hear(guard);
	if (word == WORD_JOINED)
		return 0;
	if (word == -EBUSY) {
		/* It leaves as soon as it hears of that. */
		guard_close(guard);
		return -EBUSY;
	}
	reap(guard);
	guard->was_killed = word != WORD_LEFT;
	if (!guard->was_killed)
		return share->result;
	share_leave(share);
	return -EIO;
}

int guard_stop(struct share *share, struct guard *guard)
{
	int word;

	say(guard->socket, WORD_LEAVE);
	word = hear(guard);
	if (word == -EBUSY)
		return -EBUSY;
	reap(guard);
	guard->was_killed = word != WORD_LEFT;
	if (guard->was_killed)
		return share_leave(share);
	return share->result;
}
