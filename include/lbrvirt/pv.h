/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The paravirtual LBR protocol of 2018: a guest sets ACTIVE, bit 0 of
 * MSR_KVM_PV_LBR_CTRL, and KVM saves and restores the LBR stack whenever it
 * switches vCPUs. The protocol never became part of Linux, and since Linux 5.3
 * mainline KVM uses the same CPUID bit and the same MSR for halt polling. So
 * nothing here writes unless an administrator asserted that this host speaks
 * the protocol, and the evidence does not speak against it. lbrvirt-pv(7) has
 * the whole story.
 */
#ifndef LBRVIRT_PV_H
#define LBRVIRT_PV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <lbrvirt/api.h>
#include <lbrvirt/context.h>
#include <lbrvirt/guest.h>

LBRVIRT_BEGIN_DECLS

/** CPUID 0x40000001 EAX bit of the protocol; POLL_CONTROL since Linux 5.3. */
#define LBRVIRT_PV_BIT_DEFAULT 12
/** MSR_KVM_PV_LBR_CTRL; MSR_KVM_POLL_CONTROL since Linux 5.3. */
#define LBRVIRT_PV_MSR_DEFAULT 0x4b564d05u
/** KVM_PV_LBR_CTRL_ACTIVE */
#define LBRVIRT_PV_ACTIVE      1u

/** What the CPUID bit and the MSR mean on this host. */
enum lbrvirt_pv_verdict {
	LBRVIRT_PV_NONE = 0,	     /**< not KVM, the bit is clear, or the MSR
					  is neither's */
	LBRVIRT_PV_POLL_CONTROL = 1, /**< halt polling: hands off */
	LBRVIRT_PV_AMBIGUOUS = 2,    /**< could be either; nobody asserted it */
	LBRVIRT_PV_LBR = 3,	     /**< asserted, and nothing speaks against */
};

/** Whether the protocol is driven. Modes as of record --pv. */
enum lbrvirt_pv_mode {
	LBRVIRT_PV_AUTO = 0,   /**< if /etc/lbrvirt.conf asserts it */
	LBRVIRT_PV_OFF = 1,    /**< never */
	LBRVIRT_PV_ASSUME = 2, /**< asserted by the caller; vetoes hold */
	LBRVIRT_PV_FORCE = 3,  /**< lifts all vetoes but "not KVM" and "the MSR
				    faults on read" */
};

/** Settings of the functions below. Set size to sizeof of the struct. */
struct lbrvirt_pv_opts {
	size_t size;
	enum lbrvirt_pv_mode mode;
	uint32_t bit; /**< of EAX, 1 to 31, on hosts that renumbered it; 0:
			   LBRVIRT_PV_BIT_DEFAULT */
	uint32_t msr; /**< the control MSR there: 0x4b564d05 or 0x4b564d09 to
			   0x4b564dff; 0: LBRVIRT_PV_MSR_DEFAULT */
	const char *cpus;    /**< acquire: only these: "0-2,5"; NULL: all */
	const char *sysroot; /**< status: answer from this folder, or this dump
				  of CPUID, not from this machine; NULL: this
				  machine */
	const struct lbrvirt_guest *guest; /**< status: answer from the machine
						it was found on; excludes
						sysroot; NULL: this machine */
};

/**
 * Read settings as --pv and the line `pv =` of /etc/lbrvirt.conf take them:
 * auto, off, assume or force, and after commas bit=N and msr=N.
 *
 * @text      "assume,bit=18,msr=0x4b564d09".
 * @ret_opts  its mode, bit and msr are set; untouched on failure.
 *
 * Returns 0 or -EINVAL; the context's text says what is wrong.
 *
 * Thread: one at a time per @ctx.
 * Since:  0.1
 */
LBRVIRT_API int lbrvirt_pv_parse(struct lbrvirt_context *ctx, const char *text,
				 struct lbrvirt_pv_opts *ret_opts);

/** A mode's name, as lbrvirt_pv_parse() takes it; "unknown" for a value outside
 *  the enum. Static. Any thread. Since: 0.1 */
