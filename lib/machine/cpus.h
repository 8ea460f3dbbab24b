/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Lists of CPUs, in the kernel's own form: "0-2,5".
 */
#ifndef LBRVIRT_MACHINE_CPUS_H
#define LBRVIRT_MACHINE_CPUS_H

#include <stdbool.h>
#include <stddef.h>

#include <lbrvirt/context.h>

#include "machine/machine.h"

/* NR_CPUS of the largest configuration the kernel has (MAXSMP, x86). */
enum { CPUS_MAX = 8192 };

struct cpus {
	int *cpu; /* ascending, each once */
	size_t nr;
};

void cpus_fini(struct cpus *cpus);

/*
 * Parse a list. 0; -EINVAL: not a list; -EOVERFLOW: a number no kernel knows;
 * -ENOMEM.
 */
int cpus_parse(const char *text, struct cpus *ret_cpus);

/*
 * Mark the CPUs of a list in @is_in, which keeps its other marks. Errors as
 * above; some marks may have been made then. Safe in a forked child.
 */
int cpus_mark(const char *text, bool is_in[CPUS_MAX]);

/*
 * The CPUs online now that are also in @wanted (NULL: all). -ENOENT: none of
 * them is online; -EINVAL: @wanted is no list. The context's text says which.
 */
int cpus_online(struct lbrvirt_context *ctx, struct machine *machine,
		const char *wanted, struct cpus *ret_cpus);

#endif
