/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Files that the writer makes: whole ones, ones whose writer was killed between
 * any two of its system calls, and ones that met a full disk.
 */
#include "config.h"

#include "perfdata/suites.h"

#include <errno.h>
#include <glob.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "perfdata/fixture.h"

#define PATH "written.data"
#define COPY "written-copy.data"

static const int levels[] = { 0, 3 };

static size_t count_lines(const char *text)
{
	size_t lines = 0;

	for (; *text; text++)
		lines += *text == '\n';
	return lines;
}

static void assert_perf_reads(const char *path, size_t nr_samples)
{
	char *out = fixture_shell(NULL, "perf script -F pid,ip,time -i %s 2>&1",
				  path);

	ck_assert_msg(count_lines(out) == nr_samples, "%zu samples wanted:\n%s",
		      nr_samples, out);
	free(out);
}

START_TEST(perf_has_nothing_to_complain_of)
{
	static const char *const wanted[] = {
		"hostname : here\n",
		"os release : 6.1.0\n",
		"perf version : 0.1\n",
		"cpudesc : A CPU\n",
		"cpuid : GenuineIntel,6,85,7\n",
		"nrcpus online : 2\n",
		"nrcpus avail : 4\n",
		"total memory : 1048576 kB\n",
		"cmdline : lbrprof record -- a b \n",
		"event : name = my-clock, , id = { 71, 72 }, type = 1, size = 128",
		"clockid frequency: 1000 MHz\n",
		"lbrprof pmu capabilities: stack_source=cfi, ladder=one\\ntwo ",
	};
	char *out;

	if (!fixture_has_perf("perf reading our files"))
		return;
	fixture_write(PATH, levels[_i], 5000);
	out = fixture_shell(NULL, "perf report --header-only -i %s 2>&1", PATH);
	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++)
		ck_assert_msg(strstr(out, wanted[i]), "no \"%s\" in\n%s",
			      wanted[i], out);
	ck_assert_ptr_null(strstr(out, "unknown"));
	free(out);
	out = fixture_shell(
		NULL, "perf report --stdio -i %s 2>&1 >" PATH ".out", PATH);
	ck_assert_str_eq(out, "");
	free(out);
	out = fixture_shell(NULL, "perf buildid-list -i %s 2>&1", PATH);
	ck_assert_ptr_nonnull(strstr(out, "deadbeef"));
	free(out);
	assert_perf_reads(PATH, 5000);
}
END_TEST

START_TEST(perf_reads_our_pipe)
{
	struct fixture fixture;
	struct writer *writer;
	char *out;

	if (!fixture_has_perf("perf reading our pipe"))
		return;
	fixture_init(&fixture, levels[_i]);
	unlink(PATH ".fifo");
	ck_assert_int_eq(mkfifo(PATH ".fifo", 0600), 0);
	ck_assert_int_eq(system("perf script -F pid,ip,time -i - <" PATH
				".fifo >" PATH ".out 2>&1 &"),
			 0);
	writer = fixture_open(&fixture, PATH ".fifo");
	ck_assert_int_eq(fixture_append(&fixture, writer, 3000), 0);
	ck_assert_int_eq(writer_flush(writer), 0);
	ck_assert_int_eq(fixture_append(&fixture, writer, 3000), 0);
	ck_assert_int_eq(writer_close(writer), 0);
	fixture_fini(&fixture);
	/* perf ends once it has read all; its output is then whole. */
	for (int i = 0; i < 500; i++) {
		out = fixture_shell(NULL, "cat " PATH ".out");
		if (count_lines(out) >= 6000)
			break;
		free(out);
		out = NULL;
		usleep(20000);
	}
	ck_assert_ptr_nonnull(out);
	ck_assert_uint_eq(count_lines(out), 6000);
	free(out);
	unlink(PATH ".fifo");
}
END_TEST

