/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The protocol's stage on vCPUs: against KVM as it is, whose control MSR is
 * halt polling's and lies in the kernel, and against the host of 2018, which
 * is played. Every access that comes to the host is in its log.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <lbrvirt/context.h>

#include "kvm/played_hosts.h"
#include "kvm/suites.h"
#include "pv/pv.h"

enum { CPUS = 3, POLL_CONTROL_RESET = 1 };

/* No settings, no journal. */
static const struct pv_paths nowhere = {
	.conf = "/nonexistent/lbrvirt.conf",
	.state_dir = "/nonexistent/run",
};

static const struct fake_file files[] = {
	{ "/sys/devices/system/cpu/online", "0-2\n" },
	{ NULL, NULL },
};

/* A guest whose kernel uses halt polling, and has turned it off. */
static const struct fake_file haltpoll_files[] = {
	{ "/sys/devices/system/cpu/online", "0-2\n" },
	{ "/sys/devices/system/cpu/cpuidle/current_driver", "haltpoll\n" },
	{ NULL, NULL },
};

static struct lbrvirt_context *ctx;
static struct kvm_machine kvm;
static struct host_2018 host_2018;
static struct kvm_cpuid2 *cpuid;
static struct lbrvirt_pv *pv;

static void start(struct kvm_cpuid2 *shown, const struct vm_msr_range *ranges,
		  struct kvm_host *host)
{
	struct kvm_machine_opts opts = { .nr_cpus = CPUS,
					 .cpuid = shown,
					 .ranges = ranges,
					 .host = host,
					 .files = files };

	pv = NULL;
	cpuid = shown;
	ck_assert_ptr_nonnull(shown);
	ck_assert_int_eq(lbrvirt_context_new(&ctx), 0);
	ck_assert_int_eq(kvm_machine_init(&kvm, &opts), 0);
}

static void start_today(void)
{
	start(vm_supported_cpuid(), today_ranges, today_host());
}

/* A host that hides what came with halt polling and shows an LBR. */
static void start_masked(void)
{
	start(played_cpuid_2018(), masked_ranges, host_2018_init(&host_2018));
}

static void start_2018(void)
{
	start(played_cpuid_2018(), host_2018_ranges,
	      host_2018_init(&host_2018));
}

static void stop(void)
{
	lbrvirt_pv_free(pv);
	kvm_machine_fini(&kvm);
	lbrvirt_context_free(ctx);
	free(cpuid);
}

static enum lbrvirt_pv_verdict look(enum lbrvirt_pv_mode mode)
{
	const struct lbrvirt_pv_opts opts = { .size = sizeof(opts),
					      .mode = mode };

	lbrvirt_pv_free(pv);
	pv = NULL;
	ck_assert_int_eq(
		pv_status_on(ctx, &kvm.fake.machine, &nowhere, &opts, &pv), 0);
	return lbrvirt_pv_verdict(pv);
}

static const struct lbrvirt_pv_evidence *letter(char wanted)
{
	return lbrvirt_pv_evidence(pv, (size_t)(wanted - 'A'));
}

/* What KVM itself keeps, and that nobody tried to change it. */
static void check_untouched(uint64_t expected)
{
	for (unsigned int i = 0; i < CPUS; i++) {
		uint64_t value = 0;

		ck_assert_int_eq(
			kvm_machine_peek(&kvm, i, MSR_PV_CONTROL, &value), 0);
		ck_assert_uint_eq(value, expected);
	}
	for (size_t i = 0; i < kvm_machine_access_count(&kvm); i++)
		ck_assert(!kvm_machine_access(&kvm, i).is_write);
}

START_TEST(kvm_of_today_is_poll_control_and_is_not_written_to)
{
	static const enum lbrvirt_pv_mode modes[] = { LBRVIRT_PV_AUTO,
						      LBRVIRT_PV_OFF,
						      LBRVIRT_PV_ASSUME };

	for (size_t i = 0; i < sizeof(modes) / sizeof(*modes); i++) {
		ck_assert_int_eq(look(modes[i]), LBRVIRT_PV_POLL_CONTROL);
		ck_assert(lbrvirt_pv_is_certain(pv));
		ck_assert_int_eq(letter('B')->saying,
				 LBRVIRT_PV_SAYS_POLL_CONTROL);
		check_untouched(POLL_CONTROL_RESET);
	}
	/* Nor did any read go elsewhere than to KVM itself. */
	ck_assert_uint_eq(kvm_machine_access_count(&kvm), 0);
}
END_TEST

