/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Verdicts of saved machines (tests/data/machines), and of this one: there,
 * whatever it is, by what CPUID says when it is read without the library.
 */
#include "config.h"

#include <cpuid.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pv/pv.h"
#include "pv/suites.h"

static struct lbrvirt_context *ctx;
static struct lbrvirt_pv *pv;

static void set_up(void)
{
	ck_assert_int_eq(lbrvirt_context_new(&ctx), 0);
	pv = NULL;
}

static void tear_down(void)
{
	lbrvirt_pv_free(pv);
	lbrvirt_context_free(ctx);
}

static void look(const char *sysroot, enum lbrvirt_pv_mode mode)
{
	const struct lbrvirt_pv_opts opts = { .size = sizeof(opts),
					      .mode = mode,
					      .sysroot = sysroot };
	int err;

	lbrvirt_pv_free(pv);
	pv = NULL;
	err = lbrvirt_pv_status(ctx, &opts, &pv);
	ck_assert_msg(err == 0, "%d: %s", err, lbrvirt_context_error(ctx));
}

static void look_at(const char *name, enum lbrvirt_pv_mode mode)
{
	const char *top = getenv("top_srcdir");
	char path[4096];

	snprintf(path, sizeof(path), "%s/tests/data/machines/%s",
		 top ? top : ".", name);
	look(path, mode);
}

START_TEST(a_plain_kvm_guest_of_today_is_poll_control_by_b_c_and_f)
{
	static const char letters[] = "BCF";

	look_at("kvm-today", LBRVIRT_PV_AUTO);
	ck_assert_int_eq(lbrvirt_pv_verdict(pv), LBRVIRT_PV_POLL_CONTROL);
	ck_assert(lbrvirt_pv_is_certain(pv));
	ck_assert_str_eq(
		lbrvirt_pv_text(pv),
		"Bit 12 and MSR 0x4b564d05 control the host's halt polling (B, C, F).");
	ck_assert_str_eq(lbrvirt_pv_evidence(pv, 0)->value,
			 "KVM at 0x40000000, EAX 0x01007efb");
	for (const char *c = letters; *c; c++) {
		const struct lbrvirt_pv_evidence *e =
			lbrvirt_pv_evidence(pv, (size_t)(*c - 'A'));

		ck_assert(e->is_veto && e->is_known);
		ck_assert_int_eq(e->saying, LBRVIRT_PV_SAYS_POLL_CONTROL);
	}
	look_at("kvm-today", LBRVIRT_PV_ASSUME);
	ck_assert_int_eq(lbrvirt_pv_verdict(pv), LBRVIRT_PV_POLL_CONTROL);
}
END_TEST

START_TEST(a_guest_of_2018_is_ambiguous_until_it_is_asserted)
{
	look_at("kvm-2018", LBRVIRT_PV_AUTO);
	ck_assert_int_eq(lbrvirt_pv_verdict(pv), LBRVIRT_PV_AMBIGUOUS);
	ck_assert_uint_eq(lbrvirt_pv_cpu_count(pv), 2);
	ck_assert_int_eq(lbrvirt_pv_cpu(pv, 1)->err, 0);
	ck_assert_uint_eq(lbrvirt_pv_cpu(pv, 1)->value, 0);
	look_at("kvm-2018", LBRVIRT_PV_ASSUME);
	ck_assert_int_eq(lbrvirt_pv_verdict(pv), LBRVIRT_PV_LBR);
}
END_TEST

/* A folder of its own, so that this machine's settings are not read. */
START_TEST(a_saved_machine_has_its_own_settings)
{
	static const char dump[] =
		"CPU 0:\n"
		"   0x00000000 0x00: eax=0x00000001 ebx=0x756e6547 ecx=0x6c65746e edx=0x49656e69\n";
	char folder[] = "saved-XXXXXX";
	char path[64];
	FILE *file;

	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/etc", folder);
	ck_assert_int_eq(mkdir(path, 0777), 0);
	snprintf(path, sizeof(path), "%s/cpuid", folder);
	file = fopen(path, "w");
	ck_assert_int_gt(fputs(dump, file), 0);
	fclose(file);
	snprintf(path, sizeof(path), "%s/etc/lbrvirt.conf", folder);
	file = fopen(path, "w");
	ck_assert_int_gt(fputs("pv = assume,bit=18\n", file), 0);
	fclose(file);
	ck_assert_int_eq(chmod(path, 0666), 0);

	look(folder, LBRVIRT_PV_AUTO);
	ck_assert_str_eq(lbrvirt_pv_assertion(pv)->source,
			 "/etc/lbrvirt.conf line 1");
	ck_assert_uint_eq(lbrvirt_pv_assertion(pv)->bit, 18);
	ck_assert_int_eq(lbrvirt_pv_verdict(pv), LBRVIRT_PV_NONE);

	unlink(path);
	snprintf(path, sizeof(path), "%s/etc", folder);
	rmdir(path);
	snprintf(path, sizeof(path), "%s/cpuid", folder);
	unlink(path);
	rmdir(folder);
}
END_TEST

