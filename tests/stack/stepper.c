/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ptrace, and just enough decoding to know calls and returns.
 */
#include "config.h"

#include "stack/stepper.h"

#include <check.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

/* No instruction is longer (Intel SDM vol. 2A, 2.3.11). */
#define INSTRUCTION_MAX 15

static void read_registers(struct stepper *stepper)
{
	struct user_regs_struct *r = &stepper->regs;

	ck_assert_int_eq(ptrace(PTRACE_GETREGS, stepper->pid, NULL, r), 0);
	memcpy(stepper->words,
	       (const uint64_t[]){ r->rax, r->rbx, r->rcx, r->rdx, r->rsi,
				   r->rdi, r->rbp, r->rsp, r->rip, r->r8, r->r9,
				   r->r10, r->r11, r->r12, r->r13, r->r14,
				   r->r15 },
	       sizeof(stepper->words));
}

/* Bytes from the stack pointer upwards; the end of the stack may be near, and
 * then the call reads nothing. */
static size_t read_stack(const struct stepper *stepper, size_t size)
{
	struct iovec local = { .iov_base = stepper->copy };
	struct iovec remote = { .iov_base = (void *)stepper->regs.rsp };
	ssize_t n = -1;

	for (; n < 0 && size >= 4096; size -= 4096) {
		local.iov_len = size;
		remote.iov_len = size;
		n = process_vm_readv(stepper->pid, &local, 1, &remote, 1, 0);
	}
	return n > 0 ? (size_t)n : 0;
}

static void become_traced(void (*program)(void), const char *path)
{
	if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0)
		_exit(77);
	if (!program) {
		execl(path, path, (char *)NULL);
		_exit(78);
	}
	raise(SIGSTOP);
	program();
	_exit(0);
}

bool stepper_start(struct stepper *stepper, void (*program)(void),
		   const char *path)
{
	int status;

	memset(stepper, 0, sizeof(*stepper));
	stepper->max_steps = program ? STEPPER_MAX_STEPS :
				       STEPPER_MAX_FILE_STEPS;
	stepper->pid = fork();
	ck_assert_int_ge(stepper->pid, 0);
	if (stepper->pid == 0)
		become_traced(program, path);
	ck_assert_int_eq(waitpid(stepper->pid, &status, 0), stepper->pid);
	if (WIFEXITED(status)) {
		ck_assert_int_eq(WEXITSTATUS(status), 77);
		return false;
	}
	stepper->copy = malloc(STEPPER_COPY_SIZE);
	ck_assert_ptr_nonnull(stepper->copy);
	space_init(&stepper->space, true);
	space_read(&stepper->space, stepper->pid);
	read_registers(stepper);
	return true;
}

static uint64_t word_at_sp(const struct stepper *stepper)
{
	return (uint64_t)ptrace(PTRACE_PEEKDATA, stepper->pid,
				(void *)stepper->regs.rsp, NULL);
}

static bool is_prefix(unsigned char byte)
{
	return byte == 0x66 || byte == 0xf2 || byte == 0xf3 || byte == 0x3e ||
	       byte == 0x2e || (byte >= 0x40 && byte < 0x50);
}

static enum stepper_did classify(const unsigned char *code)
{
	const unsigned char *end = code + 6;

	while (code < end && is_prefix(*code))
		code++;
	if (*code == 0xe8 || (*code == 0xff && (code[1] >> 3 & 7) == 2))
		return STEPPER_CALL;
	return *code == 0xc3 || *code == 0xc2 ? STEPPER_RETURN : STEPPER_OTHER;
}

static void push_call(struct stepper *stepper, uint64_t from)
{
	stepper->last = (struct stepper_call){
		.sp = stepper->regs.rsp,
		.return_address = word_at_sp(stepper),
		.from = from,
		.to = stepper->regs.rip,
		.serial = ++stepper->nr_serials,
	};
	/* "call next" asks for its own address. */
	if (stepper->last.to == stepper->last.return_address)
		return;
	ck_assert_uint_lt(stepper->nr_calls, STEPPER_MAX_CALLS);
	stepper->calls[stepper->nr_calls++] = stepper->last;
}

/*
 * Keep the list of calls under way up to date. A call is over when the stack
 * pointer is above its return address, be it by RET or by longjmp.
 */
static void follow(struct stepper *stepper, const struct user_regs_struct *old,
		   const void *code)
{
	const struct user_regs_struct *new = &stepper->regs;

	stepper->did = classify(code);
	/* It is not executed if a signal came first. */
	if (stepper->did == STEPPER_CALL &&
	    (new->rsp != old->rsp - 8 ||
	     word_at_sp(stepper) - old->rip > INSTRUCTION_MAX))
		stepper->did = STEPPER_OTHER;
	if (stepper->did == STEPPER_RETURN && new->rsp <= old->rsp)
		stepper->did = STEPPER_OTHER;
	while (stepper->nr_calls &&
	       stepper->calls[stepper->nr_calls - 1].sp < new->rsp)
		stepper->nr_calls--;
	if (stepper->did == STEPPER_CALL)
		push_call(stepper, old->rip);
}

static bool changes_maps(const struct user_regs_struct *old, const void *code)
{
	static const unsigned char syscall_code[] = { 0x0f, 0x05 };

	return memcmp(code, syscall_code, sizeof(syscall_code)) == 0 &&
	       (old->rax == SYS_mmap || old->rax == SYS_mprotect ||
		old->rax == SYS_munmap);
}

bool stepper_step(struct stepper *stepper)
{
	struct user_regs_struct old = stepper->regs;
	uint64_t code[2];
	int status;

	if (stepper->nr_steps == stepper->max_steps)
		return false;
	for (long i = 0; i < 2; i++)
		code[i] = (uint64_t)ptrace(PTRACE_PEEKTEXT, stepper->pid,
					   (void *)(old.rip + 8ul * (size_t)i),
					   NULL);
	ck_assert_int_eq(ptrace(PTRACE_SINGLESTEP, stepper->pid, NULL,
				(void *)(long)stepper->signal),
			 0);
	ck_assert_int_eq(waitpid(stepper->pid, &status, 0), stepper->pid);
	if (!WIFSTOPPED(status)) {
		stepper->pid = 0;
		return false;
	}
	stepper->signal = WSTOPSIG(status) == SIGTRAP ? 0 : WSTOPSIG(status);
	stepper->nr_steps++;
	read_registers(stepper);
	follow(stepper, &old, code);
	if (changes_maps(&old, code))
		space_read(&stepper->space, stepper->pid);
	return true;
}

struct lbrvirt_sample stepper_sample(struct stepper *stepper)
{
	size_t size = read_stack(stepper, STEPPER_COPY_SIZE);

	return (struct lbrvirt_sample){
		.ip = stepper->regs.rip,
		.regs_user_abi = PERF_SAMPLE_REGS_ABI_64,
		.regs_user_mask = UNWIND_REGS_MASK,
		.regs_user = stepper->words,
		.user_stack = stepper->copy,
		.user_stack_size = size,
		.user_stack_asked = STEPPER_COPY_SIZE,
	};
}

void stepper_end(struct stepper *stepper)
{
	if (stepper->pid) {
		kill(stepper->pid, SIGKILL);
		waitpid(stepper->pid, NULL, 0);
	}
	space_fini(&stepper->space);
	free(stepper->copy);
}
