/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Sampling the known calls, and the verdicts: what each pattern of samples
 * means in a guest, and who can do what about it.
 */
#include "config.h"

#include "record/self_test.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/error.h"
#include "event/event_attr.h"
#include "event/plan.h"
#include "record/ring.h"
#include "sample/decode.h"

#define CPU_NS 50000000
/* 200 samples, where the kernel allows as many. */
#define FREQ_HZ 4000
/* 128 KiB, for 150 samples of 32 records; what comes later is not needed. */
#define RING_PAGES 32
/* The longest call instruction of x86-64 with a prefix more. */
#define CALL_BYTES_MAX 8

struct finding {
	int err;
	const char *reason;
	const char *remedy_user;
	const char *remedy_admin;
};

static const struct finding findings[] = {
	[LBRVIRT_SELF_TEST_RIGHT] = { 0, "", "", "" },
	[LBRVIRT_SELF_TEST_SHARED] = {
		EBUSY,
		"another event in this guest takes turns with it",
		"end the other profiler (perf record -b or -j, BTS, Intel PT, pinned events)",
		"",
	},
	[LBRVIRT_SELF_TEST_NOT_COUNTING] = {
		ENODEV,
		"the event opens, but the virtual PMU never counts it",
		"",
		"give this guest a PMU that counts: see the PMU settings of the hypervisor, and end what pins the host's counters",
	},
	[LBRVIRT_SELF_TEST_NO_INTERRUPT] = {
		ENODEV,
		"the event counts, but no interrupt of the PMU arrives, so there are no samples",
		"",
		"let the hypervisor deliver PMU interrupts (QEMU: -accel kvm with -machine kernel_irqchip=on), or update it",
	},
	[LBRVIRT_SELF_TEST_NO_SAMPLE] = {
		ENODEV,
		"the event counts, but no sample comes with the PMU's interrupts",
		"",
		"update the hypervisor: its PMU does not tell which counter has overflowed",
	},
	[LBRVIRT_SELF_TEST_EMPTY] = {
		EBUSY,
		"samples come without branch records: the host keeps them from this guest",
		"",
		"the host's dmesg says \"fail to passthrough LBR\": a profiler there holds them; end it (perf record -b, -j or --call-graph lbr)",
	},
	[LBRVIRT_SELF_TEST_WRONG] = {
		EIO,
		"known calls come out wrong: the branch records are another's, or badly emulated",
		"",
		"update the host's kernel and hypervisor: the branch records must be saved and restored with the vCPU",
	},
};

bool self_test_interrupts(struct machine *machine, uint64_t *ret_nr)
{
	return machine_interrupts(machine, "PMI", ret_nr);
}

static bool is_right(const struct self_test_call *calls,
		     const struct lbrvirt_sample *sample)
{
	if (sample->nr_branches < SELF_TEST_CALLS)
		return false;
	for (int i = 0; i < SELF_TEST_CALLS; i++) {
		const struct lbrvirt_branch *branch = &sample->branches[i];

		if (branch->to != calls[i].entry ||
		    branch->from >= calls[i].back ||
		    calls[i].back - branch->from > CALL_BYTES_MAX)
			return false;
	}
	return true;
}

void self_test_add(const struct self_test_call calls[SELF_TEST_CALLS],
		   const struct lbrvirt_sample *sample,
		   struct lbrvirt_self_test *test)
{
	test->nr_samples++;
	if (sample->nr_branches == 0)
		test->nr_empty++;
	else if (is_right(calls, sample))
		test->nr_right++;
}

static enum lbrvirt_self_test_verdict
judge_silence(const struct lbrvirt_self_test *test)
{
	if (test->count == 0)
		return LBRVIRT_SELF_TEST_NOT_COUNTING;
	return test->has_interrupts && test->nr_interrupts ?
		       LBRVIRT_SELF_TEST_NO_SAMPLE :
		       LBRVIRT_SELF_TEST_NO_INTERRUPT;
}

/*
 * Half is enough: some samples fall between the calls, and what a share of
 * polluted stacks does to a recording, its integrity figure says better. Less
 * than nine tenths of the time on the PMU, and somebody else was there; the
 * branch records begin anew with each turn.
 */
static enum lbrvirt_self_test_verdict
find_verdict(const struct lbrvirt_self_test *test)
{
	if (test->running_ns < test->enabled_ns - test->enabled_ns / 10)
		return LBRVIRT_SELF_TEST_SHARED;
	if (test->nr_samples == 0)
		return judge_silence(test);
	if (test->nr_right >= test->nr_samples - test->nr_right)
		return LBRVIRT_SELF_TEST_RIGHT;
	if (test->nr_empty > test->nr_samples - test->nr_empty)
		return LBRVIRT_SELF_TEST_EMPTY;
	return LBRVIRT_SELF_TEST_WRONG;
}

void self_test_judge(struct lbrvirt_self_test *test)
{
	const struct finding *finding;

	test->verdict = find_verdict(test);
	finding = &findings[test->verdict];
	test->reason = finding->reason;
	test->remedy_user = finding->remedy_user;
	test->remedy_admin = finding->remedy_admin;
}

int self_test_errno(const struct lbrvirt_self_test *test)
{
	return findings[test->verdict].err;
}

static void fill_attr(struct machine *machine, uint64_t config,
		      struct perf_event_attr *ret_attr)
{
	uint64_t limit = machine_max_sample_rate(machine);

