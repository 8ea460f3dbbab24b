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
	bool is_hybrid;	    /* CPUID.7.0:EDX[15], or a model that is */
};

/* MSR 0x345, IA32_PERF_CAPABILITIES. */
struct guest_capabilities {
	int err; /* 0 or -errno: why it was not read */
	uint64_t value;
};

/* What this process may do, and what was put around it. */
struct guest_privileges {
	uint64_t capabilities; /* effective */
	bool is_known;
	bool has_seccomp;
	int open_err; /* of an event that needs no PMU; positive */
};

/* Who runs the host, where that decides what can be done there. */
enum guest_platform {
	GUEST_PLATFORM_UNKNOWN,
	GUEST_PLATFORM_FIRECRACKER,
	GUEST_PLATFORM_CLOUD_HYPERVISOR,
	GUEST_PLATFORM_QEMU,
	GUEST_PLATFORM_EC2,
	GUEST_PLATFORM_GOOGLE,
	GUEST_PLATFORM_AZURE,
	GUEST_PLATFORM_HYPERV, /* Microsoft's, and no tag of Azure */
	GUEST_PLATFORM_COUNT,
};

enum { GUEST_TEXT_SIZE = 512 };

/* Which kind of machine a guest has of its own. */
enum guest_owned {
	GUEST_OWNS_NONE,
	GUEST_OWNS_SNAPSHOT,
	GUEST_OWNS_RECORDING,
};

/* The storage of a gate's texts. */
struct guest_texts {
	char value[GUEST_TEXT_SIZE];
	char reason[GUEST_TEXT_SIZE];
	char remedy_user[GUEST_TEXT_SIZE];
	char remedy_admin[GUEST_TEXT_SIZE];
};

struct lbrvirt_guest {
	struct machine *machine; /* that was probed */
	enum guest_owned kind;	 /* and what it is to us */
	enum lbrvirt_hypervisor hypervisor;
	enum guest_platform platform;
	struct guest_cpu cpu;
	struct guest_capabilities capabilities;
	struct guest_privileges privileges;
	unsigned int linux_version; /* 0x60c: Linux 6.12; 0: unknown */
	const char *pmu; /* folder below event_source/devices; NULL: none */
	struct lbrvirt_gate gates[LBRVIRT_GATE_COUNT];
	struct guest_texts texts[LBRVIRT_GATE_COUNT];
};

/* Look at any machine; it must outlive the guest. */
int guest_probe_on(struct lbrvirt_context *ctx, struct machine *machine,
		   struct lbrvirt_guest **ret_guest);

/* A gate being looked at: its verdict, and where its texts go. */
struct guest_look {
	struct lbrvirt_guest *guest;
	struct lbrvirt_gate *gate; /* open and known unless told otherwise */
	struct guest_texts *texts;
};

/* Fill a text of GUEST_TEXT_SIZE, whatever bytes files had. */
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
void guest_lbr_format_look(const struct guest_look *look);
void guest_arch_lbr_look(const struct guest_look *look);
void guest_amd_lbr_look(const struct guest_look *look);
void guest_driver_look(const struct guest_look *look);
void guest_paranoid_look(const struct guest_look *look);
void guest_capabilities_look(const struct guest_look *look);
void guest_seccomp_look(const struct guest_look *look);
void guest_container_look(const struct guest_look *look);
void guest_lockdown_look(const struct guest_look *look);
void guest_open_look(const struct guest_look *look);
void guest_msr_device_look(const struct guest_look *look);
void guest_mlock_look(const struct guest_look *look);
void guest_sample_rate_look(const struct guest_look *look);
void guest_kptr_restrict_look(const struct guest_look *look);
void guest_debug_info_look(const struct guest_look *look);
void guest_topdown_look(const struct guest_look *look);
void guest_mediation_look(const struct guest_look *look);
void guest_vcpus_look(const struct guest_look *look);

/* What several looks need, found before the first: MSR 0x345 of CPU 0, the
 * kernel's version; our privileges. */
void guest_capabilities_read(struct lbrvirt_guest *guest);
void guest_privileges_read(struct lbrvirt_guest *guest);

/* Whether one of these was given to us; see capabilities(7). */
enum guest_capability {
	GUEST_CAP_IPC_LOCK = 14,
	GUEST_CAP_SYS_RAWIO = 17,
	GUEST_CAP_SYS_ADMIN = 21,
	GUEST_CAP_SYSLOG = 34,
	GUEST_CAP_PERFMON = 38, /* Linux 5.8 */
};
bool guest_has_capability(const struct lbrvirt_guest *guest,
			  enum guest_capability capability);

/* CPUID, zeros where there is none. */
struct cpuid_regs guest_cpuid(const struct guest_look *look, uint32_t leaf);

/* A path that is there for certain. */
bool guest_has_path(const struct lbrvirt_guest *guest, const char *path);

/* Whether the kernel can be looked at; not in a dump of CPUID alone. */
bool guest_has_kernel(const struct lbrvirt_guest *guest);

/* A file's first line, cut to @size; false: it cannot be read. */
bool guest_read_line(const struct lbrvirt_guest *guest, const char *path,
		     char *ret_line, size_t size);

/* Who runs the host, as far as DMI and ACPI tell. */
enum guest_platform guest_platform_find(struct machine *machine);

/* What the host's administrator can do about a missing PMU, and about a PMU
 * that comes without LBR. Static texts; "" on bare metal. Both are by platform
 * and hypervisor (platform.c). */
const char *guest_platform_pmu_remedy(const struct lbrvirt_guest *guest);
const char *guest_platform_lbr_remedy(const struct lbrvirt_guest *guest);

#endif
