/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Names of the types of records, as perf report -D prints them behind
 * "PERF_RECORD_": the kernel's up to Linux 7.0 and those of perf 6.16.
 */
#include "config.h"

#include <lbrvirt/sample.h>

#include <stddef.h>

#include "sample/abi.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char *const of_kernel[] = {
	NULL,
	"MMAP",
	"LOST",
	"COMM",
	"EXIT",
	"THROTTLE",
	"UNTHROTTLE",
	"FORK",
	"READ",
	"SAMPLE",
	"MMAP2",
	"AUX",
	"ITRACE_START",
	"LOST_SAMPLES",
	"SWITCH",
	"SWITCH_CPU_WIDE",
	"NAMESPACES",
	"KSYMBOL",
	"BPF_EVENT",
	"CGROUP",
	"TEXT_POKE",
	"AUX_OUTPUT_HW_ID",
	"CALLCHAIN_DEFERRED",
};

static const char *const of_perf[] = {
	"ATTR",		  "EVENT_TYPE", "TRACING_DATA",	 "BUILD_ID",
	"FINISHED_ROUND", "ID_INDEX",	"AUXTRACE_INFO", "AUXTRACE",
	"AUXTRACE_ERROR", "THREAD_MAP", "CPU_MAP",	 "STAT_CONFIG",
	"STAT",		  "STAT_ROUND", "EVENT_UPDATE",	 "TIME_CONV",
	"FEATURE",	  "COMPRESSED", "FINISHED_INIT", "COMPRESSED2",
	"BPF_METADATA",
};

const char *lbrvirt_record_type_name(uint32_t type)
{
	if (type < COUNT(of_kernel))
		return of_kernel[type];
	if (type >= ABI_RECORD_USER_START &&
	    type - ABI_RECORD_USER_START < COUNT(of_perf))
		return of_perf[type - ABI_RECORD_USER_START];
	return NULL;
}
