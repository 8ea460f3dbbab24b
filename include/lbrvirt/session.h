/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A session: one recording from start to end. It opens a plan's events on its
 * targets, drains the rings in time order, turns each sample into a call
 * stack, and hands the records to a perf.data file, to a function, or to both.
 */
#ifndef LBRVIRT_SESSION_H
#define LBRVIRT_SESSION_H

#include <sys/types.h>

#include <lbrvirt/api.h>
#include <lbrvirt/context.h>
#include <lbrvirt/plan.h>
#include <lbrvirt/pv.h>
#include <lbrvirt/sample.h>

LBRVIRT_BEGIN_DECLS

struct lbrvirt_session;

/**
 * Receives each record, in time order, samples with their call chain made.
 *
 * @record  valid during the call only.
 * @arg     what was given with the function.
 *
 * Returns 0 to go on, a negative error to end the recording with it. Called
 * on the thread that calls lbrvirt_session_poll(); it must not call functions
 * of the same session.
 */
typedef int (*lbrvirt_record_fn)(const struct lbrvirt_record *record,
				 void *arg);

/** Settings of lbrvirt_session_open(). Set size to sizeof of the struct. */
struct lbrvirt_session_opts {
	size_t size;
	/* What to record: a command, tasks, or whole CPUs; a command together
	   with system_wide says how long whole CPUs are recorded. */
	const char *const *argv; /**< a command to launch, NULL-terminated */
	const pid_t *pids;	 /**< running processes, all their threads */
	size_t nr_pids;
	const pid_t *tids; /**< single threads */
	size_t nr_tids;
	bool system_wide;  /**< whole CPUs */

	const char *cpus;  /**< only on these: "0-2,5"; NULL: all */
	bool no_inherit;   /**< not the children and threads made later */
	const char *output; /**< perf.data file to write; "-" standard output;
				 NULL: none */
	int zstd_level;	    /**< compress the file: 1 to 22; 0: not */
	bool keep_stacks;   /**< keep registers and stack copies in the file */
	uint64_t duration_ns; /**< end after so long; 0: when the target does */
	uint64_t delay_ns;    /**< enable events so long after the start */
	uint64_t max_size_bytes; /**< end when the file is as large; 0: none */
	uint32_t ring_pages; /**< per CPU, a power of two; 0: by rate */
	const char *const *cmdline; /**< for the file's header; NULL-ended */
	struct lbrvirt_pv_hold *pv; /**< released, not freed, as soon as the
					 events are disabled, and noted in the
					 file; must outlive the session; NULL:
					 none */
	lbrvirt_record_fn record_fn; /**< NULL: none */
	void *record_arg;
	double overhead_budget; /**< sample as fast as costs no more than so
				     many percent of the recorded CPU time, and
				     never faster than the plan says; 0: as the
				     plan says */
};

/** What a session saw. All counts since its start. */
struct lbrvirt_session_summary {
	uint64_t samples;
	uint64_t lost_records;	/**< found no room in a ring */
	uint64_t complete;	/**< stacks that reach the first frame */
	uint64_t truncated;
	uint64_t broken;
	uint64_t no_stack;	/**< samples without user stack (kernel thread,
				     no stacks asked) */
	uint64_t cause[16];	/**< by enum lbrvirt_cause */
	uint64_t integrity[8];	/**< branch records, by enum lbrvirt_integrity */
	uint64_t throttled;	/**< times the kernel paused an event */
	uint64_t unordered;	/**< records that came too late for their place */
	uint64_t bytes_written; /**< size of the file */
	uint64_t duration_ns;
	uint64_t steal_ns;	/**< time the host took from this guest */
	uint64_t recorder_cpu_ns; /**< CPU time of this process since it was opened */
	uint64_t nmis;		/**< of all CPUs meanwhile, if has_nmis */
	uint64_t pmis;		/**< interrupts of the PMU, if has_pmis */
	bool has_nmis;		/**< false: the kernel does not tell */
	bool has_pmis;
	/* With a budget; else 0. */
	double overhead_percent; /**< seen: the recorder, and sample_cost_ns
				      for each sample, of the recorded time */
	uint64_t sample_cost_ns; /**< a sample's cost to the program, as
				      lbrvirt_sample_cost_measure() has it */
	uint64_t rate_hz;	/**< now, or at the end */
	uint64_t rate_hz_min;	/**< the slowest that was used */
	uint64_t rate_hz_max;
	uint32_t rate_changes;
	uint32_t ring_pages;	/**< per CPU, as it was in the end */
	bool has_reached_max_size; /**< it ended because the file was full */
	bool has_child_status; /**< the command ended by itself */
	int child_status; /**< of the launched command, as from waitpid() */
};

