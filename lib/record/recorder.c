/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The descriptors and rings of a recording. Each CPU has two rings: a small one
 * for the tracking event, which wakes us at every record so that a new mapping
 * is seen while its process is there, and a large one for samples, which wakes
 * us when an eighth is full. A flood of samples cannot push mappings out.
 *
 * Events are opened per task and CPU: the kernel refuses to map an inherited
 * event that is not bound to a CPU (kernel/events/core.c, perf_mmap()).
 */
#include "config.h"

#include "record/recorder.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "base/error.h"
#include "event/plan.h"
#include "machine/cpus.h"
#include "record/event_fds.h"
#include "record/stream.h"

/* How long a record may take from its time stamp to the ring's head. */
#define COMMIT_SLACK_NS 5000000u
/* Sampling rings hold about so much time at the asked frequency. */
#define RING_SPAN_MS   250
#define RING_BYTES_MIN (512u << 10)
#define RING_BYTES_MAX (16u << 20)
/* A burst of mappings, as compilers running side by side make it: some
 * thousands of records while the files of the ones before are opened. */
#define TRACKING_RING_BYTES_MIN (64u << 10)
#define TRACKING_RING_BYTES_MAX (1u << 20)

/* What a CPU has: first descriptor and ring of either kind. */
struct cpu_rings {
	int tracking_fd; /* -1: none */
	int sample_fd;
	struct ring tracking;
	struct ring samples;
};

struct recorder {
	struct lbrvirt_context *ctx;
	struct machine *machine;
	const struct lbrvirt_plan *plan;
	struct event_fds fds;
	struct event_fds_start start;
	struct cpus cpus;
	struct cpu_rings *rings; /* one a CPU */
	struct decoder *decoder;
	struct stream stream;
	uint32_t ring_pages; /* of each sampling ring */
	uint64_t lost_unreported;
};

uint64_t recorder_now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* Rings are a power of two of pages, at least one. */
static uint32_t pages_of_bytes(uint64_t bytes)
{
	uint64_t page_size = (uint64_t)sysconf(_SC_PAGESIZE);
	uint32_t pages = 1;

	while (pages * page_size < bytes)
		pages *= 2;
	return pages;
}

/* About the size of one sample of an event. */
static uint64_t sample_bytes(const struct perf_event_attr *attr)
{
	uint64_t bytes = 64;

	if (attr->sample_type & PERF_SAMPLE_CALLCHAIN)
		bytes += 32 * 8;
	if (attr->sample_type & PERF_SAMPLE_BRANCH_STACK)
		bytes += 32 * sizeof(struct lbrvirt_branch);
	if (attr->sample_type & PERF_SAMPLE_STACK_USER)
		bytes += attr->sample_stack_user + 17 * 8;
	return bytes;
}

static uint32_t pages_by_rate(const struct lbrvirt_plan *plan)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < lbrvirt_plan_event_count(plan); i++) {
		const struct perf_event_attr *attr =
			&lbrvirt_plan_event(plan, i)->attr;
		uint64_t hz = attr->freq ? attr->sample_freq : 4000;

		bytes += sample_bytes(attr) * hz * RING_SPAN_MS / 1000;
	}
	if (bytes < RING_BYTES_MIN)
		bytes = RING_BYTES_MIN;
	if (bytes > RING_BYTES_MAX)
		bytes = RING_BYTES_MAX;
	return pages_of_bytes(bytes);
}

/* The kernel's limit on open files is per process and often low by default. */
static void raise_file_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 &&
	    limit.rlim_cur < limit.rlim_max) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
}

/* An eighth of the sampling ring, which fits the locked memory allowed. */
static uint32_t tracking_pages(const struct recorder *recorder)
{
	uint64_t bytes = (uint64_t)recorder->ring_pages *
			 (uint64_t)sysconf(_SC_PAGESIZE) / 8;

	if (bytes < TRACKING_RING_BYTES_MIN)
		bytes = TRACKING_RING_BYTES_MIN;
	if (bytes > TRACKING_RING_BYTES_MAX)
		bytes = TRACKING_RING_BYTES_MAX;
	return pages_of_bytes(bytes);
}

/* The first event of a kind on a CPU brings the ring, later ones share it. */
static int attach_ring(struct recorder *recorder, struct cpu_rings *rings,
		       int fd, bool is_tracking)
{
	int *first_fd = is_tracking ? &rings->tracking_fd : &rings->sample_fd;
	struct ring *ring = is_tracking ? &rings->tracking : &rings->samples;
	int err;

	if (*first_fd >= 0)
		return ioctl(fd, PERF_EVENT_IOC_SET_OUTPUT, *first_fd) ?
			       -errno :
			       0;
	err = ring_map(ring, fd,
		       is_tracking ? tracking_pages(recorder) :
				     recorder->ring_pages);
	if (!err)
		*first_fd = fd;
	return err;
}

