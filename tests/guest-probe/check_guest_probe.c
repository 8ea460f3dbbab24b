/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Runs the suite of the guest stage: gates of machines made of tables, and of
 * this one. CPUID values are those of the CPUs' manuals.
 */
#include "config.h"

#include <errno.h>
#include <string.h>

#include "guest-probe/suites.h"
#include "guest/guest.h"
#include "support/check_main.h"
#include "support/fake_machine.h"

#define INTEL(max)                                              \
	{                                                       \
		0, 0,                                           \
		{                                               \
			max, 0x756e6547, 0x6c65746e, 0x49656e69 \
		}                                               \
	}
#define AMD(max)                                                \
	{                                                       \
		0, 0,                                           \
		{                                               \
			max, 0x68747541, 0x444d4163, 0x69746e65 \
		}                                               \
	}
#define CPU(eax, ecx)                  \
	{                              \
		1, 0,                  \
		{                      \
			eax, 0, ecx, 0 \
		}                      \
	}
#define KVM_AT(leaf)                                    \
	{                                               \
		leaf, 0,                                \
		{                                       \
			0, 0x4b4d564b, 0x564b4d56, 0x4d \
		}                                       \
	}
#define HYPERV                                                \
	{                                                     \
		0x40000000, 0,                                \
		{                                             \
			0, 0x7263694d, 0x666f736f, 0x76482074 \
		}                                             \
	}
#define END                        \
	{                          \
		0, 0,              \
		{                  \
			0, 0, 0, 0 \
		}                  \
	}

#define GUEST		(1u << 31)
#define PDCM		(1u << 15)
#define ARCH_LBR	(1u << 19)
#define SKYLAKE		0x506e3
#define SAPPHIRE_RAPIDS 0x806f8
#define IVY_BRIDGE	0x306a9

static const struct fake_open_rule no_hardware[] = { { fake_is_hardware,
						       ENOENT },
						     { 0 } };

static const struct fake_open_rule no_branches[] = { { fake_has_branches,
						       EOPNOTSUPP },
						     { 0 } };

static const struct fake_file pmu_with_lbr[] = {
	{ "/sys/bus/event_source/devices/cpu/caps/branches", "32\n" },
	{ "/sys/bus/event_source/devices/cpu/caps/pmu_name", "skylake\n" },
	{ "/proc/sys/kernel/perf_event_paranoid", "2\n" },
	{ NULL, NULL },
};

static const struct fake_file pmu_without_lbr[] = {
	{ "/sys/bus/event_source/devices/cpu/type", "4\n" },
	{ "/proc/sys/kernel/perf_event_paranoid", "2\n" },
	{ NULL, NULL },
};

static const struct fake_file no_pmu[] = {
	{ "/proc/sys/kernel/perf_event_paranoid", "2\n" },
	{ NULL, NULL },
};

static struct lbrvirt_context *ctx;
static struct fake_machine fake;
static struct lbrvirt_guest *guest;

static void set_up(void)
{
	guest = NULL;
	ck_assert_int_eq(lbrvirt_context_new(&ctx), 0);
}

static void tear_down(void)
{
	lbrvirt_guest_free(guest);
	lbrvirt_context_free(ctx);
}

static void probe(const struct fake_cpuid *cpuid, const struct fake_file *files,
		  const struct fake_open_rule *rules)
{
	lbrvirt_guest_free(guest);
	fake = (struct fake_machine){ .cpuid = cpuid,
				      .files = files,
				      .rules = rules };
	ck_assert_int_eq(guest_probe_on(ctx, fake_machine_init(&fake), &guest),
			 0);
}

static const struct lbrvirt_gate *gate(enum lbrvirt_gate_id id)
{
	return lbrvirt_guest_gate(guest, id);
}

