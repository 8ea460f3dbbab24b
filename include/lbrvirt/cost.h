/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What sampling costs in this guest. A sample's price in a virtual machine is
 * mostly that of its exits: the CPU leaves the guest for the hypervisor and
 * comes back. Here they are measured, and so is a whole sample.
 */
#ifndef LBRVIRT_COST_H
#define LBRVIRT_COST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <lbrvirt/api.h>
#include <lbrvirt/context.h>
#include <lbrvirt/plan.h>

LBRVIRT_BEGIN_DECLS

struct lbrvirt_exit_cost;

/** Rounds a CPU unless told otherwise; at about 1,500 cycles each, 10 ms. */
#define LBRVIRT_EXIT_ROUNDS_DEFAULT 10000

/**
 * To compare with: what KVM takes for a simple exit, there and back, at most,
 * and about half of it on its fast path, in cycles (Christopherson, LKML,
 * 3 October 2023).
 */
#define LBRVIRT_EXIT_CYCLES_KVM	     1500
#define LBRVIRT_EXIT_CYCLES_KVM_FAST 750

/** The rates that lbrprof doctor predicts the overhead of: an initializer. */
#define LBRVIRT_COST_RATES_HZ 99, 999, 4000

/** Settings of lbrvirt_exit_cost_measure(). Set size to sizeof of the struct. */
struct lbrvirt_exit_cost_opts {
	size_t size;
	uint32_t rounds;  /**< a CPU, 100 to 1,000,000; 0: the default */
	const char *cpus; /**< only these: "0-2,5"; NULL: all that are online */
};

/** How the frequency of the time stamp counter is known. */
enum lbrvirt_tsc_source {
	LBRVIRT_TSC_MEASURED = 0, /**< against CLOCK_MONOTONIC_RAW */
	LBRVIRT_TSC_CRYSTAL = 1,  /**< CPUID leaf 0x15 */
	LBRVIRT_TSC_BASE = 2,	  /**< CPUID leaf 0x16 */
	LBRVIRT_TSC_HYPERVISOR = 3, /**< CPUID leaf 0x40000010 */
};

/** CPUID round trips in ticks of the TSC, an empty round subtracted. */
struct lbrvirt_exit_cost_cpu {
	unsigned int cpu;
	uint64_t min;
	uint64_t median;
	uint64_t p99; /**< 99 of 100 rounds took no longer */
	uint64_t empty; /**< median of the empty round */
};

/** All CPUs together. */
struct lbrvirt_exit_cost_total {
	uint32_t rounds; /**< on each CPU */
	uint64_t tsc_hz;
	enum lbrvirt_tsc_source tsc_source;
	uint64_t min;	 /**< of all, in ticks */
	uint64_t median; /**< of the CPUs' medians */
	uint64_t p99;	 /**< of the CPUs' 99th percentiles the highest */
	uint64_t min_ns; /**< the same in nanoseconds */
	uint64_t median_ns;
	uint64_t p99_ns;
	bool has_exit; /**< false: CPUID does not leave the guest, as on bare
			    metal; the figures are the instruction's own */
};

/**
 * Time CPUID, which every hypervisor intercepts, on each CPU in turn. The
 * calling thread is bound to the CPU meanwhile. Takes 10 to 100 ms a CPU.
 *
 * @ctx       context for messages; must outlive the result.
 * @opts      settings, or NULL for the defaults.
 * @ret_cost  receives the result; untouched on failure.
 *
 * Returns 0, or
 *   -EINVAL      a setting out of range;
 *   -ENOENT      none of the CPUs is online, or this thread may run on none;
 *   -EOPNOTSUPP  the CPU has no RDTSCP;
 *   -ENOMEM, -EIO.
 *
 * Owner:  the caller; end it with lbrvirt_exit_cost_free().
 * Thread: one at a time per @ctx.
 * Since:  0.1
 */
LBRVIRT_API int
lbrvirt_exit_cost_measure(struct lbrvirt_context *ctx,
			  const struct lbrvirt_exit_cost_opts *opts,
			  struct lbrvirt_exit_cost **ret_cost);

/** Free a result. NULL is allowed. Since: 0.1 */
LBRVIRT_API void lbrvirt_exit_cost_free(struct lbrvirt_exit_cost *cost);

/** All CPUs together; NULL: @cost is. Valid as long as @cost. Since: 0.1 */
LBRVIRT_API const struct lbrvirt_exit_cost_total *
lbrvirt_exit_cost_total(const struct lbrvirt_exit_cost *cost);

