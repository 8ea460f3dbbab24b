/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Each gate, closed alone, with the exact words that people will paste. The
 * machine of a row is one whose LBR call stacks work, but for what the row
 * says.
 */
#include "config.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "guest-probe/suites.h"
#include "guest/guest.h"
#include "machine/recording.h"
#include "machine/snapshot.h"
#include "support/check_main.h"
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
	uint32_t amd_lbr; /* CPUID.80000022:EAX */
	enum msr msr;
	uint64_t capabilities;
	const char *no_file;	   /* of the files below, this is missing */
	struct fake_file files[3]; /* besides, or in their place */
	int call_stack_err, any_err;

	enum lbrvirt_gate_id gate;
	enum lbrvirt_guest_verdict verdict;
	const char *reason, *user, *admin;
};

static const struct fake_file working[] = {
	{ DEVICES "cpu/caps/branches", "32\n" },
	{ DEVICES "cpu/caps/pmu_name", "skylake\n" },
	{ DEVICES "cpu/events/topdown-retiring", "event=0x00,umask=0x80\n" },
	{ DEVICES "cpu/type", "4\n" },
	{ DEVICES "software/type", "1\n" },
	{ SYSCTL "perf_event_paranoid", "0\n" },
	{ SYSCTL "perf_event_mlock_kb", "516\n" },
	{ SYSCTL "perf_event_max_sample_rate", "100000\n" },
	{ SYSCTL "kptr_restrict", "0\n" },
	{ SYSCTL "osrelease", "6.12.0-test\n" },
	{ "/proc/self/status",
	  "Name:\tx\nCapEff:\t0000000000000000\nSeccomp:\t0\n" },
	{ "/proc/self/limits",
	  "Limit\nMax locked memory         8388608  8388608  bytes\n" },
	{ "/proc/stat", "cpu  100 0 100 9800 0 0 0 0 0 0\n" },
	{ "/dev/cpu/0/msr", "" },
	{ "/usr/lib/debug/.build-id", "" },
};

enum { FILES_MAX = 32, CPUID_MAX = 16 };

static struct lbrvirt_context *ctx;
static struct fake_machine fake;
static struct lbrvirt_guest *guest;
static struct fake_cpuid cpuid[CPUID_MAX];
static size_t nr_cpuid;
static struct fake_file files[FILES_MAX];
static struct fake_open_rule rules[3];

static void set_up(void)
{
	guest = NULL;
	nr_cpuid = 0;
	memset(cpuid, 0, sizeof(cpuid));
	memset(files, 0, sizeof(files));
	memset(rules, 0, sizeof(rules));
	ck_assert_int_eq(lbrvirt_context_new(&ctx), 0);
}

static void tear_down(void)
{
	lbrvirt_guest_free(guest);
	if (fake.cpus)
		fake_cpus_free(fake.cpus);
	fake.cpus = NULL;
	lbrvirt_context_free(ctx);
}

static void put(uint32_t leaf, uint32_t eax, uint32_t ebx, uint32_t ecx,
		uint32_t edx)
{
	cpuid[nr_cpuid++] =
		(struct fake_cpuid){ leaf, 0, { eax, ebx, ecx, edx } };
}

static uint32_t word(const char *text, size_t i)
{
	uint32_t value;

	memcpy(&value, text + i * 4, 4);
	return value;
}

static void put_cpu(const struct row *row)
{
	const char *vendor = row->vendor ? row->vendor : "GenuineIntel";

	put(0, 0x20, word(vendor, 0), word(vendor, 2), word(vendor, 1));
	put(1, row->cpu ? row->cpu : SKYLAKE, 0,
	    ((row->signature ? GUEST : 0) | PDCM) & ~row->no_leaf1, 0);
	if (!row->has_no_pmu)
		put(0xa, row->pmu ? row->pmu : 0x402, 0, 0, 0x603);
	if (row->leaf7_edx)
		put(7, 0, 0, 0, row->leaf7_edx);
	if (row->leaf1c_ebx)
		put(0x1c, 0x8b, row->leaf1c_ebx, 0, 0);
	if (row->signature)
		put(0x40000000, 0x40000001, word(row->signature, 0),
		    word(row->signature, 1), word(row->signature, 2));
	put(0x80000000, 0x80000022, 0, 0, 0);
	if (row->amd_lbr)
		put(0x80000022, row->amd_lbr, 0x100, 0, 0);
}

static bool is_replaced(const struct row *row, const char *path)
{
	size_t length = row->no_file ? strlen(row->no_file) : 0;

	if (length && strncmp(path, row->no_file, length) == 0)
		return true;
	for (size_t i = 0; i < 3 && row->files[i].path; i++)
		if (strcmp(row->files[i].path, path) == 0)
			return true;
	return false;
}

static void put_files(const struct row *row)
{
	size_t nr = 0;

	for (size_t i = 0; i < 3 && row->files[i].path; i++)
		files[nr++] = row->files[i];
	for (size_t i = 0; i < sizeof(working) / sizeof(working[0]); i++)
		if (!is_replaced(row, working[i].path))
			files[nr++] = working[i];
}

static void probe(const struct row *row)
{
	put_cpu(row);
	put_files(row);
	if (row->any_err)
		rules[0] = (struct fake_open_rule){ fake_any, row->any_err };
	else if (row->call_stack_err)
		rules[0] = (struct fake_open_rule){ fake_is_call_stack,
						    row->call_stack_err };
	fake = (struct fake_machine){ .cpuid = cpuid,
				      .files = files,
				      .rules = rules };
	if (row->msr != MSR_NO_DEVICE) {
		fake.cpus = fake_cpus_new(1, 0x4b564d05);
		fake.cpus->capabilities = row->capabilities;
		atomic_store(&fake.cpus->read_err,
			     row->msr == MSR_FAULTS ? EIO :
			     row->msr == MSR_DENIED ? EPERM :
						      0);
	}
	ck_assert_int_eq(guest_probe_on(ctx, fake_machine_init(&fake), &guest),
			 0);
}