static void assert_closed(enum lbrvirt_gate_id id, const char *reason)
{
	ck_assert_msg(!gate(id)->is_open && gate(id)->is_known, "%s is open",
		      gate(id)->name);
	ck_assert_msg(strstr(gate(id)->reason, reason) != NULL, "%s: %s",
		      gate(id)->name, gate(id)->reason);
}

START_TEST(a_skylake_guest_with_lbr_has_all_gates_open)
{
	static const struct fake_cpuid cpuid[] = {
		INTEL(0x16),
		CPU(SKYLAKE, GUEST | PDCM),
		KVM_AT(0x40000000),
		{ 0xa, 0, { 0x07300402, 0, 0, 0x603 } },
		END
	};

	probe(cpuid, pmu_with_lbr, NULL);
	ck_assert_ptr_null(lbrvirt_guest_first_closed(guest));
	for (int id = 0; id <= LBRVIRT_GATE_OPEN; id++)
		ck_assert_msg(gate((enum lbrvirt_gate_id)id)->is_open, "%d: %s",
			      id, gate((enum lbrvirt_gate_id)id)->reason);
	ck_assert_int_eq(lbrvirt_guest_hypervisor(guest), LBRVIRT_HV_KVM);
	ck_assert_str_eq(gate(LBRVIRT_GATE_CPU)->value,
			 "Intel Skylake (model 0x5e), LBR 32 deep");
	ck_assert_str_eq(gate(LBRVIRT_GATE_VPMU)->value,
			 "version 2, 4 counters");
	ck_assert_str_eq(gate(LBRVIRT_GATE_DRIVER)->value,
			 "cpu (skylake), 32 branches deep");
}
END_TEST

START_TEST(no_vpmu_closes_first_and_says_how_to_add_one)
{
	static const struct fake_cpuid cpuid[] = { INTEL(0x16),
						   CPU(SKYLAKE, GUEST),
						   KVM_AT(0x40000000), END };

	probe(cpuid, no_pmu, no_hardware);
	ck_assert_int_eq(lbrvirt_guest_first_closed(guest)->id,
			 LBRVIRT_GATE_VPMU);
	assert_closed(LBRVIRT_GATE_VPMU, "CPUID leaf 0xA is 0");
	ck_assert_ptr_nonnull(strstr(gate(LBRVIRT_GATE_VPMU)->remedy_admin,
				     "-cpu host,pmu=on"));
	assert_closed(LBRVIRT_GATE_LBR_FORMAT, "PDCM");
	assert_closed(LBRVIRT_GATE_DRIVER, "no PMU driver");
	assert_closed(LBRVIRT_GATE_OPEN, "no PMU driver took");
}
END_TEST

START_TEST(version_1_is_too_old_for_the_lbr_driver)
{
	static const struct fake_cpuid cpuid[] = {
		INTEL(0x16),
		CPU(SKYLAKE, GUEST | PDCM),
		KVM_AT(0x40000000),
		{ 0xa, 0, { 0x401, 0, 0, 0 } },
		END
	};

	probe(cpuid, pmu_without_lbr, no_branches);
	assert_closed(LBRVIRT_GATE_VPMU, "version 1");
}
END_TEST

START_TEST(a_pmu_without_lbr_names_lbr_fmt)
{
	static const struct fake_cpuid cpuid[] = {
		INTEL(0x16),
		CPU(SKYLAKE, GUEST | PDCM),
		KVM_AT(0x40000000),
		{ 0xa, 0, { 0x402, 0, 0, 0 } },
		END
	};

	probe(cpuid, pmu_without_lbr, no_branches);
	/* Only MSR 0x345 could tell, and it takes root. */
	ck_assert(!gate(LBRVIRT_GATE_LBR_FORMAT)->is_known);
	ck_assert_int_eq(lbrvirt_guest_first_closed(guest)->id,
			 LBRVIRT_GATE_DRIVER);
	ck_assert_ptr_nonnull(
		strstr(gate(LBRVIRT_GATE_DRIVER)->remedy_admin, "lbr-fmt="));
	ck_assert_ptr_nonnull(
		strstr(gate(LBRVIRT_GATE_DRIVER)->remedy_user, "reboot"));
	assert_closed(LBRVIRT_GATE_OPEN, "no call-stack LBR");
}
END_TEST

