/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * How the played hosts answer the accesses that come to them.
 */
#include "config.h"

#include "kvm/played_hosts.h"

#include <string.h>

/* Of Sky Lake: records with a third register each (Intel SDM vol. 4,
 * IA32_PERF_CAPABILITIES). */
#define LBR_FORMAT_INFO 5

const struct vm_msr_range today_ranges[] = {
	{ MSR_PV_CONTROL, 1, .writes = true },
	{ 0 },
};

const struct vm_msr_range masked_ranges[] = {
	{ MSR_PERF_CAPABILITIES, 1, .reads = true, .writes = true },
	{ MSR_PV_CONTROL, 1, .writes = true },
	{ 0 },
};

static bool refuse(struct kvm_host *host, unsigned int cpu, uint32_t msr,
		   bool is_write, uint64_t *value)
{
	(void)host;
	(void)cpu;
	(void)msr;
	(void)is_write;
	(void)value;
	return false;
}

struct kvm_host *today_host(void)
{
	static struct kvm_host host = { .answer = refuse };

	return &host;
}

const struct vm_msr_range host_2018_ranges[] = {
	{ MSR_PERF_CAPABILITIES, 1, .reads = true, .writes = true },
	{ MSR_PV_CONTROL, 1, .reads = true, .writes = true },
	{ 0 },
};

static bool answer_2018(struct kvm_host *host, unsigned int cpu, uint32_t msr,
			bool is_write, uint64_t *value)
{
	struct host_2018 *played = (struct host_2018 *)host;

	if (msr == MSR_PERF_CAPABILITIES) {
		*value = LBR_FORMAT_INFO;
		return !is_write;
	}
	if (!is_write) {
		*value = played->control[cpu];
		return true;
	}
	if (*value & ~1ull)
		return false;
	played->control[cpu] = *value;
	return true;
}

struct kvm_host *host_2018_init(struct host_2018 *host)
{
	memset(host, 0, sizeof(*host));
	host->host.answer = answer_2018;
	return &host->host;
}
