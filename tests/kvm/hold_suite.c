/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Driving the protocol on vCPUs: which WRMSR the guard process has them
 * execute, after which RDMSR, and when none.
 */
#include "config.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <lbrvirt/context.h>

#include "kvm/played_hosts.h"
#include "kvm/suites.h"
#include "pv/pv.h"

enum { CPUS = 3, STORY_SIZE = 4096, WAITS_MAX = 30000 };

static const struct fake_file files[] = {
	{ "/sys/devices/system/cpu/online", "0-2\n" },
	{ NULL, NULL },
};

static struct lbrvirt_context *ctx;
static struct kvm_machine kvm;
static struct host_2018 host_2018;
static struct kvm_cpuid2 *cpuid;
static char folder[64];
static char state_dir[128];
static struct pv_paths paths;

static void start(struct kvm_cpuid2 *shown, const struct vm_msr_range *ranges,
		  struct kvm_host *host)
{
	struct kvm_machine_opts opts = { .nr_cpus = CPUS,
					 .cpuid = shown,
					 .ranges = ranges,
					 .host = host,
					 .files = files };

	cpuid = shown;
	ck_assert_ptr_nonnull(shown);
	snprintf(folder, sizeof(folder), "/tmp/lbrvirt-kvm.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(state_dir, sizeof(state_dir), "%s/run", folder);
	paths = (struct pv_paths){ .conf = "/nonexistent/lbrvirt.conf",
				   .state_dir = state_dir };
	ck_assert_int_eq(lbrvirt_context_new(&ctx), 0);
	ck_assert_int_eq(kvm_machine_init(&kvm, &opts), 0);
}

static void start_today(void)
{
	start(vm_supported_cpuid(), today_ranges, today_host());
}

static void start_masked(void)
{
	start(played_cpuid_2018(), masked_ranges, today_host());
}

static void start_2018(void)
{
	start(played_cpuid_2018(), host_2018_ranges,
	      host_2018_init(&host_2018));
}

static void stop(void)
{
	char command[128];

	kvm_machine_fini(&kvm);
	lbrvirt_context_free(ctx);
	free(cpuid);
	snprintf(command, sizeof(command), "rm -rf %s", folder);
	ck_assert_int_eq(system(command), 0);
}

static int acquire(enum lbrvirt_pv_mode mode, struct lbrvirt_pv_hold **ret_hold)
{
	const struct lbrvirt_pv_opts opts = { .size = sizeof(opts),
					      .mode = mode };

	return pv_acquire_on(ctx, &kvm.fake.machine, &paths, &opts, ret_hold);
}

static size_t count_writes(void)
{
	size_t writes = 0;

	for (size_t i = 0; i < kvm_machine_access_count(&kvm); i++)
		writes += kvm_machine_access(&kvm, i).is_write;
	return writes;
}

/* A CPU's accesses to the control MSR: "r0 w1 r1 w0 ", "!" behind a fault. */
static const char *story_of(unsigned int cpu)
{
	static char story[STORY_SIZE];
	size_t used = 0;

	story[0] = '\0';
	for (size_t i = 0; i < kvm_machine_access_count(&kvm); i++) {
		struct kvm_access access = kvm_machine_access(&kvm, i);

		if (access.cpu != cpu || access.msr != MSR_PV_CONTROL)
			continue;
		ck_assert_uint_lt(used + 32, sizeof(story));
		used += (size_t)snprintf(story + used, sizeof(story) - used,
					 "%c%llx%s ",
					 access.is_write ? 'w' : 'r',
					 (unsigned long long)access.value,
					 access.has_faulted ? "!" : "");
	}
	return story;
}

/*
 * Read as 0 by whoever looked; read and set; read by whoever checked, then by
 * whoever puts it back; put back. And nothing else.
 */
static void check_story(unsigned int cpu)
{
	const char *story = story_of(cpu);
	const char *at = story;
	size_t looks, checks;

	for (looks = 0; strncmp(at, "r0 ", 3) == 0; looks++)
		at += 3;
	ck_assert_msg(looks >= 2, "CPU %u: %s", cpu, story);
	ck_assert_msg(strncmp(at, "w1 ", 3) == 0, "CPU %u: %s", cpu, story);
	at += 3;
	for (checks = 0; strncmp(at, "r1 ", 3) == 0; checks++)
		at += 3;
	ck_assert_msg(checks >= 1, "CPU %u: %s", cpu, story);
	ck_assert_msg(strcmp(at, "w0 ") == 0, "CPU %u: %s", cpu, story);
}

START_TEST(each_vcpu_is_read_and_set_and_later_read_and_put_back)
{
	struct lbrvirt_pv_hold *hold;

	ck_assert_msg(acquire(LBRVIRT_PV_ASSUME, &hold) == 0, "%s",
		      lbrvirt_context_error(ctx));
	ck_assert_msg(lbrvirt_pv_hold_summary(hold)->is_held, "%s",
		      lbrvirt_pv_hold_summary(hold)->reason);
	ck_assert_uint_eq(count_writes(), CPUS);
	for (unsigned int i = 0; i < CPUS; i++)
		ck_assert_uint_eq(host_2018.control[i], LBRVIRT_PV_ACTIVE);
	ck_assert_int_eq(lbrvirt_pv_release(hold), 0);
	ck_assert_uint_eq(lbrvirt_pv_hold_summary(hold)->writes, 2 * CPUS);
	lbrvirt_pv_hold_free(hold);
	for (unsigned int i = 0; i < CPUS; i++) {
		check_story(i);
		ck_assert_uint_eq(host_2018.control[i], 0);
	}
}
END_TEST

START_TEST(no_other_register_is_accessed)
{
	struct lbrvirt_pv_hold *hold;

	ck_assert_int_eq(acquire(LBRVIRT_PV_ASSUME, &hold), 0);
	lbrvirt_pv_hold_free(hold);
	for (size_t i = 0; i < kvm_machine_access_count(&kvm); i++) {
		struct kvm_access access = kvm_machine_access(&kvm, i);

		ck_assert(!access.has_faulted);
		if (access.msr == MSR_PERF_CAPABILITIES)
			ck_assert(!access.is_write);
		else
			ck_assert_uint_eq(access.msr, MSR_PV_CONTROL);
	}
}
END_TEST

/* Until all vCPUs are as before, by the guard that outlived its recorder. Then
 * nothing is left for a reset, which is refused while the guard lives. */
static void wait_put_back(void)
{
	uint32_t cpus = 0;
	int err = -EBUSY;

	for (int i = 0; i < WAITS_MAX && count_writes() < 2 * CPUS; i++)
		usleep(1000);
	for (int i = 0; i < WAITS_MAX && err == -EBUSY; i++) {
		usleep(1000);
		err = pv_reset_on(ctx, &kvm.fake.machine, &paths, &cpus);
	}
	ck_assert_int_eq(err, 0);
	ck_assert_uint_eq(cpus, 0);
	for (unsigned int i = 0; i < CPUS; i++)
		check_story(i);
}

START_TEST(a_killed_recorder_s_vcpus_are_put_back)
{
	struct lbrvirt_pv_hold *hold;
	int pipes[2];
	char byte;
	pid_t child;

	ck_assert_int_eq(pipe(pipes), 0);
	child = fork();
	ck_assert_int_ge(child, 0);
	if (child == 0) {
		if (acquire(LBRVIRT_PV_ASSUME, &hold) == 0 &&
		    write(pipes[1], "h", 1) == 1)
			pause();
		_exit(1);
	}
	close(pipes[1]);
	ck_assert_int_eq(read(pipes[0], &byte, 1), 1);
	for (unsigned int i = 0; i < CPUS; i++)
		ck_assert_uint_eq(host_2018.control[i], LBRVIRT_PV_ACTIVE);
	ck_assert_int_eq(kill(child, SIGKILL), 0);
	ck_assert_int_eq(waitpid(child, NULL, 0), child);
	close(pipes[0]);
	wait_put_back();
}
END_TEST

START_TEST(kvm_of_today_is_not_written_to_though_asserted)
{
	struct lbrvirt_pv_hold *hold;
	uint64_t value;

	ck_assert_int_eq(acquire(LBRVIRT_PV_ASSUME, &hold), -ENODEV);
	ck_assert_int_eq(acquire(LBRVIRT_PV_AUTO, &hold), 0);
	ck_assert(!lbrvirt_pv_hold_summary(hold)->is_held);
	lbrvirt_pv_hold_free(hold);
	ck_assert_uint_eq(count_writes(), 0);
	for (unsigned int i = 0; i < CPUS; i++) {
		ck_assert_int_eq(
			kvm_machine_peek(&kvm, i, MSR_PV_CONTROL, &value), 0);
		ck_assert_uint_eq(value, 1);
	}
}
END_TEST

/*
 * The other way round, so that the test above could fail: where nothing is
 * left to know halt polling by, force has it written to, which is seen.
 */
START_TEST(a_write_to_kvm_of_today_would_be_seen)
{
	struct lbrvirt_pv_hold *hold;
	uint64_t value;

	for (unsigned int i = 0; i < CPUS; i++)
		ck_assert_int_eq(kvm_machine_poke(&kvm, i, MSR_PV_CONTROL, 0),
				 0);
	ck_assert_int_eq(acquire(LBRVIRT_PV_FORCE, &hold), -EIO);
	ck_assert_uint_gt(count_writes(), 0);
	ck_assert_ptr_nonnull(strstr(story_of(0), "w1!"));
	ck_assert_int_eq(kvm_machine_peek(&kvm, 0, MSR_PV_CONTROL, &value), 0);
	ck_assert_uint_eq(value, 0);
}
END_TEST

Suite *hold_suite(void)
{
	Suite *suite = suite_create("hold");
	TCase *then = tcase_create("2018");
	TCase *today = tcase_create("today");
	TCase *masked = tcase_create("masked");

	tcase_add_checked_fixture(then, start_2018, stop);
	tcase_add_test(then,
		       each_vcpu_is_read_and_set_and_later_read_and_put_back);
	tcase_add_test(then, no_other_register_is_accessed);
	tcase_add_test(then, a_killed_recorder_s_vcpus_are_put_back);
	suite_add_tcase(suite, then);
	tcase_add_checked_fixture(today, start_today, stop);
	tcase_add_test(today, kvm_of_today_is_not_written_to_though_asserted);
	suite_add_tcase(suite, today);
	tcase_add_checked_fixture(masked, start_masked, stop);
	tcase_add_test(masked, a_write_to_kvm_of_today_would_be_seen);
	suite_add_tcase(suite, masked);
	return suite;
}
