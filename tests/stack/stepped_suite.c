/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A child is run one instruction at a time and unwound at each: prologues,
 * epilogues, PLT entries, lazy binding, signal delivery. What the stack must
 * be is known from the CALL and RET instructions that were executed.
 */
#include "config.h"

#include "stack/suites.h"

#include <dlfcn.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include "stack/opaque.h"
#include "stack/space.h"

#define COPY_SIZE (48u * 1024)
#define MAX_DEPTH 256
#define MAX_STEPS 60000

/* What the child does. Not static, and of several shapes: frame pointer, none,
 * realigned stack, variable size. */
int stepped_leaf(int n);
int stepped_realigned(int n);
int stepped_variable(int n);
int stepped_recursion(int n);

OPAQUE int stepped_leaf(int n)
{
	return n * 3 + 1;
}

OPAQUE int stepped_realigned(int n)
{
	char aligned[64] __attribute__((aligned(64)));

	memset(aligned, n, sizeof(aligned));
	return stepped_leaf(aligned[n & 63]) + aligned[0];
}

OPAQUE int stepped_variable(int n)
{
	char *bytes = __builtin_alloca((size_t)n * 16 + 16);

	memset(bytes, n, (size_t)n * 16 + 16);
	return stepped_realigned(bytes[n]);
}

OPAQUE int stepped_recursion(int n)
{
	if (n == 0)
		return stepped_variable(7);
	return stepped_recursion(n - 1) + stepped_leaf(n);
}

static int compare(const void *a, const void *b)
{
	const int *x = a;
	const int *y = b;

	return stepped_leaf(*x) - stepped_leaf(*y);
}

static void handle(int signal)
{
	stepped_variable(signal);
}

static void run_recursion(void)
{
	stepped_recursion(20);
}

static void run_callbacks(void)
{
	int numbers[] = { 5, 2, 9, 1, 7 };

	qsort(numbers, 5, sizeof(numbers[0]), compare);
}

static void run_signal(void)
{
	signal(SIGUSR1, handle);
	raise(SIGUSR1);
}

/* Binds lazily: the first call of each goes through the dynamic linker. */
static void run_binding(void)
{
	char text[32];

	snprintf(text, sizeof(text), "%d", atoi("42"));
	dlsym(RTLD_DEFAULT, "stepped_nowhere");
}

static void (*const programs[])(void) = { run_recursion, run_callbacks,
					  run_signal, run_binding };

static pid_t start_child(void (*program)(void))
{
	pid_t pid = fork();
	int status;

	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0)
			_exit(77);
		raise(SIGSTOP);
		program();
		_exit(0);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	if (WIFEXITED(status))
		return 0;
	return pid;
}

struct call {
	uint64_t sp; /* where its return address is */
	uint64_t return_address;
};

struct stepper {
	struct space space;
	pid_t pid;
	struct user_regs_struct regs;
	unsigned char *copy;
	size_t copy_size;
	struct call calls[MAX_DEPTH]; /* under way, oldest first */
	size_t nr_calls;
	struct lbrvirt_stack *stack;
	size_t nr_checked;
	size_t nr_incomplete;
};

static void read_child(struct stepper *stepper)
{
	struct iovec local = { .iov_base = stepper->copy,
			       .iov_len = COPY_SIZE };
	struct iovec remote;
	ssize_t n;

	ck_assert_int_eq(
		ptrace(PTRACE_GETREGS, stepper->pid, NULL, &stepper->regs), 0);
	remote.iov_base = (void *)stepper->regs.rsp;
	remote.iov_len = COPY_SIZE;
	n = process_vm_readv(stepper->pid, &local, 1, &remote, 1, 0);
	stepper->copy_size = n > 0 ? (size_t)n : 0;
	/* The end of the stack is near: then the call reads nothing. */
	while (n < 0 && local.iov_len > 4096) {
		local.iov_len -= 4096;
		remote.iov_len = local.iov_len;
		n = process_vm_readv(stepper->pid, &local, 1, &remote, 1, 0);
		stepper->copy_size = n > 0 ? (size_t)n : 0;
	}
}

static void unwind_child(struct stepper *stepper)
{
	const struct user_regs_struct *r = &stepper->regs;
	const uint64_t words[] = { r->rax, r->rbx, r->rcx, r->rdx, r->rsi,
				   r->rdi, r->rbp, r->rsp, r->rip, r->r8,
				   r->r9,  r->r10, r->r11, r->r12, r->r13,
				   r->r14, r->r15 };
	const struct lbrvirt_sample sample = {
		.ip = r->rip,
		.regs_user_abi = PERF_SAMPLE_REGS_ABI_64,
		.regs_user_mask = UNWIND_REGS_MASK,
		.regs_user = words,
		.user_stack = stepper->copy,
		.user_stack_size = stepper->copy_size,
		.user_stack_asked = COPY_SIZE,
	};

	stepper->stack->nr = 0;
	unwinder_append(stepper->space.unwinder, stepper->space.process,
			&sample, stepper->stack);
}