static int open_event(struct recorder *recorder, size_t index, pid_t tid,
		      size_t cpu_index)
{
	uint32_t nr = event_fds_gear_count(&recorder->fds, index);
	int err = 0;

	for (uint32_t gear = 0; !err && gear < nr; gear++) {
		const struct event_fd which = { .event = (uint32_t)index,
						.gear = gear };
		int fd = event_fds_open(&recorder->fds, which, tid,
					recorder->cpus.cpu[cpu_index]);

		err = fd < 0 ? fd :
			       attach_ring(recorder,
					   &recorder->rings[cpu_index], fd,
					   index == event_fds_tracking(
							    &recorder->fds));
	}
	return err;
}

/* All events on one task (-1: any) and CPU. A raw -errno on failure. */
static int open_on_cpu(struct recorder *recorder, pid_t tid, size_t cpu_index)
{
	int err = 0;

	for (size_t i = recorder->fds.nr_events; !err && i-- > 0;)
		err = open_event(recorder, i, tid, cpu_index);
	return err;
}

/* A CPU may have gone offline since the list was read: ENODEV, no loss. */
static int open_on_cpus(struct recorder *recorder, pid_t tid)
{
	size_t nr_offline = 0;

	for (size_t i = 0; i < recorder->cpus.nr; i++) {
		int err = open_on_cpu(recorder, tid, i);

		if (err == -ENODEV)
			nr_offline++;
		else if (err)
			return err;
	}
	return nr_offline < recorder->cpus.nr ? 0 : -ENODEV;
}

static int open_all(struct recorder *recorder, const struct tasks *tasks)
{
	size_t nr_gone = 0;

	if (!tasks)
		return open_on_cpus(recorder, -1);
	for (size_t i = 0; i < tasks->nr; i++) {
		int err = open_on_cpus(recorder, tasks->tid[i]);

		if (err == -ESRCH)
			nr_gone++;
		else if (err)
			return err;
	}
	return nr_gone < tasks->nr ? 0 : -ESRCH;
}

static void close_all(struct recorder *recorder)
{
	for (size_t i = 0; recorder->rings && i < recorder->cpus.nr; i++) {
		ring_unmap(&recorder->rings[i].tracking);
		ring_unmap(&recorder->rings[i].samples);
		recorder->rings[i].tracking_fd = -1;
		recorder->rings[i].sample_fd = -1;
	}
	event_fds_close(&recorder->fds);
}

static int set_open_error(struct recorder *recorder, pid_t tid, int err)
{
	char reason[512];

	if (err == -ESRCH)
		return error_set(recorder->ctx, ENOENT,
				 "the task to record has ended");
	if (err == -EMFILE || err == -ENFILE)
		return error_set(
			recorder->ctx, EOVERFLOW,
			"too many open files: raise the limit (ulimit -n), or record fewer threads or CPUs");
	if (err == -EPERM)
		return error_set(
			recorder->ctx, EOVERFLOW,
			"no ring fits into the locked memory allowed: raise it with ulimit -l, or sysctl kernel.perf_event_mlock_kb");
	if (err == -ENOMEM)
		return error_set(recorder->ctx, ENOMEM, "out of memory");
	event_open_reason(recorder->machine, NULL,
			  &recorder->fds.events[0].attr, tid, -err, reason,
			  sizeof(reason));
	return error_set(recorder->ctx, error_from_errno(-err), "%s", reason);
}

/* Halve the rings until they fit into the locked memory allowed. */
static int open_fitting(struct recorder *recorder, const struct tasks *tasks)
{
	uint64_t page_size = (uint64_t)sysconf(_SC_PAGESIZE);
	uint32_t asked = recorder->ring_pages;
	int err;

	for (;;) {
		recorder->start.wakeup_bytes =
			(uint32_t)(recorder->ring_pages * page_size / 8);
		event_fds_set_start(&recorder->fds, &recorder->start);
		err = open_all(recorder, tasks);
		if (err != -EPERM || recorder->ring_pages == 1 ||
		    recorder->fds.nr_opened == 0)
			break;
		close_all(recorder);
		recorder->ring_pages /= 2;
	}
	if (!err && recorder->ring_pages < asked)
		log_write(
			recorder->ctx, LBRVIRT_LOG_WARNING,
			"%u ring pages per CPU exceed the locked memory allowed: lowered to %u (raise it with sysctl kernel.perf_event_mlock_kb or ulimit -l)",
			asked, recorder->ring_pages);
	return err ? set_open_error(recorder, tasks ? tasks->tid[0] : -1, err) :
		     0;
}

static int init_stream(struct recorder *recorder)
{
	struct ring **rings;
	size_t nr = 0;
	int err;

	rings = calloc(2 * recorder->cpus.nr + 1, sizeof(*rings));
	if (!rings)
		return -ENOMEM;
	for (size_t i = 0; i < recorder->cpus.nr; i++) {
		if (recorder->rings[i].tracking_fd >= 0)
			rings[nr++] = &recorder->rings[i].tracking;
		if (recorder->rings[i].sample_fd >= 0)
			rings[nr++] = &recorder->rings[i].samples;
	}
	err = decoder_new(recorder->fds.events, recorder->fds.nr_events, false,
			  &recorder->decoder);
	if (!err)
		err = stream_init(&recorder->stream, recorder->decoder, rings,
				  nr);
	free(rings);
	return err;
}

