/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Event names by type and config, in perf's words, with the modifiers behind
 * the colon that perf derives from the exclude_ bits: without any, guests are
 * excluded, so an attribute that does not exclude them says ":HG".
 */
#include "config.h"

#include "perfdata/names.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* The upper half of a hybrid machine's config says which PMU. */
#define CONFIG_MASK 0xffffffffull

static const char *const hardware[] = {
	"cycles",
	"instructions",
	"cache-references",
	"cache-misses",
	"branches",
	"branch-misses",
	"bus-cycles",
	"stalled-cycles-frontend",
	"stalled-cycles-backend",
	"ref-cycles",
};

static const char *const software[] = {
	"cpu-clock",	    "task-clock",   "page-faults",  "context-switches",
	"cpu-migrations",   "minor-faults", "major-faults", "alignment-faults",
	"emulation-faults", "dummy",	    "bpf-output",   "cgroup-switches",
};

static const char *const caches[] = {
	"L1-dcache", "L1-icache", "LLC", "dTLB", "iTLB", "branch", "node",
};

static const char *const operations[][2] = {
	{ "load", "loads" },
	{ "store", "stores" },
	{ "prefetch", "prefetches" },
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void put_listed(char *ret, const char *const *list, size_t nr,
		       uint64_t config, const char *kind)
{
	if ((config & CONFIG_MASK) < nr)
		snprintf(ret, NAMES_SIZE_MAX, "%s", list[config & CONFIG_MASK]);
	else
		snprintf(ret, NAMES_SIZE_MAX, "unknown-%s", kind);
}

static void put_cache(char *ret, uint64_t config)
{
	unsigned int cache = config & 0xff;
	unsigned int operation = config >> 8 & 0xff;
	unsigned int result = config >> 16 & 0xff;

	if (cache >= COUNT(caches) || operation >= COUNT(operations) ||
	    result > 1)
		snprintf(ret, NAMES_SIZE_MAX, "unknown-cache");
	else if (result)
		snprintf(ret, NAMES_SIZE_MAX, "%s-%s-misses", caches[cache],
			 operations[operation][0]);
	else
		snprintf(ret, NAMES_SIZE_MAX, "%s-%s", caches[cache],
			 operations[operation][1]);
}

static void put_breakpoint(char *ret, const struct perf_event_attr *attr)
{
	snprintf(ret, NAMES_SIZE_MAX, "mem:0x%llx:%s%s%s",
		 (unsigned long long)attr->bp_addr,
		 attr->bp_type & 1 ? "r" : "", attr->bp_type & 2 ? "w" : "",
		 attr->bp_type & 4 ? "x" : "");
}

static void put_modifiers(char *ret, const struct perf_event_attr *attr)
{
	bool is_guest_excluded = false;
	char modifiers[12] = ":";
	char *next = modifiers + 1;

	if (attr->exclude_kernel || attr->exclude_user || attr->exclude_hv) {
		if (!attr->exclude_kernel)
			*next++ = 'k';
		if (!attr->exclude_user)
			*next++ = 'u';
		if (!attr->exclude_hv)
			*next++ = 'h';
		is_guest_excluded = true;
	}
	for (unsigned int i = 0; i < attr->precise_ip; i++) {
		*next++ = 'p';
		is_guest_excluded = true;
	}
	if (attr->exclude_host || attr->exclude_guest == is_guest_excluded) {
		if (!attr->exclude_host)
			*next++ = 'H';
		if (!attr->exclude_guest)
			*next++ = 'G';
	}
	*next = '\0';
	if (next > modifiers + 1)
		strncat(ret, modifiers, NAMES_SIZE_MAX - strlen(ret) - 1);
}

void names_of_attr(const struct perf_event_attr *attr, char ret[NAMES_SIZE_MAX])
{
	switch (attr->type) {
	case PERF_TYPE_HARDWARE:
		put_listed(ret, hardware, COUNT(hardware), attr->config,
			   "hardware");
		break;
	case PERF_TYPE_SOFTWARE:
		put_listed(ret, software, COUNT(software), attr->config,
			   "software");
		break;
	case PERF_TYPE_HW_CACHE:
		put_cache(ret, attr->config);
		break;
	case PERF_TYPE_RAW:
		snprintf(ret, NAMES_SIZE_MAX, "raw 0x%llx",
			 (unsigned long long)attr->config);
		break;
	case PERF_TYPE_BREAKPOINT:
		put_breakpoint(ret, attr);
		break;
	case PERF_TYPE_TRACEPOINT:
		snprintf(ret, NAMES_SIZE_MAX, "unknown tracepoint");
		return;
	default:
		snprintf(ret, NAMES_SIZE_MAX, "unknown attr type: %u",
			 attr->type);
		return;
	}
	put_modifiers(ret, attr);
}
