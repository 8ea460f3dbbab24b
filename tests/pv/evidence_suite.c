/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Evidence and verdict: on a guest of a host with the protocol of 2018, one
 * thing at a time is made otherwise.
 */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "machine/cpus.h"
#include "pv/evidence.h"
#include "pv/host.h"
#include "pv/msr.h"
#include "pv/suites.h"

#define CPUIDLE	 "/sys/devices/system/cpu/cpuidle/current_driver"
#define VENDOR	 "/sys/class/dmi/id/sys_vendor"
#define BRANCHES "/sys/bus/event_source/devices/cpu/caps/branches"

/* No settings, no journal. */
static const struct pv_paths nowhere = {
	.conf = "/nonexistent/lbrvirt.conf",
	.state_dir = "/nonexistent/run",
};

static struct lbrvirt_context *ctx;
static struct host host;
static struct lbrvirt_pv *pv;

static void set_up(void)
{
	ck_assert_int_eq(lbrvirt_context_new(&ctx), 0);
	host_init(&host);
	pv = NULL;
}

/* Whatever the test did: no write, and no register that is none of ours. */
static void tear_down(void)
{
	ck_assert_uint_eq(fake_cpus_writes(host.cpus), 0);
	for (size_t i = 0; i < host.cpus->nr_accesses; i++) {
		uint32_t msr = host.cpus->accesses[i].msr;

		ck_assert(msr == 0x345 || msr == host.cpus->control_msr);
	}
	lbrvirt_pv_free(pv);
	host_fini(&host);
	lbrvirt_context_free(ctx);
}

static void look_as(const struct lbrvirt_pv_opts *opts)
{
	int err;

	lbrvirt_pv_free(pv);
	pv = NULL;
	err = pv_status_on(ctx, host_machine(&host), &nowhere, opts, &pv);
	ck_assert_msg(err == 0, "%d: %s", err, lbrvirt_context_error(ctx));
}

static void look(enum lbrvirt_pv_mode mode)
{
	const struct lbrvirt_pv_opts opts = { .size = sizeof(opts),
					      .mode = mode };

	look_as(&opts);
}

static const struct lbrvirt_pv_evidence *letter(char c)
{
	const struct lbrvirt_pv_evidence *e =
		lbrvirt_pv_evidence(pv, (size_t)(c - 'A'));

	ck_assert_int_eq(e->letter, c);
	return e;
}

static void assert_verdict(enum lbrvirt_pv_verdict verdict)
{
	ck_assert_msg(lbrvirt_pv_verdict(pv) == verdict, "%s, not %s: %s",
		      lbrvirt_pv_verdict_name(lbrvirt_pv_verdict(pv)),
		      lbrvirt_pv_verdict_name(verdict), lbrvirt_pv_text(pv));
}

/* Which letters forbid it, "CF". */
static const char *vetoes(void)
{
	static char text[LBRVIRT_PV_EVIDENCE_COUNT + 1];
	size_t nr = 0;

	for (size_t i = 0; i < LBRVIRT_PV_EVIDENCE_COUNT; i++) {
		const struct lbrvirt_pv_evidence *e =
			lbrvirt_pv_evidence(pv, i);

		if (e->is_veto && !e->is_lifted)
			text[nr++] = e->letter;
	}
	text[nr] = '\0';
	return text;
}

START_TEST(a_host_as_of_2018_is_ambiguous)
{
	look(LBRVIRT_PV_AUTO);
	assert_verdict(LBRVIRT_PV_AMBIGUOUS);
	ck_assert(!lbrvirt_pv_is_certain(pv));
	ck_assert_str_eq(vetoes(), "");
	ck_assert_ptr_nonnull(strstr(lbrvirt_pv_text(pv), "pv = assume"));
	ck_assert_str_eq(letter('A')->value,
			 "KVM at 0x40000000, EAX 0x01001efb");
	ck_assert_str_eq(letter('C')->value, "GenuineIntel");
	ck_assert_str_eq(letter('D')->value,
			 "PMU version 2, PDCM, LBR format 5");
	ck_assert_str_eq(letter('E')->value, "0 on 4 of 4 CPUs");
}
END_TEST