START_TEST(what_was_written_is_read_back)
{
	const struct lbrvirt_perfdata_header *header;
	struct lbrvirt_perfdata *data;
	const struct lbrvirt_event *event;
	struct lbrvirt_record record;
	struct lbrvirt_context *ctx;
	uint64_t samples = 0;
	uint8_t build_id[20];
	uint8_t size;
	int err;

	fixture_write(PATH, levels[_i], 20000);
	ck_assert_int_eq(lbrvirt_context_new(&ctx), 0);
	ck_assert_int_eq(lbrvirt_perfdata_open(ctx, PATH, NULL, &data), 0);
	header = lbrvirt_perfdata_header(data);
	ck_assert_str_eq(header->hostname, "here");
	ck_assert_str_eq(header->osrelease, "6.1.0");
	ck_assert_str_eq(header->version, "0.1");
	ck_assert_str_eq(header->arch, "x86_64");
	ck_assert_str_eq(header->cpudesc, "A CPU");
	ck_assert_str_eq(header->cpuid, "GenuineIntel,6,85,7");
	ck_assert_uint_eq(header->nr_cpus_online, 2);
	ck_assert_uint_eq(header->nr_cpus_available, 4);
	ck_assert_uint_eq(header->total_mem_kb, 1048576);
	ck_assert_uint_eq(header->nr_cmdline, 4);
	ck_assert_str_eq(header->cmdline[3], "a b");
	ck_assert(header->is_finished && !header->is_pipe);
	ck_assert_uint_eq(lbrvirt_perfdata_event_count(data), 1);
	event = lbrvirt_perfdata_event(data, 0);
	ck_assert_str_eq(event->name, "my-clock");
	ck_assert_uint_eq(event->nr_ids, 2);
	ck_assert_uint_eq(event->ids[1], 72);
	ck_assert_uint_eq(event->attr.size, 128);
	ck_assert_str_eq(lbrvirt_perfdata_note(data, "stack_source"), "cfi");
	ck_assert_str_eq(lbrvirt_perfdata_note(data, "ladder"), "one\ntwo \\n");
	ck_assert_ptr_null(lbrvirt_perfdata_note(data, "no such"));
	ck_assert_int_eq(lbrvirt_perfdata_build_id(data, FIXTURE_BUILD_ID_PATH,
						   build_id, &size),
			 0);
	ck_assert_uint_eq(size, 20);
	ck_assert_uint_eq(build_id[3], 0xef);
	ck_assert_int_eq(lbrvirt_perfdata_build_id(data, "/", build_id, &size),
			 -ENOENT);
	while ((err = lbrvirt_perfdata_next(data, &record)) == 0) {
		if (record.type != PERF_RECORD_SAMPLE)
			continue;
		ck_assert_ptr_eq(record.event, event);
		ck_assert_uint_eq(record.pid, FIXTURE_PID);
		ck_assert_uint_eq(record.time_ns, 1000000 + samples * 1000);
		ck_assert_uint_eq(record.sample.period, 1000);
		samples++;
	}
	ck_assert_int_eq(err, -ENODATA);
	ck_assert_uint_eq(samples, 20000);
	lbrvirt_perfdata_close(data);
	lbrvirt_context_free(ctx);
}
END_TEST

START_TEST(a_long_attribute_is_cut_to_what_perf_takes)
{
	struct buffer file;
	uint32_t size;

	fixture_write(PATH, 0, 1);
	file = fixture_slurp(PATH);
	memcpy(&size, file.bytes + 104 + 16 + 4, sizeof(size));
	ck_assert_uint_eq(size, 128);
	buffer_fini(&file);
}
END_TEST

/* What the traced writer does: rounds of records, each flushed. */
enum { ROUNDS = 4, ROUND_SAMPLES = 9000 };

static void write_rounds(int zstd_level)
{
	struct fixture fixture;
	struct writer *writer;

	fixture_init(&fixture, zstd_level);
	writer = fixture_open(&fixture, PATH);
	for (int i = 0; i < ROUNDS; i++) {
		writer_note(writer, "round",
			    i % 2 ? "odd, and longer" : "even");
		fixture_append(&fixture, writer, ROUND_SAMPLES);
		writer_flush(writer);
	}
	writer_close(writer);
	fixture_fini(&fixture);
}

/* At a stop: the file must hold whole rounds, for us and for perf. */
static size_t check_stop(size_t last_samples, bool with_perf)
{
	struct buffer file;
	size_t samples;

	if (access(PATH, F_OK) != 0)
		return 0;
	file = fixture_slurp(PATH);
	fixture_spill(COPY, file.bytes, file.size);
	buffer_fini(&file);
	ck_assert_int_eq(fixture_read(COPY, &samples), -ENODATA);
	ck_assert_uint_gt(samples, 0);
	ck_assert_uint_eq(samples % ROUND_SAMPLES, 0);
	ck_assert_uint_ge(samples, last_samples);
	if (with_perf)
		assert_perf_reads(COPY, samples);
	return samples;
}