/* That texts fit was not so once. */
static void assert_text(const char *got, const char *want)
{
	ck_assert_str_eq(got, want);
	ck_assert_uint_lt(strlen(got), GUEST_TEXT_SIZE - 1);
}

static void assert_closed(const struct row *row)
{
	const struct lbrvirt_gate *gate = lbrvirt_guest_gate(guest, row->gate);

	ck_assert_msg(gate->is_known && !gate->is_open, "%s is open: %s",
		      gate->name, gate->value);
	assert_text(gate->reason, row->reason);
	assert_text(gate->remedy_user, row->user ? row->user : "");
	assert_text(gate->remedy_admin, row->admin ? row->admin : "");
}

#define NOT_HERE \
	"not possible on this CPU; run the guest on an Intel host, Haswell to Ice Lake"
#define QEMU_PMU \
	"QEMU: -cpu host,pmu=on; libvirt: <features><pmu state='on'/></features>; host: modprobe kvm enable_pmu=1"
#define QEMU_LBR \
	"host: rdmsr -u 0x345, and N is the low 6 bits (0x5 on Skylake); QEMU: -cpu host,pmu=on,lbr-fmt=N or -cpu host,migratable=no,pmu=on; host: kvm_intel.enable_mediated_pmu=N, and its CPU Haswell to Ice Lake"
#define NO_PMU	"the host gives this guest no PMU (CPUID leaf 0xA is 0)"
#define NO_PDCM "CPUID hides PDCM, so the kernel cannot read the LBR format"
#define NO_FORMAT \
	"the host gives this guest a PMU without LBR (MSR 0x345 shows no format)"
#define HYBRID_REMEDY \
	"not possible with mainline KVM on a hybrid CPU; run the guest on a host with cores of one kind, or use bare metal"
#define FIRECRACKER_REMEDY \
	"not possible with Firecracker, which gives guests no PMU; use another VMM (QEMU) or bare metal"
#define HYPERV_REMEDY \
	"Hyper-V host, guest off: Set-VMProcessor NAME -Perfmon @(\"pmu\",\"lbr\")"
#define NO_SWITCH_PMU \
	"no switch for a PMU is known of this hypervisor; use KVM or bare metal"
#define NO_SWITCH_LBR \
	"no switch for LBR is known of this hypervisor; use KVM or bare metal"
#define REBOOT \
	"if the host was using LBR while this guest booted, boot it again: sudo reboot"

