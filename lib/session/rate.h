/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which rate keeps a recording within its budget: a share of the CPU time of
 * what is recorded. Pure: figures in, a gear out.
 */
#ifndef LBRVIRT_SESSION_RATE_H
#define LBRVIRT_SESSION_RATE_H

#include <stdbool.h>
#include <stdint.h>

#include "record/gears.h"

struct rate_opts {
	double budget;	    /* a share: 0.01 */
	uint64_t max_hz;    /* never above */
	uint32_t nr_events; /* that are sampled at the rate, each */
	uint64_t sample_ns; /* what each sample costs the program */
	uint64_t guess_ns;  /* and the recorder, as far as known beforehand */
};

/* What was seen in a window of time. */
struct rate_window {
	uint64_t samples;     /* taken, lost ones too */
	uint64_t recorder_ns; /* CPU time of the recorder */
};

struct rate {
	struct rate_opts opts;
	struct gears gears;
	uint32_t gear;
	double cost_ns;	 /* of a sample, all told, smoothed */
	double debt_ns;	 /* spent above the budget, not yet saved again */
	bool is_warm;	/* the first window has passed */
	uint32_t wishes; /* windows in a row that would bear a faster gear */
	/* Of all windows. */
	double spent_ns;
	double recorded_ns; /* CPU time of what is recorded */
	uint32_t shifts;
	uint32_t slowest; /* gears used */
	uint32_t fastest;
};

/* Lay out the gears and choose the first. */
void rate_init(struct rate *rate, const struct rate_opts *opts);

/* Take in a window; what it was sampled at is rate->gear. True: rate->gear is
 * another now. */
bool rate_take(struct rate *rate, const struct rate_window *window);

/* Whether a window says enough to be taken in. */
bool rate_is_ripe(const struct rate_window *window, uint64_t length_ns);

#endif
