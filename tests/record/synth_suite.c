/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Records made out of /proc: of this very process, and of a kernel that hides
 * or shows its addresses.
 */
#include "config.h"

#include "record/synth.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "event/plan.h"
#include "record/suites.h"
#include "sample/decode.h"
#include "support/fake_machine.h"

static const uint64_t ids[] = { 77 };
static struct lbrvirt_event tracking;
static struct decoder *decoder;

/* What is looked for, and what was found. */
struct found {
	uint64_t address; /* a mapping that holds it */
	size_t nr_records;
	size_t nr_comms;
	size_t nr_forks;
	size_t nr_maps;
	bool has_address;
	char path[256];
	uint64_t start, size, offset;
};

static int look(const void *bytes, size_t size, void *arg)
{
	struct found *found = arg;
	struct lbrvirt_record record;

	ck_assert_int_eq(decoder_decode(decoder, bytes, size, &record, NULL),
			 0);
	ck_assert_uint_eq(record.size, size);
	ck_assert_uint_eq(size % 8, 0);
	ck_assert_uint_eq(record.time_ns, 123);
	ck_assert_ptr_eq(record.event, &tracking);
	found->nr_records++;
	if (record.type == PERF_RECORD_COMM)
		found->nr_comms++;
	if (record.type == PERF_RECORD_FORK)
		found->nr_forks++;
	if (record.type != PERF_RECORD_MMAP && record.type != PERF_RECORD_MMAP2)
		return 0;
	found->nr_maps++;
	if (found->address - record.mmap.start < record.mmap.size) {
		found->has_address = true;
		found->start = record.mmap.start;
		found->size = record.mmap.size;
		found->offset = record.mmap.offset;
		snprintf(found->path, sizeof(found->path), "%s",
			 record.mmap.path);
	}
	return 0;
}

static void set_up(void)
{
	tracking = (struct lbrvirt_event){ .name = "dummy:u",
					   .ids = ids,
					   .nr_ids = 1 };
	event_tracking_attr(&tracking.attr);
	ck_assert_int_eq(decoder_new(&tracking, 1, false, &decoder), 0);
}

static void tear_down(void)
{
	decoder_free(decoder);
}

static struct synth synth_of(struct machine *machine, struct found *found)
{
	return (struct synth){ .machine = machine,
			       .time_ns = 123,
			       .id = 77,
			       .fn = look,
			       .arg = found };
}

START_TEST(a_running_process_is_told_with_its_code)
{
	struct found found = { .address = (uint64_t)(uintptr_t)&getpid };
	struct synth synth = synth_of(machine_live(), &found);

	ck_assert_int_eq(synth_process(&synth, getpid()), 0);
	ck_assert(found.has_address);
	ck_assert_uint_ge(found.nr_comms, 1);
	ck_assert_uint_ge(found.nr_maps, 2);
}
END_TEST

START_TEST(data_is_told_of_only_when_wanted)
{
	/* Read-only data of this program, mapped beside its code. */
	struct found found = { .address = (uint64_t)(uintptr_t)"data" };
	struct synth synth = synth_of(machine_live(), &found);

	ck_assert_int_eq(synth_process(&synth, getpid()), 0);
	ck_assert(!found.has_address);
	synth.has_data_maps = true;
	ck_assert_int_eq(synth_process(&synth, getpid()), 0);
	ck_assert(found.has_address);
}
END_TEST

static void *synth_from_thread(void *arg)
{
	ck_assert_int_eq(synth_process(arg, getpid()), 0);
	return NULL;
}

START_TEST(every_thread_has_a_name_and_a_fork)
{
	struct found found = { .address = 0 };
	struct synth synth = synth_of(machine_live(), &found);
	pthread_t thread;

	ck_assert_int_eq(pthread_create(&thread, NULL, synth_from_thread,
					&synth),
			 0);
	pthread_join(thread, NULL);
	ck_assert_uint_ge(found.nr_comms, 2);
	ck_assert_uint_eq(found.nr_forks, found.nr_comms - 1);
}
END_TEST

START_TEST(a_process_that_is_gone_is_no_error)
{
	struct found found = { .address = 0 };
	struct synth synth = synth_of(machine_live(), &found);

	ck_assert_int_eq(synth_process(&synth, 0x7ffffffe), 0);
	ck_assert_uint_eq(found.nr_records, 0);
}
END_TEST

