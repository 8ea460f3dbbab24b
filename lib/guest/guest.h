/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The guest as its gates see it: facts that one gate finds and a later one
 * needs, and the texts of each. Gates are functions in a table (guest.c); each
 * looks at one thing, in the order in which they close.
 */
#ifndef LBRVIRT_GUEST_GUEST_H
#define LBRVIRT_GUEST_GUEST_H

#include <lbrvirt/guest.h>

#include "machine/machine.h"

enum guest_vendor {
	GUEST_VENDOR_OTHER,
	GUEST_VENDOR_INTEL,
	GUEST_VENDOR_AMD, /* and Hygon, which is AMD's design */
};

/* What a family of CPUs has, as the kernel's tables know it. */
enum guest_lbr {
	GUEST_LBR_UNKNOWN, /* a model that the table lacks */
	GUEST_LBR_NONE,
	GUEST_LBR_BRANCHES,   /* LBR, but no call-stack mode */
	GUEST_LBR_CALL_STACK, /* by model-specific registers */
	GUEST_LBR_ARCH,	      /* by CPUID leaf 0x1C; Linux 5.9 */
};

struct guest_cpu {
	enum guest_vendor vendor;
	unsigned int family;
	unsigned int model;
	enum guest_lbr lbr;
	const char *uarch;  /* "Skylake"; "" unknown */
	unsigned int depth; /* entries; 0: unknown or told by CPUID */
};

/* Who runs the host, where that decides what can be done there. */
enum guest_platform {
	GUEST_PLATFORM_UNKNOWN,
	GUEST_PLATFORM_FIRECRACKER,
	GUEST_PLATFORM_QEMU,
	GUEST_PLATFORM_EC2,
	GUEST_PLATFORM_GOOGLE,
	GUEST_PLATFORM_AZURE,
	GUEST_PLATFORM_COUNT,
};

enum { GUEST_TEXT_SIZE = 384 };

/* The storage of a gate's texts. */
struct guest_texts {
	char value[GUEST_TEXT_SIZE];
	char reason[GUEST_TEXT_SIZE];
	char remedy_user[GUEST_TEXT_SIZE];
	char remedy_admin[GUEST_TEXT_SIZE];
};

struct lbrvirt_guest {
	struct machine *machine; /* borrowed; used while probing only */
	enum lbrvirt_hypervisor hypervisor;
	enum guest_platform platform;
	struct guest_cpu cpu;
	const char *pmu; /* folder below event_source/devices; NULL: none */
	struct lbrvirt_gate gates[LBRVIRT_GATE_COUNT];
	struct guest_texts texts[LBRVIRT_GATE_COUNT];
};

int guest_probe_on(struct lbrvirt_context *ctx, struct machine *machine,
		   struct lbrvirt_guest **ret_guest);

/* A gate being looked at: its verdict, and where its texts go. */
struct guest_look {
	struct lbrvirt_guest *guest;
	struct lbrvirt_gate *gate; /* open and known unless told otherwise */
	struct guest_texts *texts;
};

/* Fill a text of GUEST_TEXT_SIZE. */
void guest_say(char *text, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Close the gate for a reason; remedies are set apart. */
void guest_close(const struct guest_look *look, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* The looks, one a gate; see enum lbrvirt_gate_id. */
void guest_arch_look(const struct guest_look *look);
void guest_hypervisor_look(const struct guest_look *look);
void guest_cpu_look(const struct guest_look *look);
void guest_vpmu_look(const struct guest_look *look);
void guest_lbr_look(const struct guest_look *look);
void guest_driver_look(const struct guest_look *look);
void guest_permission_look(const struct guest_look *look);
void guest_open_look(const struct guest_look *look);

/* Who runs the host, as far as DMI and ACPI tell. */
enum guest_platform guest_platform_find(struct machine *machine);

/* What the host's administrator can do about a missing PMU, and about a PMU
 * that comes without LBR. Static texts; "" on bare metal. */
const char *guest_platform_pmu_remedy(const struct lbrvirt_guest *guest);
const char *guest_platform_lbr_remedy(const struct lbrvirt_guest *guest);

#endif
