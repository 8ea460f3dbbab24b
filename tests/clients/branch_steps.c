/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ptrace, and just enough decoding to know branches by their first bytes.
 * Opcodes: Intel SDM vol. 2D, appendix A.
 */
#include "config.h"

#include "clients/branch_steps.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#define WORD sizeof(uint64_t)

enum kind {
	KIND_OTHER,
	KIND_CONDITIONAL,
	KIND_JUMP,
	KIND_CALL,
	KIND_RETURN,
};

/* What an instruction is, and for conditional ones its length. */
struct decoded {
	enum kind kind;
	unsigned int length;
};

static bool is_prefix(unsigned char byte)
{
	return byte == 0x66 || byte == 0x67 || byte == 0x2e || byte == 0x3e ||
	       byte == 0xf2 || byte == 0xf3 || (byte & 0xf0) == 0x40;
}

static struct decoded decode(const unsigned char *code)
{
	unsigned int at = 0;
	unsigned int field;

	while (at < 6 && is_prefix(code[at]))
		at++;
	code += at;
	if ((code[0] & 0xf0) == 0x70 || (code[0] >= 0xe0 && code[0] <= 0xe3))
		return (struct decoded){ KIND_CONDITIONAL, at + 2 };
	if (code[0] == 0x0f && (code[1] & 0xf0) == 0x80)
		return (struct decoded){ KIND_CONDITIONAL, at + 6 };
	if (code[0] == 0xe9 || code[0] == 0xeb)
		return (struct decoded){ KIND_JUMP, 0 };
	if (code[0] == 0xe8)
		return (struct decoded){ KIND_CALL, 0 };
	if (code[0] == 0xc2 || code[0] == 0xc3)
		return (struct decoded){ KIND_RETURN, 0 };
	field = code[1] >> 3 & 7;
	if (code[0] == 0xff && field == 2)
		return (struct decoded){ KIND_CALL, 0 };
	if (code[0] == 0xff && field == 4)
		return (struct decoded){ KIND_JUMP, 0 };
	return (struct decoded){ KIND_OTHER, 0 };
}

static uint64_t peek(const struct branch_steps *steps, uint64_t address)
{
	return (uint64_t)ptrace(PTRACE_PEEKTEXT, steps->pid, (void *)address,
				NULL);
}

static void poke(const struct branch_steps *steps, uint64_t address,
		 uint64_t word)
{
	ptrace(PTRACE_POKETEXT, steps->pid, (void *)address, (void *)word);
}

static int read_registers(struct branch_steps *steps)
{
	struct user_regs_struct regs;

	if (ptrace(PTRACE_GETREGS, steps->pid, NULL, &regs) != 0)
		return -errno;
	steps->ip = regs.rip;
	steps->sp = regs.rsp;
	return 0;
}

static void become(char *const *argv)
{
	/* Standard output may be where the recording goes. */
	dup2(STDERR_FILENO, STDOUT_FILENO);
	/* So that two runs write the same file. */
	personality(ADDR_NO_RANDOMIZE);
	if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0)
		_exit(126);
	execv(argv[0], argv);
	_exit(127);
}

/* Wait for a stop. 0; -ENODATA: the child has ended. */
static int wait_stop(struct branch_steps *steps)
{
	int status;

	if (waitpid(steps->pid, &status, 0) != steps->pid)
		return -errno;
	if (WIFSTOPPED(status))
		return WSTOPSIG(status) == SIGTRAP ? 0 : -EINTR;
	steps->pid = 0;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 126)
		return -EPERM;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
		return -ENOENT;
	return -ENODATA;
}

/* What the kernel told the program of itself, an AT_… number. */
static uint64_t auxiliary(pid_t pid, uint64_t which)
{
	Elf64_auxv_t entry;
	uint64_t value = 0;
	char path[64];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/auxv", (int)pid);
	file = fopen(path, "r");
	if (!file)
		return 0;
	while (fread(&entry, sizeof(entry), 1, file) == 1)
		if (entry.a_type == which)
			value = entry.a_un.a_val;
	fclose(file);
	return value;
}

