/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Profiles and samples as text for other programs. One writer a format.
 */
#ifndef LBRVIRT_EXPORT_H
#define LBRVIRT_EXPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include <lbrvirt/annotate.h>
#include <lbrvirt/api.h>
#include <lbrvirt/branches.h>
#include <lbrvirt/context.h>
#include <lbrvirt/cost.h>
#include <lbrvirt/diff.h>
#include <lbrvirt/guest.h>
#include <lbrvirt/perfdata.h>
#include <lbrvirt/plan.h>
#include <lbrvirt/profile.h>
#include <lbrvirt/pv.h>
#include <lbrvirt/symbol.h>

LBRVIRT_BEGIN_DECLS

/**
 * Write a profile as one JSON object, as lbrprof-report(1) describes it:
 * {"samples":N,"lost":N,"event":"…","stack_source":"lbr|dwarf|fp|none",
 * "stacks":{"complete":N,"truncated":N,"broken":N},
 * "symbols":[{"symbol":"…","dso":"…","self":N,"total":N}, …],
 * "period":N,"steal":[{"begin_ns":N,"end_ns":N,"percent":X}, …]}
 * Recordings with a budget, whose samples stand for different times, have
 * "self_period" and "total_period" for each symbol besides.
 *
 * @stack_source  the recording's, or NULL: "none".
 * @data          the recording, for the time that was stolen; NULL: not known.
 * @out           where to; not closed.
 *
 * Returns 0, -EINVAL, -ENOMEM or -EIO (writing failed).
 *
 * Since:  0.1
 */
LBRVIRT_API int lbrvirt_export_json(struct lbrvirt_profile *profile,
				    const char *stack_source,
				    const struct lbrvirt_perfdata *data,
				    FILE *out);

/** Settings of lbrvirt_export_html(). Set size to sizeof of the struct. */
struct lbrvirt_html_opts {
	size_t size;
	const char *title;	  /**< what the page is about; NULL: its event */
	const char *stack_source; /**< the recording's; NULL: not known */
	const struct lbrvirt_perfdata *recording; /**< what to say of it;
						       NULL: nothing */
	bool by_period; /**< show periods, not samples, until told otherwise */
};

/**
 * Write a profile as one HTML page that fetches nothing: an interactive flame
 * graph beside a table of functions. Threads and CPUs can be looked at one by
 * one if the profile was made with has_parts.
 *
 * @opts  settings, or NULL for the defaults.
 * @out   where to; not closed.
 *
 * Returns 0, -EINVAL, -ENOMEM or -EIO (writing failed).
 *
 * Since:  0.1
 */
LBRVIRT_API int lbrvirt_export_html(struct lbrvirt_profile *profile,
				    const struct lbrvirt_html_opts *opts,
				    FILE *out);

/**
 * Write a comparison as such a page: a flame graph of both profiles, red where
 * there is more than before, blue where there is less, grey where the
 * difference is noise by the comparison's test. It has no threads and CPUs.
 *
 * @before  what to say of either side, or NULL for the defaults; by_period is
 * @after   not used: comparisons are of periods.
 * @out     where to; not closed.
 *
 * Returns 0, -EINVAL, -ENOMEM or -EIO (writing failed).
 *
 * Since:  0.1
 */
LBRVIRT_API int
lbrvirt_export_diff_html(const struct lbrvirt_diff *diff,
			 const struct lbrvirt_html_opts *before,
			 const struct lbrvirt_html_opts *after, FILE *out);

/**
 * Write counted branches, or blocks, as one JSON object, as lbrprof-report(1)
 * describes them.
 *
 * @order  by what they are sorted, as in lbrvirt_branches_pairs() and
 *         lbrvirt_branches_blocks().
 * @out    where to; not closed.
 *
 * Returns 0, -EINVAL, -ENOMEM or -EIO (writing failed).
 *
 * Since:  0.1
 */
LBRVIRT_API int lbrvirt_export_branches_json(struct lbrvirt_branches *branches,
					     enum lbrvirt_branches_order order,
					     FILE *out);

/** The same for blocks. Since: 0.1 */
LBRVIRT_API int lbrvirt_export_blocks_json(struct lbrvirt_branches *branches,
					   enum lbrvirt_branches_order order,
					   FILE *out);