START_TEST(a_kill_at_any_moment_leaves_whole_rounds)
{
	bool with_perf = fixture_has_perf("perf reading what a kill left");
	size_t samples = 0;
	int stops = 0;
	int status;
	pid_t child;

	unlink(PATH);
	child = fork();
	ck_assert_int_ge(child, 0);
	if (child == 0) {
		ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		raise(SIGSTOP);
		write_rounds(levels[_i]);
		_exit(0);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	if (!WIFSTOPPED(status)) {
		printf("skipped: kill at any moment: ptrace is forbidden\n");
		return;
	}
	for (;;) {
		ck_assert_int_eq(ptrace(PTRACE_SYSCALL, child, NULL, NULL), 0);
		ck_assert_int_eq(waitpid(child, &status, 0), child);
		if (!WIFSTOPPED(status))
			break;
		stops++;
		samples = check_stop(samples, with_perf);
	}
	ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	/* Four rounds of at least four writes, each stopped at twice. */
	ck_assert_int_gt(stops, 32);
	ck_assert_uint_eq(samples, ROUNDS * ROUND_SAMPLES);
}
END_TEST

START_TEST(a_full_disk_leaves_what_the_last_flush_did)
{
	struct rlimit old;
	struct rlimit small;
	struct fixture fixture;
	struct writer *writer;
	size_t flushed = 0;
	size_t samples;
	int err = 0;

	signal(SIGXFSZ, SIG_IGN);
	ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &old), 0);
	small = old;
	small.rlim_cur = 300000 + (rlim_t)_i * 777;
	fixture_init(&fixture, 0);
	writer = fixture_open(&fixture, PATH);
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &small), 0);
	for (int i = 0; !err && i < 100; i++) {
		writer_note(writer, "grows", i % 2 ? "a longer text" : "");
		err = fixture_append(&fixture, writer, 800);
		if (!err)
			err = writer_flush(writer);
		if (!err)
			flushed += 800;
	}
	ck_assert_int_eq(err, -EIO);
	ck_assert_str_ne(lbrvirt_context_error(fixture.ctx), "");
	ck_assert_int_eq(fixture_append(&fixture, writer, 1), -EIO);
	ck_assert_int_eq(writer_close(writer), -EIO);
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &old), 0);
	ck_assert_uint_gt(flushed, 0);
	ck_assert_int_eq(fixture_read(PATH, &samples), -ENODATA);
	ck_assert_uint_eq(samples, flushed);
	if (fixture_has_perf("perf reading what a full disk left"))
		assert_perf_reads(PATH, flushed);
	fixture_fini(&fixture);
}
END_TEST

/* The file and its temporary siblings. */
static size_t count_files(void)
{
	glob_t found;
	size_t nr;

	nr = glob(PATH "*", 0, NULL, &found) == 0 ? found.gl_pathc : 0;
	globfree(&found);
	return nr;
}

static void remove_files(void)
{
	fixture_remove("written*");
}

START_TEST(nothing_is_left_where_nothing_was_recorded)
{
	struct fixture fixture;
	struct writer *writer;

	remove_files();
	fixture_init(&fixture, 0);
	ck_assert_int_eq(writer_close(fixture_open(&fixture, PATH)), 0);
	ck_assert_uint_eq(count_files(), 0);
	writer = fixture_open(&fixture, PATH);
	ck_assert_int_eq(fixture_append(&fixture, writer, 10), 0);
	writer_discard(writer);
	ck_assert_uint_eq(count_files(), 0);
	fixture_fini(&fixture);
}
END_TEST

START_TEST(an_older_file_stays_until_the_first_flush)
{
	struct fixture fixture;
	struct writer *writer;
	size_t samples;

	remove_files();
	fixture_write(PATH, 0, 10);
	fixture_init(&fixture, 0);
	writer = fixture_open(&fixture, PATH);
	ck_assert_int_eq(fixture_append(&fixture, writer, 20), 0);
	ck_assert_int_eq(fixture_read(PATH, &samples), -ENODATA);
	ck_assert_uint_eq(samples, 10);
	ck_assert_int_eq(writer_flush(writer), 0);
	ck_assert_int_eq(fixture_read(PATH, &samples), -ENODATA);
	ck_assert_uint_eq(samples, 20);
	writer_discard(writer);
	ck_assert_uint_eq(count_files(), 1);
	fixture_fini(&fixture);
}
END_TEST