LBRVIRT_API const char *lbrvirt_pv_mode_name(enum lbrvirt_pv_mode mode);

struct lbrvirt_pv;

/** How many pieces of evidence there are: A to H. */
#define LBRVIRT_PV_EVIDENCE_COUNT 8

/** What a piece of evidence says. */
enum lbrvirt_pv_saying {
	LBRVIRT_PV_SAYS_NOTHING = 0,
	LBRVIRT_PV_SAYS_NONE = 1,	  /**< there is no such protocol here */
	LBRVIRT_PV_SAYS_POLL_CONTROL = 2, /**< the bit means halt polling */
	LBRVIRT_PV_SAYS_USELESS = 3, /**< no LBR that it could protect */
	LBRVIRT_PV_SAYS_FAULTS = 4,  /**< the MSR cannot even be read */
	LBRVIRT_PV_SAYS_POSSIBLE = 5,
};

/** One piece of evidence. Texts are never NULL. */
struct lbrvirt_pv_evidence {
	char letter;	   /**< 'A' to 'H', as in lbrvirt-pv(7) */
	const char *name;  /**< "signature": stable, for programs */
	const char *value; /**< what was found: "EAX 0x01007efb" */
	const char *words; /**< what follows from it, in words */
	enum lbrvirt_pv_saying saying;
	bool is_known;	   /**< false: it could not be looked at; words say why */
	bool is_veto;	   /**< forbids driving, even if asserted */
	bool is_lifted;	   /**< a veto that LBRVIRT_PV_FORCE lifted */
};

/** The control MSR on one CPU. */
struct lbrvirt_pv_cpu {
	unsigned int cpu;
	int err;	/**< 0, or why it could not be read, positive */
	uint64_t value; /**< now */
	bool is_held;	/**< set by a holder, or by one that died */
	uint64_t old_value; /**< if held: before, and after */
};

/** Who holds ACTIVE now. */
struct lbrvirt_pv_holder {
	pid_t pid;	    /**< the process that acquired it */
	const char *comm;   /**< its name; "" if it is gone */
	uint64_t since_ns;  /**< CLOCK_BOOTTIME when it did */
};

/**
 * Look at the protocol on this machine. Writes nothing. Reads MSRs if they can
 * be read, and is as certain as it can be if not.
 *
 * @opts    settings: mode, bit and msr count as asserted; NULL: defaults.
 * @ret_pv  receives the result; untouched on failure.
 *
 * Returns 0, or
 *   -EINVAL   a setting out of range;
 *   -ENOENT   no such sysroot;
 *   -EACCES   /etc/lbrvirt.conf is not the administrator's alone;
 *   -EBADMSG  /etc/lbrvirt.conf, the journal, or a file of the sysroot cannot
 *             be parsed; the text says in which line;
 *   -EOVERFLOW  one of them is too large;
 *   -EOPNOTSUPP  a sysroot takes Linux 5.6 or later;
 *   -ENOMEM, -EIO.
 *
 * Owner:  the caller; end it with lbrvirt_pv_free().
 * Thread: one at a time per @ctx.
 * Since:  0.1
 */
LBRVIRT_API int lbrvirt_pv_status(struct lbrvirt_context *ctx,
				  const struct lbrvirt_pv_opts *opts,
				  struct lbrvirt_pv **ret_pv);

/** Free a result. NULL is allowed. Since: 0.1 */
LBRVIRT_API void lbrvirt_pv_free(struct lbrvirt_pv *pv);

/** The verdict. LBRVIRT_PV_NONE if @pv is NULL. Since: 0.1 */
LBRVIRT_API enum lbrvirt_pv_verdict
lbrvirt_pv_verdict(const struct lbrvirt_pv *pv);

/** The verdict's name for programs: "poll-control". Static; never NULL.
 *  Since: 0.1 */
LBRVIRT_API const char *lbrvirt_pv_verdict_name(enum lbrvirt_pv_verdict verdict);

/** Whether evidence that is certain by itself decided; false: likely, or
 *  nothing but an assertion. Since: 0.1 */
