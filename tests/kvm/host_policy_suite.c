/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What must hold of the played policies whatever the figures: which of them
 * lose stacks, and that what they did follows from the schedule. Slices are
 * 0.25 to 2 ms, which decides what timers can miss.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "kvm/play.h"
#include "kvm/played_cpuid.h"
#include "kvm/suites.h"

enum { RUN_MS = 1000, SEED = 7 };

static struct kvm_cpuid2 *cpuid;
static struct play_result first, second;

static void start(void)
{
	cpuid = played_cpuid_2018();
	ck_assert_ptr_nonnull(cpuid);
}

static void stop(void)
{
	free(cpuid);
}

/* A guest that uses LBR, which is first, beside one of @kind. */
static void play(const char *policy, enum guest_kind kind)
{
	struct play_opts opts = { .policy = host_policy_named(policy),
				  .kinds = { GUEST_USES, kind },
				  .run_ns = (uint64_t)RUN_MS * NS_PER_MS,
				  .seed = SEED };
	struct play_result results[HOST_VCPUS];

	ck_assert_ptr_nonnull(opts.policy);
	ck_assert_int_eq(play_run(cpuid, &opts, results), 0);
	first = results[0];
	second = results[1];
	/* A bit less than one a millisecond of the program's turns. */
	ck_assert_uint_gt(first.samples.taken, RUN_MS / 8);
	ck_assert_uint_gt(first.counts.switches, RUN_MS / 8);
}

static uint64_t wrong(const struct play_result *result)
{
	return result->samples.polluted + result->samples.cut;
}

static uint64_t effort(const struct play_result *result)
{
	const struct host_counts *counts = &result->counts;

	return counts->saves + counts->restores + counts->exits;
}

START_TEST(never_saved_the_stacks_of_two_users_mix)
{
	play("never", GUEST_USES);
	ck_assert_uint_gt(first.samples.foreign, 0);
	ck_assert_uint_gt(second.samples.foreign, 0);
	ck_assert_uint_eq(effort(&first) + effort(&second), 0);
}
END_TEST

/* A CPU records nothing for a guest that has LBR off. */
START_TEST(never_saved_one_user_alone_loses_nothing)
{
	play("never", GUEST_NEVER_USED);
	ck_assert_uint_eq(wrong(&first), 0);
	ck_assert_uint_eq(second.samples.taken, 0);
}
END_TEST

START_TEST(saved_at_every_switch_nothing_is_lost)
{
	play("every switch", GUEST_USES);
	ck_assert_uint_eq(wrong(&first) + wrong(&second), 0);
	ck_assert_uint_eq(first.counts.saves, first.counts.switches);
	ck_assert_uint_eq(first.counts.restores, first.counts.switches);
	ck_assert_uint_eq(second.counts.saves, second.counts.switches);
	ck_assert_uint_eq(first.counts.exits, 0);
}
END_TEST

START_TEST(saved_at_every_switch_others_pay_too)
{
	play("every switch", GUEST_NEVER_USED);
	ck_assert_uint_eq(second.counts.saves, second.counts.switches);
	ck_assert_uint_eq(second.counts.restores, second.counts.switches);
}
END_TEST

START_TEST(a_mediated_pmu_moves_at_each_border)
{
	play("mediated, at vCPU scheduling", GUEST_USES);
	ck_assert_uint_eq(wrong(&first) + wrong(&second), 0);
	ck_assert_uint_eq(first.counts.saves, first.counts.switches);
	play("mediated, at KVM_RUN's borders", GUEST_NEVER_USED);
	ck_assert_uint_eq(wrong(&first), 0);
	ck_assert_uint_gt(second.counts.user_exits, 0);
	ck_assert_uint_eq(second.counts.saves,
			  second.counts.switches + second.counts.user_exits);
	ck_assert_uint_eq(second.counts.restores, second.counts.saves);
}
END_TEST

/* A read and a write at its start; its end does not come. */
START_TEST(active_for_a_recording_saves_at_every_switch)
{
	play("while ACTIVE, set by this library", GUEST_USES);
	ck_assert_uint_eq(wrong(&first) + wrong(&second), 0);
	ck_assert_uint_eq(first.counts.exits, 2);
	ck_assert_uint_eq(first.counts.saves, first.counts.switches);
	/* Not when it was first switched in: it had set nothing yet. */
	ck_assert_uint_eq(first.counts.restores, first.counts.switches - 1);
}
END_TEST

START_TEST(active_by_the_guest_s_perf_loses_nothing)
{
	play("while ACTIVE, set by the guest's perf", GUEST_USES);
	ck_assert_uint_eq(wrong(&first) + wrong(&second), 0);
	/* Saved less often, for four exits each time the task runs. */
	ck_assert_uint_lt(first.counts.saves, first.counts.switches);
	ck_assert_uint_gt(first.counts.saves, 0);
	ck_assert_uint_gt(first.counts.exits, RUN_MS / 20);
}
END_TEST

START_TEST(whoever_does_not_set_active_pays_nothing)
{
	static const char *const policies[] = {
		"while ACTIVE, set by the guest's perf",
		"while ACTIVE, set by this library",
	};

	for (int i = 0; i < 2; i++) {
		play(policies[i], GUEST_USED);
		ck_assert_uint_eq(effort(&second), 0);
		ck_assert_uint_gt(second.samples.taken, 0);
		play(policies[i], GUEST_NEVER_USED);
		ck_assert_uint_eq(effort(&second), 0);
	}
}
END_TEST

