/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The machine we run on. Nothing else in the library executes CPUID, opens
 * perf events, touches MSRs or reads /proc and /sys for facts about the
 * machine.
 */
#include "config.h"

#include "machine/machine.h"

#ifdef __x86_64__
#include <cpuid.h>
#endif
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "machine/cpus.h"
#include "machine/read_fd.h"

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

static int live_read_file(struct machine *machine, const char *path,
			  struct buffer *ret_text)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int err;

	(void)machine;
	if (fd < 0)
		return -errno;
	err = read_fd(fd, ret_text);
	close(fd);
	return err;
}

static int has_home_path(const char *path)
{
	const char *home = getenv("HOME");
	char *whole;
	int is_there;

	if (!home || !home[0])
		return 0;
	if (asprintf(&whole, "%s/%s", home, path) < 0)
		return -ENOMEM;
	is_there = access(whole, F_OK) == 0;
	free(whole);
	return is_there;
}

static int live_has_path(struct machine *machine, const char *path)
{
	(void)machine;
	if (path[0] == '$')
		return getenv(path + 1) != NULL;
	if (strncmp(path, "~/", 2) == 0)
		return has_home_path(path + 2);
	if (access(path, F_OK) == 0)
		return 1;
	return errno == ENOENT || errno == ENOTDIR ? 0 : -errno;
}

static ssize_t live_peek_file(struct machine *machine, const char *path,
			      char *text, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t nr = 0;

	(void)machine;
	if (fd < 0)
		return -errno;
	while (nr + 1 < size) {
		ssize_t n = read(fd, text + nr, size - 1 - nr);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			n = -errno;
			close(fd);
			return n;
		}
		if (n == 0)
			break;
		nr += (size_t)n;
	}
	text[nr] = '\0';
	close(fd);
	return (ssize_t)nr;
}

/* CLOCK_BOOTTIME goes on while the machine sleeps, CLOCK_MONOTONIC does not. */
static uint64_t live_suspended_ns(struct machine *machine)
{
	struct timespec mono;
	struct timespec boot;
	int64_t ns;

	(void)machine;
	clock_gettime(CLOCK_MONOTONIC, &mono);
	clock_gettime(CLOCK_BOOTTIME, &boot);
	ns = (int64_t)(boot.tv_sec - mono.tv_sec) * 1000000000 + boot.tv_nsec -
	     mono.tv_nsec;
	return ns > 0 ? (uint64_t)ns : 0;
}

static bool is_offline(unsigned int cpu)
{
	char path[64];
	char digit = '1';
	int fd;

	snprintf(path, sizeof(path), "/sys/devices/system/cpu/cpu%u/online",
		 cpu);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false; /* one that cannot be taken offline */
	if (read(fd, &digit, 1) != 1)
		digit = '1';
	close(fd);
	return digit == '0';
}

/*
 * The driver takes the device of an offline CPU away, so that ENOENT stands
 * for what a moment before is ENXIO. glibc's snprintf neither allocates nor
 * locks for %u: fit for a child.
 */
static int open_msr(unsigned int cpu, int flags)
{
	char path[40];
	int fd;

	snprintf(path, sizeof(path), "/dev/cpu/%u/msr", cpu);
	fd = open(path, flags | O_CLOEXEC);
	if (fd >= 0)
		return fd;
	if (errno == ENOENT)
		return is_offline(cpu) ? -ENXIO : -ENOENT;
	return -errno;
}

/*
 * The offset is the register's number, and those of AMD lie above 2^31: so
 * pread64. Eight bytes at a time; the kernel runs RDMSR on that CPU
 * (arch/x86/kernel/msr.c).
 */
static int live_msr_read(struct machine *machine, unsigned int cpu,
			 uint32_t msr, uint64_t *ret_value)
{
	int fd = open_msr(cpu, O_RDONLY);
	uint64_t value;
	ssize_t n;
	int err;

	(void)machine;
	if (fd < 0)
		return fd;
	n = pread64(fd, &value, sizeof(value), (off64_t)msr);
	err = n < 0 ? -errno : n != (ssize_t)sizeof(value) ? -EIO : 0;
	close(fd);
	if (!err)
		*ret_value = value;
	return err;
}

static int live_msr_write(struct machine *machine, unsigned int cpu,
			  uint32_t msr, uint64_t value)
{
	int fd = open_msr(cpu, O_WRONLY);
	ssize_t n;
	int err;

	(void)machine;
	if (fd < 0)
		return fd;
	n = pwrite64(fd, &value, sizeof(value), (off64_t)msr);
	err = n < 0 ? -errno : n != (ssize_t)sizeof(value) ? -EIO : 0;
	close(fd);
	return err;
}