	*ret_attr = (struct perf_event_attr){
		.type = PERF_TYPE_HARDWARE,
		.size = PERF_ATTR_SIZE_VER7,
		.config = config,
		.freq = 1,
		.sample_freq = limit && limit < FREQ_HZ ? limit : FREQ_HZ,
		.sample_type = PERF_SAMPLE_IP | PERF_SAMPLE_BRANCH_STACK,
		.branch_sample_type = EVENT_ATTR_CALL_STACK,
		.read_format = PERF_FORMAT_TOTAL_TIME_ENABLED |
			       PERF_FORMAT_TOTAL_TIME_RUNNING,
		.disabled = 1,
		.exclude_kernel = 1,
		.exclude_hv = 1,
	};
}

/* Refusals that speak of the machine, in the public set. */
static int public_code(int err)
{
	switch (err) {
	case ENOENT:
	case EINVAL:
		return EOPNOTSUPP;
	default:
		return error_from_errno(err);
	}
}

/*
 * Not the events that are to be recorded: those may be rare. Some PMUs lack
 * cycles. A descriptor, or the first refusal.
 */
static int open_event(struct lbrvirt_context *ctx, struct machine *machine,
		      const struct lbrvirt_guest *guest,
		      struct perf_event_attr *ret_attr)
{
	static const uint64_t configs[] = {
		PERF_COUNT_HW_CPU_CYCLES,
		PERF_COUNT_HW_INSTRUCTIONS,
		PERF_COUNT_HW_BRANCH_INSTRUCTIONS,
	};
	char why[512];
	int first = 0;

	for (size_t i = 0; i < sizeof(configs) / sizeof(configs[0]); i++) {
		int fd;

		fill_attr(machine, configs[i], ret_attr);
		fd = event_open(machine, ret_attr, 0, -1, 0);
		if (fd >= 0)
			return fd;
		if (i == 0)
			first = -fd;
	}
	event_open_reason(machine, guest, ret_attr, 0, first, why, sizeof(why));
	return error_set(ctx, public_code(first), "%s", why);
}

static int map_ring(struct lbrvirt_context *ctx, int fd, struct ring *ring)
{
	int err = ring_map(ring, fd, RING_PAGES);

	if (err == -EPERM)
		return error_set(
			ctx, EOVERFLOW,
			"no locked memory is left for it (ulimit -l, kernel.perf_event_mlock_kb)");
	if (err)
		return error_set(ctx, error_from_errno(-err),
				 "the kernel gives no ring for it: %s",
				 strerror(-err));
	return 0;
}

static int measure(struct machine *machine, int fd,
		   struct self_test_call *ret_calls,
		   struct lbrvirt_self_test *test)
{
	struct {
		uint64_t count, enabled_ns, running_ns;
	} values;
	uint64_t before = 0, after = 0;

	test->has_interrupts = self_test_interrupts(machine, &before);
	if (ioctl(fd, PERF_EVENT_IOC_ENABLE, 0))
		return -EIO;
	self_test_chain_run(CPU_NS, ret_calls);
	if (ioctl(fd, PERF_EVENT_IOC_DISABLE, 0) ||
	    read(fd, &values, sizeof(values)) != (ssize_t)sizeof(values))
		return -EIO;
	test->has_interrupts &= self_test_interrupts(machine, &after);
	test->nr_interrupts = after - before;
	test->count = values.count;
	test->enabled_ns = values.enabled_ns;
	test->running_ns = values.running_ns;
	return 0;
}

static int count_samples(const struct perf_event_attr *attr, struct ring *ring,
			 const struct self_test_call *calls,
			 struct lbrvirt_self_test *test)
{
	const struct lbrvirt_event event = { .name = "", .attr = *attr };
	struct decoder *decoder;
	const void *bytes;
	size_t size;
	int err = decoder_new(&event, 1, false, &decoder);

	if (err)
		return err;
	ring_refresh(ring);
	while (!err && (bytes = ring_peek(ring, &size))) {
		struct lbrvirt_record record;

		err = decoder_decode(decoder, bytes, ring->head - ring->tail,
				     &record, NULL);
		if (err)
			break;
		if (record.type == PERF_RECORD_SAMPLE)
			self_test_add(calls, &record.sample, test);
		ring_consume(ring, size);
	}
	decoder_free(decoder);
	return err;
}

int self_test_run(struct lbrvirt_context *ctx, struct machine *machine,
		  const struct lbrvirt_guest *guest,
		  struct lbrvirt_self_test *ret_test)
{
	struct lbrvirt_self_test test = { .size = sizeof(test) };
	struct self_test_call calls[SELF_TEST_CALLS];
	struct perf_event_attr attr;
	struct ring ring = { 0 };
	int fd, err;

	fd = open_event(ctx, machine, guest, &attr);
	if (fd < 0)
		return fd;
	err = map_ring(ctx, fd, &ring);
	if (err)
		goto out;
	err = measure(machine, fd, calls, &test);
	if (!err)
		err = count_samples(&attr, &ring, calls, &test);
	if (err) {
		error_set(ctx, -err, "the event opens, but cannot be read");
		goto out;
	}
	self_test_judge(&test);
	*ret_test = test;
out:
	ring_unmap(&ring);
	close(fd);
	return err;
}
