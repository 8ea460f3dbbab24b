/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * CPUID as others wrote it down. The lines are of the forms that cpuid 20230120
 * and the dumps of the InstLatx64 collection have.
 */
#include "config.h"

#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "machine/cpuid_dump.h"
#include "machine/snapshot.h"
#include "machine/suites.h"

static struct lbrvirt_context *ctx;
static struct cpuid_dump dump;

static void set_up(void)
{
	ck_assert_int_eq(lbrvirt_context_new(&ctx), 0);
	memset(&dump, 0, sizeof(dump));
}

static void tear_down(void)
{
	cpuid_dump_fini(&dump);
	lbrvirt_context_free(ctx);
}

static void parse(const char *text)
{
	int err = cpuid_dump_parse(ctx, "dump", text, &dump);

	ck_assert_msg(err == 0, "%d: %s", err, lbrvirt_context_error(ctx));
}

static struct cpuid_regs find(unsigned int cpu, uint32_t leaf, uint32_t subleaf)
{
	struct cpuid_regs regs;

	cpuid_dump_find(&dump, cpu, leaf, subleaf, &regs);
	return regs;
}

START_TEST(what_cpuid_r_prints_is_read)
{
	struct cpuid_regs regs;

	parse("CPU 0:\n"
	      "   0x00000000 0x00: eax=0x0000000d ebx=0x756e6547 ecx=0x6c65746e edx=0x49656e69\n"
	      "   0x0000000b 0x01: eax=0x00000001 ebx=0x00000002 ecx=0x00000003 edx=0x00000004\n"
	      "CPU 2:\n"
	      "   0x00000000 0x00: eax=0x0000000e ebx=0x756e6547 ecx=0x6c65746e edx=0x49656e69\n");
	regs = find(0, 0xb, 1);
	ck_assert_uint_eq(regs.eax, 1);
	ck_assert_uint_eq(regs.ebx, 2);
	ck_assert_uint_eq(regs.ecx, 3);
	ck_assert_uint_eq(regs.edx, 4);
	ck_assert_uint_eq(find(2, 0, 0).eax, 0xe);
	ck_assert_uint_eq(find(2, 0xb, 1).eax, 0);
	/* CPU 1 was offline. */
	ck_assert_uint_eq(find(1, 0, 0).eax, 0xd);
}
END_TEST

START_TEST(what_instlatx64_writes_is_read)
{
	struct cpuid_regs regs;

	parse("CPU Alias          : Haswell\r\n"
	      "CPUID Revision     : 000306C3h\r\n"
	      "CPU#000 AffMask: 0x0000000000000001 \r\n"
	      "CPUID 00000000: 0000000D-756E6547-6C65746E-49656E69 [GenuineIntel]\r\n"
	      "CPUID 00000001: 000306C3-00100800-7FFAFBFF-BFEBFBFF \r\n"
	      "CPUID 0000000D: 00000008-00000000-00000001-00000000 [SL 10] [HWP]\r\n"
	      "MSR 0000001B: 0000-0000-FEE0-0900\r\n");
	regs = find(0, 1, 0);
	ck_assert_uint_eq(regs.eax, 0x306c3);
	ck_assert_uint_eq(regs.ebx, 0x100800);
	ck_assert_uint_eq(regs.ecx, 0x7ffafbff);
	ck_assert_uint_eq(regs.edx, 0xbfebfbff);
	ck_assert_uint_eq(find(0, 0xd, 0x10).eax, 8);
	ck_assert_uint_eq(dump.nr, 3);
}
END_TEST

START_TEST(each_leaf_0_begins_a_cpu)
{
	parse("CPUID 00000000: 0000000B-756E6547-6C65746E-49656E69\n"
	      "CPUID 00000001: 000306C3-00000000-00000000-00000000\n"
	      "CPUID 00000000: 0000000B-756E6547-6C65746E-49656E69\n"
	      "CPUID 00000001: 000306C3-01000000-00000000-00000000\n");
	ck_assert_uint_eq(find(0, 1, 0).ebx, 0);
	ck_assert_uint_eq(find(1, 1, 0).ebx, 0x01000000);
	/* There is no third: it is as the first. */
	ck_assert_uint_eq(find(2, 1, 0).ebx, 0);
	ck_assert_uint_eq(find(2, 1, 0).eax, 0x306c3);
}
END_TEST

START_TEST(lines_without_a_subleaf_are_counted)
{
	parse("CPUID 00000000: 0000000B-756E6547-6C65746E-49656E69\n"
	      "CPUID 00000004: 1C004121-01C0003F-0000003F-00000000\n"
	      "CPUID 00000004: 1C004122-00C0003F-0000007F-00000000\n"
	      "CPUID 0000000B: 00000001-00000002-00000100-00000000\n");
	ck_assert_uint_eq(find(0, 4, 0).eax, 0x1c004121);
	ck_assert_uint_eq(find(0, 4, 1).eax, 0x1c004122);
	ck_assert_uint_eq(find(0, 4, 2).eax, 0);
	ck_assert_uint_eq(find(0, 0xb, 0).eax, 1);
}
END_TEST

START_TEST(of_two_lines_the_first_counts)
{
	parse("   0x00000007 0x00: eax=0x00000001 ebx=0x00000000 ecx=0x00000000 edx=0x00000000\n"
	      "   0x00000007 0x00: eax=0x00000002 ebx=0x00000000 ecx=0x00000000 edx=0x00000000\n");
	ck_assert_uint_eq(find(0, 7, 0).eax, 1);
}
END_TEST

