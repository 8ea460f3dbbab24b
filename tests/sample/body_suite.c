/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Records that are not samples, and their trailers.
 */
#include "config.h"

#include "sample/suites.h"

#include <errno.h>
#include <sys/mman.h>

static const struct perf_event_attr with_trailer = {
	.sample_type = PERF_SAMPLE_TID | PERF_SAMPLE_TIME | PERF_SAMPLE_CPU |
		       PERF_SAMPLE_IDENTIFIER,
	.sample_id_all = 1,
};

/* The last four words of a record of this event. */
#define TRAILER pair_word(5, 6), 777, pair_word(3, 0), 99

static void assert_trailer(const struct decoded *d)
{
	ck_assert_int_eq(d->err, 0);
	ck_assert_uint_eq(d->record.pid, 5);
	ck_assert_uint_eq(d->record.tid, 6);
	ck_assert_uint_eq(d->record.time_ns, 777);
	ck_assert_uint_eq(d->record.cpu, 3);
	ck_assert_uint_eq(d->record.id, 99);
}

static uint64_t text_word(const char *text)
{
	uint64_t word = 0;

	memcpy(&word, text, strlen(text));
	return word;
}

START_TEST(a_mapping_has_numbers_and_a_path)
{
	uint64_t words[] = { 0,
			     pair_word(1, 2),
			     0x1000,
			     0x2000,
			     0x3000,
			     pair_word(8, 1),
			     123,
			     4,
			     pair_word(PROT_READ | PROT_EXEC, MAP_PRIVATE),
			     text_word("/bin/a"),
			     TRAILER };
	struct decoded d;

	decode_begin(&d, &with_trailer, false);
	decode_words(&d, PERF_RECORD_MMAP2, 0, words, sizeof(words));
	assert_trailer(&d);
	ck_assert_uint_eq(d.record.mmap.pid, 1);
	ck_assert_uint_eq(d.record.mmap.start, 0x1000);
	ck_assert_uint_eq(d.record.mmap.size, 0x2000);
	ck_assert_uint_eq(d.record.mmap.offset, 0x3000);
	ck_assert_uint_eq(d.record.mmap.dev_major, 8);
	ck_assert_uint_eq(d.record.mmap.inode, 123);
	ck_assert_uint_eq(d.record.mmap.inode_generation, 4);
	ck_assert_uint_eq(d.record.mmap.prot, PROT_READ | PROT_EXEC);
	ck_assert_uint_eq(d.record.mmap.flags, MAP_PRIVATE);
	ck_assert_uint_eq(d.record.mmap.build_id_size, 0);
	ck_assert_str_eq(d.record.mmap.path, "/bin/a");
	decoder_free(d.decoder);
}
END_TEST

START_TEST(a_mapping_may_have_a_build_id_instead)
{
	uint64_t words[] = { 0,
			     pair_word(1, 2),
			     0x1000,
			     0x2000,
			     0x3000,
			     0x4433221100000014,
			     0,
			     0,
			     pair_word(5, 2),
			     text_word("/bin/a"),
			     TRAILER };
	struct decoded d;

	decode_begin(&d, &with_trailer, false);
	decode_words(&d, PERF_RECORD_MMAP2, PERF_RECORD_MISC_MMAP_BUILD_ID,
		     words, sizeof(words));
	assert_trailer(&d);
	ck_assert_uint_eq(d.record.mmap.build_id_size, 20);
	ck_assert_uint_eq(d.record.mmap.build_id[3], 0x44);
	ck_assert_uint_eq(d.record.mmap.inode, 0);
	decoder_free(d.decoder);
}
END_TEST

/* What a kernel writes while another program asks for build-ids. */
START_TEST(a_mapping_may_only_seem_to_have_a_build_id)
{
	static const struct {
		uint32_t major, minor;
		uint64_t inode, generation;
		bool is_id;
	} files[] = {
		{ 254, 0, 247230, 0, false },	/* virtio */
		{ 259, 1, 99, 0, false },	/* NVMe */
		{ 8, 1, 99, 1, false },		/* SCSI on ext4 */
		{ 8, 0xfffff, 99, 0, false },	/* the same, on others */
		{ 0, 40, 99, 0, false },	/* overlay */
		{ 20, 1, 2, 3, true },		/* as SHA-1 */
		{ 16, 1, 2, 0, true },		/* as UUID */
		{ 8, 0x12345678, 99, 0, true }, /* as LLD makes them short */
	};
	struct decoded d;

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		uint64_t words[] = { 0,
				     pair_word(1, 2),
				     0x1000,
				     0x2000,
				     0x3000,
				     pair_word(files[i].major, files[i].minor),
				     files[i].inode,
				     files[i].generation,
				     pair_word(5, 2),
				     text_word("/bin/a"),
				     TRAILER };

		decode_begin(&d, &with_trailer, false);
		decode_words(&d, PERF_RECORD_MMAP2,
			     PERF_RECORD_MISC_MMAP_BUILD_ID, words,
			     sizeof(words));
		assert_trailer(&d);
		ck_assert_uint_eq(d.record.mmap.build_id_size,
				  files[i].is_id ? files[i].major : 0);
		ck_assert_uint_eq(d.record.mmap.inode,
				  files[i].is_id ? 0 : files[i].inode);
		ck_assert_int_eq(d.record.misc != 0, files[i].is_id);
		decoder_free(d.decoder);
	}
}
END_TEST