static int live_run_on_cpu(struct machine *machine, unsigned int cpu,
			   int (*fn)(void *arg), void *arg)
{
	size_t size = CPU_ALLOC_SIZE(CPUS_MAX);
	cpu_set_t *before = CPU_ALLOC(CPUS_MAX);
	cpu_set_t *only = CPU_ALLOC(CPUS_MAX);
	int err = before && only ? 0 : -ENOMEM;

	(void)machine;
	if (!err && cpu >= CPUS_MAX)
		err = -EINVAL;
	if (!err && sched_getaffinity(0, size, before) != 0)
		err = -errno;
	if (!err) {
		CPU_ZERO_S(size, only);
		CPU_SET_S(cpu, size, only);
		if (sched_setaffinity(0, size, only) != 0)
			err = -errno;
	}
	if (!err) {
		err = fn(arg);
		/* Fails only if a cpuset forbids all of them by now, and then
		 * the kernel has chosen others. */
		sched_setaffinity(0, size, before);
	}
	CPU_FREE(before);
	CPU_FREE(only);
	return err;
}

#ifdef __x86_64__
/* CPUID 0x80000001 EDX[27]; without it the instruction faults. */
static bool has_rdtscp(void)
{
	uint32_t eax, ebx, ecx, edx;

	return __get_cpuid(0x80000001u, &eax, &ebx, &ecx, &edx) &&
	       edx & 1u << 27;
}

/* Waits until all instructions before it are done (Intel SDM vol. 2B). */
static inline uint64_t rdtscp(void)
{
	unsigned int cpu;

	return __builtin_ia32_rdtscp(&cpu);
}

/* The clock is read between two readings of the TSC; of some tries, that one
 * counts in which they lie closest together: nothing came in between. */
static int live_read_tsc(struct machine *machine, uint64_t *ret_ticks,
			 uint64_t *ret_ns)
{
	uint64_t best = UINT64_MAX;

	(void)machine;
	if (!has_rdtscp())
		return -EOPNOTSUPP;
	for (int i = 0; i < 8; i++) {
		struct timespec now;
		uint64_t before, after;

		before = rdtscp();
		clock_gettime(CLOCK_MONOTONIC_RAW, &now);
		after = rdtscp();
		if (after - before >= best)
			continue;
		best = after - before;
		*ret_ticks = before + best / 2;
		*ret_ns = (uint64_t)now.tv_sec * 1000000000u +
			  (uint64_t)now.tv_nsec;
	}
	return 0;
}

static int live_time_cpuid(struct machine *machine, size_t nr,
			   uint64_t *ret_ticks, uint64_t *ret_empty)
{
	uint32_t eax, ebx, ecx, edx;
	uint64_t begin;

	(void)machine;
	if (!has_rdtscp())
		return -EOPNOTSUPP;
	for (size_t i = 0; i < nr; i++) {
		begin = rdtscp();
		ret_empty[i] = rdtscp() - begin;
		begin = rdtscp();
		__cpuid(0, eax, ebx, ecx, edx);
		ret_ticks[i] = rdtscp() - begin;
	}
	return 0;
}

static int live_time_read(struct machine *machine, int fd, size_t nr,
			  uint64_t *ret_ticks)
{
	(void)machine;
	if (!has_rdtscp())
		return -EOPNOTSUPP;
	for (size_t i = 0; i < nr; i++) {
		uint64_t count;
		uint64_t begin = rdtscp();
		ssize_t n = read(fd, &count, sizeof(count));

		ret_ticks[i] = rdtscp() - begin;
		if (n < 0)
			return -errno;
		/* A pinned event that lost its counter: end of file. */
		if (n != (ssize_t)sizeof(count))
			return -ENODATA;
	}
	return 0;
}
#else
static int live_read_tsc(struct machine *machine, uint64_t *ret_ticks,
			 uint64_t *ret_ns)
{
	(void)machine;
	(void)ret_ticks;
	(void)ret_ns;
	return -EOPNOTSUPP;
}

static int live_time_cpuid(struct machine *machine, size_t nr,
			   uint64_t *ret_ticks, uint64_t *ret_empty)
{
	(void)machine;
	(void)nr;
	(void)ret_ticks;
	(void)ret_empty;
	return -EOPNOTSUPP;
}

static int live_time_read(struct machine *machine, int fd, size_t nr,
			  uint64_t *ret_ticks)
{
	(void)machine;
	(void)fd;
	(void)nr;
	(void)ret_ticks;
	return -EOPNOTSUPP;
}
#endif

static const struct machine_ops live_ops = {
	.cpuid = live_cpuid,
	.perf_event_open = live_perf_event_open,
	.read_file = live_read_file,
	.has_path = live_has_path,
	.peek_file = live_peek_file,
	.suspended_ns = live_suspended_ns,
	.msr_read = live_msr_read,
	.msr_write = live_msr_write,
	.run_on_cpu = live_run_on_cpu,
	.read_tsc = live_read_tsc,
	.time_cpuid = live_time_cpuid,
	.time_read = live_time_read,
};

struct machine *machine_live(void)
{
	static struct machine live = { .ops = &live_ops };

	return &live;
}
