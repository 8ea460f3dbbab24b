/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Opening a plan's events on tasks or CPUs, and draining their rings as one
 * stream of records in time order. Knows nothing of stacks or files.
 */
#ifndef LBRVIRT_RECORD_RECORDER_H
#define LBRVIRT_RECORD_RECORDER_H

#include <poll.h>
#include <stdbool.h>

#include <lbrvirt/context.h>
#include <lbrvirt/plan.h>
#include <lbrvirt/sample.h>

#include "machine/machine.h"
#include "record/gears.h"
#include "record/target.h"

struct recorder;

struct recorder_opts {
	const struct lbrvirt_plan *plan;
	const struct tasks *tasks; /* NULL: everything that runs on the CPUs */
	const char *cpus;	   /* NULL: all that are online */
	bool is_inherited;	   /* children and later threads too */
	bool starts_with_exec; /* events enable themselves at the exec … */
	bool is_delayed;       /* … but sampling ones are enabled by hand */
	bool has_data_maps;    /* mappings that are not code are told of, too */
	uint32_t ring_pages; /* of sampling rings, a power of two; 0: by rate */
	const struct gears *gears; /* rates to change between; NULL: one */
	uint32_t gear;		   /* to begin with */
};

struct recorder_stats {
	uint64_t lost;	    /* records that found no room in a ring */
	uint64_t throttled; /* times an event was paused */
	uint64_t unordered; /* records delivered after a younger one */
	uint32_t ring_pages;
};

typedef int (*recorder_fn)(const struct lbrvirt_record *record, void *arg);

/*
 * Open and map, all disabled. 0; -EACCES, -EOPNOTSUPP, -ENODEV, -EBUSY,
 * -EINVAL as the kernel refused the event, in words; -ENOENT: every task has
 * gone; -EOVERFLOW: too many descriptors or too much locked memory; -ENOMEM.
 */
int recorder_open(struct lbrvirt_context *ctx, struct machine *machine,
		  const struct recorder_opts *opts,
		  struct recorder **ret_recorder);
void recorder_close(struct recorder *recorder);

/*
 * The events as they were opened: the plan's in their order, then the tracking
 * event (mappings, names, forks), which takes no samples. All ids are known.
 */
const struct lbrvirt_event *recorder_events(const struct recorder *recorder,
					    size_t *ret_nr);

/* The tasks may have made threads meanwhile: open events on @tid as well. */
int recorder_add_task(struct recorder *recorder, pid_t tid);

void recorder_enable_tracking(struct recorder *recorder);
void recorder_enable_samples(struct recorder *recorder);
void recorder_disable(struct recorder *recorder);

/* Sample at another of the gears from now on, if sampling is enabled. */
void recorder_shift(struct recorder *recorder, uint32_t gear);

/* Descriptors that become readable when a ring wants draining. */
size_t recorder_pollfds(const struct recorder *recorder, struct pollfd *ret_fds,
			size_t max);

/*
 * Pass on what the rings hold, in time order over all of them. Records of the
 * last moments stay for the next call, since an older one may still be on its
 * way into another ring; @is_final: events are disabled, everything goes out.
 * Returns the number of records, or what @fn returned if that was negative.
 */
int recorder_drain(struct recorder *recorder, bool is_final, recorder_fn fn,
		   void *arg);

/* After the final drain: losses that no LOST record told of. */
void recorder_count_lost(struct recorder *recorder);

void recorder_stats(const struct recorder *recorder,
		    struct recorder_stats *ret_stats);

/* The clock of the records' times: CLOCK_MONOTONIC (use_clockid, Linux 4.1). */
uint64_t recorder_now_ns(void);

/* Decode a record made by ourselves (synth.h) as if it came from a ring. */
int recorder_decode(struct recorder *recorder, const void *bytes, size_t size,
		    struct lbrvirt_record *ret_record);

#endif
