/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Files made by hand: of either byte order, with attributes of every size, as
 * file and as pipe, whole and cut; and what is no recording at all.
 */
#include "config.h"

#include "perfdata/suites.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "perfdata/fixture.h"

#define PATH  "handmade.data"
#define MAGIC 0x32454c4946524550ull

/* A file under construction, in the byte order of its machine. */
struct draft {
	struct buffer file;
	bool is_big;
	bool is_pipe;
	uint32_t attr_size;
	size_t data_begin;
};

static void put(struct draft *draft, uint64_t value, size_t width)
{
	unsigned char bytes[8];

	for (size_t i = 0; i < width; i++) {
		size_t shift = draft->is_big ? width - 1 - i : i;

		bytes[i] = (unsigned char)(value >> (8 * shift));
	}
	ck_assert_int_eq(buffer_append(&draft->file, bytes, width), 0);
}

static void put_zeros(struct draft *draft, size_t size)
{
	for (size_t i = 0; i < size; i++)
		put(draft, 0, 1);
}

static void put_header(struct draft *draft, uint32_t type, uint16_t misc,
		       size_t body_size)
{
	put(draft, type, 4);
	put(draft, misc, 2);
	put(draft, body_size + 8, 2);
}

/*
 * cycles:upp with sample_id_all; the bits as each machine's compiler has them:
 * exclude_kernel is the 6th, exclude_hv the 7th, precise_ip the 16th and 17th,
 * sample_id_all the 19th.
 */
static void put_attr(struct draft *draft)
{
	uint64_t bits = 1ull << 5 | 1ull << 6 | 2ull << 15 | 1ull << 18;

	if (draft->is_big)
		bits = 1ull << 58 | 1ull << 57 | 1ull << 48 | 1ull << 45;
	put(draft, PERF_TYPE_HARDWARE, 4);
	put(draft, draft->attr_size, 4);
	put(draft, PERF_COUNT_HW_CPU_CYCLES, 8);
	put(draft, 100000, 8);
	put(draft, PERF_SAMPLE_IP | PERF_SAMPLE_TID | PERF_SAMPLE_TIME, 8);
	put(draft, 0, 8);
	put(draft, bits, 8);
	put_zeros(draft, draft->attr_size - 48);
}

static void put_sample(struct draft *draft, uint64_t ip, uint64_t time_ns)
{
	put_header(draft, PERF_RECORD_SAMPLE, PERF_RECORD_MISC_USER, 24);
	put(draft, ip, 8);
	put(draft, 11, 4);
	put(draft, 12, 4);
	put(draft, time_ns, 8);
}

static void put_round(struct draft *draft)
{
	put_header(draft, 68, 0, 0);
}

static void begin_file(struct draft *draft)
{
	size_t attrs = 104;

	put(draft, MAGIC, 8);
	if (draft->is_pipe) {
		put(draft, 16, 8);
		put_header(draft, 64, 0, draft->attr_size);
		put_attr(draft);
		draft->data_begin = 16;
		return;
	}
	put(draft, 104, 8);
	put(draft, draft->attr_size + 16, 8);
	put(draft, attrs, 8);
	put(draft, draft->attr_size + 16, 8);
	put(draft, attrs + draft->attr_size + 16, 8);
	put_zeros(draft, 8 + 16 + 32);
	put_attr(draft);
	put_zeros(draft, 16);
	draft->data_begin = draft->file.size;
}

/* Write the file out; the data's size goes into the header unless it is 0. */
static void finish_file(struct draft *draft, bool is_unfinished)
{
	struct draft size = { .is_big = draft->is_big };

	put(&size, draft->file.size - draft->data_begin, 8);
	if (!draft->is_pipe && !is_unfinished)
		memcpy(draft->file.bytes + 48, size.file.bytes, 8);
	buffer_fini(&size.file);
	fixture_spill(PATH, draft->file.bytes, draft->file.size);
	buffer_fini(&draft->file);
}

