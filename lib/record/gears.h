/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The rates that a recording can change between while it runs. Each is opened
 * as an event of its own, and one at a time is enabled, with all that children
 * and threads have inherited of it. PERF_EVENT_IOC_PERIOD will not do:
 *
 * - it reaches the one event that it is called on, not those inherited from it
 *   (kernel/events/core.c, _perf_ioctl()), and the kernel swaps an event with
 *   an inherited one when the two tasks follow each other on a CPU;
 * - the samples of cpu-clock go on saying the old period
 *   (perf_swevent_init_hrtimer() alone sets last_period), so that all later
 *   samples would count too little or too much.
 *
 * Samples of each gear say their own period, so a profile by period is right
 * whichever rate it was taken at.
 */
#ifndef LBRVIRT_RECORD_GEARS_H
#define LBRVIRT_RECORD_GEARS_H

#include <stdint.h>

enum { GEARS_MAX = 8 };

struct gears {
	uint32_t nr; /* 0: the plan's rate, for good */
	uint64_t hz[GEARS_MAX]; /* fastest first */
};

#endif
