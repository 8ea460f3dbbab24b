/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The machine we run on. Nothing else in the library executes CPUID, opens
 * perf events or reads /proc and /sys for facts about the machine.
 */
#include "config.h"

#include "machine/machine.h"

#ifdef __x86_64__
#include <cpuid.h>
#endif
#include <errno.h>
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define READ_STEP 4096
/* /proc/kallsyms, the longest that anybody reads, has some 15 MB. */
#define READ_MAX (64u << 20)

static int live_cpuid(struct machine *machine, uint32_t leaf, uint32_t subleaf,
		      struct cpuid_regs *ret_regs)
{
	(void)machine;
#ifdef __x86_64__
	__cpuid_count(leaf, subleaf, ret_regs->eax, ret_regs->ebx,
		      ret_regs->ecx, ret_regs->edx);
	return 0;
#else
	(void)leaf;
	(void)subleaf;
	(void)ret_regs;
	return -EOPNOTSUPP;
#endif
}

static int live_perf_event_open(struct machine *machine,
				struct perf_event_attr *attr, pid_t pid,
				int cpu, int group_fd, unsigned long flags)
{
	long fd = syscall(SYS_perf_event_open, attr, pid, cpu, group_fd,
			  flags | PERF_FLAG_FD_CLOEXEC);

	(void)machine;
	return fd < 0 ? -errno : (int)fd;
}

/* Files of /proc and /sys have no size to ask for: read until the end. */
static int read_all(int fd, struct buffer *text)
{
	for (;;) {
		ssize_t n;
		int err = buffer_reserve(text, READ_STEP + 1);

		if (err)
			return err;
		n = read(fd, text->bytes + text->size, READ_STEP);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		text->size += (size_t)n;
		text->bytes[text->size] = '\0';
		if (n == 0)
			return 0;
		if (text->size > READ_MAX)
			return -EFBIG;
	}
}

static int live_read_file(struct machine *machine, const char *path,
			  struct buffer *ret_text)
{
	struct buffer text = { 0 };
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int err;

	(void)machine;
	if (fd < 0)
		return -errno;
	err = read_all(fd, &text);
	close(fd);
	if (err) {
		buffer_fini(&text);
		return err;
	}
	buffer_fini(ret_text);
	*ret_text = text;
	return 0;
}

static int live_has_path(struct machine *machine, const char *path)
{
	(void)machine;
	if (access(path, F_OK) == 0)
		return 1;
	return errno == ENOENT || errno == ENOTDIR ? 0 : -errno;
}

static const struct machine_ops live_ops = {
	.cpuid = live_cpuid,
	.perf_event_open = live_perf_event_open,
	.read_file = live_read_file,
	.has_path = live_has_path,
};

struct machine *machine_live(void)
{
	static struct machine live = { .ops = &live_ops };

	return &live;
}