START_TEST(hidden_architectural_lbr_needs_an_older_host)
{
	static const struct fake_cpuid cpuid[] = {
		INTEL(0x20),
		CPU(SAPPHIRE_RAPIDS, GUEST | PDCM),
		KVM_AT(0x40000000),
		{ 0xa, 0, { 0x802, 0, 0, 0 } },
		END
	};

	probe(cpuid, pmu_without_lbr, no_branches);
	ck_assert(gate(LBRVIRT_GATE_CPU)->is_open);
	ck_assert_int_eq(lbrvirt_guest_first_closed(guest)->id,
			 LBRVIRT_GATE_ARCH_LBR);
	assert_closed(LBRVIRT_GATE_ARCH_LBR, "architectural");
	ck_assert_ptr_nonnull(strstr(gate(LBRVIRT_GATE_ARCH_LBR)->remedy_admin,
				     "Haswell to Ice Lake"));
}
END_TEST

START_TEST(architectural_lbr_tells_its_depth_and_modes)
{
	static const struct fake_cpuid whole[] = {
		INTEL(0x20),
		CPU(SAPPHIRE_RAPIDS, GUEST | PDCM),
		{ 7, 0, { 0, 0, 0, ARCH_LBR } },
		{ 0x1c, 0, { 0x8b, 0x7, 0, 0 } },
		{ 0xa, 0, { 0x802, 0, 0, 0 } },
		END
	};
	static const struct fake_cpuid part[] = {
		INTEL(0x20),
		CPU(SAPPHIRE_RAPIDS, GUEST | PDCM),
		{ 7, 0, { 0, 0, 0, ARCH_LBR } },
		{ 0x1c, 0, { 0x3, 0x3, 0, 0 } },
		{ 0xa, 0, { 0x802, 0, 0, 0 } },
		END
	};

	probe(whole, pmu_with_lbr, NULL);
	ck_assert(gate(LBRVIRT_GATE_ARCH_LBR)->is_open);
	ck_assert_str_eq(gate(LBRVIRT_GATE_ARCH_LBR)->value,
			 "up to 64 deep, call stacks yes");
	probe(part, pmu_with_lbr, no_branches);
	assert_closed(LBRVIRT_GATE_ARCH_LBR, "without call-stack mode");
	ck_assert_str_eq(gate(LBRVIRT_GATE_ARCH_LBR)->value,
			 "up to 16 deep, call stacks no");
}
END_TEST

START_TEST(ivy_bridge_has_branches_but_no_call_stacks)
{
	static const struct fake_cpuid cpuid[] = {
		INTEL(0xd),
		CPU(IVY_BRIDGE, PDCM),
		{ 0xa, 0, { 0x403, 0, 0, 0 } },
		END
	};

	probe(cpuid, pmu_with_lbr, no_branches);
	ck_assert_int_eq(lbrvirt_guest_hypervisor(guest), LBRVIRT_HV_NONE);
	ck_assert_int_eq(lbrvirt_guest_first_closed(guest)->id,
			 LBRVIRT_GATE_CPU);
	assert_closed(LBRVIRT_GATE_CPU, "Ivy Bridge has LBR");
}
END_TEST