START_TEST(a_link_is_followed_not_replaced)
{
	struct stat status;
	size_t samples;

	remove_files();
	fixture_write(PATH, 0, 10);
	ck_assert_int_eq(symlink(PATH, PATH ".link"), 0);
	fixture_write(PATH ".link", 0, 20);
	ck_assert_int_eq(lstat(PATH ".link", &status), 0);
	ck_assert(S_ISLNK(status.st_mode));
	ck_assert_int_eq(fixture_read(PATH, &samples), -ENODATA);
	ck_assert_uint_eq(samples, 20);
}
END_TEST

START_TEST(a_device_is_written_to_not_replaced)
{
	struct stat status;

	fixture_write("/dev/null", 0, 10);
	ck_assert_int_eq(stat("/dev/null", &status), 0);
	ck_assert(S_ISCHR(status.st_mode));
}
END_TEST

START_TEST(a_place_that_cannot_be_written_is_known_at_once)
{
	struct fixture fixture;
	struct writer *writer = NULL;

	fixture_init(&fixture, 0);
	ck_assert_int_eq(writer_open(fixture.ctx, "no/such/folder/file",
				     &fixture.opts, &writer),
			 -ENOENT);
	ck_assert_int_eq(writer_open(fixture.ctx, ".", &fixture.opts, &writer),
			 -EACCES);
	ck_assert_str_ne(lbrvirt_context_error(fixture.ctx), "");
	ck_assert_ptr_null(writer);
	fixture_fini(&fixture);
}
END_TEST

START_TEST(a_killed_writers_file_is_known_as_unfinished)
{
	struct lbrvirt_perfdata *data;
	struct fixture fixture;
	struct writer *writer;

	fixture_init(&fixture, 0);
	writer = fixture_open(&fixture, PATH);
	ck_assert_int_eq(writer_note(writer, "a", "b"), 0);
	ck_assert_int_eq(fixture_append(&fixture, writer, 10), 0);
	ck_assert_int_eq(writer_flush(writer), 0);
	writer_discard(writer);
	ck_assert_int_eq(lbrvirt_perfdata_open(fixture.ctx, PATH, NULL, &data),
			 0);
	ck_assert(!lbrvirt_perfdata_header(data)->is_finished);
	ck_assert_str_eq(lbrvirt_perfdata_note(data, "a"), "b");
	lbrvirt_perfdata_close(data);
	fixture_fini(&fixture);
}
END_TEST

Suite *writer_suite(void)
{
	Suite *suite = suite_create("writer");
	TCase *whole = tcase_create("whole");
	TCase *broken = tcase_create("broken");
	TCase *places = tcase_create("places");

	tcase_add_loop_test(whole, perf_has_nothing_to_complain_of, 0, 2);
	tcase_add_loop_test(whole, perf_reads_our_pipe, 0, 2);
	tcase_add_loop_test(whole, what_was_written_is_read_back, 0, 2);
	tcase_add_test(whole, a_long_attribute_is_cut_to_what_perf_takes);
	tcase_set_timeout(whole, 120);
	tcase_add_unchecked_fixture(whole, NULL, remove_files);
	suite_add_tcase(suite, whole);

	tcase_add_loop_test(broken, a_kill_at_any_moment_leaves_whole_rounds, 0,
			    2);
	tcase_add_loop_test(broken, a_full_disk_leaves_what_the_last_flush_did,
			    0, 8);
	tcase_add_test(broken, a_killed_writers_file_is_known_as_unfinished);
	tcase_set_timeout(broken, 300);
	tcase_add_unchecked_fixture(broken, NULL, remove_files);
	suite_add_tcase(suite, broken);

	tcase_add_test(places, nothing_is_left_where_nothing_was_recorded);
	tcase_add_test(places, an_older_file_stays_until_the_first_flush);
	tcase_add_test(places, a_link_is_followed_not_replaced);
	tcase_add_test(places, a_device_is_written_to_not_replaced);
	tcase_add_test(places, a_place_that_cannot_be_written_is_known_at_once);
	tcase_add_unchecked_fixture(places, NULL, remove_files);
	suite_add_tcase(suite, places);
	return suite;
}