struct broken {
	const char *text;
	const char *words;
};

#define LEAF_0 "CPUID 00000000: 00000001-00000000-00000000-00000000\n"

static const struct broken broken[] = {
	{ "", "no CPUID registers" },
	{ "hello\n\n\n", "no CPUID registers" },
	{ "CPU 0:\n", "no CPUID registers" },
	{ LEAF_0 "CPUID 00000001: 00000001-00000000-00000000\n", "dump:2:" },
	{ LEAF_0 "CPUID 00000001: 00000001-00000000-00000000-0000000G\n",
	  "dump:2:" },
	{ LEAF_0 "\nCPUID 00000001: 00000001-00000000-00000000-000000000\n",
	  "dump:3:" },
	{ LEAF_0 "CPUID 00000001: 00000001-00000000-00000000-00000000 [SL 1]\n",
	  "dump:2:" },
	{ LEAF_0
	  "CPUID 00000001: 00000001-00000000-00000000-00000000 [SL 100]\n",
	  "dump:2:" },
	{ LEAF_0 "CPUID 00000001: 00000001-00000000-00000000-00000000x\n",
	  "dump:2:" },
	{ "   0x00000000 0x00: eax=0x00000001\n", "dump:1:" },
	{ "   0x0000000 0x00: eax=0x00000001 ebx=0x00000000 ecx=0x00000000 edx=0x00000000\n",
	  "dump:1:" },
	{ "   0x00000000 0x00: eax=0x00000001 ebx=0x00000000 ecx=0x00000000 edx=0x00000000 esi=0x1\n",
	  "dump:1:" },
	{ "   0x\n", "dump:1:" },
	{ "CPU 8192:\n" LEAF_0, "dump:1: no kernel has a CPU 8192" },
	{ "CPU 99999999999999999999:\n" LEAF_0, "dump:1:" },
	{ "CPU 8191:\n" LEAF_0 LEAF_0, "dump:3: more than 8192 CPUs" },
};

START_TEST(a_broken_line_is_named)
{
	ck_assert_int_eq(cpuid_dump_parse(ctx, "dump", broken[_i].text, &dump),
			 -EBADMSG);
	ck_assert_ptr_null(dump.entries);
	ck_assert_msg(strstr(lbrvirt_context_error(ctx), broken[_i].words) !=
			      NULL,
		      "%s", lbrvirt_context_error(ctx));
}
END_TEST

/* Vendor of the file's name, as the collection has it, by leaf 0. */
static void check_dump(const char *path)
{
	const char *name = strrchr(path, '/') + 1;
	struct machine *machine;
	struct cpuid_regs regs;
	char vendor[13] = "";
	unsigned int signature;
	int err = snapshot_open(ctx, path, &machine);

	ck_assert_msg(err == 0, "%d: %s", err, lbrvirt_context_error(ctx));
	ck_assert_int_eq(machine_cpuid(machine, 0, 0, &regs), 0);
	memcpy(vendor, &regs.ebx, 4);
	memcpy(vendor + 4, &regs.edx, 4);
	memcpy(vendor + 8, &regs.ecx, 4);
	ck_assert_msg(strncmp(name, vendor, 12) == 0, "%s is of %s", path,
		      vendor);
	ck_assert_int_eq(sscanf(name + 12, "%x", &signature), 1);
	ck_assert_int_eq(machine_cpuid(machine, 1, 0, &regs), 0);
	ck_assert_uint_eq(regs.eax, signature);
	snapshot_close(machine);
}

/* Names are of the form GenuineIntel00306C3_Haswell2_CPUID.txt. */
START_TEST(dumps_of_the_collection_are_read)
{
	const char *folder = getenv("LBRVIRT_MACHINES");
	const char *top = getenv("top_srcdir");
	char pattern[4096];
	glob_t found = { 0 };

	if (folder)
		snprintf(pattern, sizeof(pattern), "%s/*_CPUID*.txt", folder);
	else
		snprintf(pattern, sizeof(pattern),
			 "%s/../shared/machines/*_CPUID*.txt", top ? top : ".");
	if (glob(pattern, 0, NULL, &found) != 0)
		printf("skipped: no dumps as %s; set LBRVIRT_MACHINES\n",
		       pattern);
	for (size_t i = 0; i < found.gl_pathc; i++)
		check_dump(found.gl_pathv[i]);
	globfree(&found);
}
END_TEST

Suite *cpuid_dump_suite(void)
{
	Suite *suite = suite_create("cpuid_dump");
	TCase *forms = tcase_create("forms");

	tcase_add_checked_fixture(forms, set_up, tear_down);
	tcase_add_test(forms, what_cpuid_r_prints_is_read);
	tcase_add_test(forms, what_instlatx64_writes_is_read);
	tcase_add_test(forms, each_leaf_0_begins_a_cpu);
	tcase_add_test(forms, lines_without_a_subleaf_are_counted);
	tcase_add_test(forms, of_two_lines_the_first_counts);
	tcase_add_loop_test(forms, a_broken_line_is_named, 0,
			    sizeof(broken) / sizeof(broken[0]));
	tcase_add_test(forms, dumps_of_the_collection_are_read);
	suite_add_tcase(suite, forms);
	return suite;
}