START_TEST(amd_has_no_call_stack_mode_with_and_without_branches)
{
	static const struct fake_cpuid bare[] = {
		AMD(0x10),
		CPU(0xa10f11, 0),
		{ 0x80000000, 0, { 0x80000028, 0, 0, 0 } },
		{ 0x80000022, 0, { 7, 0x106, 0, 0 } },
		END
	};
	static const struct fake_cpuid in_kvm[] = {
		AMD(0x10),
		CPU(0xb00f21, GUEST),
		KVM_AT(0x40000000),
		{ 0x80000000, 0, { 0x80000028, 0, 0, 0 } },
		END
	};

	probe(bare, pmu_with_lbr, no_branches);
	assert_closed(LBRVIRT_GATE_CPU, "no call-stack mode");
	ck_assert_str_eq(gate(LBRVIRT_GATE_CPU)->value,
			 "AMD family 25 model 0x11");
	ck_assert(gate(LBRVIRT_GATE_VPMU)->is_open);
	ck_assert_str_eq(gate(LBRVIRT_GATE_AMD_LBR)->value,
			 "LbrExtV2, 16 branches, no call stacks");
	probe(in_kvm, no_pmu, no_hardware);
	ck_assert_str_eq(gate(LBRVIRT_GATE_CPU)->value,
			 "AMD family 26 model 0x2");
	assert_closed(LBRVIRT_GATE_VPMU, "the host gives this guest no PMU");
}
END_TEST

START_TEST(kvm_is_found_behind_hyper_v)
{
	static const struct fake_cpuid behind[] = { INTEL(0x16),
						    CPU(SKYLAKE, GUEST), HYPERV,
						    KVM_AT(0x40000100), END };
	static const struct fake_cpuid last[] = { INTEL(0x16),
						  CPU(SKYLAKE, GUEST), HYPERV,
						  KVM_AT(0x4000ff00), END };
	static const struct fake_cpuid alone[] = { INTEL(0x16),
						   CPU(SKYLAKE, GUEST), HYPERV,
						   END };
	static const struct fake_cpuid unsigned_[] = { INTEL(0x16),
						       CPU(SKYLAKE, GUEST),
						       END };

	probe(behind, no_pmu, no_hardware);
	ck_assert_int_eq(lbrvirt_guest_hypervisor(guest), LBRVIRT_HV_KVM);
	probe(last, no_pmu, no_hardware);
	ck_assert_int_eq(lbrvirt_guest_hypervisor(guest), LBRVIRT_HV_KVM);
	probe(alone, no_pmu, no_hardware);
	ck_assert_int_eq(lbrvirt_guest_hypervisor(guest), LBRVIRT_HV_HYPERV);
	ck_assert_ptr_nonnull(strstr(gate(LBRVIRT_GATE_VPMU)->remedy_admin,
				     "Set-VMProcessor"));
	probe(unsigned_, no_pmu, no_hardware);
	ck_assert_int_eq(lbrvirt_guest_hypervisor(guest), LBRVIRT_HV_UNKNOWN);
	ck_assert_str_ne(gate(LBRVIRT_GATE_VPMU)->remedy_admin, "");
}
END_TEST

static const struct fake_file on_ec2[] = { { "/sys/class/dmi/id/sys_vendor",
					     "Amazon EC2\n" },
					   { NULL, NULL } };
static const struct fake_file on_google[] = { { "/sys/class/dmi/id/sys_vendor",
						"Google\n" },
					      { NULL, NULL } };
static const struct fake_file on_qemu[] = { { "/sys/class/dmi/id/sys_vendor",
					      "QEMU\n" },
					    { NULL, NULL } };
static const struct fake_file on_firecracker_as_root[] = {
	{ "/sys/firmware/acpi/tables/DSDT", "DSDTS...\x02wFIRECKFCVMDSDT" },
	{ NULL, NULL }
};
static const struct fake_file on_firecracker[] = {
	{ "/sys/firmware/acpi/tables/DSDT", NULL },
	{ "/sys/bus/acpi/devices/AMZNC10C:00", "" },
	{ NULL, NULL }
};
static const struct fake_file on_qemu_with_its_clock[] = {
	{ "/sys/class/dmi/id/sys_vendor", "QEMU\n" },
	{ "/sys/bus/acpi/devices/AMZNC10C:00", "" },
	{ NULL, NULL }
};

