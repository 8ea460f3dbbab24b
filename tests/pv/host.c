/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The tables of the fake machine, filled in. CPUID values are those of Intel's
 * manual and of the protocol's base tree, Linux 4.19.
 */
#include "config.h"

#include "pv/host.h"

#include <check.h>
#include <string.h>

#define GUEST		(1u << 31) /* CPUID.1:ECX */
#define PDCM		(1u << 15)
#define SKYLAKE_SERVER	0x00050654
#define LBR_FORMAT_INFO 5 /* Skylake's */

void host_init(struct host *host)
{
	static const struct cpuid_regs intel = { 0xd, 0x756e6547, 0x6c65746e,
						 0x49656e69 };

	memset(host, 0, sizeof(*host));
	host->cpus = fake_cpus_new(HOST_CPUS, LBRVIRT_PV_MSR_DEFAULT);
	host->cpus->capabilities = LBR_FORMAT_INFO;
	host->fake.cpuid = host->cpuid;
	host->fake.files = host->files;
	host->fake.cpus = host->cpus;
	fake_machine_init(&host->fake);

	*host_leaf(host, 0) = intel;
	host_leaf(host, 1)->eax = SKYLAKE_SERVER;
	host_leaf(host, 1)->ecx = GUEST | PDCM;
	host_leaf(host, 0xa)->eax = 0x07300402; /* version 2, 4 counters */
	host_sign(host, 0x40000000, "KVMKVMKVM\0\0\0");
	host_leaf(host, 0x40000001)->eax = HOST_FEATURES;
}

void host_fini(struct host *host)
{
	fake_cpus_free(host->cpus);
}

struct machine *host_machine(struct host *host)
{
	return &host->fake.machine;
}

/* Four zero registers end the table, so a fresh leaf must not stay empty. */
struct cpuid_regs *host_leaf(struct host *host, uint32_t leaf)
{
	static const struct cpuid_regs zero;
	size_t i = 0;

	while (memcmp(&host->cpuid[i].regs, &zero, sizeof(zero)) != 0 &&
	       host->cpuid[i].leaf != leaf)
		i++;
	ck_assert_uint_lt(i, HOST_CPUID_MAX - 1);
	host->cpuid[i].leaf = leaf;
	return &host->cpuid[i].regs;
}

void host_set_file(struct host *host, const char *path, const char *text)
{
	size_t i = 0;

	while (host->files[i].path && strcmp(host->files[i].path, path) != 0)
		i++;
	ck_assert_uint_lt(i, HOST_FILES_MAX - 1);
	host->files[i] = (struct fake_file){ path, text };
}

void host_sign(struct host *host, uint32_t leaf, const char signature[12])
{
	struct cpuid_regs *regs = host_leaf(host, leaf);

	regs->eax = leaf | 1;
	memcpy(&regs->ebx, signature, 4);
	memcpy(&regs->ecx, signature + 4, 4);
	memcpy(&regs->edx, signature + 8, 4);
}