LBRVIRT_API bool lbrvirt_pv_is_certain(const struct lbrvirt_pv *pv);

/**
 * The verdict in words, with the letters of the evidence that decided, and
 * what was lifted: one or more lines of at most 78 columns.
 *
 * Returns the text; valid as long as @pv. Since: 0.1
 */
LBRVIRT_API const char *lbrvirt_pv_text(const struct lbrvirt_pv *pv);

/**
 * A piece of evidence.
 *
 * Returns it, or NULL: @index is not below LBRVIRT_PV_EVIDENCE_COUNT. Valid as
 * long as @pv. Since: 0.1
 */
LBRVIRT_API const struct lbrvirt_pv_evidence *
lbrvirt_pv_evidence(const struct lbrvirt_pv *pv, size_t index);

/** What is asserted, and by whom. */
struct lbrvirt_pv_assertion {
	enum lbrvirt_pv_mode mode;
	uint32_t bit;
	uint32_t msr;
	const char *source; /**< "--pv", "/etc/lbrvirt.conf line 3"; "": nobody
				 said anything */
};

/** The assertion in force; valid as long as @pv. NULL: @pv is. Since: 0.1 */
LBRVIRT_API const struct lbrvirt_pv_assertion *
lbrvirt_pv_assertion(const struct lbrvirt_pv *pv);

/** On how many CPUs, of those online, the control MSR was looked at: on all, or
 *  on none where the bit is clear or this is not KVM. Since: 0.1 */
LBRVIRT_API size_t lbrvirt_pv_cpu_count(const struct lbrvirt_pv *pv);

/** The control MSR on a CPU; NULL: out of range. Valid as long as @pv.
 *  Since: 0.1 */
LBRVIRT_API const struct lbrvirt_pv_cpu *
lbrvirt_pv_cpu(const struct lbrvirt_pv *pv, size_t index);

/** How many processes hold ACTIVE. Since: 0.1 */
LBRVIRT_API size_t lbrvirt_pv_holder_count(const struct lbrvirt_pv *pv);

/** A holder; NULL: out of range. Valid as long as @pv. Since: 0.1 */
LBRVIRT_API const struct lbrvirt_pv_holder *
lbrvirt_pv_holder(const struct lbrvirt_pv *pv, size_t index);

/** Whether CPUs are left set by holders that died with their guards: the next
 *  lbrvirt_pv_acquire() or lbrvirt_pv_reset() puts them back. Since: 0.1 */
LBRVIRT_API bool lbrvirt_pv_is_stale(const struct lbrvirt_pv *pv);

/** Why MSRs cannot be read or written here, and what to do; "" if they can, or
 *  were not needed. Valid as long as @pv. Since: 0.1 */
LBRVIRT_API const char *lbrvirt_pv_msr_reason(const struct lbrvirt_pv *pv);

struct lbrvirt_pv_hold;

/** What a hold did so far. Counts since lbrvirt_pv_acquire(). */
struct lbrvirt_pv_summary {
	bool is_asserted;  /**< somebody wants it driven */
	bool is_held;	   /**< ACTIVE is, or until the release was, set */
	const char *reason; /**< if not: why; never NULL */
	const char *lifted; /**< vetoes that were lifted: "C, D"; "" none */
	uint32_t cpus;	   /**< on which it was set, by us or by others */
	uint64_t writes;   /**< WRMSR issued by this hold, all CPUs */
	uint64_t cleared;  /**< times that another writer had cleared it; it
				is set again then */
	uint64_t came;	   /**< CPUs that came online and were set */
	uint64_t went;	   /**< CPUs that went offline */
	uint64_t resumes;  /**< of the machine, after which it was asserted again */
	uint64_t failed;   /**< accesses that failed */
	bool is_kernel_driven; /**< the guest kernel drives it: not held */
	bool has_lost_guard;   /**< the guard process was killed */
};