/* Gates that close the way, each the first. */
static const struct row gates[] = {
	/* the CPU */
	{ .cpu = IVY_BRIDGE,
	  .call_stack_err = EOPNOTSUPP,
	  .gate = LBRVIRT_GATE_CPU,
	  .verdict = LBRVIRT_GUEST_HARDWARE,
	  .reason = "Ivy Bridge has LBR, but no call-stack mode" },
	{ .signature = KVM,
	  .cpu = IVY_BRIDGE,
	  .call_stack_err = EOPNOTSUPP,
	  .gate = LBRVIRT_GATE_CPU,
	  .verdict = LBRVIRT_GUEST_HARDWARE,
	  .reason = "Ivy Bridge has LBR, but no call-stack mode",
	  .admin = NOT_HERE },
	{ .signature = KVM,
	  .vendor = "AuthenticAMD",
	  .cpu = GENOA,
	  .call_stack_err = EOPNOTSUPP,
	  .gate = LBRVIRT_GATE_CPU,
	  .verdict = LBRVIRT_GUEST_HARDWARE,
	  .reason = "AMD's branch records have no call-stack mode",
	  .admin = NOT_HERE },
	{ .signature = KVM,
	  .vendor = "AuthenticAMD",
	  .cpu = GENOA,
	  .files = { { "/sys/firmware/acpi/tables/DSDT",
		       "DSDTS...\x02wFIRECKFCVMDSDT" } },
	  .call_stack_err = EOPNOTSUPP,
	  .gate = LBRVIRT_GATE_CPU,
	  .verdict = LBRVIRT_GUEST_HARDWARE,
	  .reason = "AMD's branch records have no call-stack mode",
	  .admin =
		  "not possible on this CPU, nor with Firecracker, which gives guests no PMU; run the guest under QEMU on an Intel host, Haswell to Ice Lake" },
	{ .vendor = "CentaurHauls",
	  .cpu = SKYLAKE,
	  .call_stack_err = EOPNOTSUPP,
	  .gate = LBRVIRT_GATE_CPU,
	  .verdict = LBRVIRT_GUEST_HARDWARE,
	  .reason = "only Intel CPUs have call-stack LBR" },
	/* the PMU */
	{ .signature = KVM,
	  .has_no_pmu = true,
	  .no_file = DEVICES "cpu",
	  .call_stack_err = ENOENT,
	  .gate = LBRVIRT_GATE_VPMU,
	  .verdict = LBRVIRT_GUEST_ADMIN,
	  .reason = NO_PMU,
	  .admin = QEMU_PMU },
	{ .has_no_pmu = true,
	  .no_file = DEVICES "cpu",
	  .call_stack_err = ENOENT,
	  .gate = LBRVIRT_GATE_VPMU,
	  .verdict = LBRVIRT_GUEST_HARDWARE,
	  .reason = "this machine shows no PMU (CPUID leaf 0xA is 0)" },
	{ .signature = KVM,
	  .pmu = 0x401,
	  .no_file = DEVICES "cpu/caps",
	  .call_stack_err = EOPNOTSUPP,
	  .gate = LBRVIRT_GATE_VPMU,
	  .verdict = LBRVIRT_GUEST_ADMIN,
	  .reason = "the PMU is version 1, the kernel's LBR driver needs 2",
	  .admin = QEMU_PMU },
	{ .signature = KVM,
	  .cpu = ALDER_LAKE,
	  .has_no_pmu = true,
	  .leaf7_edx = HYBRID,
	  .no_file = DEVICES "cpu",
	  .call_stack_err = ENOENT,
	  .gate = LBRVIRT_GATE_VPMU,
	  .verdict = LBRVIRT_GUEST_ADMIN,
	  .reason = NO_PMU,
	  .admin = HYBRID_REMEDY },
	/* the LBR format */
	{ .signature = KVM,
	  .no_leaf1 = PDCM,
	  .no_file = DEVICES "cpu/caps",
	  .call_stack_err = EOPNOTSUPP,
	  .gate = LBRVIRT_GATE_LBR_FORMAT,
	  .verdict = LBRVIRT_GUEST_ADMIN,
	  .reason = NO_PDCM,
	  .admin = QEMU_LBR },
	{ .signature = KVM,
	  .msr = MSR_READ,
	  .capabilities = 0x2000,
	  .no_file = DEVICES "cpu/caps",
	  .call_stack_err = EOPNOTSUPP,
	  .gate = LBRVIRT_GATE_LBR_FORMAT,
	  .verdict = LBRVIRT_GUEST_ADMIN,
	  .reason = NO_FORMAT,
	  .admin = QEMU_LBR },
	{ .signature = KVM,
	  .msr = MSR_FAULTS,
	  .no_file = DEVICES "cpu/caps",
	  .call_stack_err = EOPNOTSUPP,
	  .gate = LBRVIRT_GATE_LBR_FORMAT,
	  .verdict = LBRVIRT_GUEST_ADMIN,
	  .reason = NO_FORMAT,
	  .admin = QEMU_LBR },
	{ .msr = MSR_READ,
	  .no_file = DEVICES "cpu/caps",
	  .call_stack_err = EOPNOTSUPP,
	  .gate = LBRVIRT_GATE_LBR_FORMAT,
	  .verdict = LBRVIRT_GUEST_HARDWARE,
	  .reason = "the CPU shows no LBR format (MSR 0x345)" },
	/* architectural LBR */
	{ .signature = KVM,
	  .cpu = SAPPHIRE_RAPIDS,
	  .no_file = DEVICES "cpu/caps",
	  .call_stack_err = EOPNOTSUPP,
	  .gate = LBRVIRT_GATE_ARCH_LBR,
	  .verdict = LBRVIRT_GUEST_ADMIN,
	  .reason =
		  "this CPU's LBR is architectural, and the host hides it, as mainline KVM does",
	  .admin =
		  "not possible with mainline KVM on this CPU; run the guest on a Haswell to Ice Lake host, or use bare metal" },
	{ .cpu = SAPPHIRE_RAPIDS,
	  .no_file = DEVICES "cpu/caps",
	  .call_stack_err = EOPNOTSUPP,
	  .gate = LBRVIRT_GATE_ARCH_LBR,
	  .verdict = LBRVIRT_GUEST_HARDWARE,
	  .reason =
		  "this CPU's LBR is architectural, and the firmware hides it" },
	{ .signature = KVM,
	  .cpu = SAPPHIRE_RAPIDS,
	  .leaf7_edx = ARCH_LBR,
	  .leaf1c_ebx = 0x3,
	  .call_stack_err = EOPNOTSUPP,
	  .gate = LBRVIRT_GATE_ARCH_LBR,
	  .verdict = LBRVIRT_GUEST_ADMIN,
	  .reason =
		  "architectural LBR comes without call-stack mode (CPUID leaf 0x1C EBX is 0x3)",
	  .admin = "show the guest all of CPUID leaf 0x1C" },
	/* the driver */
	{ .signature = KVM,
	  .no_file = DEVICES "cpu/caps",
	  .call_stack_err = EOPNOTSUPP,
	  .gate = LBRVIRT_GATE_DRIVER,
	  .verdict = LBRVIRT_GUEST_ADMIN,
	  .reason =
		  "the kernel drives the PMU without LBR: the LBR format is 0, or the registers failed its test at boot",
	  .user = REBOOT,
	  .admin = QEMU_LBR },
	{ .signature = KVM,
	  .msr = MSR_READ,
	  .capabilities = 0x5,
	  .no_file = DEVICES "cpu/caps",
	  .call_stack_err = EOPNOTSUPP,
	  .gate = LBRVIRT_GATE_DRIVER,
	  .verdict = LBRVIRT_GUEST_ADMIN,
	  .reason =
		  "LBR is shown, but its registers failed the kernel's test at boot: the host was using LBR then, or the guest's CPU model is not the host's",
	  .user = REBOOT,
	  .admin =
		  "end users of LBR on the host (perf record -b, --call-graph lbr) and boot the guest again; QEMU: -cpu host, so that the guest's CPU model is the host's" },
	{ .signature = KVM,
	  .no_file = DEVICES "cpu",
	  .call_stack_err = ENOENT,
	  .gate = LBRVIRT_GATE_DRIVER,
	  .verdict = LBRVIRT_GUEST_ADMIN,
	  .reason = "the kernel has no PMU driver, software events only",
	  .admin = QEMU_PMU },
	{ .cpu = SAPPHIRE_RAPIDS,
	  .leaf7_edx = ARCH_LBR,
	  .leaf1c_ebx = 0x7,
	  .no_file = DEVICES "cpu/caps",
	  .files = { { SYSCTL "osrelease", "4.19.0\n" } },
	  .call_stack_err = EOPNOTSUPP,
	  .gate = LBRVIRT_GATE_DRIVER,
	  .verdict = LBRVIRT_GUEST_USER,
	  .reason =
		  "this kernel is older than its driver for architectural LBR",
	  .user = "boot Linux 5.9 or later" },
	/* the event itself */
	{ .call_stack_err = ENOENT,
	  .gate = LBRVIRT_GATE_OPEN,
	  .verdict = LBRVIRT_GUEST_HARDWARE,
	  .reason = "no PMU driver took the event" },
	{ .signature = KVM,
	  .call_stack_err = EOPNOTSUPP,
	  .gate = LBRVIRT_GATE_OPEN,
	  .verdict = LBRVIRT_GUEST_ADMIN,
	  .reason = "the kernel's PMU driver has no call-stack LBR here",
	  .admin = QEMU_LBR },
	{ .signature = KVM,
	  .call_stack_err = ENOENT,
	  .gate = LBRVIRT_GATE_OPEN,
	  .verdict = LBRVIRT_GUEST_ADMIN,
	  .reason = "no PMU driver took the event",
	  .admin = QEMU_PMU },
	{ .call_stack_err = EINVAL,
	  .gate = LBRVIRT_GATE_OPEN,
	  .verdict = LBRVIRT_GUEST_USER,
	  .reason = "the kernel does not know call-stack LBR",
	  .user = "boot Linux 4.1 or later" },
	{ .call_stack_err = EBUSY,
	  .gate = LBRVIRT_GATE_OPEN,
	  .verdict = LBRVIRT_GUEST_USER,
	  .reason = "somebody else in this guest holds the LBR",
	  .user = "end other profilers (BTS, Intel PT, pinned events)" },
	{ .call_stack_err = EACCES,
	  .gate = LBRVIRT_GATE_OPEN,
	  .verdict = LBRVIRT_GUEST_USER,
	  .reason = "the kernel forbids it",
	  .user = "sudo sysctl kernel.perf_event_paranoid=2" },
	{ .call_stack_err = EPERM,
	  .gate = LBRVIRT_GATE_OPEN,
	  .verdict = LBRVIRT_GUEST_USER,
	  .reason = "seccomp or a security module forbids it",
	  .user = "containers: start with --cap-add PERFMON, or with a seccomp profile that allows perf_event_open" },
	{ .call_stack_err = ENOSYS,
	  .gate = LBRVIRT_GATE_OPEN,
	  .verdict = LBRVIRT_GUEST_USER,
	  .reason =
		  "perf_event_open is missing: no CONFIG_PERF_EVENTS, or a seccomp filter hides it",
	  .user = "containers: use a seccomp profile that allows perf_event_open" },
};

