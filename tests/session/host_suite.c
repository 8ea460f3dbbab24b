/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the header says of a machine: known CPUIDs in, known texts out.
 */
#include "config.h"

#include "session/host.h"

#include <string.h>

#include "session/suites.h"
#include "support/fake_machine.h"

/* Family 6, extended model 5, model 5, stepping 7: "Cascade Lake". */
static const struct fake_cpuid intel[] = {
	{ 0, 0, { 0x16, 0x756e6547, 0x6c65746e, 0x49656e69 } },
	{ 1, 0, { 0x50657, 0, 0, 0 } },
	{ 0, 0, { 0, 0, 0, 0 } },
};

/* Family 15 + 8, extended model 3, model 1: "Zen 2". */
static const struct fake_cpuid amd[] = {
	{ 0, 0, { 0x10, 0x68747541, 0x444d4163, 0x69746e65 } },
	{ 1, 0, { 0x00830f10, 0, 0, 0 } },
	{ 0, 0, { 0, 0, 0, 0 } },
};

static const struct fake_file files[] = {
	{ "/proc/meminfo", "MemTotal:       24541236 kB\nMemFree: 1 kB\n" },
	{ "/proc/stat", "cpu  10 20 30 40 50 60 70 80 90 100\ncpu0 1\n" },
	{ NULL, NULL },
};

static struct host read_host(const struct fake_cpuid *cpuid)
{
	struct fake_machine fake = { .cpuid = cpuid, .files = files };
	struct host host;

	host_read(fake_machine_init(&fake), &host);
	return host;
}

START_TEST(cpuids_are_spelled_as_perf_spells_them)
{
	struct host host = read_host(intel);

	ck_assert_str_eq(host.cpuid, "GenuineIntel,6,85,7");
	host = read_host(amd);
	ck_assert_str_eq(host.cpuid, "AuthenticAMD,23,49,0");
	ck_assert_uint_eq(host.total_mem_kb, 24541236);
}
END_TEST

START_TEST(steal_is_the_eighth_value)
{
	struct fake_machine fake = { .files = files };
	uint64_t steal_ns = host_steal_ns(fake_machine_init(&fake));

	/* USER_HZ is 100 on every x86 Linux: 80 ticks are 0.8 s. */
	ck_assert_uint_eq(steal_ns, 800000000);
}
END_TEST

START_TEST(a_machine_that_tells_nothing_leaves_fields_out)
{
	static const struct fake_file none[] = { { NULL, NULL } };
	struct fake_machine fake = { .files = none, .is_not_x86 = true };
	struct machine *machine = fake_machine_init(&fake);
	struct writer_header header = { 0 };
	struct host host;

	host_read(machine, &host);
	host_fill_header(&host, &header);
	ck_assert_ptr_null(header.cpudesc);
	ck_assert_ptr_null(header.cpuid);
	ck_assert_uint_eq(header.total_mem_kb, 0);
	ck_assert_ptr_nonnull(header.hostname);
	ck_assert_uint_eq(host_steal_ns(machine), 0);
}
END_TEST

Suite *host_suite(void)
{
	Suite *suite = suite_create("host");
	TCase *read = tcase_create("read");

	tcase_add_test(read, cpuids_are_spelled_as_perf_spells_them);
	tcase_add_test(read, steal_is_the_eighth_value);
	tcase_add_test(read, a_machine_that_tells_nothing_leaves_fields_out);
	suite_add_tcase(suite, read);
	return suite;
}