struct platform {
	const struct fake_file *files;
	const char *value;
	const char *remedy; /* part of it */
};

static const struct platform platforms[] = {
	{ on_ec2, "KVM, Amazon EC2", ".metal" },
	{ on_google, "KVM, Google Cloud", "--performance-monitoring-unit" },
	{ on_qemu, "KVM, QEMU", "pmu=on" },
	{ on_firecracker_as_root, "KVM, Firecracker", "another VMM" },
	{ on_firecracker, "KVM, Firecracker", "another VMM" },
	{ on_qemu_with_its_clock, "KVM, QEMU", "pmu=on" },
	{ NULL, "KVM", "pmu=on" },
};

START_TEST(the_platform_decides_what_its_administrator_can_do)
{
	static const struct fake_cpuid cpuid[] = { INTEL(0x16),
						   CPU(SKYLAKE, GUEST),
						   KVM_AT(0x40000000), END };
	const struct platform *want = &platforms[_i];

	probe(cpuid, want->files, no_hardware);
	ck_assert_str_eq(gate(LBRVIRT_GATE_HYPERVISOR)->value, want->value);
	ck_assert_msg(strstr(gate(LBRVIRT_GATE_VPMU)->remedy_admin,
			     want->remedy) != NULL,
		      "%s", gate(LBRVIRT_GATE_VPMU)->remedy_admin);
}
END_TEST

START_TEST(an_unknown_model_is_left_to_the_kernel)
{
	static const struct fake_cpuid cpuid[] = {
		INTEL(0x24),
		CPU(0xf06f0, GUEST | PDCM),
		{ 0xa, 0, { 0x802, 0, 0, 0 } },
		END
	};

	probe(cpuid, pmu_with_lbr, NULL);
	ck_assert(!gate(LBRVIRT_GATE_CPU)->is_known);
	ck_assert_ptr_null(lbrvirt_guest_first_closed(guest));
}
END_TEST

START_TEST(what_opens_is_there_whatever_cpuid_says)
{
	static const struct fake_cpuid cpuid[] = { AMD(0x10),
						   CPU(0xb00f21, GUEST), END };

	probe(cpuid, pmu_with_lbr, NULL);
	ck_assert(!gate(LBRVIRT_GATE_CPU)->is_open);
	ck_assert_ptr_null(lbrvirt_guest_first_closed(guest));
}
END_TEST

/* Masked leaves close no gate while the kernel drives the PMU, so that a
 * refusal is not laid to them. */
START_TEST(what_the_kernel_drives_is_there_whatever_cpuid_says)
{
	static const struct fake_cpuid cpuid[] = { INTEL(0x16),
						   CPU(SKYLAKE, GUEST), END };

	probe(cpuid, pmu_with_lbr, no_branches);
	ck_assert(gate(LBRVIRT_GATE_VPMU)->is_open);
	ck_assert(gate(LBRVIRT_GATE_LBR_FORMAT)->is_open);
	ck_assert(!gate(LBRVIRT_GATE_OPEN)->is_open);
	ck_assert_int_eq(lbrvirt_guest_first_closed(guest)->id,
			 LBRVIRT_GATE_OPEN);

	probe(cpuid, pmu_without_lbr, no_branches);
	ck_assert(gate(LBRVIRT_GATE_VPMU)->is_open);
	assert_closed(LBRVIRT_GATE_LBR_FORMAT, "PDCM");
}
END_TEST

struct permission {
	int err;
	const char *paranoid;
	const char *status;
	enum lbrvirt_gate_id closed; /* COUNT: none */
	bool is_known;
	const char *said; /* why it is closed */
	const char *remedy;
};