START_TEST(a_gate_closes_alone_and_says_who_must_do_what)
{
	const struct row *row = &gates[_i];

	probe(row);
	for (int id = 0; id < (int)row->gate; id++) {
		const struct lbrvirt_gate *gate =
			lbrvirt_guest_gate(guest, (enum lbrvirt_gate_id)id);

		ck_assert_msg(gate->is_fact || gate->is_open, "%s: %s",
			      gate->name, gate->reason);
	}
	assert_closed(row);
	ck_assert_int_eq(lbrvirt_guest_first_closed(guest)->id, row->gate);
	ck_assert_int_eq(lbrvirt_guest_verdict(guest), row->verdict);
}
END_TEST

struct host {
	const char *signature;
	const char *vendor; /* DMI's */
	const char *tag;
	const char *pmu, *lbr;
};

static const struct host hosts[] = {
	{ KVM, NULL, NULL, QEMU_PMU, QEMU_LBR },
	{ "Linux KVM Hv", NULL, NULL, QEMU_PMU, QEMU_LBR },
	{ KVM, "QEMU\n", NULL, QEMU_PMU, QEMU_LBR },
	{ KVM, "Cloud Hypervisor\n", NULL,
	  "no switch for a PMU is known of Cloud Hypervisor; use QEMU: -cpu host,pmu=on,lbr-fmt=N, or bare metal",
	  "no switch for LBR is known of Cloud Hypervisor; use QEMU: -cpu host,pmu=on,lbr-fmt=N, or bare metal" },
	{ KVM, "Amazon EC2\n", NULL,
	  "use a larger instance type, which may have a PMU; LBR takes a bare-metal one (.metal)",
	  "use a bare-metal instance type (.metal)" },
	{ KVM, "Google\n", NULL,
	  "use a C4 machine type: gcloud compute instances create NAME --machine-type=c4-standard-4 --performance-monitoring-unit=standard; LBR takes a bare-metal type",
	  "use a bare-metal machine type" },
	{ "Microsoft Hv", "Microsoft Corporation\n",
	  "7783-7084-3265-9085-8269-3286-77\n",
	  "no Azure machine type with a PMU or LBR is known here; ask Azure, or use a host of your own",
	  "no Azure machine type with LBR is known here; ask Azure, or use a host of your own" },
	{ "Microsoft Hv", "Microsoft Corporation\n", "\n", HYPERV_REMEDY,
	  HYPERV_REMEDY },
	{ "VMwareVMware", "VMware, Inc.\n", NULL,
	  ".vmx file: vpmc.enable = \"TRUE\"; or the VM's settings, CPU: Virtualize CPU performance counters",
	  "no switch for LBR is known of VMware; ask VMware, or use KVM or bare metal" },
	{ "XenVMMXenVMM", "Xen\n", NULL, "Xen's command line: vpmu=on",
	  "no switch for LBR is known of Xen; use KVM or bare metal" },
	{ "TCGTCGTCGTCG", "QEMU\n", NULL,
	  "not possible with TCG, which emulates no PMU; QEMU: -accel kvm -cpu host,pmu=on",
	  "not possible with TCG, which emulates no LBR; QEMU: -accel kvm -cpu host,pmu=on,lbr-fmt=N" },
	{ "bhyve bhyve ", NULL, NULL, NO_SWITCH_PMU, NO_SWITCH_LBR },
	{ "ACRNACRNACRN", NULL, NULL, NO_SWITCH_PMU, NO_SWITCH_LBR },
	{ "Jailhouse\0\0\0", NULL, NULL, NO_SWITCH_PMU, NO_SWITCH_LBR },
	{ "VBoxVBoxVBox", NULL, NULL,
	  "not possible with VirtualBox, which gives guests no PMU; use KVM or bare metal",
	  NO_SWITCH_LBR },
	{ " lrpepyh  vr", NULL, NULL, NO_SWITCH_PMU, NO_SWITCH_LBR },
	{ " prl hyperv ", NULL, NULL, NO_SWITCH_PMU, NO_SWITCH_LBR },
	{ "WhoAreYouNow", NULL, NULL,
	  "ask whoever runs the host whether guests can have a PMU; else use bare metal",
	  "ask whoever runs the host whether guests can have LBR; else use bare metal" },
};

