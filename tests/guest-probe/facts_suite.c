/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What limits a machine and does not close the way, with the exact words; and
 * what gates say was found where they are open.
 */
#include "config.h"

#include "guest-probe/row.h"
#include "guest-probe/suites.h"

#define RAWIO "Name:\tx\nCapEff:\t0000000000020000\nSeccomp:\t0\n"
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
	  .user = "sudo sysctl kernel.kptr_restrict=0 kernel.perf_event_paranoid=1; or run it as root: sudo lbrprof record" },
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

	row_probe(row);
	row_assert_closed(row);
	ck_assert(lbrvirt_guest_gate(rig.guest, row->gate)->is_fact);
	ck_assert_ptr_null(lbrvirt_guest_first_closed(rig.guest));
	ck_assert_int_eq(lbrvirt_guest_verdict(rig.guest), LBRVIRT_GUEST_OPEN);
}
END_TEST

START_TEST(a_machine_whose_lbr_works_has_nothing_closed)
{
	const struct row row = { .msr = MSR_READ, .capabilities = 0x8005 };

	row_probe(&row);
	for (int id = 0; id < LBRVIRT_GATE_COUNT; id++) {
		const struct lbrvirt_gate *gate =
			lbrvirt_guest_gate(rig.guest, (enum lbrvirt_gate_id)id);

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
	{ { .vendor = "AuthenticAMD", .cpu = GENOA, .amd_brs = 1u << 31 },
	  LBRVIRT_GATE_AMD_LBR,
	  true,
	  "BRS, 16 branches, no call stacks" },
	{ { .vendor = "AuthenticAMD", .cpu = GENOA, .amd_lbr = 1 },
	  LBRVIRT_GATE_VPMU,
	  true,
	  "PerfMonV2 yes, core counters no" },
	{ { .signature = KVM, .has_no_pmu = true },
	  LBRVIRT_GATE_VPMU,
	  true,
	  "version 0, but the kernel drives one" },
	{ { .signature = KVM, .no_leaf1 = PDCM },
	  LBRVIRT_GATE_LBR_FORMAT,
	  true,
	  "PDCM hidden, but the kernel drives LBR" },
	{ { .signature = KVM, .msr = MSR_FAULTS },
	  LBRVIRT_GATE_LBR_FORMAT,
	  true,
	  "PDCM, but MSR 0x345 faults" },
	{ { .msr = MSR_READ },
	  LBRVIRT_GATE_MSR_DEVICE,
	  true,
	  "MSRs can be read" },
	{ { .cpu = SAPPHIRE_RAPIDS, .leaf7_edx = ARCH_LBR, .leaf1c_ebx = 7 },
	  LBRVIRT_GATE_CPU,
	  true,
	  "Intel Sapphire Rapids (model 0x8f), architectural LBR" },
	{ { .signature = NULL },
	  LBRVIRT_GATE_OPEN,
	  true,
	  "cycles with LBR call stacks: opened" },
	{ { .signature = NULL },
	  LBRVIRT_GATE_CAPABILITIES,
	  true,
	  "neither CAP_PERFMON nor CAP_SYS_ADMIN" },
	{ { .signature = NULL },
	  LBRVIRT_GATE_MEDIATION,
	  true,
	  "the CPU's own PMU" },
	{ { .signature = KVM, .kvm_hints = 1 },
	  LBRVIRT_GATE_VCPUS,
	  true,
	  "hint: CPUs of its own, idle driver none, 0.0% stolen since boot" },
	{ { .no_file = DEVICES "cpu/events",
	    .files = { { DEVICES "cpu_core/events/topdown-retiring", "" } } },
	  LBRVIRT_GATE_TOPDOWN,
	  true,
	  "events topdown-retiring and others" },
	{ { .cpu = ALDER_LAKE,
	    .leaf7_edx = ARCH_LBR | HYBRID,
	    .leaf1c_ebx = 7,
	    .no_file = DEVICES "cpu",
	    .files = { { DEVICES "cpu_core/caps/branches", "32\n" },
		       { DEVICES "cpu_atom/caps/branches", "32\n" } } },
	  LBRVIRT_GATE_DRIVER,
	  true,
	  "cpu_core and cpu_atom, 32 branches deep" },
	{ { .files = { { DEVICES "cpu/caps/max_precise", "3\n" },
		       { DEVICES "cpu/caps/branch_counter_nr", "4\n" } } },
	  LBRVIRT_GATE_DRIVER,
	  true,
	  "cpu (skylake), 32 branches deep, precise up to 3, 4 branch counters" },
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
	  "emulated or mediated: lbrprof doctor --exit-cost tells" },
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

/* A folder from somebody else may hold what acts on a terminal. */
START_TEST(what_files_say_is_printable)
{
	static const struct row row = {
		.signature = KVM,
		.no_file = DEVICES "cpu/caps/pmu_name",
		.files = { { DEVICES "cpu/caps/pmu_name",
			     "\033[31mlake\x9b\n" },
			   { "/run/systemd/container", "\033]0;lxc\007\n" },
			   { "/sys/kernel/security/lsm", "a\rb\x7f\n" } },
	};

	row_probe(&row);
	ck_assert_str_eq(
		lbrvirt_guest_gate(rig.guest, LBRVIRT_GATE_DRIVER)->value,
		"cpu (.[31mlake.), 32 branches deep");
	ck_assert_str_eq(
		lbrvirt_guest_gate(rig.guest, LBRVIRT_GATE_CONTAINER)->value,
		".]0;lxc.");
	ck_assert_str_eq(
		lbrvirt_guest_gate(rig.guest, LBRVIRT_GATE_LOCKDOWN)->value,
		"lockdown not to be seen; modules a.b.");
}
END_TEST

/* The sum is more than 64 bits hold. */
START_TEST(steal_without_bounds_is_all_there_is)
{
	static const struct row row = {
		.signature = KVM,
		.files = { { "/proc/stat",
			     "cpu  2 0 0 0 0 0 0 18446744073709551615 0 0\n" } },
	};

	row_probe(&row);
	ck_assert_str_eq(
		lbrvirt_guest_gate(rig.guest, LBRVIRT_GATE_VCPUS)->value,
		"no hint of CPUs of its own, idle driver none, 100.0% stolen since boot");
}
END_TEST

START_TEST(a_gate_says_what_was_found)
{
	const struct found *found = &founds[_i];
	const struct lbrvirt_gate *gate;

	row_probe(&found->row);
	gate = lbrvirt_guest_gate(rig.guest, found->gate);
	ck_assert_str_eq(gate->value, found->value);
	ck_assert_int_eq(gate->is_known, found->is_known);
	ck_assert(gate->is_open);
}
END_TEST

START_TEST(a_limit_is_the_same_of_the_saved_machine)
{
	row_assert_saved(&facts[_i]);
}
END_TEST

START_TEST(what_was_found_is_the_same_of_the_saved_machine)
{
	row_assert_saved(&founds[_i].row);
}
END_TEST

Suite *facts_suite(void)
{
	Suite *suite = suite_create("facts");
	TCase *tcase = tcase_create("facts");

	tcase_add_checked_fixture(tcase, row_set_up, row_tear_down);
	tcase_add_loop_test(tcase, a_fact_limits_something_and_closes_nothing,
			    0, ROW_COUNT(facts));
	tcase_add_test(tcase, a_machine_whose_lbr_works_has_nothing_closed);
	tcase_add_test(tcase, what_files_say_is_printable);
	tcase_add_test(tcase, steal_without_bounds_is_all_there_is);
	tcase_add_loop_test(tcase, a_gate_says_what_was_found, 0,
			    ROW_COUNT(founds));
	tcase_add_loop_test(tcase, a_limit_is_the_same_of_the_saved_machine, 0,
			    ROW_COUNT(facts));
	tcase_add_loop_test(tcase,
			    what_was_found_is_the_same_of_the_saved_machine, 0,
			    ROW_COUNT(founds));
	suite_add_tcase(suite, tcase);
	return suite;
}
