/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * This machine, saved: what is kept of it, what is not, and where it may go.
 */
#include "config.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "guest-probe/suites.h"
#include "guest/guest.h"

static struct lbrvirt_context *ctx;
static struct lbrvirt_guest *guest;
static char folder[64];

static int remove_one(const char *path, const struct stat *st, int type,
		      struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static void set_up(void)
{
	const struct lbrvirt_guest_opts opts = { .size = sizeof(opts),
						 .keeps_answers = true };

	guest = NULL;
	snprintf(folder, sizeof(folder), "saved-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	ck_assert_int_eq(lbrvirt_context_new(&ctx), 0);
	ck_assert_int_eq(lbrvirt_guest_probe(ctx, &opts, &guest), 0);
}

static void tear_down(void)
{
	lbrvirt_guest_free(guest);
	lbrvirt_context_free(ctx);
	nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static const char *read_below(const char *name)
{
	static char text[65536];
	char path[256];
	FILE *file;
	size_t size;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	file = fopen(path, "r");
	if (!file)
		return NULL;
	size = fread(text, 1, sizeof(text) - 1, file);
	fclose(file);
	text[size] = '\0';
	return text;
}

START_TEST(a_new_folder_is_made_and_a_full_one_refused)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/new", folder);
	ck_assert_int_eq(lbrvirt_guest_save(ctx, guest, path), 0);
	ck_assert_int_eq(lbrvirt_guest_save(ctx, guest, path), -EBUSY);
	ck_assert_ptr_nonnull(
		strstr(lbrvirt_context_error(ctx), "is not empty"));
	snprintf(path, sizeof(path), "%s/no/such", folder);
	ck_assert_int_eq(lbrvirt_guest_save(ctx, guest, path), -ENOENT);
}
END_TEST

START_TEST(of_our_process_only_its_rights_are_kept)
{
	const char *text;

	ck_assert_int_eq(lbrvirt_guest_save(ctx, guest, folder), 0);
	text = read_below("proc/self/status");
	ck_assert_ptr_nonnull(text);
	ck_assert_ptr_nonnull(strstr(text, "\nCapEff:\t"));
	ck_assert_int_eq(strncmp(text, "Name:\t-\n", 8), 0);
	ck_assert_ptr_null(strstr(text, "Pid:"));
	ck_assert_ptr_null(strstr(text, "Uid:"));
	ck_assert_ptr_null(read_below("proc/sys/kernel/hostname"));
	ck_assert_ptr_null(read_below("proc/cmdline"));
}
END_TEST

START_TEST(cpuid_of_every_cpu_is_kept_without_serial_numbers)
{
	long nr = sysconf(_SC_NPROCESSORS_ONLN);
	const char *text;
	long found = 0;

	ck_assert_int_eq(lbrvirt_guest_save(ctx, guest, folder), 0);
	text = read_below("cpuid");
	if (!text) {
		ck_assert(
			!lbrvirt_guest_gate(guest, LBRVIRT_GATE_ARCH)->is_open);
		return;
	}
	ck_assert_ptr_null(strstr(text, "   0x00000003 "));
	for (const char *at = text; (at = strstr(at, "CPU ")); at++)
		found++;
	/* A cpuset may keep us from some. */
	ck_assert_int_ge(found, 1);
	ck_assert_int_le(found, nr);
}
END_TEST

START_TEST(what_was_not_kept_cannot_be_saved)
{
	const struct lbrvirt_guest_opts both = { .size = sizeof(both),
						 .sysroot = folder,
						 .keeps_answers = true };
	struct lbrvirt_guest *other = NULL;

	ck_assert_int_eq(lbrvirt_guest_probe(ctx, &both, &other), -EINVAL);
	ck_assert_ptr_null(other);
	ck_assert_int_eq(lbrvirt_guest_probe(ctx, NULL, &other), 0);
	ck_assert_int_eq(lbrvirt_guest_save(ctx, other, folder), -EINVAL);
	ck_assert_int_eq(lbrvirt_guest_save(ctx, NULL, folder), -EINVAL);
	ck_assert_int_eq(lbrvirt_guest_save(ctx, guest, NULL), -EINVAL);
	lbrvirt_guest_free(other);
	ck_assert(!lbrvirt_guest_is_saved(guest));
	ck_assert(!lbrvirt_guest_is_saved(NULL));
	ck_assert_int_eq(lbrvirt_guest_verdict(NULL), LBRVIRT_GUEST_OPEN);
}
END_TEST

START_TEST(a_saved_machine_is_not_tested)
{
	const struct lbrvirt_guest_opts opts = { .size = sizeof(opts),
						 .sysroot = folder };
	struct lbrvirt_self_test test = { .size = sizeof(test) };
	struct lbrvirt_guest *saved = NULL;

	ck_assert_int_eq(lbrvirt_guest_save(ctx, guest, folder), 0);
	ck_assert_int_eq(lbrvirt_guest_probe(ctx, &opts, &saved), 0);
	ck_assert_int_eq(lbrvirt_self_test(ctx, saved, &test), -EOPNOTSUPP);
	lbrvirt_guest_free(saved);
}
END_TEST

Suite *saved_suite(void)
{
	Suite *suite = suite_create("saved");
	TCase *tcase = tcase_create("live");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, a_new_folder_is_made_and_a_full_one_refused);
	tcase_add_test(tcase, of_our_process_only_its_rights_are_kept);
	tcase_add_test(tcase,
		       cpuid_of_every_cpu_is_kept_without_serial_numbers);
	tcase_add_test(tcase, what_was_not_kept_cannot_be_saved);
	tcase_add_test(tcase, a_saved_machine_is_not_tested);
	suite_add_tcase(suite, tcase);
	return suite;
}