/**
 * Open a session: start the command (stopped before its exec) or find the
 * tasks, open and map the events, create the file. Nothing is recorded yet.
 *
 * @ctx          context for messages; must outlive the session.
 * @plan         what to open; must outlive the session.
 * @opts         settings; strings and arrays must outlive the session.
 * @ret_session  receives the session; untouched on failure, and no file is
 *               left behind then.
 *
 * Returns 0, or
 *   -EINVAL      none or several targets, or a setting out of range;
 *   -ENOENT      no such command, process or thread, or no folder for the file;
 *   -EACCES      the command is not executable, the target belongs to another
 *                user, the file cannot be written, or the kernel forbids it;
 *   -EOPNOTSUPP, -ENODEV, -EBUSY  the event cannot be opened there;
 *   -EOVERFLOW   too many open files or too much locked memory;
 *   -ENOMEM, -EIO.
 *
 * Owner:  the caller; end it with lbrvirt_session_close().
 * Thread: one at a time per @ctx.
 * Since:  0.1
 */
LBRVIRT_API int lbrvirt_session_open(struct lbrvirt_context *ctx,
				     const struct lbrvirt_plan *plan,
				     const struct lbrvirt_session_opts *opts,
				     struct lbrvirt_session **ret_session);

/**
 * Enable the events and let the command run. Call it once.
 *
 * Returns 0, or
 *   -EINVAL  it was started before;
 *   -ENOENT, -EACCES  the command could not be executed: there is no such
 *            file, or it is not executable;
 *   -EIO.
 *
 * Since:  0.1
 */
LBRVIRT_API int lbrvirt_session_start(struct lbrvirt_session *session);

/**
 * Wait for records and pass them on. Call it until it returns 0.
 *
 * @timeout_ms  return after so long at the latest; -1: no limit.
 *
 * Returns 1 while the recording goes on, 0 when it has ended (the target
 * ended, time or size is used up, or lbrvirt_session_stop()), or
 *   -EINVAL  not started;
 *   -EIO     the file cannot be written (disk full): it is readable up to the
 *            last flush; the context's text says so;
 *   -ENOMEM, or what the record function returned.
 *
 * Since:  0.1
 */
LBRVIRT_API int lbrvirt_session_poll(struct lbrvirt_session *session,
				     int timeout_ms);

/**
 * Ask a running session to end; the next poll does. A launched command that
 * still runs is sent SIGTERM then.
 *
 * Thread: any, and from signal handlers.
 * Since:  0.1
 */
LBRVIRT_API void lbrvirt_session_stop(struct lbrvirt_session *session);

/**
 * Disable the events, drain what is left, finish the file.
 *
 * Returns 0, or what lbrvirt_session_poll() may.
 *
 * Since:  0.1
 */
LBRVIRT_API int lbrvirt_session_finish(struct lbrvirt_session *session);

/**
 * What the session saw so far; complete after lbrvirt_session_finish().
 *
 * Returns NULL if @session is NULL. Valid as long as the session; it changes
 * with every poll.
 *
 * Since:  0.1
 */
LBRVIRT_API const struct lbrvirt_session_summary *
lbrvirt_session_summary(const struct lbrvirt_session *session);

/**
 * Close a session in any state. NULL is allowed. One that was not finished
 * leaves a file that is readable up to its last flush. A launched command that
 * still runs is killed and waited for.
 *
 * Since:  0.1
 */
LBRVIRT_API void lbrvirt_session_close(struct lbrvirt_session *session);

LBRVIRT_END_DECLS

#endif
