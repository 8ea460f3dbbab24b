/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * An emulated PMU exits for RDPMC, a mediated one does not (KVM of Linux 7.0
 * intercepts it no more), and nothing else that a guest sees tells them apart
 * for sure: both have the same version. The kernel executes RDPMC when an
 * event on the PMU is read, so no privilege is needed, and reading a software
 * event beside it shows what the system call takes by itself. What counts as
 * an exit, this machine's CPUID says.
 */
#include "config.h"

#include "guest/counter_cost.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "guest/exit_cost.h"
#include "guest/tsc.h"

#define ROUNDS 2000
/* Of CPUID's exit. What the kernel does for a counter besides lies far below
 * the one, and an exit for RDPMC, which is as simple as CPUID's, above the
 * other. */
#define KEPT_PERCENT  25
#define EXITS_PERCENT 50

struct trial {
	struct machine *machine;
	uint64_t config;
	uint32_t type;
	uint64_t ticks;
	int open_err; /* -errno of opening it */
};

/* Pinned: what does not get onto the PMU cannot be read. */
static int measure(void *arg)
{
	struct trial *trial = arg;
	struct perf_event_attr attr = {
		.type = trial->type,
		.size = PERF_ATTR_SIZE_VER3,
		.config = trial->config,
		.pinned = 1,
		.exclude_kernel = 1,
		.exclude_hv = 1,
	};
	uint64_t *ticks;
	int fd, err;

	fd = trial->machine->ops->perf_event_open(trial->machine, &attr, 0, -1,
						  -1, 0);
	if (fd < 0) {
		trial->open_err = fd;
		return fd;
	}
	ticks = calloc(ROUNDS, sizeof(*ticks));
	err = ticks ? trial->machine->ops->time_read(trial->machine, fd, ROUNDS,
						     ticks) :
		      -ENOMEM;
	if (!err)
		trial->ticks = exit_cost_percentile(ticks, ROUNDS, 50);
	free(ticks);
	close(fd);
	return err;
}

/* As perf_event_open(2) means them. */
static const char *open_reason(int err)
{
	switch (err) {
	case ENOENT:
	case EOPNOTSUPP:
		return "there is no PMU, or none with cycles";
	case EACCES:
	case EPERM:
		return "the kernel, a filter or a security module forbids it: the gates say which";
	default:
		return strerror(err);
	}
}

static int explain(struct lbrvirt_context *ctx, const struct trial *trial,
		   int err)
{
	if (trial->open_err)
		return error_set(ctx, error_from_errno(-trial->open_err),
				 "no counter can be opened: %s",
				 open_reason(-trial->open_err));
	if (err == -ENODATA)
		return error_set(
			ctx, EBUSY,
			"no counter is free: end other users of the PMU");
	return error_set(ctx, error_from_errno(-err),
			 "reading a counter cannot be timed: %s",
			 strerror(-err));
}

static enum lbrvirt_counter_way judge(uint64_t ticks, uint64_t exit_ticks)
{
	if (ticks * 100 <= exit_ticks * KEPT_PERCENT)
		return LBRVIRT_COUNTER_KEPT;
	return ticks * 100 >= exit_ticks * EXITS_PERCENT ?
		       LBRVIRT_COUNTER_EXITS :
		       LBRVIRT_COUNTER_UNCLEAR;
}

int counter_cost_measure_on(struct lbrvirt_context *ctx,
			    struct machine *machine,
			    const struct lbrvirt_exit_cost *exit_cost,
			    struct lbrvirt_counter_cost *ret_cost)
{
	const struct lbrvirt_exit_cost_total *total =
		lbrvirt_exit_cost_total(exit_cost);
	const struct lbrvirt_exit_cost_cpu *cpu =
		lbrvirt_exit_cost_cpu(exit_cost, 0);
	struct trial hardware = { machine, PERF_COUNT_HW_CPU_CYCLES,
				  PERF_TYPE_HARDWARE, 0, 0 };
	struct trial software = { machine, PERF_COUNT_SW_DUMMY,
				  PERF_TYPE_SOFTWARE, 0, 0 };
	int err;

	assert(machine && total && cpu && ret_cost);

	if (!total->has_exit)
		return error_set(
			ctx, EOPNOTSUPP,
			"CPUID does not exit here, so there is nothing to compare a counter with");
	err = machine->ops->run_on_cpu(machine, cpu->cpu, measure, &hardware);
	if (err)
		return explain(ctx, &hardware, err);
	err = machine->ops->run_on_cpu(machine, cpu->cpu, measure, &software);
	if (err)
		return explain(ctx, &software, err);
	ret_cost->ticks = hardware.ticks > software.ticks ?
				  hardware.ticks - software.ticks :
				  0;
	ret_cost->ns = tsc_to_ns(ret_cost->ticks, total->tsc_hz);
	ret_cost->way = judge(ret_cost->ticks, cpu->median);
	return 0;
}

int lbrvirt_counter_cost_measure(struct lbrvirt_context *ctx,
				 const struct lbrvirt_exit_cost *exit_cost,
				 struct lbrvirt_counter_cost *ret_cost)
{
	if (!ctx || !exit_cost || !ret_cost)
		return -EINVAL;
	if (ret_cost->size != sizeof(*ret_cost))
		return error_set(
			ctx, EINVAL,
			"lbrvirt_counter_cost.size is not this version's");
	return counter_cost_measure_on(ctx, machine_live(), exit_cost,
				       ret_cost);
}
