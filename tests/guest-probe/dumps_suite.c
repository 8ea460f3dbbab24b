/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * CPUID dumps of real machines, read where they lie: which branch records each
 * CPU has, how many, and whether they have a call-stack mode. The table is
 * written down from the manuals and the kernel's drivers (arch/x86/events of
 * Linux 6.12), not from the library's own.
 */
#include "config.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "guest-probe/saved_suites.h"
#include "guest/guest.h"

enum kind {
	KIND_NONE,
	KIND_MSR, /* Intel's, by model */
	KIND_ARCH,
	KIND_BRS,	 /* AMD Zen 3 */
	KIND_LBR_EXT_V2, /* AMD Zen 4 and later */
};

struct known {
	const char *name; /* what the dump's file name begins with */
	enum kind kind;
	unsigned int depth;
	bool has_call_stack;
};

static const struct known knowns[] = {
	{ "AuthenticAMD0600F12", KIND_NONE, 0, false }, /* Bulldozer */
	{ "AuthenticAMD0800F12", KIND_NONE, 0, false }, /* Zen */
	{ "AuthenticAMD0830F10", KIND_NONE, 0, false }, /* Zen 2 */
	{ "AuthenticAMD0850F00", KIND_NONE, 0, false }, /* Zen, a console's */
	{ "AuthenticAMD0A00F11", KIND_BRS, 16, false }, /* Zen 3 */
	{ "AuthenticAMD0A10F11", KIND_LBR_EXT_V2, 16, false }, /* Zen 4 */
	{ "AuthenticAMD0A60F12", KIND_LBR_EXT_V2, 16, false }, /* Zen 4 */
	{ "AuthenticAMD0B00F21", KIND_LBR_EXT_V2, 16, false }, /* Zen 5 */
	{ "firecracker-zen5", KIND_NONE, 0, false },	       /* hidden */
	{ "GenuineIntel00006FB", KIND_MSR, 4, false },	       /* Core 2 */
	{ "GenuineIntel00106A4", KIND_MSR, 16, false },	       /* Nehalem */
	{ "GenuineIntel00206A7", KIND_MSR, 16, false }, /* Sandy Bridge */
	{ "GenuineIntel00206E6", KIND_MSR, 16, false }, /* Nehalem-EX */
	{ "GenuineIntel0030678", KIND_MSR, 8, false },	/* Silvermont */
	{ "GenuineIntel00306A9", KIND_MSR, 16, false }, /* Ivy Bridge */
	{ "GenuineIntel00306C3", KIND_MSR, 16, true },	/* Haswell */
	{ "GenuineIntel00306D4", KIND_MSR, 16, true },	/* Broadwell */
	{ "GenuineIntel00306F2", KIND_MSR, 16, true },	/* Haswell-EP */
	{ "GenuineIntel00406E3", KIND_MSR, 32, true },	/* Skylake */
	{ "GenuineIntel0050654", KIND_MSR, 32, true },	/* Skylake-X */
	{ "GenuineIntel0050657", KIND_MSR, 32, true },	/* Cascade Lake */
	{ "GenuineIntel0050670", KIND_MSR, 8, false },	/* Knights Landing */
	{ "GenuineIntel00506C9", KIND_MSR, 32, true },	/* Goldmont */
	{ "GenuineIntel00606A6", KIND_MSR, 32, true },	/* Ice Lake-SP */
	{ "GenuineIntel00606C1", KIND_MSR, 32, true },	/* Ice Lake-D */
	{ "GenuineIntel00706A1", KIND_MSR, 32, true },	/* Goldmont Plus */
	{ "GenuineIntel00706E5", KIND_MSR, 32, true },	/* Ice Lake */
	{ "GenuineIntel00806C1", KIND_MSR, 32, true },	/* Tiger Lake */
	{ "GenuineIntel00806F8", KIND_ARCH, 32, true }, /* Sapphire Rapids */
	{ "GenuineIntel0090661", KIND_MSR, 32, true },	/* Tremont */
	{ "GenuineIntel0090672", KIND_ARCH, 32, true }, /* Alder Lake */
	{ "GenuineIntel00A0654", KIND_MSR, 32, true },	/* Comet Lake */
	{ "GenuineIntel00A0655", KIND_MSR, 32, true },	/* Comet Lake */
	{ "GenuineIntel00A0671", KIND_MSR, 32, true },	/* Rocket Lake */
	{ "GenuineIntel00A06D1", KIND_ARCH, 32, true }, /* Granite Rapids */
	{ "GenuineIntel00B06D1", KIND_ARCH, 32, true }, /* Lunar Lake */
	{ "GenuineIntel00B06E0", KIND_ARCH, 32, true }, /* Gracemont */
	{ "GenuineIntel00C06F2", KIND_ARCH, 32, true }, /* Emerald Rapids */
};