/**
 * Write an annotated function as one JSON object, as lbrprof-annotate(1)
 * describes it.
 *
 * @out  where to; not closed.
 *
 * Returns 0, -EINVAL, -ENOMEM or -EIO (writing failed).
 *
 * Since:  0.1
 */
LBRVIRT_API int
lbrvirt_export_annotation_json(const struct lbrvirt_annotation *annotation,
			       FILE *out);

/**
 * Write a comparison as one JSON object, as lbrprof-diff(1) describes it.
 *
 * @out  where to; not closed.
 *
 * Returns 0, -EINVAL, -ENOMEM or -EIO (writing failed).
 *
 * Since:  0.1
 */
LBRVIRT_API int lbrvirt_export_diff_json(const struct lbrvirt_diff *diff,
					 FILE *out);

/**
 * Write a look at the paravirtual protocol as one JSON object, as lbrprof-pv(1)
 * describes it.
 *
 * @out  where to; not closed.
 *
 * Returns 0, -EINVAL, -ENOMEM or -EIO (writing failed).
 *
 * Since:  0.1
 */
LBRVIRT_API int lbrvirt_export_pv_json(const struct lbrvirt_pv *pv, FILE *out);

/**
 * Write counted branches, and the blocks between them, as text that BOLT takes
 * for a pre-aggregated profile (perf2bolt -pa): lines of
 * "B FROM TO COUNT MISPREDICTED" for branches, of "F START END COUNT" for code
 * run through from START to the branch at END, and of "f …" for such code that
 * was entered from another function. Addresses are hexadecimal and the file's
 * own, as nm prints them; a branch to or from any other file has "X:0" there.
 *
 * @dso      the file it is about, by its path or the path's last part; NULL:
 *           the one that most branches lead from.
 * @out      where to; not closed.
 * @ret_dso  receives the path of the file; NULL: it does not matter. Owned by
 *           @branches.
 *
 * Returns 0, -EINVAL, -ENOENT (no branch leads from or to such a file),
 * -ENOMEM or -EIO (writing failed).
 *
 * Since:  0.1
 */
LBRVIRT_API int lbrvirt_export_brstack(struct lbrvirt_branches *branches,
				       const char *dso, FILE *out,
				       const char **ret_dso);

/** Settings of the exports of a profile. Set size to sizeof of the struct. */
struct lbrvirt_export_opts {
	size_t size;
	/** The recording, for what its header says: build-ids, the command,
	    the machine. NULL: not known. */
	const struct lbrvirt_perfdata *recording;
	/** Formats that have one weight a stack: the sum of the samples'
	    periods, not their number. */
	bool by_period;
};

/**
 * Write the distinct stacks of a profile as folded lines, for flame graphs:
 * "comm;outermost;…;innermost WEIGHT". Inlined calls are frames. A semicolon in
 * a name becomes a colon.
 *
 * @opts  settings, or NULL for the defaults.
 * @out   where to; not closed. Written from start to end: it may be a pipe.
 *
 * Returns 0, -EINVAL, -ENOMEM or -EIO (writing failed); the text is in the
 * profile's context. The same is true of the other exports of a profile.
 *
 * Since:  0.1
 */
LBRVIRT_API int lbrvirt_export_folded(struct lbrvirt_profile *profile,
				      const struct lbrvirt_export_opts *opts,
				      FILE *out);

/**
 * Write a profile as perf script's text, once for each distinct stack, with the
 * sum of its samples' periods. Since: 0.1
 */
LBRVIRT_API int
lbrvirt_export_perfscript(struct lbrvirt_profile *profile,
			  const struct lbrvirt_export_opts *opts, FILE *out);

/**
 * Write a profile for pprof: gzip of profile.proto, with samples and their
 * periods, comm, process and thread as labels, inlined calls as lines of one
 * location, build-ids, and addresses as in the files. A profile that is
 * by_thread has the thread label. Since: 0.1
 */
LBRVIRT_API int lbrvirt_export_pprof(struct lbrvirt_profile *profile,
				     const struct lbrvirt_export_opts *opts,
				     FILE *out);

/**
 * Write a profile for speedscope: first all threads as one, then, if there are
 * several, each by itself. Since: 0.1
 */
LBRVIRT_API int
lbrvirt_export_speedscope(struct lbrvirt_profile *profile,
			  const struct lbrvirt_export_opts *opts, FILE *out);

