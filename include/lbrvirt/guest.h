/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What this guest can do: hypervisor, CPU, virtual PMU, branch records,
 * permissions. Each is a gate between a program and its LBR call stacks, open
 * or closed; a closed one says why, and who must do what.
 */
#ifndef LBRVIRT_GUEST_H
#define LBRVIRT_GUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <lbrvirt/api.h>
#include <lbrvirt/context.h>

LBRVIRT_BEGIN_DECLS

struct lbrvirt_guest;

/** Who virtualises this machine. */
enum lbrvirt_hypervisor {
	LBRVIRT_HV_NONE = 0, /**< bare metal: CPUID.1:ECX[31] is 0 */
	LBRVIRT_HV_KVM = 1,
	LBRVIRT_HV_HYPERV = 2,
	LBRVIRT_HV_VMWARE = 3,
	LBRVIRT_HV_XEN = 4,
	LBRVIRT_HV_TCG = 5, /**< QEMU without acceleration */
	LBRVIRT_HV_BHYVE = 6,
	LBRVIRT_HV_ACRN = 7,
	LBRVIRT_HV_JAILHOUSE = 8,
	LBRVIRT_HV_VIRTUALBOX = 9,
	LBRVIRT_HV_PARALLELS = 10,
	LBRVIRT_HV_UNKNOWN = 11, /**< a hypervisor, signature not known */
};

/**
 * The gates, in the order in which they are looked at and, but for those that
 * only inform, close. Which only inform, lbrvirt_gate.is_fact says.
 */
enum lbrvirt_gate_id {
	LBRVIRT_GATE_ARCH = 0,	     /**< x86-64 */
	LBRVIRT_GATE_HYPERVISOR = 1, /**< a fact: who virtualises; never
					     closed */
	LBRVIRT_GATE_CPU = 2,	     /**< the CPU model has call-stack LBR */
	LBRVIRT_GATE_VPMU = 3,	     /**< CPUID leaf 0xA version >= 2 */
	LBRVIRT_GATE_LBR_FORMAT = 4, /**< PDCM, and MSR 0x345 where it can be
					     read, show LBR */
	LBRVIRT_GATE_ARCH_LBR = 5,   /**< CPUID leaf 0x1C, where the CPU's LBR
					     is architectural */
	LBRVIRT_GATE_AMD_LBR = 6,    /**< a fact: LbrExtV2 or BRS */
	LBRVIRT_GATE_DRIVER = 7,     /**< the kernel drives it: caps/branches */
	LBRVIRT_GATE_PARANOID = 8,   /**< kernel.perf_event_paranoid */
	LBRVIRT_GATE_CAPABILITIES = 9,	 /**< a fact: more than one's own
					     processes */
	LBRVIRT_GATE_SECCOMP = 10,	 /**< a filter, as containers have */
	LBRVIRT_GATE_CONTAINER = 11,	 /**< a fact: which; never closed */
	LBRVIRT_GATE_LOCKDOWN = 12,	 /**< lockdown and security modules */
	LBRVIRT_GATE_OPEN = 13,		 /**< perf_event_open takes the event */
	LBRVIRT_GATE_MSR_DEVICE = 14,	 /**< a fact: /dev/cpu/N/msr */
	LBRVIRT_GATE_MLOCK = 15,	 /**< a fact: room for the rings */
	LBRVIRT_GATE_SAMPLE_RATE = 16,	 /**< a fact: the kernel's limit */
	LBRVIRT_GATE_KPTR_RESTRICT = 17, /**< a fact: kernel symbols */
	LBRVIRT_GATE_DEBUG_INFO = 18,	 /**< a fact: where it may be found */
	LBRVIRT_GATE_TOPDOWN = 19,	 /**< a fact: top-down metrics */
	LBRVIRT_GATE_MEDIATION = 20,	 /**< a fact: emulated PMU, or passed
					     through */
	LBRVIRT_GATE_VCPUS = 21, /**< a fact: CPUs of its own, or shared */
	LBRVIRT_GATE_COUNT = 22,
};

