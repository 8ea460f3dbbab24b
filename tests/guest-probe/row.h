/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Machines of one row each: one whose LBR call stacks work, but for what the
 * row says. Fixtures for the suites that go through such rows.
 */
#ifndef LBRVIRT_TESTS_GUEST_PROBE_ROW_H
#define LBRVIRT_TESTS_GUEST_PROBE_ROW_H

#include <check.h>

#include "guest/guest.h"
#include "support/fake_machine.h"

#define GUEST		(1u << 31)
#define PDCM		(1u << 15)
#define ARCH_LBR	(1u << 19)
#define HYBRID		(1u << 15)
#define HASWELL_SP	0x306f2
#define SKYLAKE		0x506e3
#define ICE_LAKE_SP	0x606a6
#define SAPPHIRE_RAPIDS 0x806f8
#define ALDER_LAKE	0x90672
#define IVY_BRIDGE	0x306a9
#define GENOA		0xa10f11

#define KVM		"KVMKVMKVM\0\0\0"

#define DEVICES		"/sys/bus/event_source/devices/"
#define SYSCTL		"/proc/sys/kernel/"

enum msr {
	MSR_NO_DEVICE,
	MSR_READ,
	MSR_FAULTS,
	MSR_DENIED,
};

/* Zero is the working machine's own. */
struct row {
	const char *signature; /* the hypervisor's; NULL: bare metal */
	const char *vendor;    /* NULL: GenuineIntel */
	uint32_t cpu;	       /* CPUID.1:EAX; 0: Skylake */
	uint32_t no_leaf1;     /* bits of CPUID.1:ECX taken away */
	uint32_t pmu;	       /* CPUID.A:EAX; 0: version 2 */
	bool has_no_pmu;
	uint32_t leaf7_edx;
	uint32_t leaf1c_ebx;
	uint32_t amd_lbr;   /* CPUID.80000022:EAX */
	uint32_t amd_brs;   /* CPUID.80000008:EBX */
	uint32_t kvm_hints; /* CPUID.40000001:EDX */
	enum msr msr;
	uint64_t capabilities;
	const char *no_file;	   /* of the files below, this is missing */
	struct fake_file files[3]; /* besides, or in their place */
	int call_stack_err, any_err;

	enum lbrvirt_gate_id gate;
	enum lbrvirt_guest_verdict verdict;
	const char *reason, *user, *admin;
};

#define QEMU_PMU \
	"QEMU: -cpu host,pmu=on; libvirt: <features><pmu state='on'/></features>; host: modprobe kvm enable_pmu=1"
#define QEMU_LBR \
	"host: rdmsr -u 0x345, and N is the low 6 bits (0x5 on Skylake); QEMU: -cpu host,pmu=on,lbr-fmt=N or -cpu host,migratable=no,pmu=on; host: kvm_intel.enable_mediated_pmu=N, and its CPU Haswell to Ice Lake"
#define NO_PMU	"the host gives this guest no PMU (CPUID leaf 0xA is 0)"
#define NO_PDCM "CPUID hides PDCM, so the kernel cannot read the LBR format"

struct row_rig {
	struct lbrvirt_context *ctx;
	struct fake_machine fake;
	struct lbrvirt_guest *guest; /* of the last row_probe() */
};

extern struct row_rig rig;

/* A checked fixture. */
void row_set_up(void);
void row_tear_down(void);

/* Make the row's machine and look at it. */
void row_probe(const struct row *row);

/* One more CPUID leaf of the machine that row_probe() made. */
void row_put_leaf(uint32_t leaf, const struct cpuid_regs *regs);

/* From now on the kernel refuses what the rule matches. */
void row_refuse(struct fake_open_rule rule);

/* The row's gate is closed, in the row's exact words. */
void row_assert_closed(const struct row *row);

/* What was asked of the machine, saved, gives the same answers. */
void row_assert_saved(const struct row *row);

/* Save to a folder of its own, and remove that. */
enum { ROW_FOLDER_SIZE = 64 };
void row_save(struct machine *recording, char *ret_folder);
void row_remove(const char *folder);

#define ROW_COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))

#endif
