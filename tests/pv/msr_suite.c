/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The list of registers, and the words for each refusal.
 */
#include "config.h"

#include <errno.h>
#include <sched.h>
#include <string.h>
#include <unistd.h>

#include "pv/drive_suites.h"
#include "pv/host.h"
#include "pv/msr.h"

#define STATUS(caps, seccomp) \
	"Name:\tx\nCapEff:\t" caps "\nSeccomp:\t" seccomp "\n"
#define ALL  "000001ffffffffff"
#define NONE "0000000000000000"

START_TEST(the_control_register_is_none_that_mainline_uses)
{
	ck_assert(pv_msr_is_control(0x4b564d05));
	ck_assert(pv_msr_is_control(0x4b564d09));
	ck_assert(pv_msr_is_control(0x4b564dff));
	ck_assert(!pv_msr_is_control(0x4b564e00));
	ck_assert(!pv_msr_is_control(0x1d9));
	for (uint32_t msr = 0x4b564d00; msr <= 0x4b564d08; msr++)
		ck_assert_int_eq(pv_msr_is_control(msr), msr == 0x4b564d05);
}
END_TEST

START_TEST(only_a_change_is_written_and_counted)
{
	struct host host;
	uint64_t old = 9;
	uint64_t writes = 0;
	struct machine *machine;

	host_init(&host);
	machine = host_machine(&host);
	ck_assert_int_eq(pv_msr_set_active(machine, 1, LBRVIRT_PV_MSR_DEFAULT,
					   false, &old, &writes),
			 0);
	ck_assert_uint_eq(writes, 0);
	ck_assert_uint_eq(old, 0);
	ck_assert_int_eq(pv_msr_set_active(machine, 1, LBRVIRT_PV_MSR_DEFAULT,
					   true, &old, &writes),
			 0);
	ck_assert_uint_eq(writes, 1);
	ck_assert_str_eq(fake_cpus_story(host.cpus, 1), "r0 r0 w1");
	host_fini(&host);
}
END_TEST

struct refusal {
	int err;
	bool is_write;
	struct fake_file files[3];
	const char *words;
	const char *remedy;
};

static const struct refusal refusals[] = {
	{ EPERM,
	  false,
	  { { "/proc/self/status", STATUS(NONE, "0") } },
	  "CAP_SYS_RAWIO",
	  "run as root" },
	{ EPERM,
	  false,
	  { { "/proc/self/status", STATUS(ALL, "0") },
	    { "/proc/self/uid_map", "0 100000 65536\n" } },
	  "user namespace",
	  "root of the machine" },
	{ EPERM,
	  true,
	  { { "/proc/self/status", STATUS(ALL, "0") },
	    { "/sys/kernel/security/lockdown",
	      "none [integrity] confidentiality\n" } },
	  "lockdown",
	  "boot without" },
	{ EPERM,
	  true,
	  { { "/sys/module/msr/parameters/allow_writes", "off\n" } },
	  "msr.allow_writes=off",
	  "echo default" },
	/* Lockdown does not forbid reading. */
	{ EPERM,
	  false,
	  { { "/proc/self/status", STATUS(ALL, "2") },
	    { "/sys/kernel/security/lockdown",
	      "none [integrity] confidentiality\n" } },
	  "seccomp",
	  "--privileged" },
	{ EPERM,
	  false,
	  { { "/proc/self/status", STATUS(ALL, "0") },
	    { "/proc/self/uid_map", "0 0 4294967295\n" } },
	  "list of devices",
	  "--device" },
	{ EACCES, false, { { NULL, NULL } }, "only root", "run as root" },
	{ ENOENT,
	  false,
	  { { "/sys/class/msr/msr0/dev", "202:0\n" } },
	  "has the driver",
	  "--device" },
	{ ENOENT,
	  false,
	  { { "/proc/sys/kernel/osrelease", "6.1.0-1\n" },
	    { "/lib/modules/6.1.0-1/modules.dep",
	      "kernel/arch/x86/kernel/msr.ko.xz:\n" } },
	  "not loaded",
	  "modprobe msr" },
	{ ENOENT,
	  false,
	  { { "/proc/sys/kernel/osrelease", "6.1.0-1\n" },
	    { "/lib/modules/6.1.0-1/modules.dep", "kernel/fs/ext4.ko:\n" } },
	  "no MSR driver",
	  "CONFIG_X86_MSR" },
	{ ENOENT, false, { { NULL, NULL } }, "modprobe msr", "CONFIG_X86_MSR" },
	{ ENXIO,
	  false,
	  { { "/sys/class/msr/msr0/dev", "202:0\n" } },
	  "offline",
	  "online" },
	{ ENXIO, false, { { NULL, NULL } }, "modprobe msr", "CONFIG_X86_MSR" },
	{ EIO, false, { { NULL, NULL } }, "faults", "msr=" },
	{ EIO, true, { { NULL, NULL } }, "host refused", "assertion" },
	{ ENOSYS, false, { { NULL, NULL } }, "seccomp", "without it" },
	{ ENODEV + 1000, true, { { NULL, NULL } }, "writing", "failed" },
};