/** One gate. Texts are never NULL, "" where there is nothing to say. */
struct lbrvirt_gate {
	enum lbrvirt_gate_id id;
	const char *name; /**< "vpmu": stable, for programs */
	bool is_fact;	  /**< never closes the way to LBR call stacks:
				   closed, it limits something else */
	bool is_open;
	bool is_known;		  /**< false: it could not be looked at */
	const char *value;	  /**< what was found: "version 0" */
	const char *reason;	  /**< why it is closed */
	const char *remedy_user;  /**< what the user can do, ready to paste;
				       several things with "; " between */
	const char *remedy_admin; /**< what the host's administrator can do,
				       likewise */
};

/** Who can bring LBR call stacks; also lbrprof doctor's exit status. */
enum lbrvirt_guest_verdict {
	LBRVIRT_GUEST_OPEN = 0,	    /**< no gate is closed */
	LBRVIRT_GUEST_USER = 3,	    /**< the user, in here */
	LBRVIRT_GUEST_ADMIN = 4,    /**< the host's administrator */
	LBRVIRT_GUEST_HARDWARE = 5, /**< nobody: the hardware cannot */
};

/** Settings of lbrvirt_guest_probe(). Set size to sizeof of the struct. */
struct lbrvirt_guest_opts {
	size_t size;
	const char *sysroot; /**< answer from this folder, or this dump of
				  CPUID, not from this machine; NULL: this
				  machine */
	bool keeps_answers; /**< keep what the machine answers, from then on, for
				 lbrvirt_guest_save() */
};

/**
 * Look at a machine. Reads CPUID, /proc and /sys, tries to open events and,
 * where it may, reads MSR 0x345; needs no privilege and changes nothing.
 *
 * @ctx        context for messages; must outlive the guest.
 * @opts       settings, or NULL for the defaults.
 * @ret_guest  receives the result; untouched on failure.
 *
 * Returns 0, or
 *   -EINVAL   an argument is NULL, or of another version;
 *   -ENOENT   no such sysroot;
 *   -EACCES   it may not be read;
 *   -EBADMSG  a file of it cannot be parsed; the text says in which line;
 *   -EOVERFLOW  one of them is too large;
 *   -EOPNOTSUPP  a sysroot takes Linux 5.6 or later;
 *   -ENOMEM, -EIO.
 * A guest without any LBR is no error.
 *
 * Owner:  the caller; end it with lbrvirt_guest_free(), after plans made and
 *         looks taken with it.
 * Thread: one at a time per @ctx.
 * Since:  0.1
 */
LBRVIRT_API int lbrvirt_guest_probe(struct lbrvirt_context *ctx,
				    const struct lbrvirt_guest_opts *opts,
				    struct lbrvirt_guest **ret_guest);

/**
 * Free a guest. NULL is allowed.
 *
 * Since:  0.1
 */
LBRVIRT_API void lbrvirt_guest_free(struct lbrvirt_guest *guest);

/** The hypervisor. LBRVIRT_HV_UNKNOWN if @guest is NULL. Since: 0.1 */
LBRVIRT_API enum lbrvirt_hypervisor
lbrvirt_guest_hypervisor(const struct lbrvirt_guest *guest);

/**
 * The hypervisor's name as people write it: "KVM", "none (bare metal)".
 * Static text. Any thread. Since: 0.1
 */
LBRVIRT_API const char *lbrvirt_hypervisor_name(enum lbrvirt_hypervisor hv);

/**
 * One gate.
 *
 * Returns it, or NULL if @id is out of range or @guest is NULL.
 *
 * Owner:  the guest; valid as long as it is.
 * Since:  0.1
 */
LBRVIRT_API const struct lbrvirt_gate *
lbrvirt_guest_gate(const struct lbrvirt_guest *guest, enum lbrvirt_gate_id id);

/**
 * The first closed gate on the way to LBR call stacks. Gates that could not be
 * looked at do not count. Where the kernel takes the event (LBRVIRT_GATE_OPEN
 * is open), no other gate closes the way, whatever CPUID says of the CPU.
 *
 * Returns it, or NULL: nothing closes the way, or @guest is NULL. Whether what
 * then comes is right, lbrvirt_self_test() says.
 *
 * Owner:  the guest; valid as long as it is.
 * Since:  0.1
 */
LBRVIRT_API const struct lbrvirt_gate *
lbrvirt_guest_first_closed(const struct lbrvirt_guest *guest);

/**
 * Who can open the first closed gate. Whether a remedy is ready, the gate says.
 *
 * Returns LBRVIRT_GUEST_OPEN, too, if @guest is NULL.
 *
 * Since:  0.1
 */