START_TEST(an_old_mapping_is_executable_unless_it_is_data)
{
	uint64_t words[] = { 0,	     pair_word(1, 2),	  0x1000, 0x2000,
			     0x3000, text_word("/bin/a"), TRAILER };
	struct decoded d;

	decode_begin(&d, &with_trailer, false);
	decode_words(&d, PERF_RECORD_MMAP, 0, words, sizeof(words));
	assert_trailer(&d);
	ck_assert_uint_eq(d.record.mmap.prot, PROT_EXEC);
	decode_words(&d, PERF_RECORD_MMAP, PERF_RECORD_MISC_MMAP_DATA, words,
		     sizeof(words));
	ck_assert_uint_eq(d.record.mmap.prot, 0);
	decoder_free(d.decoder);
}
END_TEST

START_TEST(a_path_must_end_before_the_trailer)
{
	uint64_t words[] = { 0,	     pair_word(1, 2),	    0x1000, 0x2000,
			     0x3000, text_word("/bin/abc"), TRAILER };
	struct decoded d;

	decode_begin(&d, &with_trailer, false);
	decode_words(&d, PERF_RECORD_MMAP, 0, words, sizeof(words));
	ck_assert_int_eq(d.err, -EBADMSG);
	decoder_free(d.decoder);
}
END_TEST

START_TEST(a_name_says_whether_it_came_by_exec)
{
	uint64_t words[] = { 0, pair_word(1, 2), text_word("sh"), TRAILER };
	struct decoded d;

	decode_begin(&d, &with_trailer, false);
	decode_words(&d, PERF_RECORD_COMM, PERF_RECORD_MISC_COMM_EXEC, words,
		     sizeof(words));
	assert_trailer(&d);
	ck_assert_str_eq(d.record.comm.name, "sh");
	ck_assert(d.record.comm.is_exec);
	decode_words(&d, PERF_RECORD_COMM, 0, words, sizeof(words));
	ck_assert(!d.record.comm.is_exec);
	decoder_free(d.decoder);
}
END_TEST

START_TEST(a_fork_names_child_and_parent)
{
	uint64_t words[] = { 0, pair_word(1, 2), pair_word(3, 4), 88, TRAILER };
	struct decoded d;

	decode_begin(&d, &with_trailer, false);
	decode_words(&d, PERF_RECORD_FORK, 0, words, sizeof(words));
	assert_trailer(&d);
	ck_assert_uint_eq(d.record.task.pid, 1);
	ck_assert_uint_eq(d.record.task.ppid, 2);
	ck_assert_uint_eq(d.record.task.tid, 3);
	ck_assert_uint_eq(d.record.task.ptid, 4);
	ck_assert_uint_eq(d.record.task.time_ns, 88);
	decoder_free(d.decoder);
}
END_TEST

START_TEST(losses_and_throttling_are_decoded)
{
	uint64_t lost[] = { 0, 99, 12, TRAILER };
	uint64_t lost_samples[] = { 0, 13, TRAILER };
	uint64_t throttle[] = { 0, 1000, 99, 98, TRAILER };
	struct decoded d;

	decode_begin(&d, &with_trailer, false);
	decode_words(&d, PERF_RECORD_LOST, 0, lost, sizeof(lost));
	assert_trailer(&d);
	ck_assert_uint_eq(d.record.lost.id, 99);
	ck_assert_uint_eq(d.record.lost.nr, 12);
	decode_words(&d, PERF_RECORD_LOST_SAMPLES, 0, lost_samples,
		     sizeof(lost_samples));
	assert_trailer(&d);
	ck_assert_uint_eq(d.record.lost.nr, 13);
	decode_words(&d, PERF_RECORD_THROTTLE, 0, throttle, sizeof(throttle));
	assert_trailer(&d);
	ck_assert_uint_eq(d.record.throttle.time_ns, 1000);
	ck_assert_uint_eq(d.record.throttle.stream_id, 98);
	decoder_free(d.decoder);
}
END_TEST

START_TEST(a_record_too_short_for_its_fields_is_refused)
{
	uint64_t words[] = { 0, 0, TRAILER };
	struct decoded d;

	decode_begin(&d, &with_trailer, false);
	decode_words(&d, (uint32_t)_i, 0, words, sizeof(words));
	ck_assert_int_eq(d.err, -EBADMSG);
	decode_words(&d, (uint32_t)_i, 0, words, 2 * sizeof(words[0]));
	ck_assert_int_eq(d.err, -EBADMSG); /* not even the trailer */
	decoder_free(d.decoder);
}
END_TEST