static struct row row_on(const struct host *host)
{
	return (struct row){
		.signature = host->signature,
		.files = { { host->vendor ? "/sys/class/dmi/id/sys_vendor" :
					    "/none",
			     host->vendor },
			   { host->tag ? "/sys/class/dmi/id/chassis_asset_tag" :
					 "/none",
			     host->tag } },
		.verdict = LBRVIRT_GUEST_ADMIN,
	};
}

START_TEST(every_host_without_a_pmu_has_its_remedy)
{
	struct row row = row_on(&hosts[_i]);

	row.has_no_pmu = true;
	row.no_file = DEVICES "cpu";
	row.call_stack_err = ENOENT;
	row.gate = LBRVIRT_GATE_VPMU;
	row.reason = NO_PMU;
	row.admin = hosts[_i].pmu;
	probe(&row);
	assert_closed(&row);
}
END_TEST

START_TEST(every_host_without_lbr_has_its_remedy)
{
	struct row row = row_on(&hosts[_i]);

	row.no_leaf1 = PDCM;
	row.no_file = DEVICES "cpu/caps";
	row.call_stack_err = EOPNOTSUPP;
	row.gate = LBRVIRT_GATE_LBR_FORMAT;
	row.reason = NO_PDCM;
	row.admin = hosts[_i].lbr;
	probe(&row);
	assert_closed(&row);
}
END_TEST

START_TEST(firecracker_has_its_remedy_on_intel)
{
	const struct row row = {
		.signature = KVM,
		.has_no_pmu = true,
		.no_file = DEVICES "cpu",
		.files = { { "/sys/bus/acpi/devices/AMZNC10C:00", "" } },
		.call_stack_err = ENOENT,
		.gate = LBRVIRT_GATE_VPMU,
		.reason = NO_PMU,
		.admin = FIRECRACKER_REMEDY,
	};

	probe(&row);
	assert_closed(&row);
	ck_assert_int_eq(lbrvirt_guest_verdict(guest), LBRVIRT_GUEST_ADMIN);
}
END_TEST

#define NOBODY "Name:\tx\nCapEff:\t0000000000000000\nSeccomp:\t0\n"
#define RAWIO  "Name:\tx\nCapEff:\t0000000000020000\nSeccomp:\t0\n"
#define NO_DEVICE_REASON \
	"the msr driver is not loaded, or not in this kernel (CONFIG_X86_MSR): MSR 0x345 and the PV protocol's cannot be read"
#define OWN_REASON \
	"only your own processes can be recorded, without the kernel, not whole CPUs"