START_TEST(lazy_loses_nothing_if_it_minds_lbr_being_on)
{
	play("lazy, MSRs and LBR on", GUEST_USES);
	ck_assert_uint_eq(wrong(&first) + wrong(&second), 0);
	ck_assert_uint_eq(first.counts.saves, first.counts.restores);
	ck_assert_uint_lt(first.counts.saves, first.counts.switches);
	ck_assert_uint_le(first.counts.exits, first.counts.restores);
}
END_TEST

/* The CPU writes records without any access that could be intercepted. */
START_TEST(lazy_loses_stacks_if_it_waits_for_an_access)
{
	play("lazy, MSRs only", GUEST_USES);
	ck_assert_uint_gt(first.samples.polluted, 0);
}
END_TEST

START_TEST(lazy_costs_others_nothing)
{
	play("lazy, MSRs and LBR on", GUEST_USED);
	/* A last time, at the end of the slice in which it ended. */
	ck_assert_uint_le(second.counts.saves, 1);
	ck_assert_uint_eq(second.counts.restores + second.counts.exits, 0);
	play("lazy, MSRs and LBR on", GUEST_NEVER_USED);
	ck_assert_uint_eq(effort(&second), 0);
}
END_TEST

/* It sees LBR off where perf is about to read, and gives the stack up. */
START_TEST(a_tick_that_looks_at_lbr_loses_stacks)
{
	uint64_t lost;

	play("timer looks at LBR every 1 ms", GUEST_USES);
	lost = wrong(&first) + wrong(&second);
	ck_assert_uint_gt(lost, 0);
	/* Whoever finds nothing of its own finds nothing, not a secret. */
	ck_assert_uint_eq(first.samples.foreign + second.samples.foreign, 0);
	ck_assert_uint_gt(first.counts.exits, RUN_MS / 4);
	play("timer looks at LBR every 100 ms", GUEST_USES);
	ck_assert_uint_lt(wrong(&first) + wrong(&second), lost);
}
END_TEST

START_TEST(a_delay_shorter_than_a_slice_loses_stacks)
{
	play("timer, LBR off for 0.1 ms", GUEST_USES);
	ck_assert_uint_gt(wrong(&first) + wrong(&second), 0);
	play("timer, LBR off for 1 ms", GUEST_USES);
	ck_assert_uint_gt(wrong(&first) + wrong(&second), 0);
}
END_TEST

/* Than a guest is switched out, and than its tasks are away. */
START_TEST(a_delay_longer_than_any_absence_loses_nothing)
{
	play("timer, LBR off for 100 ms", GUEST_USES);
	ck_assert_uint_eq(wrong(&first) + wrong(&second), 0);
	/* Never given up: saved as often as switched, but for the start. */
	ck_assert_uint_ge(first.counts.saves + 1, first.counts.switches);
	ck_assert_uint_eq(first.counts.saves, first.counts.restores);
}
END_TEST

/* Switched out between LBR off and the reads, it comes back to nothing. */
START_TEST(linux_since_5_12_cuts_stacks)
{
	play("Linux since 5.12", GUEST_USES);
	ck_assert_uint_gt(wrong(&first) + wrong(&second), 0);
	ck_assert_uint_eq(first.samples.foreign + second.samples.foreign, 0);
}
END_TEST

START_TEST(a_play_can_be_repeated)
{
	struct play_result once;

	play("lazy, MSRs and LBR on", GUEST_USES);
	once = first;
	play("lazy, MSRs and LBR on", GUEST_USES);
	ck_assert_int_eq(memcmp(&once, &first, sizeof(once)), 0);
}
END_TEST

Suite *host_policy_suite(void)
{
	Suite *suite = suite_create("host-policy");
	TCase *policies = tcase_create("policies");

	tcase_add_checked_fixture(policies, start, stop);
	tcase_add_test(policies, never_saved_the_stacks_of_two_users_mix);
	tcase_add_test(policies, never_saved_one_user_alone_loses_nothing);
	tcase_add_test(policies, saved_at_every_switch_nothing_is_lost);
	tcase_add_test(policies, saved_at_every_switch_others_pay_too);
	tcase_add_test(policies, a_mediated_pmu_moves_at_each_border);
	tcase_add_test(policies, active_for_a_recording_saves_at_every_switch);
	tcase_add_test(policies, active_by_the_guest_s_perf_loses_nothing);
	tcase_add_test(policies, whoever_does_not_set_active_pays_nothing);
	tcase_add_test(policies, lazy_loses_nothing_if_it_minds_lbr_being_on);
	tcase_add_test(policies, lazy_loses_stacks_if_it_waits_for_an_access);
	tcase_add_test(policies, lazy_costs_others_nothing);
	tcase_add_test(policies, a_tick_that_looks_at_lbr_loses_stacks);
	tcase_add_test(policies, a_delay_shorter_than_a_slice_loses_stacks);
	tcase_add_test(policies, a_delay_longer_than_any_absence_loses_nothing);
	tcase_add_test(policies, linux_since_5_12_cuts_stacks);
	tcase_add_test(policies, a_play_can_be_repeated);
	suite_add_tcase(suite, policies);
	return suite;
}
