/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Folders as perf record --threads leaves them, made of what the writer writes:
 * a recording, and beside it the records alone, some times over.
 */
#include "config.h"

#include "perfdata/suites.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "perfdata/fixture.h"

#define FOLDER	   "folder.data"
#define NR_SAMPLES 40
/* Where a perf.data file says where its records are, and how long. */
#define DATA_OFFSET 40
#define DATA_SIZE   48

static void make_folder(void)
{
	ck_assert_int_eq(mkdir(FOLDER, 0700), 0);
}

static void remove_folder(void)
{
	fixture_remove(FOLDER "/*");
	rmdir(FOLDER);
}

/* Write FOLDER/data; its records, all but the last @cut bytes, into
 * FOLDER/data.0 and data.2; data.1 is empty. */
static void fill_folder(int zstd_level, size_t cut)
{
	struct buffer file;
	uint64_t offset;
	uint64_t size;

	fixture_write(FOLDER "/data", zstd_level, NR_SAMPLES);
	file = fixture_slurp(FOLDER "/data");
	memcpy(&offset, file.bytes + DATA_OFFSET, sizeof(offset));
	memcpy(&size, file.bytes + DATA_SIZE, sizeof(size));
	fixture_spill(FOLDER "/data.0", file.bytes + offset, size - cut);
	fixture_spill(FOLDER "/data.1", "", 0);
	fixture_spill(FOLDER "/data.2", file.bytes + offset, size);
	buffer_fini(&file);
}

static const int levels[] = { 0, 3 };

START_TEST(files_of_a_folder_are_one_recording_in_order_of_time)
{
	struct lbrvirt_perfdata *data;
	struct lbrvirt_record record;
	struct lbrvirt_context *ctx;
	uint64_t last_ns = 0;
	size_t samples = 0;
	int err;

	fill_folder(levels[_i], 0);
	ck_assert_int_eq(lbrvirt_context_new(&ctx), 0);
	ck_assert_int_eq(lbrvirt_perfdata_open(ctx, FOLDER, NULL, &data), 0);
	while ((err = lbrvirt_perfdata_next(data, &record)) == 0) {
		if (record.type != PERF_RECORD_SAMPLE)
			continue;
		ck_assert_uint_ge(record.time_ns, last_ns);
		last_ns = record.time_ns;
		samples++;
	}
	ck_assert_int_eq(err, -ENODATA);
	ck_assert_uint_eq(samples, 3 * NR_SAMPLES);
	ck_assert(lbrvirt_perfdata_header(data)->is_finished);
	lbrvirt_perfdata_close(data);
	lbrvirt_context_free(ctx);
}
END_TEST

START_TEST(damage_is_told_with_its_file)
{
	struct lbrvirt_perfdata *data;
	struct lbrvirt_record record;
	struct lbrvirt_context *ctx;
	size_t samples = 0;
	int err;

	fill_folder(levels[_i], 3);
	ck_assert_int_eq(lbrvirt_context_new(&ctx), 0);
	ck_assert_int_eq(lbrvirt_perfdata_open(ctx, FOLDER, NULL, &data), 0);
	while ((err = lbrvirt_perfdata_next(data, &record)) == 0)
		samples += record.type == PERF_RECORD_SAMPLE;
	ck_assert_int_eq(err, -EBADMSG);
	ck_assert_uint_ge(samples, NR_SAMPLES);
	ck_assert_uint_lt(samples, 2 * NR_SAMPLES + 1);
	ck_assert_ptr_nonnull(strstr(lbrvirt_context_error(ctx),
				     FOLDER "/data.0: damaged at offset "));
	lbrvirt_perfdata_close(data);
	lbrvirt_context_free(ctx);
}
END_TEST

static void refuse(const char *why)
{
	struct lbrvirt_perfdata *data = NULL;
	struct lbrvirt_context *ctx;

	ck_assert_int_eq(lbrvirt_context_new(&ctx), 0);
	ck_assert_int_lt(lbrvirt_perfdata_open(ctx, FOLDER, NULL, &data), 0);
	ck_assert_ptr_null(data);
	ck_assert_msg(strstr(lbrvirt_context_error(ctx), why), "%s",
		      lbrvirt_context_error(ctx));
	lbrvirt_context_free(ctx);
}

START_TEST(folders_of_something_else_are_refused_in_words)
{
	refuse("there is no \"data\" in it");
	fixture_spill(FOLDER "/data", "", 0);
	refuse(FOLDER "/data: the file is empty");
	fixture_spill(FOLDER "/data", "text and more of it", 19);
	refuse("not a perf.data file");
	unlink(FOLDER "/data");
	ck_assert_int_eq(mkdir(FOLDER "/data", 0700), 0);
	refuse(FOLDER "/data: cannot read");
	rmdir(FOLDER "/data");
}
END_TEST

/* A pipe that nobody writes to would be waited for. */
START_TEST(what_is_no_file_in_a_folder_is_not_waited_for)
{
	fill_folder(0, 0);
	unlink(FOLDER "/data.1");
	ck_assert_int_eq(mkfifo(FOLDER "/data.1", 0600), 0);
	refuse(FOLDER "/data.1: ");
}
END_TEST

Suite *folder_suite(void)
{
	Suite *suite = suite_create("folder");
	TCase *tcase = tcase_create("folder");

	tcase_add_checked_fixture(tcase, make_folder, remove_folder);
	tcase_add_loop_test(
		tcase, files_of_a_folder_are_one_recording_in_order_of_time, 0,
		2);
	tcase_add_loop_test(tcase, damage_is_told_with_its_file, 0, 2);
	tcase_add_test(tcase, folders_of_something_else_are_refused_in_words);
	tcase_add_test(tcase, what_is_no_file_in_a_folder_is_not_waited_for);
	suite_add_tcase(suite, tcase);
	return suite;
}