/* Facts, on a machine whose LBR works: nothing of them closes the way. */
static const struct row facts[] = {
	{ .gate = LBRVIRT_GATE_AMD_LBR,
	  .signature = KVM,
	  .vendor = "AuthenticAMD",
	  .cpu = GENOA,
	  .reason =
		  "no branch records are shown, as mainline KVM shows none to AMD guests" },
	{ .gate = LBRVIRT_GATE_AMD_LBR,
	  .vendor = "AuthenticAMD",
	  .cpu = GENOA,
	  .reason = "this CPU has no branch records that Linux drives" },
	{ .gate = LBRVIRT_GATE_CAPABILITIES,
	  .files = { { SYSCTL "perf_event_paranoid", "2\n" } },
	  .reason = OWN_REASON,
	  .user = "sudo setcap cap_perfmon+ep \"$(command -v lbrprof)\"; or run it as root: sudo lbrprof record -a" },
	{ .gate = LBRVIRT_GATE_CAPABILITIES,
	  .files = { { SYSCTL "perf_event_paranoid", "2\n" },
		     { SYSCTL "osrelease", "4.19.0-27-amd64\n" } },
	  .reason = OWN_REASON,
	  .user = "sudo setcap cap_sys_admin+ep \"$(command -v lbrprof)\"; or run it as root: sudo lbrprof record -a" },
	{ .gate = LBRVIRT_GATE_CAPABILITIES,
	  .files = { { SYSCTL "perf_event_paranoid", "1\n" } },
	  .reason =
		  "only your own processes can be recorded, with the kernel, not whole CPUs",
	  .user = "sudo setcap cap_perfmon+ep \"$(command -v lbrprof)\"; or run it as root: sudo lbrprof record -a" },
	{ .gate = LBRVIRT_GATE_MSR_DEVICE,
	  .no_file = "/dev/cpu",
	  .reason = NO_DEVICE_REASON,
	  .user = "sudo modprobe msr" },
	{ .gate = LBRVIRT_GATE_MSR_DEVICE,
	  .msr = MSR_DENIED,
	  .reason = "reading MSRs takes CAP_SYS_RAWIO",
	  .user = "sudo lbrprof doctor" },
	{ .gate = LBRVIRT_GATE_MSR_DEVICE,
	  .msr = MSR_DENIED,
	  .files = { { "/proc/self/status", RAWIO } },
	  .reason =
		  "reading was refused although we have CAP_SYS_RAWIO, as in containers",
	  .user = "run lbrprof doctor outside of the container" },
	{ .gate = LBRVIRT_GATE_MLOCK,
	  .files = { { "/proc/self/limits",
		       "Limit\nMax locked memory         65536  65536  bytes\n" },
		     { "/sys/devices/system/cpu/online", "0-1\n" } },
	  .reason =
		  "rings of 584 KiB a CPU do not fit: smaller ones lose samples",
	  .user = "sudo sysctl kernel.perf_event_mlock_kb=2048; or ulimit -l unlimited, as root" },
	{ .gate = LBRVIRT_GATE_SAMPLE_RATE,
	  .files = { { SYSCTL "perf_event_max_sample_rate", "500\n" } },
	  .reason = "below the 999 Hz that lbrprof record takes by itself",
	  .user = "sudo sysctl kernel.perf_event_max_sample_rate=100000" },
	{ .gate = LBRVIRT_GATE_KPTR_RESTRICT,
	  .files = { { SYSCTL "kptr_restrict", "1\n" } },
	  .reason = "kernel functions have no names in reports",
	  .user = "run it as root: sudo lbrprof record; or sudo sysctl kernel.kptr_restrict=0 kernel.perf_event_paranoid=1" },
	{ .gate = LBRVIRT_GATE_KPTR_RESTRICT,
	  .files = { { SYSCTL "kptr_restrict", "2\n" } },
	  .reason = "kernel functions have no names in reports",
	  .user = "sudo sysctl kernel.kptr_restrict=1, and run it as root: sudo lbrprof record" },
	{ .gate = LBRVIRT_GATE_DEBUG_INFO,
	  .no_file = "/usr/lib/debug",
	  .reason =
		  "no separate debug files: of stripped programs only functions that are exported have names",
	  .user = "install your distribution's packages of debug symbols (Debian: NAME-dbgsym, Fedora: dnf debuginfo-install NAME); or fetch with debuginfod: debuginfod-find debuginfo FILE" },
	{ .gate = LBRVIRT_GATE_TOPDOWN,
	  .no_file = DEVICES "cpu/events",
	  .reason = "this CPU or kernel has no top-down metrics" },
	{ .gate = LBRVIRT_GATE_TOPDOWN,
	  .signature = KVM,
	  .cpu = ICE_LAKE_SP,
	  .no_file = DEVICES "cpu/events",
	  .reason =
		  "top-down metrics are not shown to this guest, or the CPU has none",
	  .admin =
		  "only KVM's mediated PMU can show PERF_METRICS, on Ice Lake and later: kvm_intel.enable_mediated_pmu=Y, which takes LBR away" },
	{ .gate = LBRVIRT_GATE_TOPDOWN,
	  .cpu = ICE_LAKE_SP,
	  .msr = MSR_READ,
	  .capabilities = 0x8005,
	  .no_file = DEVICES "cpu/events",
	  .reason = "this kernel does not drive PERF_METRICS",
	  .user = "boot Linux 5.10 or later" },
	{ .gate = LBRVIRT_GATE_VCPUS,
	  .signature = KVM,
	  .files = { { "/proc/stat", "cpu  100 0 100 9700 0 0 0 100 0 0\n" } },
	  .reason =
		  "the host gives these CPUs' time to others: samples and times of stolen stretches mislead",
	  .admin =
		  "give the guest CPUs of its own: libvirt <cputune><vcpupin vcpu='0' cpuset='2'/></cputune>; cloud: a machine type without shared or burstable CPUs" },
};

START_TEST(a_fact_limits_something_and_closes_nothing)
{
	const struct row *row = &facts[_i];

	probe(row);
	assert_closed(row);
	ck_assert(lbrvirt_guest_gate(guest, row->gate)->is_fact);
	ck_assert_ptr_null(lbrvirt_guest_first_closed(guest));
	ck_assert_int_eq(lbrvirt_guest_verdict(guest), LBRVIRT_GUEST_OPEN);
}
END_TEST

START_TEST(a_machine_whose_lbr_works_has_nothing_closed)
{
	const struct row row = { .msr = MSR_READ, .capabilities = 0x8005 };

	probe(&row);
	for (int id = 0; id < LBRVIRT_GATE_COUNT; id++) {
		const struct lbrvirt_gate *gate =
			lbrvirt_guest_gate(guest, (enum lbrvirt_gate_id)id);

		ck_assert_msg(gate->is_open && gate->is_known, "%s: %s",
			      gate->name, gate->reason);
		ck_assert_str_eq(gate->reason, "");
		ck_assert_str_eq(gate->remedy_user, "");
		ck_assert_str_eq(gate->remedy_admin, "");
	}
}
END_TEST

