/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The plan of a recording: which events will be opened and where stacks will
 * come from. The ladder of stack sources is tried here by opening each step,
 * and the plan remembers why each better step was not taken.
 */
#ifndef LBRVIRT_PLAN_H
#define LBRVIRT_PLAN_H

#include <lbrvirt/api.h>
#include <lbrvirt/context.h>
#include <lbrvirt/guest.h>
#include <lbrvirt/sample.h>
#include <lbrvirt/stack.h>

LBRVIRT_BEGIN_DECLS

struct lbrvirt_plan;

/** Which stacks are asked for; as perf record --call-graph, and auto. */
enum lbrvirt_call_graph {
	LBRVIRT_CALL_GRAPH_AUTO = 0, /**< the best step that opens */
	LBRVIRT_CALL_GRAPH_LBR = 1,  /**< LBR if it opens, else on down */
	LBRVIRT_CALL_GRAPH_DWARF = 2,
	LBRVIRT_CALL_GRAPH_FP = 3,
	LBRVIRT_CALL_GRAPH_NONE = 4,
};

/** Frequency unless told otherwise, in samples a second. */
#define LBRVIRT_FREQ_HZ_DEFAULT 999
/** Take the highest frequency the kernel allows (perf record -F max). */
#define LBRVIRT_FREQ_HZ_MAX UINT64_MAX
/** Bytes of stack copied per sample unless told otherwise. */
#define LBRVIRT_STACK_SIZE_DEFAULT 16384
/** The most the kernel copies: below 64 KiB, a multiple of 8. */
#define LBRVIRT_STACK_SIZE_MAX 65528

/** Settings of lbrvirt_plan_new(). Set size to sizeof of the struct. */
struct lbrvirt_plan_opts {
	size_t size;
	/** Event names as libpfm4 and perf know them; NULL: cycles, and
	    cpu-clock where there is no PMU. */
	const char *const *events;
	size_t nr_events;
	uint64_t freq_hz; /**< 0: default, unless @period is set */
	uint64_t period;  /**< one sample every so many events; 0: by @freq_hz */
	enum lbrvirt_call_graph call_graph;
	bool require_lbr;	   /**< no LBR is an error */
	uint32_t stack_size;	   /**< bytes; 0: default; rounded up to 8 */
	const char *branch_filter; /**< -j: "any,u", …; NULL: none */
	bool system_wide;	   /**< whole CPUs are recorded, not tasks */
	bool no_inherit;	   /**< children and new threads are not */
};

/** One step of the ladder, as it was tried. */
struct lbrvirt_plan_step {
	enum lbrvirt_stack_source source;
	const char *event; /**< the event it was tried with */
	bool is_taken;
	int err; /**< why not: errno of opening it, or of the self-test's
		      verdict, positive; 0 if taken */
	const char *reason; /**< the same in words; "" if taken */
};

/**
 * Make a plan: look up the events, walk the ladder. A step is taken if its
 * events open and, of an LBR step, lbrvirt_self_test() finds the stacks right;
 * that test takes 50 ms, once.
 *
 * @ctx       context for messages; must outlive the plan. What had to be
 *            lowered (a frequency above the kernel's limit) is logged there.
 * @guest     what this machine can do, for the reasons' words, and, if it is a
 *            saved one, the machine that is asked; there the self-test is left
 *            out. It must outlive the call only. NULL: unknown.
 * @opts      settings, or NULL for the defaults.
 * @ret_plan  receives the plan; untouched on failure.
 *
 * Returns 0, or
 *   -EINVAL      a setting out of range, or two that exclude each other;
 *   -ENOENT      no event of that name; the text lists the nearest known ones;
 *   -EOPNOTSUPP  an event cannot be counted here, or LBR was required and the
 *                CPU or kernel has none;
 *   -ENODEV      LBR was required and this guest is shown none, or none that
 *                works;
 *   -EACCES      the kernel forbids it: the text says what to set;
 *   -EBUSY       somebody else holds the PMU, or the branch records;
 *   -EIO         something could not be read, or LBR was required and its call
 *                stacks come out wrong;
 *   -ENOMEM.
 *
 * Owner:  the caller; end it with lbrvirt_plan_free().
 * Thread: one at a time per @ctx.
 * Since:  0.1
 */
LBRVIRT_API int lbrvirt_plan_new(struct lbrvirt_context *ctx,
				 const struct lbrvirt_guest *guest,
				 const struct lbrvirt_plan_opts *opts,
				 struct lbrvirt_plan **ret_plan);

/** Free a plan. NULL is allowed. Since: 0.1 */
LBRVIRT_API void lbrvirt_plan_free(struct lbrvirt_plan *plan);

/** Where stacks will come from. Since: 0.1 */
LBRVIRT_API enum lbrvirt_stack_source
lbrvirt_plan_source(const struct lbrvirt_plan *plan);

/** How many events will be opened. Since: 0.1 */
LBRVIRT_API size_t lbrvirt_plan_event_count(const struct lbrvirt_plan *plan);

/**
 * An event as it will be opened: attr is complete for perf_event_open, apart
 * from disabled, inherit and enable_on_exec, which the session sets.
 *
 * Returns it, or NULL: @index out of range. Valid as long as the plan.
 *
 * Since:  0.1
 */
LBRVIRT_API const struct lbrvirt_event *
lbrvirt_plan_event(const struct lbrvirt_plan *plan, size_t index);

/** How many steps of the ladder were tried, the taken one last. Since: 0.1 */
LBRVIRT_API size_t lbrvirt_plan_step_count(const struct lbrvirt_plan *plan);

/** A step, best first. NULL: @index out of range. Valid as long as the plan.
 *  Since: 0.1 */
LBRVIRT_API const struct lbrvirt_plan_step *
lbrvirt_plan_step(const struct lbrvirt_plan *plan, size_t index);

/**
 * The ladder in words, for people: what runs, and why each better source does
 * not. Several lines of at most 78 columns, each ended by a newline.
 *
 * Returns the text. Valid as long as the plan.
 *
 * Since:  0.1
 */
LBRVIRT_API const char *lbrvirt_plan_text(const struct lbrvirt_plan *plan);

LBRVIRT_END_DECLS

#endif