int recorder_open(struct lbrvirt_context *ctx, struct machine *machine,
		  const struct recorder_opts *opts,
		  struct recorder **ret_recorder)
{
	struct recorder *recorder = calloc(1, sizeof(*recorder));
	int err = -ENOMEM;

	if (!recorder)
		return -ENOMEM;
	recorder->ctx = ctx;
	recorder->machine = machine;
	recorder->plan = opts->plan;
	recorder->start = (struct event_fds_start){
		.is_inherited = opts->is_inherited,
		.starts_with_exec = opts->starts_with_exec,
		.is_delayed = opts->is_delayed,
		.has_data_maps = opts->has_data_maps,
		.gear = opts->gear,
	};
	if (opts->gears)
		recorder->start.gears = *opts->gears;
	recorder->ring_pages = opts->ring_pages ? opts->ring_pages :
						  pages_by_rate(opts->plan);
	raise_file_limit();
	err = cpus_online(ctx, machine, opts->cpus, &recorder->cpus);
	if (err)
		goto fail;
	err = -ENOMEM;
	recorder->rings = calloc(recorder->cpus.nr, sizeof(*recorder->rings));
	if (!recorder->rings)
		goto fail;
	for (size_t i = 0; i < recorder->cpus.nr; i++) {
		recorder->rings[i].tracking_fd = -1;
		recorder->rings[i].sample_fd = -1;
	}
	err = event_fds_init(&recorder->fds, machine, opts->plan);
	if (!err)
		err = open_fitting(recorder, opts->tasks);
	if (!err)
		err = init_stream(recorder);
	if (err)
		goto fail;
	*ret_recorder = recorder;
	return 0;

fail:
	recorder_close(recorder);
	return err;
}

void recorder_close(struct recorder *recorder)
{
	if (!recorder)
		return;
	close_all(recorder);
	stream_fini(&recorder->stream);
	decoder_free(recorder->decoder);
	event_fds_fini(&recorder->fds);
	free(recorder->rings);
	cpus_fini(&recorder->cpus);
	free(recorder);
}

const struct lbrvirt_event *recorder_events(const struct recorder *recorder,
					    size_t *ret_nr)
{
	*ret_nr = recorder->fds.nr_events;
	return recorder->fds.events;
}

int recorder_add_task(struct recorder *recorder, pid_t tid)
{
	int err = open_on_cpus(recorder, tid);

	if (err == -ESRCH)
		return 0;
	if (err)
		return set_open_error(recorder, tid, err);
	return decoder_set_events(recorder->decoder, recorder->fds.events,
				  recorder->fds.nr_events);
}

void recorder_enable_tracking(struct recorder *recorder)
{
	event_fds_control(&recorder->fds, PERF_EVENT_IOC_ENABLE, true, false);
}

void recorder_enable_samples(struct recorder *recorder)
{
	event_fds_control(&recorder->fds, PERF_EVENT_IOC_ENABLE, false, true);
}

void recorder_disable(struct recorder *recorder)
{
	event_fds_control(&recorder->fds, PERF_EVENT_IOC_DISABLE, true, true);
}

void recorder_shift(struct recorder *recorder, uint32_t gear)
{
	event_fds_shift(&recorder->fds, gear);
}

size_t recorder_pollfds(const struct recorder *recorder, struct pollfd *ret_fds,
			size_t max)
{
	size_t nr = 0;

	for (size_t i = 0; i < recorder->cpus.nr; i++) {
		int fds[2] = { recorder->rings[i].tracking_fd,
			       recorder->rings[i].sample_fd };

		for (size_t j = 0; j < 2; j++) {
			if (fds[j] < 0)
				continue;
			if (nr < max)
				ret_fds[nr] =
					(struct pollfd){ .fd = fds[j],
							 .events = POLLIN };
			nr++;
		}
	}
	return nr;
}

int recorder_drain(struct recorder *recorder, bool is_final, recorder_fn fn,
		   void *arg)
{
	uint64_t limit_ns = is_final ? UINT64_MAX :
				       recorder_now_ns() - COMMIT_SLACK_NS;

	return stream_drain(&recorder->stream, limit_ns, fn, arg);
}

void recorder_count_lost(struct recorder *recorder)
{
	uint64_t lost = event_fds_lost(&recorder->fds);

	if (lost > recorder->stream.lost)
		recorder->lost_unreported = lost - recorder->stream.lost;
}

void recorder_stats(const struct recorder *recorder,
		    struct recorder_stats *ret_stats)
{
	*ret_stats = (struct recorder_stats){
		.lost = recorder->stream.lost + recorder->lost_unreported,
		.throttled = recorder->stream.throttled,
		.unordered = recorder->stream.unordered,
		.ring_pages = recorder->ring_pages,
	};
}

int recorder_decode(struct recorder *recorder, const void *bytes, size_t size,
		    struct lbrvirt_record *ret_record)
{
	return decoder_decode(recorder->decoder, bytes, size, ret_record, NULL);
}
