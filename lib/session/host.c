/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Facts about the recording machine, in the forms perf's header features have:
 * CPUID as "vendor,family,model,stepping", memory in kB.
 */
#include "config.h"

#include "session/host.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void read_brand(struct machine *machine, char *ret_text, size_t size)
{
	struct cpuid_regs regs;
	char brand[49] = "";

	/* CPUID leaves 0x80000002 to 4: the brand string, 16 bytes each. */
	for (uint32_t i = 0; i < 3; i++) {
		if (machine->ops->cpuid(machine, 0x80000002u + i, 0, &regs))
			return;
		memcpy(brand + 16 * i, &regs, 16);
	}
	snprintf(ret_text, size, "%s", brand + strspn(brand, " "));
}

static void read_cpuid(struct machine *machine, char *ret_text, size_t size)
{
	struct cpuid_regs id, version;
	unsigned int family, model;
	char vendor[13] = "";

	if (machine->ops->cpuid(machine, 0, 0, &id) ||
	    machine->ops->cpuid(machine, 1, 0, &version))
		return;
	memcpy(vendor, &id.ebx, 4);
	memcpy(vendor + 4, &id.edx, 4);
	memcpy(vendor + 8, &id.ecx, 4);
	/* Intel SDM vol. 2A, CPUID leaf 1: extended family and model. */
	family = version.eax >> 8 & 0xf;
	model = version.eax >> 4 & 0xf;
	if (family == 6 || family == 15)
		model |= version.eax >> 12 & 0xf0;
	if (family == 15)
		family += version.eax >> 20 & 0xff;
	snprintf(ret_text, size, "%s,%u,%u,%u", vendor, family, model,
		 version.eax & 0xf);
}

static uint64_t read_total_mem_kb(struct machine *machine)
{
	struct buffer text = { NULL, 0, 0 };
	uint64_t total_kb = 0;

	if (machine->ops->read_file(machine, "/proc/meminfo", &text) == 0)
		sscanf((const char *)text.bytes, "MemTotal: %" SCNu64,
		       &total_kb);
	buffer_fini(&text);
	return total_kb;
}

void host_read(struct machine *machine, struct host *ret_host)
{
	memset(ret_host, 0, sizeof(*ret_host));
	uname(&ret_host->uname);
	read_brand(machine, ret_host->cpudesc, sizeof(ret_host->cpudesc));
	read_cpuid(machine, ret_host->cpuid, sizeof(ret_host->cpuid));
	ret_host->nr_cpus_online = (uint32_t)sysconf(_SC_NPROCESSORS_ONLN);
	ret_host->nr_cpus_available = (uint32_t)sysconf(_SC_NPROCESSORS_CONF);
	ret_host->total_mem_kb = read_total_mem_kb(machine);
}

void host_fill_header(const struct host *host, struct writer_header *header)
{
	header->hostname = host->uname.nodename;
	header->osrelease = host->uname.release;
	header->arch = host->uname.machine;
	header->version = PACKAGE_VERSION;
	header->cpudesc = host->cpudesc[0] ? host->cpudesc : NULL;
	header->cpuid = host->cpuid[0] ? host->cpuid : NULL;
	header->nr_cpus_online = host->nr_cpus_online;
	header->nr_cpus_available = host->nr_cpus_available;
	header->total_mem_kb = host->total_mem_kb;
	header->has_clockid = true;
	header->clock_resolution_ns = 1;
}

uint64_t host_steal_ns(struct machine *machine)
{
	struct buffer text = { NULL, 0, 0 };
	uint64_t ticks = 0;
	long hz = sysconf(_SC_CLK_TCK);

	if (machine->ops->read_file(machine, "/proc/stat", &text) == 0)
		sscanf((const char *)text.bytes,
		       "cpu %*u %*u %*u %*u %*u %*u %*u %" SCNu64, &ticks);
	buffer_fini(&text);
	return hz > 0 ? ticks * (1000000000u / (uint64_t)hz) : 0;
}