static const struct fake_file shown[] = {
	{ "/proc/kallsyms", "ffffffff81000000 T _text\n"
			    "ffffffff81000100 t x_text\n"
			    "ffffffff81e00000 T _etext\n" },
	{ "/proc/modules",
	  "virtio_net 57344 0 - Live 0xffffffffc0300000\n"
	  "half a line\n"
	  "hidden 4096 1 virtio_net, Live 0x0000000000000000\n" },
	{ NULL, NULL },
};

static const struct fake_file hidden[] = {
	{ "/proc/kallsyms", "0000000000000000 T _text\n"
			    "0000000000000000 T _etext\n" },
	{ NULL, NULL },
};

START_TEST(the_kernel_is_named_as_perf_names_it)
{
	struct fake_machine fake = { .files = shown };
	struct found found = { .address = 0xffffffff81000042 };
	struct synth synth = synth_of(fake_machine_init(&fake), &found);

	ck_assert_int_eq(synth_kernel(&synth), 0);
	ck_assert_uint_eq(found.nr_maps, 2);
	ck_assert_str_eq(found.path, "[kernel.kallsyms]_text");
	ck_assert_uint_eq(found.start, 0xffffffff81000000);
	ck_assert_uint_eq(found.size, 0xe00000);
	ck_assert_uint_eq(found.offset, 0xffffffff81000000);
}
END_TEST

/* As root sees it: the long list need not be read. */
START_TEST(the_kernels_end_is_known_by_its_memory)
{
	static const struct fake_file files[] = {
		{ "/proc/kallsyms", "0000000000000000 A __per_cpu_start\n"
				    "ffffffff81000000 T _text\n" },
		{ "/proc/iomem", "00001000-0009ffff : System RAM\n"
				 "00100000-7fffffff : System RAM\n"
				 "  01000000-01dfffff : Kernel code\n"
				 "  02400000-02e09fff : Kernel rodata\n" },
		{ NULL, NULL },
	};
	struct fake_machine fake = { .files = files };
	struct found found = { .address = 0xffffffff81000042 };
	struct synth synth = synth_of(fake_machine_init(&fake), &found);

	ck_assert_int_eq(synth_kernel(&synth), 0);
	ck_assert_uint_eq(found.nr_maps, 1);
	ck_assert_uint_eq(found.start, 0xffffffff81000000);
	ck_assert_uint_eq(found.size, 0xe00000);
}
END_TEST

START_TEST(modules_with_an_address_are_told)
{
	struct fake_machine fake = { .files = shown };
	struct found found = { .address = 0xffffffffc0300010 };
	struct synth synth = synth_of(fake_machine_init(&fake), &found);

	ck_assert_int_eq(synth_kernel(&synth), 0);
	ck_assert(found.has_address);
	ck_assert_str_eq(found.path, "[virtio_net]");
	ck_assert_uint_eq(found.size, 57344);
}
END_TEST

START_TEST(a_kernel_that_hides_its_addresses_is_left_out)
{
	struct fake_machine fake = { .files = hidden };
	struct found found = { .address = 0 };
	struct synth synth = synth_of(fake_machine_init(&fake), &found);

	ck_assert_int_eq(synth_kernel(&synth), 0);
	ck_assert_uint_eq(found.nr_records, 0);
}
END_TEST

Suite *synth_suite(void)
{
	Suite *suite = suite_create("synth");
	TCase *processes = tcase_create("processes");
	TCase *kernel = tcase_create("kernel");

	tcase_add_checked_fixture(processes, set_up, tear_down);
	tcase_add_test(processes, a_running_process_is_told_with_its_code);
	tcase_add_test(processes, data_is_told_of_only_when_wanted);
	tcase_add_test(processes, every_thread_has_a_name_and_a_fork);
	tcase_add_test(processes, a_process_that_is_gone_is_no_error);
	suite_add_tcase(suite, processes);
	tcase_add_checked_fixture(kernel, set_up, tear_down);
	tcase_add_test(kernel, the_kernel_is_named_as_perf_names_it);
	tcase_add_test(kernel, the_kernels_end_is_known_by_its_memory);
	tcase_add_test(kernel, modules_with_an_address_are_told);
	tcase_add_test(kernel, a_kernel_that_hides_its_addresses_is_left_out);
	suite_add_tcase(suite, kernel);
	return suite;
}