START_TEST(an_unknown_record_has_its_trailer_decoded)
{
	uint64_t words[] = { 0, 1, 2, 3, TRAILER };
	struct decoded d;

	decode_begin(&d, &with_trailer, false);
	decode_words(&d, 55, 0x8000, words, sizeof(words));
	assert_trailer(&d);
	ck_assert_uint_eq(d.record.type, 55);
	ck_assert_uint_eq(d.record.misc, 0x8000);
	ck_assert_uint_eq(d.record.size, sizeof(words));
	decoder_free(d.decoder);
}
END_TEST

START_TEST(the_perf_tools_own_records_have_no_trailer)
{
	uint64_t words[] = { 0 };
	uint64_t time_ns;
	struct decoded d;

	decode_begin(&d, &with_trailer, false);
	decode_words(&d, 68, 0, words, sizeof(words));
	ck_assert_int_eq(d.err, 0);
	ck_assert_uint_eq(d.record.fields, 0);
	ck_assert(!decoder_time(d.decoder, words, sizeof(words), &time_ns));
	decoder_free(d.decoder);
}
END_TEST

START_TEST(the_time_is_found_without_decoding)
{
	uint64_t comm[] = { 0, pair_word(1, 2), text_word("sh"), TRAILER };
	uint64_t sample[] = { 0, 99, pair_word(5, 6), 555, pair_word(3, 0) };
	uint64_t time_ns = 0;
	struct decoded d;

	decode_begin(&d, &with_trailer, false);
	decode_words(&d, PERF_RECORD_COMM, 0, comm, sizeof(comm));
	ck_assert(decoder_time(d.decoder, comm, sizeof(comm), &time_ns));
	ck_assert_uint_eq(time_ns, 777);
	decode_words(&d, PERF_RECORD_SAMPLE, 0, sample, sizeof(sample));
	ck_assert(decoder_time(d.decoder, sample, sizeof(sample), &time_ns));
	ck_assert_uint_eq(time_ns, 555);
	sample[0] = header_word(PERF_RECORD_SAMPLE, 0, 24);
	ck_assert(!decoder_time(d.decoder, sample, sizeof(sample), &time_ns));
	decoder_free(d.decoder);
}
END_TEST

START_TEST(without_sample_id_all_there_is_no_trailer)
{
	struct perf_event_attr attr = { .sample_type = PERF_SAMPLE_TIME };
	uint64_t words[] = { 0, pair_word(1, 2), text_word("sh") };
	uint64_t time_ns;
	struct decoded d;

	decode_begin(&d, &attr, false);
	decode_words(&d, PERF_RECORD_COMM, 0, words, sizeof(words));
	ck_assert_int_eq(d.err, 0);
	ck_assert_uint_eq(d.record.fields, 0);
	ck_assert(!decoder_time(d.decoder, words, sizeof(words), &time_ns));
	decoder_free(d.decoder);
}
END_TEST

Suite *body_suite(void)
{
	Suite *suite = suite_create("body");
	TCase *bodies = tcase_create("bodies");
	TCase *trailers = tcase_create("trailers");

	tcase_add_test(bodies, a_mapping_has_numbers_and_a_path);
	tcase_add_test(bodies, a_mapping_may_have_a_build_id_instead);
	tcase_add_test(bodies, a_mapping_may_only_seem_to_have_a_build_id);
	tcase_add_test(bodies, an_old_mapping_is_executable_unless_it_is_data);
	tcase_add_test(bodies, a_path_must_end_before_the_trailer);
	tcase_add_test(bodies, a_name_says_whether_it_came_by_exec);
	tcase_add_test(bodies, a_fork_names_child_and_parent);
	tcase_add_test(bodies, losses_and_throttling_are_decoded);
	tcase_add_loop_test(bodies,
			    a_record_too_short_for_its_fields_is_refused,
			    PERF_RECORD_MMAP, PERF_RECORD_COMM + 1);
	tcase_add_loop_test(bodies,
			    a_record_too_short_for_its_fields_is_refused,
			    PERF_RECORD_EXIT, PERF_RECORD_FORK + 1);
	tcase_add_loop_test(bodies,
			    a_record_too_short_for_its_fields_is_refused,
			    PERF_RECORD_MMAP2, PERF_RECORD_MMAP2 + 1);
	suite_add_tcase(suite, bodies);

	tcase_add_test(trailers, an_unknown_record_has_its_trailer_decoded);
	tcase_add_test(trailers, the_perf_tools_own_records_have_no_trailer);
	tcase_add_test(trailers, the_time_is_found_without_decoding);
	tcase_add_test(trailers, without_sample_id_all_there_is_no_trailer);
	suite_add_tcase(suite, trailers);

	return suite;
}