static struct lbrvirt_context *ctx;
static struct lbrvirt_guest *guest;

static void set_up(void)
{
	ck_assert_int_eq(lbrvirt_context_new(&ctx), 0);
	guest = NULL;
}

static void tear_down(void)
{
	lbrvirt_guest_free(guest);
	lbrvirt_context_free(ctx);
}

static const struct known *find_known(const char *path)
{
	const char *name = strrchr(path, '/') + 1;

	for (size_t i = 0; i < sizeof(knowns) / sizeof(knowns[0]); i++)
		if (strncmp(name, knowns[i].name, strlen(knowns[i].name)) == 0)
			return &knowns[i];
	return NULL;
}

static const char *value_of(enum lbrvirt_gate_id id)
{
	return lbrvirt_guest_gate(guest, id)->value;
}

static struct known see_amd(void)
{
	const char *value = value_of(LBRVIRT_GATE_AMD_LBR);
	struct known seen = { .kind = KIND_NONE };

	if (sscanf(value, "LbrExtV2, %u branches", &seen.depth) == 1)
		seen.kind = KIND_LBR_EXT_V2;
	else if (sscanf(value, "BRS, %u branches", &seen.depth) == 1)
		seen.kind = KIND_BRS;
	return seen;
}

static struct known see_intel(void)
{
	struct known seen = { .kind = KIND_MSR, .depth = guest->cpu.depth };

	if (guest->cpu.lbr == GUEST_LBR_NONE ||
	    guest->cpu.lbr == GUEST_LBR_UNKNOWN)
		seen.kind = KIND_NONE;
	if (guest->cpu.lbr == GUEST_LBR_ARCH)
		seen.kind = KIND_ARCH;
	if (seen.kind == KIND_ARCH)
		ck_assert_int_eq(sscanf(value_of(LBRVIRT_GATE_ARCH_LBR),
					"up to %u deep", &seen.depth),
				 1);
	return seen;
}

/* By the gates that look at the CPU, whatever a hypervisor hides besides. */
static struct known see(void)
{
	struct known seen = guest->cpu.vendor == GUEST_VENDOR_AMD ? see_amd() :
								    see_intel();

	seen.has_call_stack =
		lbrvirt_guest_gate(guest, LBRVIRT_GATE_CPU)->is_open &&
		lbrvirt_guest_gate(guest, LBRVIRT_GATE_CPU)->is_known &&
		lbrvirt_guest_gate(guest, LBRVIRT_GATE_ARCH_LBR)->is_open;
	return seen;
}

static void check_dump(const char *path)
{
	const struct lbrvirt_guest_opts opts = { .size = sizeof(opts),
						 .sysroot = path };
	const struct known *known = find_known(path);
	struct known seen;
	int err;

	ck_assert_msg(known != NULL, "%s: this test's table lacks it", path);
	err = lbrvirt_guest_probe(ctx, &opts, &guest);
	ck_assert_msg(err == 0, "%d: %s", err, lbrvirt_context_error(ctx));
	seen = see();
	ck_assert_msg(seen.kind == known->kind && seen.depth == known->depth &&
			      seen.has_call_stack == known->has_call_stack,
		      "%s: kind %d, %u deep, call stacks %d", path,
		      (int)seen.kind, seen.depth, seen.has_call_stack);
	lbrvirt_guest_free(guest);
	guest = NULL;
}

/* Files directly in the folder, and `cpuid -r` of guests in live/. */
START_TEST(branch_records_of_real_cpus_are_known)
{
	const char *folder = getenv("LBRVIRT_MACHINES");
	const char *top = getenv("top_srcdir");
	char pattern[4096];
	glob_t found = { 0 };

	if (folder)
		snprintf(pattern, sizeof(pattern), "%s{,/live}/*.txt", folder);
	else
		snprintf(pattern, sizeof(pattern),
			 "%s/../shared/machines{,/live}/*.txt",
			 top ? top : ".");
	if (glob(pattern, GLOB_BRACE, NULL, &found) != 0)
		printf("skipped: no dumps as %s; set LBRVIRT_MACHINES\n",
		       pattern);
	for (size_t i = 0; i < found.gl_pathc; i++)
		check_dump(found.gl_pathv[i]);
	globfree(&found);
}
END_TEST

Suite *dumps_suite(void)
{
	Suite *suite = suite_create("dumps");
	TCase *real = tcase_create("real");

	tcase_add_checked_fixture(real, set_up, tear_down);
	tcase_add_test(real, branch_records_of_real_cpus_are_known);
	suite_add_tcase(suite, real);
	return suite;
}