/* Times out of order, across two rounds. */
static void write_handmade(bool is_big, bool is_pipe, uint32_t attr_size)
{
	struct draft draft = {
		.is_big = is_big,
		.is_pipe = is_pipe,
		.attr_size = attr_size,
	};

	begin_file(&draft);
	put_sample(&draft, 0x2000, 20);
	put_sample(&draft, 0x1000, 10);
	put_round(&draft);
	put_sample(&draft, 0x4000, 40);
	put_sample(&draft, 0x3000, 15);
	put_round(&draft);
	put_sample(&draft, 0x5000, 50);
	finish_file(&draft, false);
}

static struct lbrvirt_perfdata *
open_handmade(struct lbrvirt_context **ret_ctx,
	      const struct lbrvirt_perfdata_opts *opts)
{
	struct lbrvirt_perfdata *data = NULL;

	ck_assert_int_eq(lbrvirt_context_new(ret_ctx), 0);
	ck_assert_int_eq(lbrvirt_perfdata_open(*ret_ctx, PATH, opts, &data), 0);
	return data;
}

static void expect_ips(struct lbrvirt_perfdata *data, const uint64_t *ips,
		       size_t nr)
{
	struct lbrvirt_record record;
	size_t i = 0;
	int err;

	while ((err = lbrvirt_perfdata_next(data, &record)) == 0) {
		if (record.type != PERF_RECORD_SAMPLE)
			continue;
		ck_assert_uint_lt(i, nr);
		ck_assert_uint_eq(record.sample.ip, ips[i]);
		ck_assert_uint_eq(record.pid, 11);
		ck_assert_uint_eq(record.tid, 12);
		i++;
	}
	ck_assert_int_eq(err, -ENODATA);
	ck_assert_uint_eq(i, nr);
}

static const uint64_t by_time[] = { 0x1000, 0x3000, 0x2000, 0x4000, 0x5000 };
static const uint64_t as_written[] = { 0x2000, 0x1000, 0x4000, 0x3000, 0x5000 };

static const uint32_t attr_sizes[] = {
	64, 72, 96, 112, 120, 128, 136, 144, 256
};

enum { NR_ATTR_SIZES = sizeof(attr_sizes) / sizeof(attr_sizes[0]) };

/* Each size, as file and pipe, of either byte order. */
START_TEST(every_form_reads_the_same)
{
	bool is_big = _i & 1;
	bool is_pipe = _i & 2;
	struct lbrvirt_perfdata *data;
	const struct lbrvirt_event *event;
	struct lbrvirt_context *ctx;

	write_handmade(is_big, is_pipe, attr_sizes[_i / 4]);
	data = open_handmade(&ctx, NULL);
	expect_ips(data, by_time, 5);
	ck_assert(lbrvirt_perfdata_header(data)->is_swapped == is_big);
	ck_assert(lbrvirt_perfdata_header(data)->is_pipe == is_pipe);
	ck_assert_uint_eq(lbrvirt_perfdata_event_count(data), 1);
	event = lbrvirt_perfdata_event(data, 0);
	ck_assert_str_eq(event->name, "cycles:upp");
	ck_assert_uint_eq(event->attr.size, attr_sizes[_i / 4]);
	ck_assert_uint_eq(event->attr.sample_period, 100000);
	ck_assert_uint_eq(event->attr.precise_ip, 2);
	ck_assert_uint_eq(event->attr.exclude_kernel, 1);
	ck_assert_uint_eq(event->attr.sample_id_all, 1);
	ck_assert_uint_eq(event->attr.exclude_user, 0);
	ck_assert_ptr_null(lbrvirt_perfdata_event(data, 1));
	lbrvirt_perfdata_close(data);
	lbrvirt_context_free(ctx);
}
END_TEST

START_TEST(the_order_of_writing_can_be_had)
{
	struct lbrvirt_perfdata_opts opts = {
		.size = sizeof(opts),
		.order = LBRVIRT_PERFDATA_AS_WRITTEN,
	};
	struct lbrvirt_perfdata *data;
	struct lbrvirt_context *ctx;

	write_handmade(false, _i, 128);
	data = open_handmade(&ctx, &opts);
	expect_ips(data, as_written, 5);
	lbrvirt_perfdata_close(data);
	lbrvirt_context_free(ctx);
}
END_TEST

