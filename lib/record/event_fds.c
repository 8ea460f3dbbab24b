/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Descriptors of events. What the kernel refused of an attribute once it
 * refuses always, so event_open()'s changes are kept for the next opening.
 */
#include "config.h"

#include "record/event_fds.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/buffer.h"
#include "event/plan.h"

/* Linux 6.0; the headers at hand may be older. */
#define LINUX_PERF_FORMAT_LOST (1u << 4)

int event_fds_init(struct event_fds *fds, struct machine *machine,
		   const struct lbrvirt_plan *plan)
{
	size_t nr = lbrvirt_plan_event_count(plan) + 1;

	fds->machine = machine;
	fds->events = calloc(nr, sizeof(*fds->events));
	fds->ids = calloc(nr, sizeof(*fds->ids));
	fds->ids_capacity = calloc(nr, sizeof(*fds->ids_capacity));
	if (!fds->events || !fds->ids || !fds->ids_capacity)
		return -ENOMEM;
	fds->nr_events = nr;
	for (size_t i = 0; i + 1 < nr; i++) {
		fds->events[i] = *lbrvirt_plan_event(plan, i);
		fds->events[i].ids = NULL;
		fds->events[i].nr_ids = 0;
		fds->events[i].index = (uint32_t)i;
	}
	fds->events[nr - 1].name = "dummy:u";
	fds->events[nr - 1].index = (uint32_t)nr - 1;
	event_tracking_attr(&fds->events[nr - 1].attr);
	return 0;
}

void event_fds_fini(struct event_fds *fds)
{
	event_fds_close(fds);
	for (size_t i = 0; i < fds->nr_events; i++)
		free(fds->ids[i]);
	free(fds->ids);
	free(fds->ids_capacity);
	free(fds->events);
	free(fds->opened);
	memset(fds, 0, sizeof(*fds));
}

void event_fds_set_start(struct event_fds *fds,
			 const struct event_fds_start *start)
{
	fds->gears = start->gears;
	fds->gear = start->gear;
	for (size_t i = 0; i < fds->nr_events; i++) {
		struct perf_event_attr *attr = &fds->events[i].attr;
		bool is_tracking = i == event_fds_tracking(fds);

		attr->disabled = 1;
		attr->inherit = start->is_inherited;
		attr->enable_on_exec = start->starts_with_exec &&
				       (is_tracking || !start->is_delayed);
		if (is_tracking) {
			attr->mmap_data = start->has_data_maps;
			continue;
		}
		attr->read_format = LINUX_PERF_FORMAT_LOST;
		attr->watermark = 1;
		attr->wakeup_watermark = start->wakeup_bytes;
		if (event_fds_gear_count(fds, i) > 1)
			attr->sample_freq = fds->gears.hz[0];
	}
}

static int add_id(struct event_fds *fds, size_t index, uint64_t id)
{
	struct lbrvirt_event *event = &fds->events[index];
	void *ids = fds->ids[index];

	if (array_reserve(&ids, &fds->ids_capacity[index], event->nr_ids + 1,
			  sizeof(id)))
		return -ENOMEM;
	fds->ids[index] = ids;
	fds->ids[index][event->nr_ids++] = id;
	event->ids = fds->ids[index];
	return 0;
}

static int remember(struct event_fds *fds, struct event_fd opened_fd)
{
	void *opened = fds->opened;
	uint64_t id;

	if (ioctl(opened_fd.fd, PERF_EVENT_IOC_ID, &id))
		return -errno;
	if (array_reserve(&opened, &fds->opened_capacity, fds->nr_opened + 1,
			  sizeof(*fds->opened)))
		return -ENOMEM;
	fds->opened = opened;
	if (add_id(fds, opened_fd.event, id))
		return -ENOMEM;
	fds->opened[fds->nr_opened++] = opened_fd;
	return 0;
}

uint32_t event_fds_gear_count(const struct event_fds *fds, size_t index)
{
	if (index == event_fds_tracking(fds) || !fds->events[index].attr.freq ||
	    fds->gears.nr == 0)
		return 1;
	return fds->gears.nr;
}

int event_fds_open(struct event_fds *fds, struct event_fd which, pid_t tid,
		   int cpu)
{
	struct lbrvirt_event *event = &fds->events[which.event];
	struct perf_event_attr attr = event->attr;
	int err;

	if (event_fds_gear_count(fds, which.event) > 1) {
		attr.sample_freq = fds->gears.hz[which.gear];
		if (which.gear != fds->gear)
			attr.enable_on_exec = 0;
	}
	which.fd =
		event_open(fds->machine, &attr, tid, cpu, PERF_FLAG_FD_CLOEXEC);
	if (which.fd < 0)
		return which.fd;
	attr.sample_freq = event->attr.sample_freq;
	attr.enable_on_exec = event->attr.enable_on_exec;
	event->attr = attr;
	err = remember(fds, which);
	if (err) {
		close(which.fd);
		return err;
	}
	return which.fd;
}

void event_fds_close(struct event_fds *fds)
{
	for (size_t i = 0; i < fds->nr_opened; i++)
		close(fds->opened[i].fd);
	fds->nr_opened = 0;
	for (size_t i = 0; i < fds->nr_events; i++)
		fds->events[i].nr_ids = 0;
}

static bool is_other_gear(const struct event_fds *fds,
			  const struct event_fd *opened)
{
	return event_fds_gear_count(fds, opened->event) > 1 &&
	       opened->gear != fds->gear;
}

void event_fds_control(struct event_fds *fds, unsigned long request,
		       bool wants_tracking, bool wants_samples)
{
	for (size_t i = 0; i < fds->nr_opened; i++) {
		const struct event_fd *opened = &fds->opened[i];

		if (request == PERF_EVENT_IOC_ENABLE &&
		    is_other_gear(fds, opened))
			continue;
		/* Fails only on a task that has ended: nothing to enable. */
		if (opened->event == event_fds_tracking(fds) ? wants_tracking :
							       wants_samples)
			ioctl(opened->fd, request, 0);
	}
}

/*
 * All other gears are disabled, not just the last one: a task that was being
 * made while gears were changed may have inherited an enabled one unseen.
 */
void event_fds_shift(struct event_fds *fds, uint32_t gear)
{
	assert(gear < fds->gears.nr);

	fds->gear = gear;
	for (size_t i = 0; i < fds->nr_opened; i++) {
		if (is_other_gear(fds, &fds->opened[i]))
			ioctl(fds->opened[i].fd, PERF_EVENT_IOC_DISABLE, 0);
	}
	for (size_t i = 0; i < fds->nr_opened; i++) {
		const struct event_fd *opened = &fds->opened[i];

		if (event_fds_gear_count(fds, opened->event) > 1 &&
		    opened->gear == gear)
			ioctl(opened->fd, PERF_EVENT_IOC_ENABLE, 0);
	}
}

/*
 * The kernel writes a LOST record before the next record that fits; losses at
 * the very end have none, but read(2) with PERF_FORMAT_LOST (Linux 6.0) knows
 * them all. Older kernels refuse the format; then event_open() took it away.
 */
uint64_t event_fds_lost(const struct event_fds *fds)
{
	struct {
		uint64_t value;
		uint64_t lost;
	} counts;
	uint64_t lost = 0;

	for (size_t i = 0; i < fds->nr_opened; i++) {
		const struct event_fd *opened = &fds->opened[i];

		if (fds->events[opened->event].attr.read_format ==
			    LINUX_PERF_FORMAT_LOST &&
		    read(opened->fd, &counts, sizeof(counts)) ==
			    (ssize_t)sizeof(counts))
			lost += counts.lost;
	}
	return lost;
}