static uint64_t word_at_sp(const struct stepper *stepper)
{
	uint64_t word;

	memcpy(&word, stepper->copy, sizeof(word));
	return word;
}

static bool is_call(const unsigned char *code)
{
	if (code[0] >= 0x40 && code[0] < 0x50) /* REX */
		code++;
	return code[0] == 0xe8 || code[0] == 0xff;
}

/*
 * Keep the list of calls under way up to date after one instruction. A call
 * is over when the stack pointer is above its return address, be it by RET or
 * by longjmp.
 */
static void follow(struct stepper *stepper, const struct user_regs_struct *old)
{
	const struct user_regs_struct *new = &stepper->regs;
	long code =
		ptrace(PTRACE_PEEKTEXT, stepper->pid, (void *)old->rip, NULL);
	uint64_t top = word_at_sp(stepper);

	while (stepper->nr_calls &&
	       stepper->calls[stepper->nr_calls - 1].sp < new->rsp)
		stepper->nr_calls--;
	if (!is_call((const unsigned char *)&code) ||
	    new->rsp != old->rsp - 8 || top <= old->rip || top > old->rip + 8 ||
	    new->rip == top)
		return;
	ck_assert_uint_lt(stepper->nr_calls, MAX_DEPTH);
	stepper->calls[stepper->nr_calls++] =
		(struct call){ .sp = new->rsp, .return_address = top };
}

/* The calls must be in the stack, in order; between them there may be what a
 * signal put there. */
static bool has_all_calls(const struct stepper *stepper)
{
	size_t left = stepper->nr_calls;

	for (size_t i = 1; i < stepper->stack->nr && left; i++) {
		if (stepper->stack->frames[i].address ==
		    stepper->calls[left - 1].return_address)
			left--;
	}
	return left == 0;
}

static void check_child(struct stepper *stepper)
{
	unwind_child(stepper);
	stepper->nr_checked++;
	if (stepper->stack->verdict == LBRVIRT_VERDICT_COMPLETE &&
	    has_all_calls(stepper))
		return;
	stepper->nr_incomplete++;
	if (stepper->nr_incomplete < 10)
		printf("at %#llx: verdict %d, %s, %zu of %zu calls\n",
		       stepper->regs.rip, stepper->stack->verdict,
		       lbrvirt_cause_text(stepper->stack->cause),
		       stepper->stack->nr, stepper->nr_calls);
}

/* One instruction on; false when the child has ended. */
static bool step_child(struct stepper *stepper, int *signal)
{
	int status;

	ck_assert_int_eq(ptrace(PTRACE_SINGLESTEP, stepper->pid, NULL,
				(void *)(long)*signal),
			 0);
	ck_assert_int_eq(waitpid(stepper->pid, &status, 0), stepper->pid);
	if (!WIFSTOPPED(status))
		return false;
	*signal = WSTOPSIG(status) == SIGTRAP ? 0 : WSTOPSIG(status);
	return true;
}

static void run_stepper(struct stepper *stepper)
{
	int signal = 0;

	for (size_t i = 0; i < MAX_STEPS; i++) {
		struct user_regs_struct old = stepper->regs;

		if (!step_child(stepper, &signal))
			return;
		read_child(stepper);
		follow(stepper, &old);
		check_child(stepper);
	}
	kill(stepper->pid, SIGKILL);
	waitpid(stepper->pid, NULL, 0);
}

START_TEST(every_instruction_unwinds_to_the_first_frame)
{
	struct stepper stepper = { 0 };

	stepper.pid = start_child(programs[_i]);
	if (stepper.pid == 0) {
		printf("skipped: ptrace is forbidden here\n");
		return;
	}
	space_init(&stepper.space, true);
	space_read(&stepper.space, stepper.pid);
	stepper.copy = malloc(COPY_SIZE);
	ck_assert_ptr_nonnull(stepper.copy);
	stepper.stack = space_stack();
	read_child(&stepper);
	run_stepper(&stepper);
	printf("%zu instructions, %zu frames, %zu rows read, %zu by libunwind\n",
	       stepper.nr_checked,
	       (size_t)unwinder_stats(stepper.space.unwinder)->nr_frames,
	       (size_t)unwinder_stats(stepper.space.unwinder)->nr_rule_misses,
	       (size_t)unwinder_stats(stepper.space.unwinder)->nr_remote_steps);
	ck_assert_uint_gt(stepper.nr_checked, 100);
	ck_assert_uint_le(stepper.nr_incomplete * 100, stepper.nr_checked);
	free(stepper.stack);
	free(stepper.copy);
	space_fini(&stepper.space);
}
END_TEST

Suite *stepped_suite(void)
{
	Suite *suite = suite_create("unwinding at each instruction");
	TCase *tcase = tcase_create("stepped");

	tcase_set_timeout(tcase, 300);
	tcase_add_loop_test(tcase, every_instruction_unwinds_to_the_first_frame,
			    0, sizeof(programs) / sizeof(programs[0]));
	suite_add_tcase(suite, tcase);
	return suite;
}
