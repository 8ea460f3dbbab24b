/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The perf.data file as it lies on disk: the header of files and of pipes, the
 * numbers of the feature sections, and how their strings are padded.
 *
 * tools/perf/Documentation/perf.data-file-format.txt, tools/perf/util/header.h
 * (Linux 6.12).
 */
#ifndef LBRVIRT_PERFDATA_FORMAT_H
#define LBRVIRT_PERFDATA_FORMAT_H

#include <stdint.h>

#define FORMAT_MAGIC		0x32454c4946524550ull /* "PERFILE2" */
#define FORMAT_PIPE_HEADER_SIZE 16
#define FORMAT_STRING_ALIGN	64 /* as perf pads; readers take any length */

/* perf refuses an attribute that is larger than its own; 6.1 has 128 bytes. */
#define FORMAT_ATTR_SIZE_WRITTEN 128
#define FORMAT_ATTR_SIZE_MIN	 64
#define FORMAT_ATTR_SIZE_MAX	 4096 /* the kernel's own limit: a page */

struct format_section {
	uint64_t offset;
	uint64_t size;
};

struct format_header {
	uint64_t magic;
	uint64_t size;	    /* of this struct */
	uint64_t attr_size; /* of an attribute and the section of its ids */
	struct format_section attrs;
	struct format_section data;
	struct format_section event_types; /* no longer used */
	uint64_t features[4];		   /* a bit each, see below */
};

/* The feature sections stand behind the data, their table first. */
enum format_feature {
	FORMAT_TRACING_DATA = 1,
	FORMAT_BUILD_ID = 2,
	FORMAT_HOSTNAME = 3,
	FORMAT_OSRELEASE = 4,
	FORMAT_VERSION = 5,
	FORMAT_ARCH = 6,
	FORMAT_NRCPUS = 7,
	FORMAT_CPUDESC = 8,
	FORMAT_CPUID = 9,
	FORMAT_TOTAL_MEM = 10,
	FORMAT_CMDLINE = 11,
	FORMAT_EVENT_DESC = 12,
	FORMAT_BRANCH_STACK = 15,
	FORMAT_SAMPLE_TIME = 21,
	FORMAT_CLOCKID = 23,
	FORMAT_COMPRESSED = 27,
	FORMAT_PMU_CAPS = 31,
	FORMAT_FEATURES_WRITTEN = 32, /* one more than the last we write */
	FORMAT_FEATURES = 256,	      /* bits in the header */
};

/* An entry of the BUILD_ID table, and the body of record 67; a path follows. */
struct format_build_id {
	uint32_t type;
	uint16_t misc;
	uint16_t size;
	int32_t pid;
	uint8_t build_id[20];
	uint8_t build_id_size; /* only if misc says so; else it is 20 */
	uint8_t reserved[3];
};
#define FORMAT_MISC_BUILD_ID_SIZE (1u << 15)

/*
 * Where lbrprof keeps its notes among the PMU_CAPS. In their texts, "\n" stands
 * for a line's end and "\\" for a backslash.
 */
#define FORMAT_NOTES_PMU "lbrprof"
/* The note that the recorder's end leaves; without it, it was killed. */
#define FORMAT_NOTE_FINISHED "finished"

#endif