/* What a gate says was found, of machines where it is open or not known. */
struct found {
	struct row row;
	enum lbrvirt_gate_id gate;
	bool is_known;
	const char *value;
};

static const struct found founds[] = {
	{ { .msr = MSR_READ, .capabilities = 0x5 },
	  LBRVIRT_GATE_LBR_FORMAT,
	  true,
	  "PDCM, LBR format 0x5 (with LBR_INFO)" },
	{ { .msr = MSR_READ, .capabilities = 0x3f },
	  LBRVIRT_GATE_LBR_FORMAT,
	  true,
	  "PDCM, LBR format 0x3f (another)" },
	{ { .signature = KVM, .no_file = DEVICES "cpu/caps" },
	  LBRVIRT_GATE_LBR_FORMAT,
	  false,
	  "PDCM, MSR 0x345 not read" },
	{ { .vendor = "AuthenticAMD", .cpu = GENOA, .amd_lbr = 3 },
	  LBRVIRT_GATE_AMD_LBR,
	  true,
	  "LbrExtV2, 16 branches, no call stacks" },
	{ { .cpu = ALDER_LAKE,
	    .leaf7_edx = ARCH_LBR | HYBRID,
	    .leaf1c_ebx = 7,
	    .no_file = DEVICES "cpu",
	    .files = { { DEVICES "cpu_core/caps/branches", "32\n" },
		       { DEVICES "cpu_atom/caps/branches", "32\n" } } },
	  LBRVIRT_GATE_DRIVER,
	  true,
	  "cpu_core and cpu_atom, 32 branches deep" },
	{ { .files = { { "/.dockerenv", "" } } },
	  LBRVIRT_GATE_CONTAINER,
	  true,
	  "Docker" },
	{ { .files = { { "/run/.containerenv", "" } } },
	  LBRVIRT_GATE_CONTAINER,
	  true,
	  "Podman" },
	{ { .files = { { "/run/systemd/container", "lxc\n" } } },
	  LBRVIRT_GATE_CONTAINER,
	  true,
	  "lxc" },
	{ { .files = { { "/var/run/secrets/kubernetes.io/token", "" },
		       { "/.dockerenv", "" } } },
	  LBRVIRT_GATE_CONTAINER,
	  true,
	  "Kubernetes" },
	{ { .files = { { "/sys/kernel/security/lockdown",
			 "none [integrity] confidentiality\n" },
		       { "/sys/kernel/security/lsm", "lockdown,yama\n" } } },
	  LBRVIRT_GATE_LOCKDOWN,
	  true,
	  "lockdown integrity; modules lockdown,yama" },
	{ { .files = { { "/sys/hypervisor/type", "xen\n" } } },
	  LBRVIRT_GATE_HYPERVISOR,
	  true,
	  "Xen" },
	{ { .signature = KVM },
	  LBRVIRT_GATE_MEDIATION,
	  false,
	  "emulated or mediated: not to be told from here" },
	{ { .signature = KVM, .msr = MSR_READ, .capabilities = 0x8000 },
	  LBRVIRT_GATE_MEDIATION,
	  true,
	  "mediated, as PERF_METRICS or a fourth fixed counter show" },
	{ { .signature = KVM,
	    .files = { { "/sys/devices/system/cpu/cpuidle/current_driver",
			 "haltpoll\n" } } },
	  LBRVIRT_GATE_VCPUS,
	  true,
	  "no hint of CPUs of its own, idle driver haltpoll, 0.0% stolen since boot" },
	{ { .signature = "VMwareVMware" },
	  LBRVIRT_GATE_VCPUS,
	  true,
	  "no hint, idle driver none, 0.0% stolen since boot" },
	{ { .no_file = "/usr/lib/debug",
	    .files = { { "~/.debug/.build-id", "" },
		       { "$DEBUGINFOD_URLS", "" } } },
	  LBRVIRT_GATE_DEBUG_INFO,
	  true,
	  "build-id cache ~/.debug, DEBUGINFOD_URLS is set" },
	{ { .files = { { "/proc/self/limits",
			 "Limit\nMax locked memory  unlimited  unlimited  bytes\n" } } },
	  LBRVIRT_GATE_MLOCK,
	  true,
	  "516 KiB a CPU, RLIMIT_MEMLOCK unlimited" },
	{ { .no_file = "/proc/self/limits" },
	  LBRVIRT_GATE_MLOCK,
	  false,
	  "unreadable" },
	{ { .no_file = SYSCTL "kptr_restrict" },
	  LBRVIRT_GATE_KPTR_RESTRICT,
	  false,
	  "unreadable" },
	{ { .no_file = SYSCTL "perf_event_max" },
	  LBRVIRT_GATE_SAMPLE_RATE,
	  false,
	  "unreadable" },
	{ { .no_file = "/proc/self/status" },
	  LBRVIRT_GATE_CAPABILITIES,
	  false,
	  "/proc/self/status unreadable" },
};

START_TEST(a_gate_says_what_was_found)
{
	const struct found *found = &founds[_i];
	const struct lbrvirt_gate *gate;

	probe(&found->row);
	gate = lbrvirt_guest_gate(guest, found->gate);
	ck_assert_str_eq(gate->value, found->value);
	ck_assert_int_eq(gate->is_known, found->is_known);
	ck_assert(gate->is_open);
}
END_TEST