START_TEST(a_fifo_reads_like_the_file)
{
	struct lbrvirt_perfdata *data;
	struct lbrvirt_context *ctx;

	write_handmade(false, true, 128);
	unlink(PATH ".fifo");
	ck_assert_int_eq(mkfifo(PATH ".fifo", 0600), 0);
	/* In drops, so that records arrive in parts. */
	ck_assert_int_eq(system("dd bs=13 if=" PATH " of=" PATH
				".fifo 2>/dev/null &"),
			 0);
	ck_assert_int_eq(lbrvirt_context_new(&ctx), 0);
	ck_assert_int_eq(lbrvirt_perfdata_open(ctx, PATH ".fifo", NULL, &data),
			 0);
	expect_ips(data, by_time, 5);
	lbrvirt_perfdata_close(data);
	lbrvirt_context_free(ctx);
	unlink(PATH ".fifo");
}
END_TEST

START_TEST(without_a_size_the_data_ends_with_the_file)
{
	struct draft draft = { .attr_size = 128 };
	struct lbrvirt_perfdata *data;
	struct lbrvirt_context *ctx;

	begin_file(&draft);
	put_sample(&draft, 0x1000, 10);
	finish_file(&draft, true);
	data = open_handmade(&ctx, NULL);
	expect_ips(data, (const uint64_t[]){ 0x1000 }, 1);
	ck_assert(!lbrvirt_perfdata_header(data)->is_finished);
	lbrvirt_perfdata_close(data);
	lbrvirt_context_free(ctx);
}
END_TEST

/* AUXTRACE's payload is behind it, and looks like anything. */
START_TEST(unknown_records_and_payloads_are_stepped_over)
{
	struct draft draft = { .attr_size = 128, .is_pipe = _i };
	struct lbrvirt_perfdata *data;
	struct lbrvirt_context *ctx;

	begin_file(&draft);
	put_header(&draft, 32771, 0, 56);
	put_zeros(&draft, 56);
	put_header(&draft, 71, 0, 40);
	put(&draft, 24, 8);
	put_zeros(&draft, 32);
	put_zeros(&draft, 24);
	put_header(&draft, 66, 0, 8);
	put(&draft, 5, 4);
	put_zeros(&draft, 4);
	put_zeros(&draft, 8);
	put_header(&draft, 200, 0, 0);
	put_sample(&draft, 0x1000, 10);
	finish_file(&draft, false);
	data = open_handmade(&ctx, NULL);
	expect_ips(data, (const uint64_t[]){ 0x1000 }, 1);
	lbrvirt_perfdata_close(data);
	lbrvirt_context_free(ctx);
}
END_TEST

START_TEST(a_file_cut_anywhere_gives_what_is_before_the_cut)
{
	struct buffer file;
	size_t whole_size;

	write_handmade(false, false, 128);
	file = fixture_slurp(PATH);
	whole_size = file.size;
	for (size_t size = 1; size < whole_size; size++) {
		size_t begin = 104 + 128 + 16;
		size_t wanted = 0;
		size_t samples;
		int err;

		fixture_spill(PATH, file.bytes, size);
		err = fixture_read(PATH, &samples);
		ck_assert_int_eq(err, -EBADMSG);
		if (size > begin) {
			size_t left = size - begin;

			/* Two samples and a round's end take 72 bytes. */
			wanted = left / 72 * 2;
			left %= 72;
			wanted += left / 32 > 2 ? 2 : left / 32;
		}
		ck_assert_uint_eq(samples, wanted);
	}
	buffer_fini(&file);
}
END_TEST

