/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The cost of leaving the guest, from outside: CPUID exits under every
 * hypervisor (VMX does so unconditionally, and hypervisors on SVM intercept
 * it), is answered without any device, and needs no privilege. What other
 * exits do besides comes on top, so it is the least that one costs.
 */
#include "config.h"

#include "guest/exit_cost.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "base/error.h"
#include "guest/tsc.h"
#include "machine/cpus.h"

#define ROUNDS_MIN 100
#define ROUNDS_MAX 1000000
/*
 * CPUID itself takes 100 to 250 cycles on bare metal, the quickest exit that
 * anybody has reported some 750 (KVM's fast path).
 */
#define EXIT_TICKS_MIN 400

struct lbrvirt_exit_cost {
	struct lbrvirt_exit_cost_total total;
	struct lbrvirt_exit_cost_cpu *cpus;
	size_t nr;
};

/* What is measured on one CPU, and with what. */
struct trial {
	struct machine *machine;
	uint32_t rounds;
	uint64_t *ticks;
	uint64_t *empty;
	struct lbrvirt_exit_cost_cpu result;
};

static int compare(const void *va, const void *vb)
{
	uint64_t a = *(const uint64_t *)va;
	uint64_t b = *(const uint64_t *)vb;

	return a < b ? -1 : a > b;
}

uint64_t exit_cost_percentile(uint64_t *values, size_t nr, unsigned int percent)
{
	size_t rank = (nr * percent + 99) / 100;

	assert(nr > 0 && percent <= 100);

	qsort(values, nr, sizeof(*values), compare);
	return values[rank ? rank - 1 : 0];
}

static uint64_t less(uint64_t ticks, uint64_t empty)
{
	return ticks > empty ? ticks - empty : 0;
}

static int measure_cpu(void *arg)
{
	struct trial *trial = arg;
	struct lbrvirt_exit_cost_cpu *result = &trial->result;
	int err = trial->machine->ops->time_cpuid(trial->machine, trial->rounds,
						  trial->ticks, trial->empty);

	if (err)
		return err;
	result->empty = exit_cost_percentile(trial->empty, trial->rounds, 50);
	result->median =
		less(exit_cost_percentile(trial->ticks, trial->rounds, 50),
		     result->empty);
	result->p99 =
		less(exit_cost_percentile(trial->ticks, trial->rounds, 99),
		     result->empty);
	result->min = less(trial->ticks[0], result->empty);
	return 0;
}

/* A CPU that this thread may not run on (taskset, a cpuset) is left out. */
static int measure_cpus(struct trial *trial, const struct cpus *cpus,
			struct lbrvirt_exit_cost *cost)
{
	cost->cpus = calloc(cpus->nr, sizeof(*cost->cpus));
	if (!cost->cpus)
		return -ENOMEM;
	for (size_t i = 0; i < cpus->nr; i++) {
		int err = trial->machine->ops->run_on_cpu(
			trial->machine, (unsigned int)cpus->cpu[i], measure_cpu,
			trial);

		if (err == -EOPNOTSUPP)
			return err;
		if (err)
			continue;
		trial->result.cpu = (unsigned int)cpus->cpu[i];
		cost->cpus[cost->nr++] = trial->result;
	}
	return cost->nr ? 0 : -ENOENT;
}

static void sum_up(struct lbrvirt_exit_cost *cost, uint64_t *scratch)
{
	struct lbrvirt_exit_cost_total *total = &cost->total;

	total->min = UINT64_MAX;
	for (size_t i = 0; i < cost->nr; i++) {
		const struct lbrvirt_exit_cost_cpu *cpu = &cost->cpus[i];

		scratch[i] = cpu->median;
		if (cpu->min < total->min)
			total->min = cpu->min;
		if (cpu->p99 > total->p99)
			total->p99 = cpu->p99;
	}
	total->median = exit_cost_percentile(scratch, cost->nr, 50);
	total->min_ns = tsc_to_ns(total->min, total->tsc_hz);
	total->median_ns = tsc_to_ns(total->median, total->tsc_hz);
	total->p99_ns = tsc_to_ns(total->p99, total->tsc_hz);
	total->has_exit = total->median >= EXIT_TICKS_MIN;
}

static int measure(struct machine *machine, const struct cpus *cpus,
		   struct lbrvirt_exit_cost *cost)
{
	struct trial trial = { .machine = machine,
			       .rounds = cost->total.rounds };
	size_t nr = cpus->nr > trial.rounds ? cpus->nr : trial.rounds;
	int err;

