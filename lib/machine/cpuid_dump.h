/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * CPUID registers that somebody wrote down, of one CPU or of many: what
 * `cpuid -r` prints, and the dumps of the InstLatx64 collection.
 */
#ifndef LBRVIRT_MACHINE_CPUID_DUMP_H
#define LBRVIRT_MACHINE_CPUID_DUMP_H

#include <lbrvirt/context.h>

#include "machine/machine.h"

struct cpuid_dump_entry {
	unsigned int cpu;
	uint32_t leaf;
	uint32_t subleaf;
	struct cpuid_regs regs;
	uint32_t line; /* where it stood, from 1 */
};

struct cpuid_dump {
	struct cpuid_dump_entry *entries; /* by CPU, leaf, subleaf, line */
	size_t nr;
	size_t capacity;
};

void cpuid_dump_fini(struct cpuid_dump *dump);

/*
 * Parse a text. @name is the file's, for error texts. 0; -EBADMSG: a line is
 * broken, or there are no registers in it at all; -ENOMEM.
 */
int cpuid_dump_parse(struct lbrvirt_context *ctx, const char *name,
		     const char *text, struct cpuid_dump *ret_dump);

/*
 * What stands there for a CPU; zeros if the leaf does not. A CPU that the dump
 * lacks is taken for the first one. Of two entries for one thing the first
 * counts.
 */
void cpuid_dump_find(const struct cpuid_dump *dump, unsigned int cpu,
		     uint32_t leaf, uint32_t subleaf,
		     struct cpuid_regs *ret_regs);

#endif