#define NOBODY	  "Name:\tx\nCapEff:\t0000000000000000\nSeccomp:\t0\n"
#define ROOT	  "Name:\tx\nCapEff:\t000001ffffffffff\nSeccomp:\t0\n"
#define PERFMON	  "Name:\tx\nCapEff:\t0000004000000000\nSeccomp:\t0\n"
#define CONTAINED "Name:\tx\nCapEff:\t00000000a80425fb\nSeccomp:\t2\n"

#define LEVEL_REMEDY \
	"sudo sysctl kernel.perf_event_paranoid=2; or run it as root: sudo lbrprof record"
#define SECCOMP_REMEDY \
	"Docker, Podman: --cap-add PERFMON (older ones: SYS_ADMIN), or --security-opt seccomp=FILE with a profile that allows perf_event_open; Kubernetes: securityContext: {capabilities: {add: [PERFMON]}, seccompProfile: {type: Localhost, localhostProfile: FILE}}"
#define MODULE_REMEDY \
	"see which in the audit log: sudo ausearch -m avc, or sudo dmesg | grep -i denied; containers: --security-opt label=disable (SELinux), --security-opt apparmor=unconfined"

static const struct permission permissions[] = {
	{ 0, "2\n", NOBODY, LBRVIRT_GATE_COUNT, true, "", "" },
	{ 0, "3\n", ROOT, LBRVIRT_GATE_COUNT, true, "", "" },
	{ 0, "4\n", PERFMON, LBRVIRT_GATE_COUNT, true, "", "" },
	/* Mainline kernels take 3 for 2. */
	{ 0, "3\n", NOBODY, LBRVIRT_GATE_COUNT, true, "", "" },
	{ EACCES, "3\n", NOBODY, LBRVIRT_GATE_PARANOID, true,
	  "kernel.perf_event_paranoid is 3, which leaves perf to root",
	  LEVEL_REMEDY },
	{ EACCES, "4\n", NOBODY, LBRVIRT_GATE_PARANOID, true,
	  "kernel.perf_event_paranoid is 4, which leaves perf to root",
	  LEVEL_REMEDY },
	{ EACCES, NULL, NOBODY, LBRVIRT_GATE_PARANOID, true,
	  "kernel.perf_event_paranoid is unreadable, which leaves perf to root",
	  LEVEL_REMEDY },
	{ ENOSYS, NULL, NOBODY, LBRVIRT_GATE_PARANOID, true,
	  "the kernel was built without CONFIG_PERF_EVENTS",
	  "boot a kernel with CONFIG_PERF_EVENTS=y" },
	{ EPERM, "2\n", CONTAINED, LBRVIRT_GATE_SECCOMP, true,
	  "a seccomp filter forbids perf_event_open, as containers have",
	  SECCOMP_REMEDY },
	{ ENOSYS, "2\n", CONTAINED, LBRVIRT_GATE_SECCOMP, true,
	  "a seccomp filter forbids perf_event_open, as containers have",
	  SECCOMP_REMEDY },
	{ EPERM, "2\n", NOBODY, LBRVIRT_GATE_LOCKDOWN, true,
	  "a security module (SELinux, AppArmor) forbids perf_event_open",
	  MODULE_REMEDY },
	{ EACCES, "2\n", NOBODY, LBRVIRT_GATE_LOCKDOWN, true,
	  "a security module (SELinux, AppArmor) forbids perf_event_open",
	  MODULE_REMEDY },
	{ EMFILE, "2\n", NOBODY, LBRVIRT_GATE_COUNT, false, "", "" },
};