START_TEST(an_assertion_makes_it_the_protocol)
{
	look(LBRVIRT_PV_ASSUME);
	assert_verdict(LBRVIRT_PV_LBR);
	ck_assert_str_eq(lbrvirt_pv_assertion(pv)->source, "--pv");
	ck_assert_ptr_nonnull(strstr(lbrvirt_pv_text(pv), "--pv"));
	ck_assert_str_eq(pv->lifted, "");
	look(LBRVIRT_PV_OFF);
	assert_verdict(LBRVIRT_PV_AMBIGUOUS);
}
END_TEST

static void clear_bit(void)
{
	host_leaf(&host, 0x40000001)->eax &= ~(1u << 12);
}

static void be_hyperv(void)
{
	host_sign(&host, 0x40000000, "Microsoft Hv");
}

static void be_bare_metal(void)
{
	host_leaf(&host, 1)->ecx &= ~(1u << 31);
}

/* Linux 5.3's own: EAX 0x01007efb. */
static void number_as_today(void)
{
	host_leaf(&host, 0x40000001)->eax = HOST_FEATURES_MODERN;
}

static void be_amd(void)
{
	struct cpuid_regs *regs = host_leaf(&host, 0);

	memcpy(&regs->ebx, "Auth", 4);
	memcpy(&regs->edx, "enti", 4);
	memcpy(&regs->ecx, "cAMD", 4);
}

static void have_old_pmu(void)
{
	host_leaf(&host, 0xa)->eax = 0x07300401;
}

static void hide_pdcm(void)
{
	host_leaf(&host, 1)->ecx &= ~(1u << 15);
}

static void have_arch_lbr(void)
{
	host_leaf(&host, 7)->edx = 1u << 19;
}

static void have_no_format(void)
{
	host.cpus->capabilities = 0x2000; /* full-width counters, no LBR */
}

static void start_as_poll_control(void)
{
	for (size_t i = 0; i < HOST_CPUS; i++)
		host.cpus->control[i] = 1;
}

static void set_one_cpu(void)
{
	host.cpus->control[2] = 1;
}

static void set_another_bit(void)
{
	host.cpus->control[1] = 2;
}

static void fault_on_read(void)
{
	host.cpus->read_err = EIO;
}

static void idle_by_haltpoll(void)
{
	host_set_file(&host, CPUIDLE, "haltpoll\n");
}

static void be_at_amazon(void)
{
	host_set_file(&host, VENDOR, "Amazon EC2\n");
}

static void have_realtime_hint(void)
{
	host_leaf(&host, 0x40000001)->edx = 1;
}

struct one_letter {
	void (*change)(void);
	const char *letters; /* that forbid it */
	enum lbrvirt_pv_verdict verdict;
	bool is_certain;
	bool can_be_forced;
};

static const struct one_letter vetoing[] = {
	{ clear_bit, "A", LBRVIRT_PV_NONE, true, true },
	{ be_hyperv, "A", LBRVIRT_PV_NONE, true, false },
	{ be_bare_metal, "A", LBRVIRT_PV_NONE, true, false },
	{ number_as_today, "B", LBRVIRT_PV_POLL_CONTROL, true, true },
	{ be_amd, "C", LBRVIRT_PV_POLL_CONTROL, true, true },
	{ have_old_pmu, "D", LBRVIRT_PV_POLL_CONTROL, false, true },
	{ hide_pdcm, "D", LBRVIRT_PV_POLL_CONTROL, false, true },
	{ have_arch_lbr, "D", LBRVIRT_PV_POLL_CONTROL, false, true },
	{ have_no_format, "D", LBRVIRT_PV_POLL_CONTROL, false, true },
	{ start_as_poll_control, "E", LBRVIRT_PV_POLL_CONTROL, true, true },
	{ set_one_cpu, "E", LBRVIRT_PV_POLL_CONTROL, true, true },
	{ set_another_bit, "E", LBRVIRT_PV_NONE, true, true },
	{ idle_by_haltpoll, "F", LBRVIRT_PV_POLL_CONTROL, true, true },
};

START_TEST(each_letter_vetoes_alone_even_if_asserted)
{
	const struct one_letter *one = &vetoing[_i];

	one->change();
	look(LBRVIRT_PV_AUTO);
	assert_verdict(one->verdict);
	ck_assert_str_eq(vetoes(), one->letters);
	ck_assert_int_eq(lbrvirt_pv_is_certain(pv), one->is_certain);
	ck_assert_ptr_nonnull(strchr(lbrvirt_pv_text(pv), one->letters[0]));

	look(LBRVIRT_PV_ASSUME);
	assert_verdict(one->verdict);
	ck_assert_str_eq(vetoes(), one->letters);
	ck_assert_ptr_nonnull(strstr(lbrvirt_pv_text(pv), "but forbidden by"));
}
END_TEST