START_TEST(damage_is_told_with_its_offset_and_stays)
{
	struct draft draft = { .attr_size = 128 };
	struct lbrvirt_perfdata *data;
	struct lbrvirt_record record;
	struct lbrvirt_context *ctx;

	begin_file(&draft);
	put_sample(&draft, 0x1000, 20);
	put_sample(&draft, 0x2000, 10);
	put(&draft, PERF_RECORD_SAMPLE, 8); /* of size 0 */
	put_sample(&draft, 0x3000, 30);
	finish_file(&draft, false);
	data = open_handmade(&ctx, NULL);
	ck_assert_int_eq(lbrvirt_perfdata_next(data, &record), 0);
	ck_assert_uint_eq(record.sample.ip, 0x2000);
	ck_assert_int_eq(lbrvirt_perfdata_next(data, &record), 0);
	ck_assert_uint_eq(record.sample.ip, 0x1000);
	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(lbrvirt_perfdata_next(data, &record),
				 -EBADMSG);
		ck_assert_ptr_nonnull(
			strstr(lbrvirt_context_error(ctx), "offset 312"));
	}
	ck_assert(!lbrvirt_perfdata_header(data)->is_finished);
	lbrvirt_perfdata_close(data);
	lbrvirt_context_free(ctx);
}
END_TEST

/* A record of good size and bad content: those before it come out, though the
   times of some are later. */
START_TEST(a_bad_record_ends_the_file_there)
{
	struct draft draft = { .attr_size = 128 };
	struct lbrvirt_perfdata *data;
	struct lbrvirt_record record;
	struct lbrvirt_context *ctx;
	uint64_t last_ip = 0;
	int nr = 0;
	int err;

	begin_file(&draft);
	put_sample(&draft, 0x1000, 40);
	put_header(&draft, PERF_RECORD_COMM, 0, 24); /* no room for a name */
	put(&draft, 1, 8);
	put(&draft, 11, 8);
	put(&draft, 20, 8);
	put_sample(&draft, 0x2000, 30);
	put_sample(&draft, 0x3000, 50);
	finish_file(&draft, false);
	data = open_handmade(&ctx, NULL);
	while ((err = lbrvirt_perfdata_next(data, &record)) == 0) {
		last_ip = record.sample.ip;
		nr++;
	}
	ck_assert_int_eq(err, -EBADMSG);
	ck_assert_int_eq(nr, 1);
	ck_assert_uint_eq(last_ip, 0x1000);
	lbrvirt_perfdata_close(data);
	lbrvirt_context_free(ctx);
}
END_TEST

START_TEST(what_is_no_recording_is_refused_in_words)
{
	static const struct {
		const char *path;
		int err;
	} bad[] = {
		{ "no-such-file.data", -ENOENT },
		{ "/dev/null", -EBADMSG },
		{ ".", -EBADMSG },
		{ "/proc/self/exe", -EBADMSG },
	};
	struct lbrvirt_perfdata *data = NULL;
	struct lbrvirt_context *ctx;

	ck_assert_int_eq(lbrvirt_context_new(&ctx), 0);
	ck_assert_int_eq(lbrvirt_perfdata_open(ctx, bad[_i].path, NULL, &data),
			 bad[_i].err);
	ck_assert_ptr_null(data);
	ck_assert_ptr_nonnull(strstr(lbrvirt_context_error(ctx), bad[_i].path));
	lbrvirt_context_free(ctx);
}
END_TEST

START_TEST(arguments_are_checked)
{
	struct {
		struct lbrvirt_perfdata_opts opts;
		uint64_t later;
	} longer = { .opts = { .size = sizeof(longer) }, .later = 1 };
	struct lbrvirt_perfdata *data = NULL;
	struct lbrvirt_context *ctx;
	uint8_t build_id[20];
	uint8_t size;

	write_handmade(false, false, 128);
	ck_assert_int_eq(lbrvirt_context_new(&ctx), 0);
	ck_assert_int_eq(lbrvirt_perfdata_open(ctx, NULL, NULL, &data),
			 -EINVAL);
	ck_assert_int_eq(lbrvirt_perfdata_open(ctx, PATH, &longer.opts, &data),
			 -EINVAL);
	longer.later = 0;
	longer.opts.order = 2;
	ck_assert_int_eq(lbrvirt_perfdata_open(ctx, PATH, &longer.opts, &data),
			 -EINVAL);
	longer.opts.order = LBRVIRT_PERFDATA_BY_TIME;
	ck_assert_int_eq(lbrvirt_perfdata_open(ctx, PATH, &longer.opts, &data),
			 0);
	ck_assert_int_eq(lbrvirt_perfdata_next(data, NULL), -EINVAL);
	ck_assert_int_eq(lbrvirt_perfdata_build_id(data, NULL, build_id, &size),
			 -EINVAL);
	ck_assert_ptr_null(lbrvirt_perfdata_note(data, NULL));
	ck_assert_ptr_null(lbrvirt_perfdata_header(NULL));
	ck_assert_uint_eq(lbrvirt_perfdata_event_count(NULL), 0);
	lbrvirt_perfdata_close(data);
	lbrvirt_perfdata_close(NULL);
	lbrvirt_context_free(ctx);
}
END_TEST