START_TEST(a_refusal_closes_the_gate_of_who_refused_alone)
{
	static const struct fake_cpuid cpuid[] = {
		INTEL(0x16),
		CPU(SKYLAKE, PDCM),
		{ 0xa, 0, { 0x402, 0, 0, 0 } },
		END
	};
	const struct permission *want = &permissions[_i];
	const struct fake_file files[] = {
		{ "/proc/self/status", want->status },
		{ "/sys/bus/event_source/devices/cpu/caps/branches", "32\n" },
		{ want->paranoid ? "/proc/sys/kernel/perf_event_paranoid" :
				   "/none",
		  want->paranoid },
		{ NULL, NULL },
	};
	const struct fake_open_rule rules[] = {
		{ want->err ? fake_any : NULL, want->err },
		{ 0 },
	};

	probe(cpuid, files, rules);
	for (int id = 0; id < LBRVIRT_GATE_OPEN; id++) {
		const struct lbrvirt_gate *got = gate((enum lbrvirt_gate_id)id);

		if (!got->is_fact)
			ck_assert_msg(got->is_open == (got->id != want->closed),
				      "%s: %s", got->name, got->reason);
	}
	ck_assert_int_eq(gate(LBRVIRT_GATE_PARANOID)->is_known, want->is_known);
	ck_assert_int_eq(gate(LBRVIRT_GATE_LOCKDOWN)->is_known, want->is_known);
	if (want->closed == LBRVIRT_GATE_COUNT)
		return;
	ck_assert_int_eq(lbrvirt_guest_first_closed(guest)->id, want->closed);
	ck_assert_int_eq(lbrvirt_guest_verdict(guest), LBRVIRT_GUEST_USER);
	ck_assert_str_eq(gate(want->closed)->reason, want->said);
	ck_assert_str_eq(gate(want->closed)->remedy_user, want->remedy);
	ck_assert_str_eq(gate(want->closed)->remedy_admin, "");
}
END_TEST

START_TEST(every_errno_of_the_open_gate_has_a_reason)
{
	static const int errs[] = { ENOENT, EOPNOTSUPP, EINVAL, EBUSY,
				    EACCES, EPERM,	ENOSYS, EMFILE };
	static const struct fake_cpuid cpuid[] = { INTEL(0x16),
						   CPU(SKYLAKE, GUEST | PDCM),
						   END };
	const struct fake_open_rule rules[] = { { fake_has_branches, errs[_i] },
						{ 0 } };

	probe(cpuid, pmu_with_lbr, rules);
	assert_closed(LBRVIRT_GATE_OPEN, "");
	ck_assert_str_ne(gate(LBRVIRT_GATE_OPEN)->reason, "");
}
END_TEST

START_TEST(another_architecture_closes_the_first_gate)
{
	fake = (struct fake_machine){ .is_not_x86 = true,
				      .rules = no_hardware };
	ck_assert_int_eq(guest_probe_on(ctx, fake_machine_init(&fake), &guest),
			 0);
	ck_assert_int_eq(lbrvirt_guest_first_closed(guest)->id,
			 LBRVIRT_GATE_ARCH);
}
END_TEST

START_TEST(no_text_of_a_gate_is_ever_null)
{
	ck_assert_int_eq(lbrvirt_guest_probe(ctx, NULL, &guest), 0);
	for (int id = 0; id < LBRVIRT_GATE_COUNT; id++) {
		const struct lbrvirt_gate *g = gate((enum lbrvirt_gate_id)id);

		ck_assert_int_eq(g->id, id);
		ck_assert_str_ne(g->name, "");
		ck_assert_str_ne(g->value, "");
		ck_assert_ptr_nonnull(g->remedy_user);
		ck_assert_ptr_nonnull(g->remedy_admin);
		/* A closed gate says why. */
		ck_assert(g->is_open || !g->is_known || g->reason[0]);
	}
	ck_assert_ptr_null(lbrvirt_guest_gate(guest, LBRVIRT_GATE_COUNT));
}
END_TEST

START_TEST(this_machine_is_a_guest_if_cpuinfo_says_so)
{
	struct machine *machine = machine_live();
	struct buffer text = { 0 };
	bool is_guest;

	ck_assert_int_eq(
		machine->ops->read_file(machine, "/proc/cpuinfo", &text), 0);
	is_guest = strstr((const char *)text.bytes, " hypervisor") != NULL;
	buffer_fini(&text);
	ck_assert_int_eq(lbrvirt_guest_probe(ctx, NULL, &guest), 0);
	ck_assert_int_eq(lbrvirt_guest_hypervisor(guest) != LBRVIRT_HV_NONE,
			 is_guest);
}
END_TEST