START_TEST(kvm_of_today_shows_1_on_each_vcpu)
{
	look(LBRVIRT_PV_AUTO);
	ck_assert_uint_eq(lbrvirt_pv_cpu_count(pv), CPUS);
	for (unsigned int i = 0; i < CPUS; i++) {
		ck_assert_int_eq(lbrvirt_pv_cpu(pv, i)->err, 0);
		ck_assert_uint_eq(lbrvirt_pv_cpu(pv, i)->value,
				  POLL_CONTROL_RESET);
	}
	ck_assert_int_eq(letter('E')->saying, LBRVIRT_PV_SAYS_POLL_CONTROL);
	check_untouched(POLL_CONTROL_RESET);
}
END_TEST

/* All that is left to tell it by is the register's value. */
START_TEST(poll_control_behind_a_mask_is_known_by_its_value)
{
	ck_assert_int_eq(look(LBRVIRT_PV_ASSUME), LBRVIRT_PV_POLL_CONTROL);
	ck_assert_int_ne(letter('B')->saying, LBRVIRT_PV_SAYS_POLL_CONTROL);
	ck_assert_int_ne(letter('C')->saying, LBRVIRT_PV_SAYS_POLL_CONTROL);
	ck_assert_int_eq(letter('E')->saying, LBRVIRT_PV_SAYS_POLL_CONTROL);
	ck_assert(letter('E')->is_veto);
	check_untouched(POLL_CONTROL_RESET);
}
END_TEST

/* There the value says nothing, but the guest's own kernel does. */
START_TEST(poll_control_of_a_haltpoll_guest_is_known_by_its_driver)
{
	kvm.fake.files = haltpoll_files;
	for (unsigned int i = 0; i < CPUS; i++)
		ck_assert_int_eq(kvm_machine_poke(&kvm, i, MSR_PV_CONTROL, 0),
				 0);
	ck_assert_int_eq(look(LBRVIRT_PV_ASSUME), LBRVIRT_PV_POLL_CONTROL);
	ck_assert_int_eq(letter('E')->saying, LBRVIRT_PV_SAYS_NOTHING);
	ck_assert_int_eq(letter('F')->saying, LBRVIRT_PV_SAYS_POLL_CONTROL);
	check_untouched(0);
}
END_TEST

START_TEST(the_host_of_2018_is_never_concluded_by_itself)
{
	ck_assert_int_eq(look(LBRVIRT_PV_AUTO), LBRVIRT_PV_AMBIGUOUS);
	ck_assert_int_eq(look(LBRVIRT_PV_ASSUME), LBRVIRT_PV_LBR);
	for (char c = 'A'; c <= 'F'; c++)
		ck_assert_msg(!letter(c)->is_veto, "%c: %s", c,
			      letter(c)->words);
}
END_TEST

/* A look reads two registers, the control MSR once a CPU. */
START_TEST(a_look_at_the_host_of_2018_only_reads)
{
	unsigned int reads[CPUS] = { 0 };

	look(LBRVIRT_PV_ASSUME);
	ck_assert_uint_ge(kvm_machine_access_count(&kvm), CPUS);
	for (size_t i = 0; i < kvm_machine_access_count(&kvm); i++) {
		struct kvm_access access = kvm_machine_access(&kvm, i);

		ck_assert(!access.is_write && !access.has_faulted);
		ck_assert(access.msr == MSR_PV_CONTROL ||
			  access.msr == MSR_PERF_CAPABILITIES);
		reads[access.cpu] += access.msr == MSR_PV_CONTROL;
	}
	for (unsigned int i = 0; i < CPUS; i++) {
		ck_assert_uint_eq(reads[i], 1);
		ck_assert_uint_eq(host_2018.control[i], 0);
	}
}
END_TEST

Suite *pv_suite(void)
{
	Suite *suite = suite_create("pv");
	TCase *today = tcase_create("today");
	TCase *masked = tcase_create("masked");
	TCase *then = tcase_create("2018");

	tcase_add_checked_fixture(today, start_today, stop);
	tcase_add_test(today,
		       kvm_of_today_is_poll_control_and_is_not_written_to);
	tcase_add_test(today, kvm_of_today_shows_1_on_each_vcpu);
	suite_add_tcase(suite, today);
	tcase_add_checked_fixture(masked, start_masked, stop);
	tcase_add_test(masked,
		       poll_control_behind_a_mask_is_known_by_its_value);
	tcase_add_test(masked,
		       poll_control_of_a_haltpoll_guest_is_known_by_its_driver);
	suite_add_tcase(suite, masked);
	tcase_add_checked_fixture(then, start_2018, stop);
	tcase_add_test(then, the_host_of_2018_is_never_concluded_by_itself);
	tcase_add_test(then, a_look_at_the_host_of_2018_only_reads);
	suite_add_tcase(suite, then);
	return suite;
}
