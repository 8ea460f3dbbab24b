/* SPDX-License-Identifier: LGPL-2.1-or-later OR GPL-2.0-or-later */
/* One record of the truth log, read by tools/chains.c. Native byte order. */
#ifndef LBRPLAY_TRUTH_RECORD_H
#define LBRPLAY_TRUTH_RECORD_H

#include <linux/types.h>

enum {
	TRUTH_POLLUTED = 1, /* the stack handed out was not this one */
	TRUTH_FOREIGN = 2,  /* the innermost calls are not known */
	TRUTH_FRAMES = 4,   /* from frame pointers, not from a log */
};

struct truth_call {
	__u64 from;
	__u64 to;
};

/* Followed by nr calls, innermost first. */
struct truth_record {
	__u64 time; /* the event's clock, ns */
	__u64 ip;   /* user address interrupted */
	__u32 tid;
	__u32 flags;
	__u32 given; /* entries in the stack handed to perf */
	__u32 nr;
	struct truth_call call[];
};

#endif /* LBRPLAY_TRUTH_RECORD_H */