START_TEST(bad_arguments_are_refused_and_null_is_answered)
{
	struct lbrvirt_guest_opts opts = { .size = 3 };

	ck_assert_int_eq(lbrvirt_guest_probe(NULL, NULL, &guest), -EINVAL);
	ck_assert_int_eq(lbrvirt_guest_probe(ctx, NULL, NULL), -EINVAL);
	ck_assert_int_eq(lbrvirt_guest_probe(ctx, &opts, &guest), -EINVAL);
	ck_assert_ptr_null(guest);
	ck_assert_ptr_null(lbrvirt_guest_gate(NULL, LBRVIRT_GATE_CPU));
	ck_assert_ptr_null(lbrvirt_guest_first_closed(NULL));
	ck_assert_int_eq(lbrvirt_guest_hypervisor(NULL), LBRVIRT_HV_UNKNOWN);
	for (int hv = -1; hv < 20; hv++)
		ck_assert_str_ne(
			lbrvirt_hypervisor_name((enum lbrvirt_hypervisor)hv),
			"");
	lbrvirt_guest_free(NULL);
}
END_TEST

Suite *guest_suite(void)
{
	Suite *suite = suite_create("guest");
	TCase *gates = tcase_create("gates");
	TCase *live = tcase_create("live");

	tcase_add_checked_fixture(gates, set_up, tear_down);
	tcase_add_test(gates, a_skylake_guest_with_lbr_has_all_gates_open);
	tcase_add_test(gates, no_vpmu_closes_first_and_says_how_to_add_one);
	tcase_add_test(gates, version_1_is_too_old_for_the_lbr_driver);
	tcase_add_test(gates, a_pmu_without_lbr_names_lbr_fmt);
	tcase_add_test(gates, hidden_architectural_lbr_needs_an_older_host);
	tcase_add_test(gates, architectural_lbr_tells_its_depth_and_modes);
	tcase_add_test(gates, ivy_bridge_has_branches_but_no_call_stacks);
	tcase_add_test(gates,
		       amd_has_no_call_stack_mode_with_and_without_branches);
	tcase_add_test(gates, kvm_is_found_behind_hyper_v);
	tcase_add_loop_test(gates,
			    the_platform_decides_what_its_administrator_can_do,
			    0, sizeof(platforms) / sizeof(platforms[0]));
	tcase_add_test(gates, an_unknown_model_is_left_to_the_kernel);
	tcase_add_test(gates, what_opens_is_there_whatever_cpuid_says);
	tcase_add_test(gates,
		       what_the_kernel_drives_is_there_whatever_cpuid_says);
	tcase_add_loop_test(gates,
			    a_refusal_closes_the_gate_of_who_refused_alone, 0,
			    sizeof(permissions) / sizeof(permissions[0]));
	tcase_add_loop_test(gates, every_errno_of_the_open_gate_has_a_reason, 0,
			    8);
	tcase_add_test(gates, another_architecture_closes_the_first_gate);
	suite_add_tcase(suite, gates);

	tcase_add_checked_fixture(live, set_up, tear_down);
	tcase_add_test(live, no_text_of_a_gate_is_ever_null);
	tcase_add_test(live, this_machine_is_a_guest_if_cpuinfo_says_so);
	tcase_add_test(live, bad_arguments_are_refused_and_null_is_answered);
	suite_add_tcase(suite, live);

	return suite;
}

int main(void)
{
	static Suite *(*const suites[])(void) = {
		guest_suite, exit_cost_suite, remedies_suite, saved_suite, NULL,
	};

	return check_main(suites);
}