START_TEST(force_lifts_a_veto_and_names_it)
{
	const struct one_letter *one = &vetoing[_i];

	one->change();
	look(LBRVIRT_PV_FORCE);
	if (one->can_be_forced) {
		char lifted[64];

		assert_verdict(LBRVIRT_PV_LBR);
		ck_assert_str_eq(pv->lifted, one->letters);
		ck_assert(letter(one->letters[0])->is_lifted);
		snprintf(lifted, sizeof(lifted), "Lifted by force: %s.",
			 one->letters);
		ck_assert_ptr_nonnull(strstr(lbrvirt_pv_text(pv), lifted));
	} else {
		assert_verdict(one->verdict);
		ck_assert_str_eq(pv->lifted, "");
		ck_assert_str_eq(vetoes(), one->letters);
	}
}
END_TEST

/* 0x345 would fault as well, which is D's to say. */
START_TEST(a_register_that_faults_is_not_to_be_forced)
{
	fault_on_read();
	look(LBRVIRT_PV_AUTO);
	assert_verdict(LBRVIRT_PV_NONE);
	ck_assert_int_eq(letter('E')->saying, LBRVIRT_PV_SAYS_FAULTS);
	look(LBRVIRT_PV_FORCE);
	assert_verdict(LBRVIRT_PV_NONE);
	ck_assert_str_eq(vetoes(), "E");
	ck_assert_str_eq(pv->lifted, "D");
}
END_TEST

static const unsigned int later_bits[] = { 13, 14, 15, 16, 17 };

START_TEST(any_later_feature_bit_means_halt_polling)
{
	char bit[8];

	host_leaf(&host, 0x40000001)->eax |= 1u << later_bits[_i];
	look(LBRVIRT_PV_AUTO);
	assert_verdict(LBRVIRT_PV_POLL_CONTROL);
	snprintf(bit, sizeof(bit), "%u", later_bits[_i]);
	ck_assert(strncmp(letter('B')->value, bit, 2) == 0);
}
END_TEST

static const unsigned int other_bits[] = { 2, 8, 18, 23, 31 };

START_TEST(bits_beside_them_mean_nothing)
{
	host_leaf(&host, 0x40000001)->eax |= 1u << other_bits[_i];
	look(LBRVIRT_PV_AUTO);
	assert_verdict(LBRVIRT_PV_AMBIGUOUS);
}
END_TEST

static void (*const hints[])(void) = { be_at_amazon, have_realtime_hint };

START_TEST(a_hint_makes_halt_polling_likely_but_forbids_nothing)
{
	hints[_i]();
	look(LBRVIRT_PV_AUTO);
	assert_verdict(LBRVIRT_PV_POLL_CONTROL);
	ck_assert(!lbrvirt_pv_is_certain(pv));
	ck_assert_ptr_nonnull(strstr(lbrvirt_pv_text(pv), "(G)"));
	ck_assert_str_eq(vetoes(), "");
	look(LBRVIRT_PV_ASSUME);
	assert_verdict(LBRVIRT_PV_LBR);
}
END_TEST

START_TEST(a_kernel_that_has_lbr_is_told_and_changes_nothing)
{
	host_set_file(&host, BRANCHES, "32\n");
	look(LBRVIRT_PV_AUTO);
	assert_verdict(LBRVIRT_PV_AMBIGUOUS);
	ck_assert_str_eq(letter('H')->value, "32 branches deep");
	look(LBRVIRT_PV_ASSUME);
	assert_verdict(LBRVIRT_PV_LBR);
}
END_TEST

START_TEST(registers_that_cannot_be_read_are_not_known)
{
	host.cpus->read_err = EPERM;
	look(LBRVIRT_PV_AUTO);
	assert_verdict(LBRVIRT_PV_AMBIGUOUS);
	ck_assert(!letter('E')->is_known);
	ck_assert_str_eq(letter('E')->words, lbrvirt_pv_msr_reason(pv));
	ck_assert_str_ne(lbrvirt_pv_msr_reason(pv), "");
	ck_assert_uint_eq(lbrvirt_pv_cpu_count(pv), HOST_CPUS);
	ck_assert_int_eq(lbrvirt_pv_cpu(pv, 3)->err, EPERM);
	look(LBRVIRT_PV_ASSUME);
	assert_verdict(LBRVIRT_PV_LBR);
}
END_TEST

