/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the file's header says of the machine that records, and how much time
 * the host took from it.
 */
#ifndef LBRVIRT_SESSION_HOST_H
#define LBRVIRT_SESSION_HOST_H

#include <sys/utsname.h>

#include "machine/machine.h"
#include "perfdata/writer.h"

struct host {
	struct utsname uname;
	char cpudesc[128];
	char cpuid[64];
	uint32_t nr_cpus_online;
	uint32_t nr_cpus_available;
	uint64_t total_mem_kb;
};

/* Read it. What cannot be read stays empty. */
void host_read(struct machine *machine, struct host *ret_host);

/* Fill a file header; it borrows the strings of @host. */
void host_fill_header(const struct host *host, struct writer_header *header);

/* Steal time of all CPUs since boot (proc(5), /proc/stat), 0 if unknown. */
uint64_t host_steal_ns(struct machine *machine);

#endif