/** How many CPUs were measured. Since: 0.1 */
LBRVIRT_API size_t
lbrvirt_exit_cost_cpu_count(const struct lbrvirt_exit_cost *cost);

/** One CPU; NULL: @index out of range. Valid as long as @cost. Since: 0.1 */
LBRVIRT_API const struct lbrvirt_exit_cost_cpu *
lbrvirt_exit_cost_cpu(const struct lbrvirt_exit_cost *cost, size_t index);

/** What a sample's interrupt is made of. */
enum lbrvirt_interrupt {
	LBRVIRT_INTERRUPT_TIMER = 0, /**< cpu-clock: the guest's timer */
	LBRVIRT_INTERRUPT_PMI = 1,   /**< of a PMU that the host emulates */
	LBRVIRT_INTERRUPT_PMI_MEDIATED = 2, /**< of one that it hands through */
};

/**
 * How often one sample leaves the guest, by the model that lbrprof-doctor(1)
 * states. 0: no such kind.
 *
 * Thread: any. Since: 0.1
 */
LBRVIRT_API unsigned int
lbrvirt_interrupt_exits(enum lbrvirt_interrupt interrupt);

/** Whether reading a counter of the PMU leaves the guest. */
enum lbrvirt_counter_way {
	LBRVIRT_COUNTER_KEPT = 0,    /**< no: the PMU is mediated, or the
					  CPU's own */
	LBRVIRT_COUNTER_EXITS = 1,   /**< yes: the host emulates the PMU */
	LBRVIRT_COUNTER_UNCLEAR = 2, /**< too little for an exit, too much
					  for none */
};

/** What reading a counter takes. Set size to sizeof of the struct. */
struct lbrvirt_counter_cost {
	size_t size;
	uint64_t ticks; /**< of the TSC, the system call subtracted; median */
	uint64_t ns;	/**< the same in nanoseconds */
	enum lbrvirt_counter_way way;
};

/**
 * Time reading a counter of the PMU, and judge by this machine's exits whether
 * it is one: in a guest, the only sign of an emulated PMU. Takes some
 * milliseconds.
 *
 * @ctx        context for messages.
 * @exit_cost  what an exit takes here.
 * @ret_cost   receives the result; set its size before. Untouched on failure.
 *
 * Returns 0, or
 *   -EINVAL      an argument is NULL, or of another version;
 *   -EOPNOTSUPP  CPUID does not exit here: nothing to compare with;
 *   -EBUSY       no counter is free;
 *   -ENOENT, -EACCES, -ENODEV, -EOVERFLOW, -ENOMEM, -EIO
 *                there is no PMU, or the event cannot be opened or read.
 *
 * Thread: one at a time per @ctx.
 * Since:  0.1
 */
LBRVIRT_API int
lbrvirt_counter_cost_measure(struct lbrvirt_context *ctx,
			     const struct lbrvirt_exit_cost *exit_cost,
			     struct lbrvirt_counter_cost *ret_cost);

/**
 * What a sample cost that was taken: set size to sizeof of the struct.
 */
struct lbrvirt_sample_cost {
	size_t size;
	const char *event;   /**< as the plan has it; valid as long as it */
	uint64_t nr_samples; /**< that were timed */
	uint64_t median_ns;  /**< interrupt, exits, copying: all but what the
				  recorder does with the sample */
	uint64_t p99_ns;
};

/**
 * Time samples of a plan's first event: a thread that does nothing but look at
 * the clock sees how long each one stops it. Takes 10 ms, at most 200.
 *
 * @ctx       context for messages.
 * @plan      its first event is opened on the calling thread.
 * @ret_cost  receives the result; set its size before. Untouched on failure.
 *
 * Returns 0, or
 *   -EINVAL      an argument is NULL, or of another version;
 *   -ENODATA     too few samples came to say anything;
 *   -EOPNOTSUPP, -EACCES, -ENODEV, -EBUSY, -ENOENT, -EOVERFLOW, -ENOMEM, -EIO
 *                the event cannot be opened, or its ring not be mapped.
 *
 * Thread: one at a time per @ctx.
 * Since:  0.1
 */
LBRVIRT_API int lbrvirt_sample_cost_measure(struct lbrvirt_context *ctx,
					    const struct lbrvirt_plan *plan,
					    struct lbrvirt_sample_cost *ret_cost);

LBRVIRT_END_DECLS

#endif
