/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A machine made of tables, to reach the branches that no machine at hand can:
 * a CPUID table, files by path, and rules that say which errno perf_event_open
 * answers to which attribute. It keeps what it was asked to open.
 */
#ifndef LBRVIRT_TESTS_SUPPORT_FAKE_MACHINE_H
#define LBRVIRT_TESTS_SUPPORT_FAKE_MACHINE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include "machine/machine.h"

struct fake_cpuid {
	uint32_t leaf;
	uint32_t subleaf;
	struct cpuid_regs regs;
};

struct fake_file {
	const char *path;
	const char *text; /* NULL: it is there, but reading gives EACCES */
};

/* The first rule whose @matches holds decides; none: the event opens. */
struct fake_open_rule {
	bool (*matches)(const struct perf_event_attr *attr, pid_t pid, int cpu);
	int err;
};

enum { FAKE_OPENS_MAX = 128, FAKE_CPUS_MAX = 16, FAKE_ACCESSES_MAX = 8192 };

/* One RDMSR or WRMSR. */
struct fake_access {
	atomic_bool is_whole; /* false: whoever did it is being killed */
	bool is_write;
	unsigned int cpu;
	uint32_t msr;
	uint64_t value; /* read or written */
	int err;	/* positive */
	pid_t pid;
};

/* The state of the CPUs; a test changes it at any time. */
struct fake_cpus {
	unsigned int nr;
	atomic_bool is_offline[FAKE_CPUS_MAX]; /* MSRs answer ENXIO */
	_Atomic uint64_t control[FAKE_CPUS_MAX];
	uint64_t capabilities;	   /* MSR 0x345 */
	uint32_t control_msr;	   /* other registers fault */
	_Atomic uint64_t writable; /* a write of other bits faults */
	atomic_int read_err;	   /* 0, or what all reads answer */
	atomic_int write_err;
	atomic_int write_err_of[FAKE_CPUS_MAX]; /* on this CPU */
	bool is_driven_by_kernel; /* an open call-stack event sets ACTIVE */
	_Atomic uint64_t suspended_ns;

	atomic_size_t nr_writes;
	atomic_size_t nr_accesses; /* the log has the last of them */
	struct fake_access accesses[FAKE_ACCESSES_MAX];
};

struct fake_machine {
	struct machine machine;		    /* pass its address on */
	const struct fake_cpuid *cpuid;	    /* ended by four zero registers */
	const struct fake_file *files;	    /* ended by path NULL */
	const struct fake_open_rule *rules; /* ended by matches NULL */
	bool is_not_x86;
	uint32_t attr_size;	/* the kernel's; 0: takes any */
	struct fake_cpus *cpus; /* NULL: no MSRs, ENOENT */
	int bind_err;		/* what run_on_cpu() answers, if not 0 */
	int bound_cpu;		/* while run_on_cpu() runs, plus 1 */

	uint64_t tsc_hz; /* 0: there is no RDTSCP */
	uint64_t tsc_ns; /* a clock that goes on by a ms with each look */
	/* What reading events takes, of hardware and of software; -errno. */
	uint64_t read_ticks[2];
	int read_err;
	/* What CPUID takes: its ticks, one number for each CPU; NULL: 0. */
	const uint64_t *cpuid_ticks;

	size_t nr_opens;
	struct perf_event_attr opens[FAKE_OPENS_MAX];
	int errs[FAKE_OPENS_MAX]; /* what was answered, positive */
};

/* Give @fake its operations; the tables are the caller's. Returns &machine. */
struct machine *fake_machine_init(struct fake_machine *fake);

/*
 * CPUs that are online, with MSRs: control 0, of which bit 0 can be written,
 * and no capabilities. Without a file of that name in the table,
 * /sys/devices/system/cpu/online lists them. The caller ends them with
 * fake_cpus_free().
 */
struct fake_cpus *fake_cpus_new(unsigned int nr, uint32_t control_msr);
void fake_cpus_free(struct fake_cpus *cpus);

/* How many writes there were, on all CPUs. */
size_t fake_cpus_writes(const struct fake_cpus *cpus);

/*
 * The accesses of a CPU to the control MSR as text, for a look at their order:
 * "r0 w1 r1 w0", a failed one with a !. Valid until the next call.
 */
const char *fake_cpus_story(const struct fake_cpus *cpus, unsigned int cpu);

/* Rules by what an attribute asks for. */
bool fake_any(const struct perf_event_attr *attr, pid_t pid, int cpu);
bool fake_is_hardware(const struct perf_event_attr *attr, pid_t pid, int cpu);
bool fake_is_software(const struct perf_event_attr *attr, pid_t pid, int cpu);
bool fake_has_branches(const struct perf_event_attr *attr, pid_t pid, int cpu);
bool fake_is_call_stack(const struct perf_event_attr *attr, pid_t pid, int cpu);
bool fake_sees_kernel(const struct perf_event_attr *attr, pid_t pid, int cpu);
bool fake_is_whole_cpu(const struct perf_event_attr *attr, pid_t pid, int cpu);
bool fake_is_precise(const struct perf_event_attr *attr, pid_t pid, int cpu);

#endif
