/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A guest on a host that speaks the protocol as of 2018, to be changed in one
 * place at a time.
 */
#ifndef LBRVIRT_TESTS_PV_HOST_H
#define LBRVIRT_TESTS_PV_HOST_H

#include <lbrvirt/pv.h>

#include "support/fake_machine.h"

#define HOST_FEATURES 0x01001efbu /* bits up to 12, and 24 */
#define HOST_FEATURES_MODERN \
	0x01007efbu /* 13 and 14 too: Linux 5.3 and later */

enum { HOST_CPUS = 4, HOST_CPUID_MAX = 16, HOST_FILES_MAX = 8 };

struct host {
	struct fake_machine fake;
	struct fake_cpuid cpuid[HOST_CPUID_MAX];
	struct fake_file files[HOST_FILES_MAX];
	struct fake_cpus *cpus;
};

/* Make it; host_fini() ends it. Four CPUs, control MSR 0 on each. */
void host_init(struct host *host);
void host_fini(struct host *host);

struct machine *host_machine(struct host *host);

/* A leaf's registers, subleaf 0, to be changed; one that is not there is
 * added. */
struct cpuid_regs *host_leaf(struct host *host, uint32_t leaf);

/* Add a file, or change it; NULL: it cannot be read. */
void host_set_file(struct host *host, const char *path, const char *text);

/* Put a hypervisor's signature at a leaf. */
void host_sign(struct host *host, uint32_t leaf, const char signature[12]);

#endif