/**
 * Hold ACTIVE on the CPUs, until lbrvirt_pv_release(). Several holders, in any
 * number of processes, share it: the first sets it, the last puts back what
 * was there. A guard process does the writes: it sets CPUs that come online,
 * asserts again after a resume and after other writers, and puts back what was
 * there however this process ends. No wait() of the program sees it, nor does
 * a handler of SIGCHLD. If guard and program are killed together, the next
 * holder takes over what they left, or lbrvirt_pv_reset() puts it back.
 *
 * A mode of LBRVIRT_PV_AUTO or LBRVIRT_PV_OFF yields a hold that holds nothing
 * where nobody asserted the protocol, the evidence forbids it, or something
 * stands in the way; its summary says what. LBRVIRT_PV_ASSUME and
 * LBRVIRT_PV_FORCE fail then. In every mode, a guest kernel that drives the
 * protocol itself yields a hold that holds nothing; that is tested with a
 * call-stack event of the calling thread. Where none opens there is nothing to
 * protect, which LBRVIRT_PV_FORCE alone does not mind.
 *
 * @opts      settings, or NULL for the defaults; sysroot must be NULL.
 * @ret_hold  receives the hold; untouched on failure.
 *
 * Returns 0, or
 *   -EINVAL      a setting out of range;
 *   -ENODEV      the evidence forbids it, the text names the letters; or there
 *                is no LBR call-stack event;
 *   -EACCES      MSRs may not be accessed, or /run/lbrvirt is not the
 *                administrator's alone; the text has the remedy;
 *   -ENOENT      there is no MSR device, or none of the CPUs is online;
 *   -EBADMSG     the journal cannot be parsed;
 *   -EBUSY       others hold the protocol through another MSR, or keep the
 *                journal locked;
 *   -EOVERFLOW   too many holders;
 *   -ENOMEM, -EIO.
 *
 * Owner:  the caller; end it with lbrvirt_pv_hold_free().
 * Thread: one at a time per @ctx. Forks: other threads may run.
 * Since:  0.1
 */
LBRVIRT_API int lbrvirt_pv_acquire(struct lbrvirt_context *ctx,
				   const struct lbrvirt_pv_opts *opts,
				   struct lbrvirt_pv_hold **ret_hold);

/**
 * End a hold: if it is the last, put back what was there. Does nothing if it
 * was released before, holds nothing, or is a forked copy of the one that does.
 *
 * Returns 0, or
 *   -EINVAL  @hold is NULL;
 *   -EIO     on some CPU it could not be put back, for its MSR refuses; the
 *            text says which, and the journal keeps it for
 *            lbrvirt_pv_reset().
 *
 * A CPU that went offline is no error: it is logged, and stays in the journal.
 *
 * Thread: one at a time per context.
 * Since:  0.1
 */
LBRVIRT_API int lbrvirt_pv_release(struct lbrvirt_pv_hold *hold);

/** What the hold did so far. NULL: @hold is. Valid as long as the hold; it
 *  is brought up to date by this call. Since: 0.1 */
LBRVIRT_API const struct lbrvirt_pv_summary *
lbrvirt_pv_hold_summary(struct lbrvirt_pv_hold *hold);

/** Free a hold, after releasing it if that was not done. NULL is allowed.
 *  Since: 0.1 */
LBRVIRT_API void lbrvirt_pv_hold_free(struct lbrvirt_pv_hold *hold);

/**
 * Put back what holders left that died with their guards.
 *
 * @ret_cpus  receives on how many CPUs; may be NULL.
 *
 * Returns 0 (nothing was left, too), or
 *   -EBUSY    somebody holds ACTIVE now: the text says who; or keeps the
 *             journal locked;
 *   -EACCES, -ENOENT  MSRs or the journal may not be accessed, or the journal
 *             is not the administrator's alone;
 *   -EBADMSG  the journal cannot be parsed: the text says what to do;
 *   -EIO      a CPU is offline, or its MSR refuses: the others were put back;
 *   -ENOMEM.
 *
 * Thread: one at a time per @ctx.
 * Since:  0.1
 */
LBRVIRT_API int lbrvirt_pv_reset(struct lbrvirt_context *ctx,
				 uint32_t *ret_cpus);

LBRVIRT_END_DECLS

#endif
