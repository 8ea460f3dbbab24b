/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A controller with three rules. What a sample cost in the last windows decides
 * the fastest gear that fits the budget. What was spent above the budget (the
 * start, when files are read for the first time; a burst) is a debt, saved
 * again over the next seconds. And a faster gear must fit twice in a row, with
 * some room, while a slower one is taken at once.
 *
 * The recorded time is known from the samples: at F Hz each stands for 1/F s of
 * CPU time. So an idle program is neither sampled nor counted.
 */
#include "config.h"

#include "session/rate.h"

#include <assert.h>
#include <string.h>

/* Neighbours differ by this factor: finer than the effect of most changes,
 * and eight of them span a factor of 27. */
#define GEAR_RATIO 1.6
/* The first gear shall not lie where the next figure drives it away. */
#define FIRST_SHARE 0.95
/* The fastest gear over the one to begin with, if the limit allows. */
#define GEARS_ABOVE 3
#define HZ_MIN	    4
/* What neither clock sees: caches, wake-ups. Kept back. */
#define HEADROOM 0.85
/* A debt is saved again over so many windows of the last one's length. */
#define PAYBACK_WINDOWS 8
/* And not by sampling less than this share of the budget. */
#define TARGET_MIN 0.5
/* How fast a new cost replaces the old. */
#define COST_WEIGHT   0.5
#define WISHES_WANTED 2
/* A faster gear must leave this share of the target unused. */
#define WISH_ROOM     0.1
#define SAMPLES_RIPE  16
#define WINDOW_MIN_NS 250000000u
#define WINDOW_MAX_NS 2000000000u

/* The share of the CPU time that sampling at @hz takes. */
static double share_at(const struct rate *rate, uint64_t hz)
{
	return rate->cost_ns * (double)hz * rate->opts.nr_events / 1e9;
}

/* The fastest gear that stays within the share; else the slowest. */
static uint32_t find_gear(const struct rate *rate, double share)
{
	uint32_t gear = 0;

	while (gear + 1 < rate->gears.nr &&
	       share_at(rate, rate->gears.hz[gear]) > share)
		gear++;
	return gear;
}

static void lay_out(struct rate *rate, double first_hz)
{
	double hz = first_hz;

	for (int i = 0; i < GEARS_ABOVE; i++)
		hz *= GEAR_RATIO;
	if (hz > (double)rate->opts.max_hz)
		hz = (double)rate->opts.max_hz;
	rate->gears.nr = 0;
	while (rate->gears.nr < GEARS_MAX) {
		uint64_t rounded = (uint64_t)(hz + 0.5);

		if (rounded < HZ_MIN && rate->gears.nr > 0)
			break;
		rate->gears.hz[rate->gears.nr++] = rounded ? rounded : 1;
		hz /= GEAR_RATIO;
	}
}

void rate_init(struct rate *rate, const struct rate_opts *opts)
{
	double share = opts->budget * HEADROOM;

	assert(opts->budget > 0 && opts->max_hz && opts->nr_events);

	memset(rate, 0, sizeof(*rate));
	rate->opts = *opts;
	rate->cost_ns = (double)(opts->sample_ns + opts->guess_ns);
	if (rate->cost_ns < 1)
		rate->cost_ns = 1;
	lay_out(rate,
		FIRST_SHARE * share * 1e9 / rate->cost_ns / opts->nr_events);
	rate->gear = find_gear(rate, share);
	rate->slowest = rate->gear;
	rate->fastest = rate->gear;
}

bool rate_is_ripe(const struct rate_window *window, uint64_t length_ns)
{
	if (window->samples >= SAMPLES_RIPE)
		return length_ns >= WINDOW_MIN_NS;
	return window->samples > 0 && length_ns >= WINDOW_MAX_NS;
}

/*
 * Account for the window. Returns the CPU time that it stands for. The first
 * holds the start, when every file is read: that is spent, and says nothing of
 * what a sample costs.
 */
static double count(struct rate *rate, const struct rate_window *window)
{
	double spent_ns =
		(double)window->recorder_ns +
		(double)window->samples * (double)rate->opts.sample_ns;
	double recorded_ns = (double)window->samples * 1e9 /
			     (double)rate->gears.hz[rate->gear] /
			     rate->opts.nr_events;

	rate->spent_ns += spent_ns;
	rate->recorded_ns += recorded_ns;
	rate->debt_ns += spent_ns - recorded_ns * rate->opts.budget;
	if (rate->debt_ns < 0)
		rate->debt_ns = 0;
	if (rate->is_warm)
		rate->cost_ns +=
			COST_WEIGHT *
			(spent_ns / (double)window->samples - rate->cost_ns);
	rate->is_warm = true;
	return recorded_ns;
}

/* The share to aim at: less than the budget while there is a debt. */
static double find_target(const struct rate *rate, double recorded_ns)
{
	double budget = rate->opts.budget;
	double target = budget * HEADROOM -
			rate->debt_ns / (PAYBACK_WINDOWS * recorded_ns);

	return target > budget * TARGET_MIN ? target : budget * TARGET_MIN;
}

static uint32_t choose(struct rate *rate, double target)
{
	uint32_t slower = find_gear(rate, target);
	uint32_t faster;

	if (slower > rate->gear) {
		rate->wishes = 0;
		return slower;
	}
	faster = find_gear(rate, target * (1 - WISH_ROOM));
	if (faster >= rate->gear) {
		rate->wishes = 0;
		return rate->gear;
	}
	if (++rate->wishes < WISHES_WANTED)
		return rate->gear;
	rate->wishes = 0;
	/* One at a time: what is known was seen at this one. */
	return rate->gear - 1;
}

bool rate_take(struct rate *rate, const struct rate_window *window)
{
	uint32_t gear = rate->gear;

	if (window->samples == 0) {
		rate->spent_ns += (double)window->recorder_ns;
		rate->debt_ns += (double)window->recorder_ns;
		return false;
	}
	rate->gear = choose(rate, find_target(rate, count(rate, window)));
	if (rate->gear == gear)
		return false;
	rate->shifts++;
	if (rate->gear > rate->slowest)
		rate->slowest = rate->gear;
	if (rate->gear < rate->fastest)
		rate->fastest = rate->gear;
	return true;
}