static int run_to(struct branch_steps *steps, uint64_t address)
{
	uint64_t code = peek(steps, address);
	struct user_regs_struct regs;
	int err;

	poke(steps, address, (code & ~0xffull) | 0xcc);
	ptrace(PTRACE_CONT, steps->pid, NULL, NULL);
	err = wait_stop(steps);
	if (err)
		return err;
	poke(steps, address, code);
	if (ptrace(PTRACE_GETREGS, steps->pid, NULL, &regs) != 0)
		return -errno;
	regs.rip = address;
	if (ptrace(PTRACE_SETREGS, steps->pid, NULL, &regs) != 0)
		return -errno;
	return read_registers(steps);
}

/* The mapping that @address lies in, the program's code. */
static int find_code(struct branch_steps *steps, uint64_t address)
{
	uint64_t start;
	uint64_t end;
	char line[4352];
	char path[64];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/maps", (int)steps->pid);
	file = fopen(path, "r");
	if (!file)
		return -errno;
	while (fgets(line, sizeof(line), file)) {
		if (sscanf(line, "%" SCNx64 "-%" SCNx64, &start, &end) != 2 ||
		    address < start || address >= end)
			continue;
		steps->start = start;
		steps->end = end;
	}
	fclose(file);
	return steps->end ? 0 : -ENOENT;
}

static int read_entry(const char *path, uint64_t *ret_entry)
{
	Elf64_Ehdr header;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t got;

	if (fd < 0)
		return -errno;
	got = read(fd, &header, sizeof(header));
	close(fd);
	if (got != sizeof(header) || memcmp(header.e_ident, ELFMAG, SELFMAG))
		return -ENOEXEC;
	*ret_entry = header.e_entry;
	return 0;
}

int branch_steps_start(struct branch_steps *steps, char *const *argv)
{
	uint64_t in_file = 0;
	uint64_t entry;
	int err;

	memset(steps, 0, sizeof(*steps));
	err = read_entry(argv[0], &in_file);
	if (err)
		return err;
	steps->pid = fork();
	if (steps->pid < 0)
		return -errno;
	if (steps->pid == 0)
		become(argv);
	err = wait_stop(steps);
	if (err)
		return err;
	entry = auxiliary(steps->pid, AT_ENTRY);
	steps->bias = entry - in_file;
	err = run_to(steps, entry);
	return err ? err : find_code(steps, entry);
}

static void follow_calls(struct branch_steps *steps, enum kind kind)
{
	if (kind == KIND_CALL && steps->depth < BRANCH_STEPS_CALLS)
		steps->returns[steps->depth++] = peek(steps, steps->sp);
	if (kind == KIND_RETURN && steps->depth &&
	    steps->returns[steps->depth - 1] == steps->ip)
		steps->depth--;
}

int branch_steps_next(struct branch_steps *steps)
{
	const uint64_t from = steps->ip;
	uint64_t code[2] = { peek(steps, from), peek(steps, from + WORD) };
	struct decoded decoded = decode((const unsigned char *)code);
	bool is_mispredicted;
	int err;

	if (ptrace(PTRACE_SINGLESTEP, steps->pid, NULL, NULL) != 0)
		return -errno;
	err = wait_stop(steps);
	if (!err)
		err = read_registers(steps);
	if (err)
		return err;
	steps->nr_steps++;
	if (decoded.kind == KIND_OTHER || steps->ip == from + decoded.length)
		return 0;
	follow_calls(steps, decoded.kind);
	is_mispredicted = steps->nr_branches % BRANCH_STEPS_MISPREDICTED == 0;
	steps->ring[steps->nr_branches++ % BRANCH_STEPS_RING] =
		(struct lbrvirt_branch){
			.from = from,
			.to = steps->ip,
			.flags = is_mispredicted ? LBRVIRT_BRANCH_MISPRED :
						   LBRVIRT_BRANCH_PREDICTED,
		};
	return 1;
}

const struct lbrvirt_branch *
branch_steps_branch(const struct branch_steps *steps, uint64_t age)
{
	return &steps->ring[(steps->nr_branches - 1 - age) % BRANCH_STEPS_RING];
}

void branch_steps_end(struct branch_steps *steps)
{
	if (steps->pid <= 0)
		return;
	kill(steps->pid, SIGKILL);
	waitpid(steps->pid, NULL, 0);
	steps->pid = 0;
}