START_TEST(a_saved_machine_that_is_not_there_is_an_error)
{
	const struct lbrvirt_pv_opts opts = { .size = sizeof(opts),
					      .sysroot = "nothing/here" };

	ck_assert_int_eq(lbrvirt_pv_status(ctx, &opts, &pv), -ENOENT);
	ck_assert_ptr_nonnull(
		strstr(lbrvirt_context_error(ctx), "nothing/here"));
	ck_assert_ptr_null(pv);
}
END_TEST

static bool read_has_hypervisor(void)
{
	unsigned int eax, ebx, ecx, edx;

	return __get_cpuid(1, &eax, &ebx, &ecx, &edx) && (ecx >> 31);
}

static bool read_is_intel(void)
{
	unsigned int eax, ebx, ecx, edx;

	__cpuid(0, eax, ebx, ecx, edx);
	return ebx == signature_INTEL_ebx && ecx == signature_INTEL_ecx &&
	       edx == signature_INTEL_edx;
}

/* The driver's own words, not the library's. */
static bool read_is_haltpoll(void)
{
	FILE *file =
		fopen("/sys/devices/system/cpu/cpuidle/current_driver", "r");
	char name[32] = "";

	if (!file)
		return false;
	if (!fgets(name, sizeof(name), file))
		name[0] = '\0';
	fclose(file);
	return strcmp(name, "haltpoll\n") == 0;
}

/* KVM's feature leaf at the usual place, or 0. */
static unsigned int read_features(void)
{
	unsigned int eax, ebx, ecx, edx;

	if (!read_has_hypervisor())
		return 0;
	__cpuid(0x40000000, eax, ebx, ecx, edx);
	if (ebx != 0x4b4d564b || ecx != 0x564b4d56 || edx != 0x4d)
		return 0;
	__cpuid(0x40000001, eax, ebx, ecx, edx);
	return eax;
}

START_TEST(this_machine_agrees_with_its_cpuid)
{
	unsigned int features = read_features();

	/* Whatever /etc/lbrvirt.conf says here. */
	look(NULL, LBRVIRT_PV_OFF);
	ck_assert_int_ne(lbrvirt_pv_verdict(pv), LBRVIRT_PV_LBR);
	ck_assert_int_eq(pv->kvm_leaf == 0x40000000, features != 0);
	if (!read_has_hypervisor())
		ck_assert_int_eq(lbrvirt_pv_verdict(pv), LBRVIRT_PV_NONE);
	if (pv->kvm_leaf != 0x40000000)
		return;
	ck_assert_int_eq(lbrvirt_pv_evidence(pv, 0)->saying ==
				 LBRVIRT_PV_SAYS_POSSIBLE,
			 !!(features & (1u << 12)));
	ck_assert_int_eq(lbrvirt_pv_evidence(pv, 1)->is_veto,
			 !!(features & 0x3e000));
	ck_assert_int_eq(lbrvirt_pv_evidence(pv, 2)->is_veto, !read_is_intel());
	ck_assert_int_eq(lbrvirt_pv_evidence(pv, 5)->is_veto,
			 read_is_haltpoll());
	if (!(features & (1u << 12)))
		ck_assert_int_eq(lbrvirt_pv_verdict(pv), LBRVIRT_PV_NONE);
	else if ((features & 0x3e000) || !read_is_intel() || read_is_haltpoll())
		ck_assert_int_ne(lbrvirt_pv_verdict(pv), LBRVIRT_PV_AMBIGUOUS);
}
END_TEST

Suite *saved_suite(void)
{
	Suite *suite = suite_create("saved");
	TCase *saved = tcase_create("saved");
	TCase *live = tcase_create("live");

	tcase_add_checked_fixture(saved, set_up, tear_down);
	tcase_add_test(saved,
		       a_plain_kvm_guest_of_today_is_poll_control_by_b_c_and_f);
	tcase_add_test(saved,
		       a_guest_of_2018_is_ambiguous_until_it_is_asserted);
	tcase_add_test(saved, a_saved_machine_has_its_own_settings);
	tcase_add_test(saved, a_saved_machine_that_is_not_there_is_an_error);
	suite_add_tcase(suite, saved);

	tcase_add_checked_fixture(live, set_up, tear_down);
	tcase_add_test(live, this_machine_agrees_with_its_cpuid);
	suite_add_tcase(suite, live);
	return suite;
}