/**
 * Write a profile for the Firefox Profiler, in its processed format. The
 * profile must have been made with_times and should be by_thread.
 *
 * Returns as lbrvirt_export_folded(); -EINVAL also for a profile without times.
 *
 * Since:  0.1
 */
LBRVIRT_API int lbrvirt_export_firefox(struct lbrvirt_profile *profile,
				       const struct lbrvirt_export_opts *opts,
				       FILE *out);

/**
 * Write a profile in callgrind's format, for KCachegrind and
 * callgrind_annotate: samples and periods per line and per call. A sample
 * counts once for a function that recurses. Since: 0.1
 */
LBRVIRT_API int lbrvirt_export_callgrind(struct lbrvirt_profile *profile,
					 const struct lbrvirt_export_opts *opts,
					 FILE *out);

/**
 * Write the distinct stacks of a profile as one JSON object of tables, as
 * lbrprof-export(1) describes it. Since: 0.1
 */
LBRVIRT_API int
lbrvirt_export_stacks_json(struct lbrvirt_profile *profile,
			   const struct lbrvirt_export_opts *opts, FILE *out);

/** How a test of one rung of the ladder went, for lbrvirt_doctor. */
struct lbrvirt_doctor_test {
	const char *name; /**< "lbr", "cycles", "cpu-clock", "dwarf", "fp" */
	bool has_run;
	bool has_passed;
	const char *words; /**< figures, or why it did not run or pass */
};

/**
 * What lbrprof doctor found, for lbrvirt_export_doctor_json(). Set size to
 * sizeof of the struct.
 */
struct lbrvirt_doctor {
	size_t size;
	enum lbrvirt_guest_verdict verdict; /**< the guest's, or, where all
						 gates are open, the self-test's */
	const struct lbrvirt_guest *guest;
	const struct lbrvirt_plan *plan; /**< NULL: nothing can be recorded */
	const char *plan_error;		 /**< if so, why; or NULL */
	const struct lbrvirt_pv *pv;	 /**< NULL: could not be looked at */
	const char *pv_error;		 /**< if so, why; or NULL */
	const struct lbrvirt_doctor_test *tests; /**< NULL: not asked for */
	size_t nr_tests;
	const struct lbrvirt_exit_cost *exit_cost; /**< NULL: there is none */
	const char *exit_cost_error; /**< if so, why; NULL: not asked for */
	const struct lbrvirt_counter_cost *counter_cost; /**< likewise */
	const char *counter_cost_error;			 /**< likewise */
	const struct lbrvirt_sample_cost *sample_cost;	 /**< likewise */
	const char *sample_cost_error;			 /**< likewise */
};

/**
 * Write what lbrprof doctor found as one JSON object, as lbrprof-doctor(1)
 * describes it.
 *
 * @out  where to; not closed.
 *
 * Returns 0, -EINVAL, -ENOMEM or -EIO (writing failed).
 *
 * Since:  0.1
 */
LBRVIRT_API int lbrvirt_export_doctor_json(const struct lbrvirt_doctor *doctor,
					   FILE *out);

/** Settings of lbrvirt_export_script(). Set size to sizeof of the struct. */
struct lbrvirt_script_opts {
	size_t size;
	const struct lbrvirt_resolver_opts *resolver; /**< NULL: defaults */
	const char *fields;    /**< as perf script -F; NULL: its defaults */
	bool show_mmap_events; /* mappings too, as llvm-profgen needs them */
	bool show_ns;	       /* times with nine decimals, not six */
};

/**
 * Write every sample left in a reader in perf script's own text form.
 *
 * @ctx   context for messages.
 * @data  the reader, opened by time.
 * @opts  settings, or NULL for the defaults.
 * @out   where to; not closed.
 *
 * Returns 0, or
 *   -EINVAL   a pointer is NULL, an unknown field, or one that the samples
 *             do not hold;
 *   -EBADMSG  the file is damaged: everything before that was written;
 *   -ENOMEM, -EIO (writing failed; -EIO too for a closed pipe).
 *
 * Since:  0.1
 */
LBRVIRT_API int lbrvirt_export_script(struct lbrvirt_context *ctx,
				      struct lbrvirt_perfdata *data,
				      const struct lbrvirt_script_opts *opts,
				      FILE *out);

LBRVIRT_END_DECLS

#endif
