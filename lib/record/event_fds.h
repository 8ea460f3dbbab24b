/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A recording's events and all their descriptors: one a task, CPU and event.
 */
#ifndef LBRVIRT_RECORD_EVENT_FDS_H
#define LBRVIRT_RECORD_EVENT_FDS_H

#include <lbrvirt/plan.h>
#include <lbrvirt/sample.h>

#include "machine/machine.h"
#include "record/gears.h"

/* One descriptor. */
struct event_fd {
	int fd;
	uint32_t event; /* index into event_fds.events */
	uint32_t gear;	/* 0 for events that have none */
};

struct event_fds {
	struct machine *machine;
	struct gears gears;
	uint32_t gear; /* the one that is enabled, or will be */
	/* The plan's, then the tracking event; attr becomes what was opened. */
	struct lbrvirt_event *events;
	size_t nr_events;
	uint64_t **ids; /* storage of events[i].ids */
	size_t *ids_capacity;
	struct event_fd *opened;
	size_t nr_opened;
	size_t opened_capacity;
};

/* How events begin. */
struct event_fds_start {
	bool is_inherited;
	bool starts_with_exec;
	bool is_delayed;    /* sampling ones are enabled by hand */
	bool has_data_maps; /* the tracking one: mappings without code, too */
	uint32_t wakeup_bytes;
	struct gears gears;
	uint32_t gear; /* to begin with */
};

int event_fds_init(struct event_fds *fds, struct machine *machine,
		   const struct lbrvirt_plan *plan);
void event_fds_fini(struct event_fds *fds);

/* Set the attributes that depend on how the recording begins. */
void event_fds_set_start(struct event_fds *fds,
			 const struct event_fds_start *start);

/* How often an event is to be opened: at each gear, or once. */
uint32_t event_fds_gear_count(const struct event_fds *fds, size_t index);

/* Open one, disabled, on a task and CPU. A descriptor, which stays ours, or
 * -errno as the kernel gave it. */
int event_fds_open(struct event_fds *fds, struct event_fd which, pid_t tid,
		   int cpu);
void event_fds_close(struct event_fds *fds);

static inline size_t event_fds_tracking(const struct event_fds *fds)
{
	return fds->nr_events - 1;
}

/* PERF_EVENT_IOC_ENABLE or DISABLE on the tracking event, the others, or both.
 * Of gears, one is enabled. */
void event_fds_control(struct event_fds *fds, unsigned long request,
		       bool wants_tracking, bool wants_samples);

/* Enable another gear, and disable what was. */
void event_fds_shift(struct event_fds *fds, uint32_t gear);

/* Records lost so far by the kernel's own count; 0 where it keeps none. */
uint64_t event_fds_lost(const struct event_fds *fds);

#endif
