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

/** The gates, in the order in which they close. */
enum lbrvirt_gate_id {
	LBRVIRT_GATE_ARCH = 0,	     /**< x86-64 */
	LBRVIRT_GATE_HYPERVISOR = 1, /**< informative: never closed */
	LBRVIRT_GATE_CPU = 2,	     /**< the CPU model has call-stack LBR */
	LBRVIRT_GATE_VPMU = 3,	     /**< CPUID leaf 0xA version >= 2 */
	LBRVIRT_GATE_LBR = 4,	     /**< LBR is shown to the guest */
	LBRVIRT_GATE_DRIVER = 5,     /**< the kernel drives it: caps/branches */
	LBRVIRT_GATE_PERMISSION = 6, /**< perf_event_paranoid, capabilities */
	LBRVIRT_GATE_OPEN = 7,	     /**< perf_event_open takes the event */
	LBRVIRT_GATE_COUNT = 8,
};

/** One gate. Texts are never NULL, "" where there is nothing to say. */
struct lbrvirt_gate {
	enum lbrvirt_gate_id id;
	const char *name;     /**< "vpmu": stable, for programs */
	bool is_open;
	bool is_known;	      /**< false: it could not be looked at */
	const char *value;    /**< what was found: "version 0" */
	const char *reason;   /**< why it is closed */
	const char *remedy_user;  /**< what the user can do, ready to paste */
	const char *remedy_admin; /**< what the host's administrator can do */
};

/** Settings of lbrvirt_guest_probe(). Set size to sizeof of the struct. */
struct lbrvirt_guest_opts {
	size_t size;
};

/**
 * Look at this machine. Reads CPUID, /proc and /sys and tries to open events;
 * needs no privilege and changes nothing. Does not read MSRs.
 *
 * @ctx        context for messages; must outlive the guest.
 * @opts       settings, or NULL for the defaults.
 * @ret_guest  receives the result; untouched on failure.
 *
 * Returns 0, -EINVAL, -ENOMEM or -EIO. A guest without any LBR is no error.
 *
 * Owner:  the caller; end it with lbrvirt_guest_free().
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
 * Returns it, or NULL: LBR call stacks can be recorded, or @guest is NULL.
 *
 * Owner:  the guest; valid as long as it is.
 * Since:  0.1
 */
LBRVIRT_API const struct lbrvirt_gate *
lbrvirt_guest_first_closed(const struct lbrvirt_guest *guest);

LBRVIRT_END_DECLS

#endif