/* Kilobytes of files that are mapped and resident; -1: not to be had. */
static long resident_kb(void)
{
	FILE *file = fopen("/proc/self/status", "re");
	char line[256];
	long kb = -1;

	while (file && kb < 0 && fgets(line, sizeof(line), file))
		sscanf(line, "RssFile: %ld kB", &kb);
	if (file)
		fclose(file);
	return kb;
}

/* No round is marked in the file, so it is passed over twice. */
START_TEST(a_large_file_is_not_held_in_memory)
{
	const long before = resident_kb();
	struct lbrvirt_perfdata *data;
	struct lbrvirt_context *ctx;
	struct lbrvirt_record record;
	size_t nr = 0;
	int err;

	if (before < 0) {
		printf("a_large_file_is_not_held_in_memory: skipped, no RssFile in /proc/self/status\n");
		return;
	}
	fixture_write(PATH, 0, 600000);
	ck_assert_int_eq(lbrvirt_context_new(&ctx), 0);
	ck_assert_int_eq(lbrvirt_perfdata_open(ctx, PATH, NULL, &data), 0);
	while ((err = lbrvirt_perfdata_next(data, &record)) == 0) {
		if (nr++ % 10000 == 0)
			ck_assert_int_lt(resident_kb() - before, 10 * 1024);
	}
	ck_assert_int_eq(err, -ENODATA);
	ck_assert_uint_gt(nr, 600000);
	/* Or it would be no proof. */
	ck_assert_uint_gt(record.offset, 16 * 1024 * 1024);
	lbrvirt_perfdata_close(data);
	lbrvirt_context_free(ctx);
}
END_TEST

static void remove_files(void)
{
	fixture_remove("handmade*");
}

Suite *reader_suite(void)
{
	Suite *suite = suite_create("reader");
	TCase *forms = tcase_create("forms");
	TCase *damaged = tcase_create("damaged");
	TCase *refused = tcase_create("refused");

	tcase_add_loop_test(forms, every_form_reads_the_same, 0,
			    4 * NR_ATTR_SIZES);
	tcase_add_loop_test(forms, the_order_of_writing_can_be_had, 0, 2);
	tcase_add_test(forms, a_large_file_is_not_held_in_memory);
	tcase_add_test(forms, a_fifo_reads_like_the_file);
	tcase_add_test(forms, without_a_size_the_data_ends_with_the_file);
	tcase_add_loop_test(
		forms, unknown_records_and_payloads_are_stepped_over, 0, 2);
	tcase_add_unchecked_fixture(forms, NULL, remove_files);
	suite_add_tcase(suite, forms);

	tcase_add_test(damaged,
		       a_file_cut_anywhere_gives_what_is_before_the_cut);
	tcase_add_test(damaged, damage_is_told_with_its_offset_and_stays);
	tcase_add_test(damaged, a_bad_record_ends_the_file_there);
	tcase_add_unchecked_fixture(damaged, NULL, remove_files);
	suite_add_tcase(suite, damaged);

	tcase_add_loop_test(refused, what_is_no_recording_is_refused_in_words,
			    0, 4);
	tcase_add_test(refused, arguments_are_checked);
	tcase_add_unchecked_fixture(refused, NULL, remove_files);
	suite_add_tcase(suite, refused);
	return suite;
}