START_TEST(a_cpu_that_goes_offline_meanwhile_is_left_out)
{
	host_set_file(&host, "/sys/devices/system/cpu/online", "0-3\n");
	host.cpus->is_offline[1] = true;
	look(LBRVIRT_PV_AUTO);
	assert_verdict(LBRVIRT_PV_AMBIGUOUS);
	ck_assert_str_eq(letter('E')->value, "0 on 3 of 4 CPUs");
	ck_assert_int_eq(lbrvirt_pv_cpu(pv, 1)->err, ENXIO);
}
END_TEST

START_TEST(no_register_is_read_where_there_is_none)
{
	void (*const changes[])(void) = { clear_bit, be_hyperv, be_bare_metal };

	changes[_i]();
	look(LBRVIRT_PV_ASSUME);
	ck_assert_uint_eq(host.cpus->nr_accesses, 0);
	ck_assert_uint_eq(lbrvirt_pv_cpu_count(pv), 0);
	ck_assert(!letter('E')->is_known);
}
END_TEST

START_TEST(each_cpu_has_its_own_value)
{
	set_one_cpu();
	look(LBRVIRT_PV_AUTO);
	ck_assert_uint_eq(lbrvirt_pv_cpu_count(pv), HOST_CPUS);
	for (size_t i = 0; i < HOST_CPUS; i++) {
		const struct lbrvirt_pv_cpu *cpu = lbrvirt_pv_cpu(pv, i);

		ck_assert_uint_eq(cpu->cpu, i);
		ck_assert_int_eq(cpu->err, 0);
		ck_assert_uint_eq(cpu->value, i == 2);
	}
	ck_assert_ptr_null(lbrvirt_pv_cpu(pv, HOST_CPUS));
}
END_TEST

START_TEST(kvm_is_found_behind_hyperv)
{
	host_sign(&host, 0x40000000, "Microsoft Hv");
	host_leaf(&host, 0x40000001)->eax = 0x31237648; /* "Hv#1" */
	host_sign(&host, 0x40000300, "KVMKVMKVM\0\0\0");
	host_leaf(&host, 0x40000301)->eax = HOST_FEATURES;
	look(LBRVIRT_PV_AUTO);
	assert_verdict(LBRVIRT_PV_AMBIGUOUS);
	ck_assert_str_eq(letter('A')->value,
			 "KVM at 0x40000300, EAX 0x01001efb");
}
END_TEST

/* "Hv#1" has bit 12 set, and would pass for a feature leaf. */
START_TEST(leaves_of_hyperv_are_not_taken_for_kvms)
{
	host_sign(&host, 0x40000000, "Linux KVM Hv");
	host_leaf(&host, 0x40000001)->eax = 0x31237648;
	look(LBRVIRT_PV_ASSUME);
	assert_verdict(LBRVIRT_PV_NONE);
	ck_assert_str_eq(letter('A')->value, "\"Linux KVM Hv\" at 0x40000000");
}
END_TEST

START_TEST(leaves_end_where_the_kernel_stops_looking)
{
	be_hyperv();
	host_sign(&host, 0x40010000, "KVMKVMKVM\0\0\0");
	host_leaf(&host, 0x40010001)->eax = HOST_FEATURES;
	look(LBRVIRT_PV_AUTO);
	assert_verdict(LBRVIRT_PV_NONE);
	host_sign(&host, 0x4000ff00, "KVMKVMKVM\0\0\0");
	host_leaf(&host, 0x4000ff01)->eax = HOST_FEATURES;
	look(LBRVIRT_PV_AUTO);
	assert_verdict(LBRVIRT_PV_AMBIGUOUS);
}
END_TEST

/* A host of today where somebody put the protocol at numbers of its own. */
START_TEST(halt_polling_at_its_own_place_does_not_forbid_a_renumbered_host)
{
	const struct lbrvirt_pv_opts opts = { .size = sizeof(opts),
					      .mode = LBRVIRT_PV_ASSUME,
					      .bit = 18,
					      .msr = 0x4b564d09 };

	number_as_today();
	host_leaf(&host, 0x40000001)->eax |= 1u << 18;
	idle_by_haltpoll();
	be_at_amazon();
	host.cpus->control_msr = 0x4b564d09;
	look_as(&opts);
	assert_verdict(LBRVIRT_PV_LBR);
	ck_assert_str_eq(vetoes(), "");
	ck_assert_uint_eq(lbrvirt_pv_assertion(pv)->msr, 0x4b564d09);

	be_amd();
	look_as(&opts);
	assert_verdict(LBRVIRT_PV_NONE);
	ck_assert_str_eq(vetoes(), "C");
}
END_TEST

