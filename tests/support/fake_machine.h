/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A machine made of tables, to reach the branches that no machine at hand can:
 * a CPUID table, files by path, and rules that say which errno perf_event_open
 * answers to which attribute. It keeps what it was asked to open.
 */
#ifndef LBRVIRT_TESTS_SUPPORT_FAKE_MACHINE_H
#define LBRVIRT_TESTS_SUPPORT_FAKE_MACHINE_H

#include <stdbool.h>

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

enum { FAKE_OPENS_MAX = 128 };

struct fake_machine {
	struct machine machine;		    /* pass its address on */
	const struct fake_cpuid *cpuid;	    /* ended by four zero registers */
	const struct fake_file *files;	    /* ended by path NULL */
	const struct fake_open_rule *rules; /* ended by matches NULL */
	bool is_not_x86;
	uint32_t attr_size; /* the kernel's; 0: takes any */

	size_t nr_opens;
	struct perf_event_attr opens[FAKE_OPENS_MAX];
	int errs[FAKE_OPENS_MAX]; /* what was answered, positive */
};

/* Give @fake its operations; the tables are the caller's. Returns &machine. */
struct machine *fake_machine_init(struct fake_machine *fake);

/* Rules by what an attribute asks for. */
bool fake_any(const struct perf_event_attr *attr, pid_t pid, int cpu);
bool fake_is_hardware(const struct perf_event_attr *attr, pid_t pid, int cpu);
bool fake_is_software(const struct perf_event_attr *attr, pid_t pid, int cpu);
bool fake_has_branches(const struct perf_event_attr *attr, pid_t pid, int cpu);
bool fake_sees_kernel(const struct perf_event_attr *attr, pid_t pid, int cpu);
bool fake_is_whole_cpu(const struct perf_event_attr *attr, pid_t pid, int cpu);
bool fake_is_precise(const struct perf_event_attr *attr, pid_t pid, int cpu);

#endif