START_TEST(each_refusal_has_its_cause_and_remedy)
{
	const struct refusal *refusal = &refusals[_i];
	struct fake_file files[4] = { { NULL, NULL } };
	struct fake_machine fake = { .files = files };
	char text[400];

	memcpy(files, refusal->files, sizeof(refusal->files));
	pv_msr_explain(fake_machine_init(&fake), -refusal->err,
		       refusal->is_write, text, sizeof(text));
	ck_assert_msg(strstr(text, refusal->words) != NULL, "%d: %s", _i, text);
	ck_assert_msg(strstr(text, refusal->remedy) != NULL, "%d: %s", _i,
		      text);
	ck_assert_ptr_null(strchr(text, '\n'));
	ck_assert_uint_lt(strlen(text), sizeof(text) - 1);
}
END_TEST

START_TEST(the_live_machine_reads_an_msr_or_says_why_not)
{
	struct machine *machine = machine_live();
	uint64_t value = 0;
	int err = pv_msr_read(machine, 0, PV_MSR_PERF_CAPABILITIES, &value);
	bool has_node = access("/dev/cpu/0/msr", F_OK) == 0;
	char text[400];

	/* EIO: there is no such register here. */
	if (!has_node)
		ck_assert_int_eq(err, -ENOENT);
	else
		ck_assert(err == 0 || err == -EIO || err == -EPERM ||
			  err == -EACCES || err == -ENXIO);
	if (err) {
		pv_msr_explain(machine, err, false, text, sizeof(text));
		ck_assert_str_ne(text, "");
	}
	ck_assert_int_lt(pv_msr_read(machine, 8191, PV_MSR_PERF_CAPABILITIES,
				     &value),
			 0);
}
END_TEST

static int where(void *arg)
{
	*(unsigned int *)arg = (unsigned int)sched_getcpu();
	return 5;
}

START_TEST(a_call_on_a_cpu_runs_there_and_the_thread_goes_free_again)
{
	struct machine *machine = machine_live();
	cpu_set_t before;
	cpu_set_t after;
	unsigned int cpu = CPU_SETSIZE;

	ck_assert_int_eq(sched_getaffinity(0, sizeof(before), &before), 0);
	for (unsigned int i = 0; i < CPU_SETSIZE; i++) {
		if (!CPU_ISSET(i, &before))
			continue;
		ck_assert_int_eq(
			machine->ops->run_on_cpu(machine, i, where, &cpu), 5);
		ck_assert_uint_eq(cpu, i);
	}
	ck_assert_int_eq(sched_getaffinity(0, sizeof(after), &after), 0);
	ck_assert(CPU_EQUAL(&before, &after));
	ck_assert_int_lt(machine->ops->run_on_cpu(machine, 8191, where, &cpu),
			 0);
}
END_TEST

Suite *msr_suite(void)
{
	Suite *suite = suite_create("msr");
	TCase *registers = tcase_create("registers");
	TCase *words = tcase_create("words");
	TCase *live = tcase_create("live");

	tcase_add_test(registers,
		       the_control_register_is_none_that_mainline_uses);
	tcase_add_test(registers, only_a_change_is_written_and_counted);
	suite_add_tcase(suite, registers);

	tcase_add_loop_test(words, each_refusal_has_its_cause_and_remedy, 0,
			    sizeof(refusals) / sizeof(refusals[0]));
	suite_add_tcase(suite, words);

	tcase_add_test(live, the_live_machine_reads_an_msr_or_says_why_not);
	tcase_add_test(
		live,
		a_call_on_a_cpu_runs_there_and_the_thread_goes_free_again);
	suite_add_tcase(suite, live);

	return suite;
}