static const struct lbrvirt_pv_opts half_renumbered[] = {
	{ .size = sizeof(struct lbrvirt_pv_opts),
	  .mode = LBRVIRT_PV_ASSUME,
	  .bit = 18 },
	{ .size = sizeof(struct lbrvirt_pv_opts),
	  .mode = LBRVIRT_PV_ASSUME,
	  .msr = 0x4b564d09 },
};

/* Either number alone could be the one that halt polling goes by. */
START_TEST(a_host_with_one_new_number_is_measured_by_mainline)
{
	number_as_today();
	host_leaf(&host, 0x40000001)->eax |= 1u << 18;
	if (half_renumbered[_i].msr)
		host.cpus->control_msr = half_renumbered[_i].msr;
	look_as(&half_renumbered[_i]);
	assert_verdict(LBRVIRT_PV_POLL_CONTROL);
	ck_assert_str_eq(vetoes(), "B");
}
END_TEST

/* Letter E of a machine where CPUs are held; the journal's part is played. */
START_TEST(what_we_set_ourselves_is_not_taken_for_halt_polling)
{
	struct lbrvirt_pv_cpu cpus[2] = {
		{ .cpu = 0, .value = 1, .is_held = true, .old_value = 0 },
		{ .cpu = 1, .value = 1, .is_held = true, .old_value = 0 },
	};
	struct lbrvirt_pv held = {
		.assertion = { .bit = 12, .msr = LBRVIRT_PV_MSR_DEFAULT },
		.kvm_leaf = 0x40000000,
		.cpus = cpus,
		.nr_cpus = 2,
	};
	const struct pv_look at = {
		.machine = host_machine(&host),
		.pv = &held,
		.assertion = &held.assertion,
		.features = HOST_FEATURES,
		.evidence = &held.evidence[PV_MSR],
		.texts = &held.texts[PV_MSR],
	};

	evidence_msr_look(&at);
	ck_assert_int_eq(held.evidence[PV_MSR].saying, LBRVIRT_PV_SAYS_NOTHING);
	ck_assert(!held.evidence[PV_MSR].is_veto);
	ck_assert_str_eq(held.texts[PV_MSR].value,
			 "0 on 2 of 2 CPUs, before it was held");
	cpus[0].old_value = 1;
	evidence_msr_look(&at);
	ck_assert_int_eq(held.evidence[PV_MSR].saying,
			 LBRVIRT_PV_SAYS_POLL_CONTROL);
	ck_assert(held.evidence[PV_MSR].is_veto);
}
END_TEST

START_TEST(texts_fit_a_terminal)
{
	vetoing[_i].change();
	for (int mode = 0; mode <= LBRVIRT_PV_FORCE; mode++) {
		const char *line;

		look((enum lbrvirt_pv_mode)mode);
		line = lbrvirt_pv_text(pv);
		while (line) {
			ck_assert_msg(strcspn(line, "\n") <= 78, "%s", line);
			line = strchr(line, '\n');
			line = line ? line + 1 : NULL;
		}
	}
}
END_TEST

START_TEST(settings_out_of_range_are_refused)
{
	static const struct lbrvirt_pv_opts wrong[] = {
		{ .size = sizeof(wrong[0]) - 1 },
		{ .size = sizeof(wrong[0]), .mode = (enum lbrvirt_pv_mode)4 },
		{ .size = sizeof(wrong[0]), .bit = 32 },
		{ .size = sizeof(wrong[0]), .msr = 0x345 },
		{ .size = sizeof(wrong[0]), .msr = 0x4b564d00 },
		{ .size = sizeof(wrong[0]), .msr = 0x4b564e00 },
	};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		ck_assert_int_eq(pv_status_on(ctx, host_machine(&host),
					      &nowhere, &wrong[i], &pv),
				 -EINVAL);
		ck_assert_ptr_null(pv);
		ck_assert_str_ne(lbrvirt_context_error(ctx), "");
	}
	ck_assert_int_eq(lbrvirt_pv_status(NULL, NULL, &pv), -EINVAL);
	ck_assert_int_eq(lbrvirt_pv_status(ctx, &wrong[0], &pv), -EINVAL);
}
END_TEST