	err = tsc_find_hz(machine, &cost->total.tsc_hz,
			  &cost->total.tsc_source);
	if (err)
		return err;
	trial.ticks = calloc(nr, sizeof(*trial.ticks));
	trial.empty = calloc(nr, sizeof(*trial.empty));
	err = trial.ticks && trial.empty ? measure_cpus(&trial, cpus, cost) :
					   -ENOMEM;
	if (!err)
		sum_up(cost, trial.ticks);
	free(trial.ticks);
	free(trial.empty);
	return err;
}

static int explain(struct lbrvirt_context *ctx, int err)
{
	switch (-err) {
	case EOPNOTSUPP:
		return error_set(
			ctx, EOPNOTSUPP,
			"the CPU has no RDTSCP, without which exits cannot be timed");
	case ENOENT:
		return error_set(
			ctx, ENOENT,
			"this program may run on none of the CPUs: see taskset -p and the cpuset");
	case ENOMEM:
		return error_set(ctx, ENOMEM, "out of memory");
	default:
		return error_set(ctx, EIO,
				 "the time stamp counter cannot be measured");
	}
}

int exit_cost_measure_on(struct lbrvirt_context *ctx, struct machine *machine,
			 const struct lbrvirt_exit_cost_opts *opts,
			 struct lbrvirt_exit_cost **ret_cost)
{
	uint32_t rounds = opts && opts->rounds ? opts->rounds :
						 LBRVIRT_EXIT_ROUNDS_DEFAULT;
	struct lbrvirt_exit_cost *cost;
	struct cpus cpus;
	int err;

	assert(machine && ret_cost);

	if (rounds < ROUNDS_MIN || rounds > ROUNDS_MAX)
		return error_set(ctx, EINVAL, "%u rounds: must be %d to %d",
				 rounds, ROUNDS_MIN, ROUNDS_MAX);
	err = cpus_online(ctx, machine, opts ? opts->cpus : NULL, &cpus);
	if (err)
		return err;
	cost = calloc(1, sizeof(*cost));
	if (cost) {
		cost->total.rounds = rounds;
		err = measure(machine, &cpus, cost);
	} else {
		err = -ENOMEM;
	}
	cpus_fini(&cpus);
	if (err) {
		lbrvirt_exit_cost_free(cost);
		return explain(ctx, err);
	}
	*ret_cost = cost;
	return 0;
}

int lbrvirt_exit_cost_measure(struct lbrvirt_context *ctx,
			      const struct lbrvirt_exit_cost_opts *opts,
			      struct lbrvirt_exit_cost **ret_cost)
{
	if (!ctx || !ret_cost)
		return -EINVAL;
	if (opts && opts->size != sizeof(*opts))
		return error_set(
			ctx, EINVAL,
			"lbrvirt_exit_cost_opts.size is not this version's");
	return exit_cost_measure_on(ctx, machine_live(), opts, ret_cost);
}

void lbrvirt_exit_cost_free(struct lbrvirt_exit_cost *cost)
{
	if (!cost)
		return;
	free(cost->cpus);
	free(cost);
}

const struct lbrvirt_exit_cost_total *
lbrvirt_exit_cost_total(const struct lbrvirt_exit_cost *cost)
{
	return cost ? &cost->total : NULL;
}

size_t lbrvirt_exit_cost_cpu_count(const struct lbrvirt_exit_cost *cost)
{
	return cost ? cost->nr : 0;
}

const struct lbrvirt_exit_cost_cpu *
lbrvirt_exit_cost_cpu(const struct lbrvirt_exit_cost *cost, size_t index)
{
	return cost && index < cost->nr ? &cost->cpus[index] : NULL;
}

/*
 * Timer: the interrupt itself and the write of TSC_DEADLINE that arms the next
 * one. PMI: the NMI, the write of LVTPC that unmasks it (Christopherson, LKML
 * October 2023), and what intel_pmu_handle_irq() and the counter's restart
 * access, each of which exits where the PMU is emulated: GLOBAL_CTRL off and
 * on, GLOBAL_STATUS read and acknowledged, the counter's new value. A mediated
 * PMU's registers are the guest's own.
 */
unsigned int lbrvirt_interrupt_exits(enum lbrvirt_interrupt interrupt)
{
	static const unsigned int exits[] = {
		[LBRVIRT_INTERRUPT_TIMER] = 2,
		[LBRVIRT_INTERRUPT_PMI] = 7,
		[LBRVIRT_INTERRUPT_PMI_MEDIATED] = 2,
	};

	return (size_t)interrupt < sizeof(exits) / sizeof(exits[0]) ?
		       exits[interrupt] :
		       0;
}