LBRVIRT_API enum lbrvirt_guest_verdict
lbrvirt_guest_verdict(const struct lbrvirt_guest *guest);

/** Whether it was found in a sysroot, not on this machine. Since: 0.1 */
LBRVIRT_API bool lbrvirt_guest_is_saved(const struct lbrvirt_guest *guest);

/**
 * Write what the machine answered to lbrvirt_guest_probe(), and to plans and
 * looks at the protocol made with @guest since, as a folder that can be a
 * sysroot; also the CPUID leaves of every CPU. No host name, no command lines,
 * no serial numbers.
 *
 * @guest  probed with keeps_answers.
 * @dir    made if it is not there; if it is, it must be empty.
 *
 * Returns 0, or
 *   -EINVAL  an argument is NULL, or the guest kept no answers;
 *   -EBUSY   @dir is not empty;
 *   -ENOENT, -EACCES  it cannot be made;
 *   -ENOMEM, -EIO (writing failed).
 *
 * Thread: one at a time per @ctx.
 * Since:  0.1
 */
LBRVIRT_API int lbrvirt_guest_save(struct lbrvirt_context *ctx,
				   struct lbrvirt_guest *guest,
				   const char *dir);

/** What the self-test found. */
enum lbrvirt_self_test_verdict {
	LBRVIRT_SELF_TEST_RIGHT = 0,  /**< at least half of the stacks are */
	LBRVIRT_SELF_TEST_SHARED = 1, /**< off the PMU for a part of the time:
					   another event of this guest */
	LBRVIRT_SELF_TEST_NOT_COUNTING = 2, /**< opened, counted nothing */
	LBRVIRT_SELF_TEST_NO_INTERRUPT = 3, /**< counted, never interrupted */
	LBRVIRT_SELF_TEST_NO_SAMPLE = 4,    /**< interrupted, without samples */
	LBRVIRT_SELF_TEST_EMPTY = 5,	    /**< most samples without records */
	LBRVIRT_SELF_TEST_WRONG = 6, /**< most stacks not the known calls */
};

/**
 * A self-test's figures and verdict. Set size to sizeof of the struct. Texts
 * are static and never NULL, "" where there is nothing to say.
 */
struct lbrvirt_self_test {
	size_t size;
	enum lbrvirt_self_test_verdict verdict;
	uint64_t nr_samples;	 /**< taken of the known calls */
	uint64_t nr_right;	 /**< with exactly those calls, in order */
	uint64_t nr_empty;	 /**< without any branch record */
	uint64_t count;		 /**< by how much the event's counter went on */
	uint64_t enabled_ns;	 /**< how long the event was to count */
	uint64_t running_ns;	 /**< how long it was on the PMU */
	uint64_t nr_interrupts;	 /**< of the PMU, on all CPUs, meanwhile */
	bool has_interrupts;	 /**< false: the kernel does not tell */
	const char *reason;	 /**< what is wrong */
	const char *remedy_user; /**< what can be done in this guest */
	const char *remedy_admin; /**< what the host's administrator can do */
};

/**
 * Sample six calls that are known in advance, for 50 ms of CPU time of this
 * thread, and see whether LBR call stacks come and come out right: an event
 * that opens may never fire, and bring empty or somebody else's records.
 * lbrvirt_plan_new() does so by itself, and does not take LBR if they don't.
 *
 * @ctx       context for messages.
 * @guest     what this machine can do, for a refusal's words; NULL: unknown.
 * @ret_test  receives the result; set its size before. Untouched on failure.
 *
 * Returns 0 whatever the verdict, or, if the test could not be run,
 *   -EINVAL      an argument is NULL, or of another version;
 *   -EOPNOTSUPP  the kernel has no LBR call stacks here;
 *   -EACCES      the kernel forbids it;
 *   -EBUSY       somebody else holds the PMU;
 *   -EOVERFLOW   too much locked memory, or too many open files;
 *   -ENODEV, -ENOMEM, -EBADMSG, -EIO.
 *
 * Thread: one at a time per @ctx.
 * Since:  0.1
 */
LBRVIRT_API int lbrvirt_self_test(struct lbrvirt_context *ctx,
				  const struct lbrvirt_guest *guest,
				  struct lbrvirt_self_test *ret_test);

LBRVIRT_END_DECLS

#endif
