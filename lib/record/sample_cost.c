/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * How long a sample stops the thread that it is taken of. A thread that looks
 * at the clock without a pause sees every interrupt as a gap; if the ring's
 * head has moved in a gap, it was a sample's. So the exits, the interrupt, the
 * copying of registers, chain and stack are in it, whatever they are made of
 * here, and the median is not moved by the scheduler, other interrupts, or
 * time that the host takes. What a sample costs later, in caches that it
 * emptied, is not in it.
 */
#include "config.h"

#include "record/sample_cost.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/error.h"
#include "event/plan.h"
#include "guest/exit_cost.h"
#include "record/recorder.h"
#include "record/ring.h"

#define FREQ_HZ	       4000
#define SAMPLES_WANTED 40
/* Fewer do not make a median. */
#define SAMPLES_MIN 10
/* Some 10 ms are needed; on a busy machine more, but not for ever. */
#define TIME_MAX_NS 200000000u
/* Two of the largest stack copies, to a power of two. */
#define RING_PAGES 32
/* Longer than two looks at the clock ever lie apart without an interrupt. */
#define GAP_NS 500
/* So much stack is there to be copied, as deep programs have it. */
#define STACK_BYTES 32768

struct gaps {
	uint64_t ns[SAMPLES_WANTED];
	size_t nr;
};

static uint64_t max(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

/*
 * The loop. Where looking at the clock is a system call, every look is a gap,
 * and a sample may come behind the look: then the next one is the sample's.
 * The array below the stack pointer makes each copy as long as it is
 * asked for.
 */
static __attribute__((noinline)) void watch_clock(struct ring *ring,
						  struct gaps *gaps)
{
	volatile unsigned char stack[STACK_BYTES];
	uint64_t begin_ns = recorder_now_ns();
	uint64_t before_ns = begin_ns;

	for (size_t i = 0; i < sizeof(stack); i += 4096)
		stack[i] = 1;
	while (gaps->nr < SAMPLES_WANTED &&
	       before_ns - begin_ns < TIME_MAX_NS) {
		uint64_t now_ns = recorder_now_ns();
		uint64_t gap_ns = now_ns - before_ns;

		before_ns = now_ns;
		if (gap_ns < GAP_NS)
			continue;
		ring_refresh(ring);
		if (ring->head == ring->tail)
			continue;
		before_ns = recorder_now_ns();
		gaps->ns[gaps->nr++] = max(gap_ns, before_ns - now_ns);
		ring_drop(ring);
		before_ns = recorder_now_ns();
	}
}

static void fill_attr(struct machine *machine,
		      const struct lbrvirt_event *event,
		      struct perf_event_attr *ret_attr)
{
	uint64_t limit = machine_max_sample_rate(machine);

	*ret_attr = event->attr;
	ret_attr->freq = 1;
	ret_attr->sample_freq = limit && limit < FREQ_HZ ? limit : FREQ_HZ;
	ret_attr->disabled = 1;
	/* Nobody waits for this ring. */
	ret_attr->watermark = 1;
	ret_attr->wakeup_watermark = UINT32_MAX;
}

static int open_event(struct lbrvirt_context *ctx, struct machine *machine,
		      const struct lbrvirt_event *event)
{
	struct perf_event_attr attr;
	char why[512];
	int fd;

	fill_attr(machine, event, &attr);
	fd = event_open(machine, &attr, 0, -1, 0);
	if (fd >= 0)
		return fd;
	event_open_reason(machine, NULL, &attr, 0, -fd, why, sizeof(why));
	return error_set(ctx, error_from_errno(-fd), "%s", why);
}

static int map_ring(struct lbrvirt_context *ctx, int fd, struct ring *ring)
{
	int err = ring_map(ring, fd, RING_PAGES);

	if (err == -EPERM)
		return error_set(
			ctx, EOVERFLOW,
			"no locked memory is left to time samples (ulimit -l, kernel.perf_event_mlock_kb)");
	if (err)
		return error_set(ctx, error_from_errno(-err),
				 "the kernel gives no ring to time samples: %s",
				 strerror(-err));
	return 0;
}

static int measure(struct lbrvirt_context *ctx, int fd, struct ring *ring,
		   struct gaps *gaps)
{
	if (ioctl(fd, PERF_EVENT_IOC_ENABLE, 0))
		return error_set(ctx, EIO, "the event cannot be enabled");
	watch_clock(ring, gaps);
	ioctl(fd, PERF_EVENT_IOC_DISABLE, 0);
	if (gaps->nr < SAMPLES_MIN)
		return error_set(ctx, ENODATA,
				 "only %zu samples came: too few to time them",
				 gaps->nr);
	return 0;
}

int sample_cost_measure_on(struct lbrvirt_context *ctx, struct machine *machine,
			   const struct lbrvirt_plan *plan,
			   struct lbrvirt_sample_cost *ret_cost)
{
	const struct lbrvirt_event *event = lbrvirt_plan_event(plan, 0);
	struct gaps gaps = { .nr = 0 };
	struct ring ring = { 0 };
	int fd, err;

	assert(machine && event && ret_cost);

	fd = open_event(ctx, machine, event);
	if (fd < 0)
		return fd;
	err = map_ring(ctx, fd, &ring);
	if (!err)
		err = measure(ctx, fd, &ring, &gaps);
	ring_unmap(&ring);
	close(fd);
	if (err)
		return err;
	ret_cost->event = event->name;
	ret_cost->nr_samples = gaps.nr;
	ret_cost->median_ns = exit_cost_percentile(gaps.ns, gaps.nr, 50);
	ret_cost->p99_ns = exit_cost_percentile(gaps.ns, gaps.nr, 99);
	return 0;
}

int lbrvirt_sample_cost_measure(struct lbrvirt_context *ctx,
				const struct lbrvirt_plan *plan,
				struct lbrvirt_sample_cost *ret_cost)
{
	if (!ctx || !plan || !ret_cost)
		return error_set(ctx, EINVAL, "an argument is NULL");
	if (ret_cost->size != sizeof(*ret_cost))
		return error_set(
			ctx, EINVAL,
			"lbrvirt_sample_cost.size is not this version's");
	return sample_cost_measure_on(ctx, machine_live(), plan, ret_cost);
}