/* What was asked of the machine, in a folder that goes away again. */
static void save(struct machine *recording, char *folder)
{
	snprintf(folder, 64, "saved-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	ck_assert_int_eq(recording_save(ctx, recording, folder), 0);
}

static int remove_one(const char *path, const struct stat *st, int type,
		      struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static void assert_same(const struct lbrvirt_guest *live,
			const struct lbrvirt_guest *saved)
{
	for (int id = 0; id < LBRVIRT_GATE_COUNT; id++) {
		const struct lbrvirt_gate *a =
			lbrvirt_guest_gate(live, (enum lbrvirt_gate_id)id);
		const struct lbrvirt_gate *b =
			lbrvirt_guest_gate(saved, (enum lbrvirt_gate_id)id);

		ck_assert_str_eq(a->value, b->value);
		ck_assert_str_eq(a->reason, b->reason);
		ck_assert_str_eq(a->remedy_user, b->remedy_user);
		ck_assert_str_eq(a->remedy_admin, b->remedy_admin);
		ck_assert_int_eq(a->is_open, b->is_open);
		ck_assert_int_eq(a->is_known, b->is_known);
	}
}

static const struct row *any_row(int i)
{
	const int nr_gates = (int)(sizeof(gates) / sizeof(gates[0]));
	const int nr_facts = (int)(sizeof(facts) / sizeof(facts[0]));

	if (i < nr_gates)
		return &gates[i];
	if (i < nr_gates + nr_facts)
		return &facts[i - nr_gates];
	return &founds[i - nr_gates - nr_facts].row;
}

START_TEST(a_saved_machine_gives_the_same_answers)
{
	struct lbrvirt_guest_opts saved = { .size = sizeof(saved) };
	struct lbrvirt_guest *live = NULL;
	struct machine *recording;
	char folder[64];

	probe(any_row(_i));
	ck_assert_int_eq(recording_new(ctx, &fake.machine, &recording), 0);
	ck_assert_int_eq(guest_probe_on(ctx, recording, &live), 0);
	save(recording, folder);
	assert_same(guest, live);
	lbrvirt_guest_free(guest);
	guest = NULL;
	saved.sysroot = folder;
	ck_assert_int_eq(lbrvirt_guest_probe(ctx, &saved, &guest), 0);
	ck_assert(lbrvirt_guest_is_saved(guest));
	assert_same(live, guest);
	lbrvirt_guest_free(live);
	recording_free(recording);
	nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}
END_TEST

static int try_event(struct machine *machine, bool sees_kernel)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_SOFTWARE,
		.exclude_kernel = !sees_kernel,
	};
	int fd = machine->ops->perf_event_open(machine, &attr, 0, -1, -1, 0);

	if (fd < 0)
		return fd;
	close(fd);
	return 0;
}

START_TEST(serial_numbers_stay_and_refusals_of_the_kernel_go)
{
	const struct row row = { .msr = MSR_READ };
	struct machine *recording, *saved;
	struct cpuid_regs regs;
	char folder[64];

	probe(&row);
	put(3, 0, 0, 0x12345678, 0x9abcdef0);
	put(4, 0x1c004121, 0, 0, 0);
	rules[0] = (struct fake_open_rule){ fake_sees_kernel, EACCES };
	ck_assert_int_eq(recording_new(ctx, &fake.machine, &recording), 0);
	ck_assert_int_eq(try_event(recording, true), -EACCES);
	ck_assert_int_eq(try_event(recording, false), 0);
	save(recording, folder);
	recording_free(recording);
	ck_assert_int_eq(snapshot_open(ctx, folder, &saved), 0);
	ck_assert_int_eq(machine_cpuid(saved, 3, 0, &regs), 0);
	ck_assert_uint_eq(regs.ecx | regs.edx, 0);
	ck_assert_int_eq(machine_cpuid(saved, 4, 0, &regs), 0);
	ck_assert_uint_eq(regs.eax, 0x1c004121);
	ck_assert_int_eq(try_event(saved, true), -EACCES);
	ck_assert_int_eq(try_event(saved, false), 0);
	snapshot_close(saved);
	nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}
END_TEST

/* Only 0x345, and only to read it. */
START_TEST(no_other_msr_is_touched)
{
	const struct row row = { .signature = KVM, .msr = MSR_READ };
	size_t nr;

	probe(&row);
	nr = atomic_load(&fake.cpus->nr_accesses);
	ck_assert_uint_eq(nr, 1);
	ck_assert_uint_eq(fake.cpus->accesses[0].msr, 0x345);
	ck_assert(!fake.cpus->accesses[0].is_write);
}
END_TEST

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))

Suite *remedies_suite(void)
{
	Suite *suite = suite_create("remedies");
	TCase *tcase = tcase_create("closed");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_loop_test(tcase,
			    a_gate_closes_alone_and_says_who_must_do_what, 0,
			    COUNT(gates));
	tcase_add_loop_test(tcase, every_host_without_a_pmu_has_its_remedy, 0,
			    COUNT(hosts));
	tcase_add_loop_test(tcase, every_host_without_lbr_has_its_remedy, 0,
			    COUNT(hosts));
	tcase_add_test(tcase, firecracker_has_its_remedy_on_intel);
	tcase_add_loop_test(tcase, a_fact_limits_something_and_closes_nothing,
			    0, COUNT(facts));
	tcase_add_test(tcase, a_machine_whose_lbr_works_has_nothing_closed);
	tcase_add_loop_test(tcase, a_gate_says_what_was_found, 0,
			    COUNT(founds));
	tcase_add_loop_test(tcase, a_saved_machine_gives_the_same_answers, 0,
			    COUNT(gates) + COUNT(facts) + COUNT(founds));
	tcase_add_test(tcase,
		       serial_numbers_stay_and_refusals_of_the_kernel_go);
	tcase_add_test(tcase, no_other_msr_is_touched);
	suite_add_tcase(suite, tcase);
	return suite;
}
