/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The only way to the machine: one struct of operations. machine_live() answers
 * from the machine we run on; tests put a fake one in its place to reach the
 * branches that no machine at hand can.
 */
#ifndef LBRVIRT_MACHINE_MACHINE_H
#define LBRVIRT_MACHINE_MACHINE_H

#include <linux/perf_event.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buffer.h"

struct cpuid_regs {
	uint32_t eax, ebx, ecx, edx;
};

struct machine;

struct machine_ops {
	/* CPUID on the CPU we happen to run on. 0 or -EOPNOTSUPP (not x86). */
	int (*cpuid)(struct machine *machine, uint32_t leaf, uint32_t subleaf,
		     struct cpuid_regs *ret_regs);
	/* perf_event_open(2): a descriptor, or -errno as the kernel gave it. */
	int (*perf_event_open)(struct machine *machine,
			       struct perf_event_attr *attr, pid_t pid, int cpu,
			       int group_fd, unsigned long flags);
	/* The whole of a /proc or /sys file, NUL-terminated (not counted).
	 * Replaces what @ret_text held; untouched on failure. 0 or -errno. */
	int (*read_file)(struct machine *machine, const char *path,
			 struct buffer *ret_text);
	/* Whether a path is there: 1, 0, or -errno. "~/..." lies in the user's
	 * home, and "$NAME" is there if that variable of the environment is
	 * set. */
	int (*has_path)(struct machine *machine, const char *path);
	/* A /proc or /sys file into @text, as much as fits, NUL-terminated:
	 * without allocating, so that a forked child may call it. The number
	 * of bytes, the NUL not counted, or -errno. */
	ssize_t (*peek_file)(struct machine *machine, const char *path,
			     char *text, size_t size);
	/* Time this machine was suspended since it booted. Safe in a child. */
	uint64_t (*suspended_ns)(struct machine *machine);
	/*
	 * RDMSR and WRMSR on a CPU. 0 or -errno as /dev/cpu/N/msr has it: EIO
	 * it faulted, ENXIO the CPU is offline, ENOENT no device, EPERM not
	 * allowed. No state is kept between calls, and nothing is opened for
	 * writing but by msr_write(). May be called in a child of the process
	 * that made the machine, which closed all descriptors. Only pv/msr.c,
	 * which has the list of registers that may be touched, calls them;
	 * and guest/pmu.c, to read 0x345.
	 */
	int (*msr_read)(struct machine *machine, unsigned int cpu, uint32_t msr,
			uint64_t *ret_value);
	int (*msr_write)(struct machine *machine, unsigned int cpu,
			 uint32_t msr, uint64_t value);
	/* Call @fn on that CPU, the calling thread bound to it meanwhile.
	 * Returns what @fn did, or -errno: it could not be bound. Threads
	 * that @fn starts would inherit the binding. */
	int (*run_on_cpu)(struct machine *machine, unsigned int cpu,
			  int (*fn)(void *arg), void *arg);
	/*
	 * Time stamp counter and CLOCK_MONOTONIC_RAW at the same moment.
	 * 0 or -EOPNOTSUPP: no RDTSCP.
	 */
	int (*read_tsc)(struct machine *machine, uint64_t *ret_ticks,
			uint64_t *ret_ns);
	/*
	 * Ticks of the TSC that CPUID took, @nr times, and that nothing took,
	 * as often; on the CPU we happen to run on. 0 or -EOPNOTSUPP.
	 */
	int (*time_cpuid)(struct machine *machine, size_t nr,
			  uint64_t *ret_ticks, uint64_t *ret_empty);
	/*
	 * Ticks that reading a counting event's 8 bytes took, @nr times. 0,
	 * -EOPNOTSUPP, or -errno of read(2); -ENODATA: it has no counter.
	 */
	int (*time_read)(struct machine *machine, int fd, size_t nr,
			 uint64_t *ret_ticks);
};

struct machine {
	const struct machine_ops *ops;
};

/* This machine. Static; nothing to free. */
struct machine *machine_live(void);

/* Helpers over the operations. */

/* CPUID with zeros for leaves above the highest one of their range. Not for
 * the hypervisor's leaves at 0x40000000. 0 or -EOPNOTSUPP. */
int machine_cpuid(struct machine *machine, uint32_t leaf, uint32_t subleaf,
		  struct cpuid_regs *ret_regs);

/* A file that holds one decimal number. 0, -EBADMSG or read_file()'s. */
int machine_read_u64(struct machine *machine, const char *path,
		     uint64_t *ret_value);
int machine_read_i64(struct machine *machine, const char *path,
		     int64_t *ret_value);

/* Highest sample frequency the kernel takes now, and the locked memory in
 * kB a user may map per CPU; 0 where they cannot be read. */
uint64_t machine_max_sample_rate(struct machine *machine);
uint64_t machine_mlock_kb(struct machine *machine);

/*
 * A row of /proc/interrupts, all CPUs together: "PMI", "NMI". False: there is
 * no such row, or it cannot be read; @ret_nr is untouched then.
 */
bool machine_interrupts(struct machine *machine, const char *row,
			uint64_t *ret_nr);

#endif