START_TEST(nothing_is_answered_with_nothing)
{
	ck_assert_int_eq(lbrvirt_pv_verdict(NULL), LBRVIRT_PV_NONE);
	ck_assert(!lbrvirt_pv_is_certain(NULL));
	ck_assert_str_eq(lbrvirt_pv_text(NULL), "");
	ck_assert_ptr_null(lbrvirt_pv_evidence(NULL, 0));
	ck_assert_ptr_null(lbrvirt_pv_assertion(NULL));
	ck_assert_ptr_null(lbrvirt_pv_cpu(NULL, 0));
	ck_assert_ptr_null(lbrvirt_pv_holder(NULL, 0));
	ck_assert_uint_eq(lbrvirt_pv_cpu_count(NULL), 0);
	ck_assert_uint_eq(lbrvirt_pv_holder_count(NULL), 0);
	ck_assert(!lbrvirt_pv_is_stale(NULL));
	ck_assert_str_eq(lbrvirt_pv_msr_reason(NULL), "");
	lbrvirt_pv_free(NULL);
	look(LBRVIRT_PV_AUTO);
	ck_assert_ptr_null(lbrvirt_pv_evidence(pv, LBRVIRT_PV_EVIDENCE_COUNT));
	ck_assert_str_eq(lbrvirt_pv_verdict_name((enum lbrvirt_pv_verdict)99),
			 "unknown");
}
END_TEST

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))

Suite *evidence_suite(void)
{
	Suite *suite = suite_create("evidence");
	TCase *letters = tcase_create("letters");
	TCase *leaves = tcase_create("leaves");
	TCase *border = tcase_create("border");

	tcase_add_checked_fixture(letters, set_up, tear_down);
	tcase_add_test(letters, a_host_as_of_2018_is_ambiguous);
	tcase_add_test(letters, an_assertion_makes_it_the_protocol);
	tcase_add_loop_test(letters, each_letter_vetoes_alone_even_if_asserted,
			    0, COUNT(vetoing));
	tcase_add_loop_test(letters, force_lifts_a_veto_and_names_it, 0,
			    COUNT(vetoing));
	tcase_add_test(letters, a_register_that_faults_is_not_to_be_forced);
	tcase_add_loop_test(letters, any_later_feature_bit_means_halt_polling,
			    0, COUNT(later_bits));
	tcase_add_loop_test(letters, bits_beside_them_mean_nothing, 0,
			    COUNT(other_bits));
	tcase_add_loop_test(
		letters, a_hint_makes_halt_polling_likely_but_forbids_nothing,
		0, COUNT(hints));
	tcase_add_test(letters,
		       a_kernel_that_has_lbr_is_told_and_changes_nothing);
	tcase_add_test(letters, registers_that_cannot_be_read_are_not_known);
	tcase_add_test(letters, a_cpu_that_goes_offline_meanwhile_is_left_out);
	tcase_add_loop_test(letters, no_register_is_read_where_there_is_none, 0,
			    3);
	tcase_add_test(letters, each_cpu_has_its_own_value);
	tcase_add_test(letters,
		       what_we_set_ourselves_is_not_taken_for_halt_polling);
	suite_add_tcase(suite, letters);

	tcase_add_checked_fixture(leaves, set_up, tear_down);
	tcase_add_test(leaves, kvm_is_found_behind_hyperv);
	tcase_add_test(leaves, leaves_of_hyperv_are_not_taken_for_kvms);
	tcase_add_test(leaves, leaves_end_where_the_kernel_stops_looking);
	tcase_add_test(
		leaves,
		halt_polling_at_its_own_place_does_not_forbid_a_renumbered_host);
	tcase_add_loop_test(leaves,
			    a_host_with_one_new_number_is_measured_by_mainline,
			    0, COUNT(half_renumbered));
	suite_add_tcase(suite, leaves);

	tcase_add_checked_fixture(border, set_up, tear_down);
	tcase_add_loop_test(border, texts_fit_a_terminal, 0, COUNT(vetoing));
	tcase_add_test(border, settings_out_of_range_are_refused);
	tcase_add_test(border, nothing_is_answered_with_nothing);
	suite_add_tcase(suite, border);
	return suite;
}
