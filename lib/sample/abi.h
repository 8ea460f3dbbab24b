/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Numbers of the perf ABI that the installed kernel headers may be too old to
 * have, under names of our own so that newer headers cannot clash, and the
 * record types that perf itself adds to its files from 64 up.
 *
 * Kernel: include/uapi/linux/perf_event.h up to Linux 7.0; perf's types:
 * tools/perf/Documentation/perf.data-file-format.txt.
 */
#ifndef LBRVIRT_SAMPLE_ABI_H
#define LBRVIRT_SAMPLE_ABI_H

#include <linux/perf_event.h>

/* read_format; Linux 6.0. */
#define ABI_FORMAT_LOST (1u << 4)

/* branch_sample_type; Linux 5.7 and 6.8. */
#define ABI_BRANCH_HW_INDEX (1ull << 17)
#define ABI_BRANCH_COUNTERS (1ull << 19)

/* Records of the kernel; Linux 5.16 and 6.19. */
#define ABI_RECORD_AUX_OUTPUT_HW_ID   21
#define ABI_RECORD_CALLCHAIN_DEFERRED 22

/* Records of perf. From here up there is no sample_id trailer. */
#define ABI_RECORD_USER_START	       64
#define ABI_RECORD_HEADER_ATTR	       64
#define ABI_RECORD_HEADER_EVENT_TYPE   65
#define ABI_RECORD_HEADER_TRACING_DATA 66
#define ABI_RECORD_HEADER_BUILD_ID     67
#define ABI_RECORD_FINISHED_ROUND      68
#define ABI_RECORD_ID_INDEX	       69
#define ABI_RECORD_AUXTRACE_INFO       70
#define ABI_RECORD_AUXTRACE	       71
#define ABI_RECORD_EVENT_UPDATE	       78
#define ABI_RECORD_HEADER_FEATURE      80
#define ABI_RECORD_COMPRESSED	       81
#define ABI_RECORD_FINISHED_INIT       82
#define ABI_RECORD_COMPRESSED2	       83

#endif
