/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Files made by the perf that is installed, on this kernel, now: what we read
 * out of them against what perf script does.
 */
#include "config.h"

#include "perfdata/suites.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "perfdata/fixture.h"

#define PATH "recorded.data"
/* Two processes that each count for some time. */
#define WORKLOAD \
	"sh -c 'c() { i=0; while [ $i -lt 60000 ]; do i=$((i+1)); done; }; c & c; wait'"
#define EVENT "-e cpu-clock -F 1999"

static const char *const ways[] = {
	"perf record -q -N " EVENT " -g -o " PATH " -- " WORKLOAD,
	"perf record -q -N " EVENT " --call-graph dwarf,8192 -o " PATH
	" -- " WORKLOAD,
	"perf record -q -N -z " EVENT " -g -o " PATH " -- " WORKLOAD,
	"perf record -q -N " EVENT " -g -o - -- " WORKLOAD " >" PATH,
	"perf record -q -N -z " EVENT " -g -o - -- " WORKLOAD " >" PATH,
	"perf record -q -N -e cpu-clock -e page-faults -c 1000000 -d -g -o " PATH
	" -- " WORKLOAD,
};

enum { NR_WAYS = sizeof(ways) / sizeof(ways[0]) };

/* One line a sample, as perf script has it with these fields. */
static char *list_samples(const char *path)
{
	struct lbrvirt_perfdata *data;
	struct lbrvirt_context *ctx;
	struct lbrvirt_record record;
	struct buffer lines = { 0 };
	char line[256];
	int err;

	ck_assert_int_eq(lbrvirt_context_new(&ctx), 0);
	ck_assert_int_eq(lbrvirt_perfdata_open(ctx, path, NULL, &data), 0);
	while ((err = lbrvirt_perfdata_next(data, &record)) == 0) {
		if (record.type != PERF_RECORD_SAMPLE)
			continue;
		ck_assert_ptr_nonnull(record.event);
		/* Every sample of a fixed period: perf prints it all the same. */
		if (!(record.event->attr.sample_type & PERF_SAMPLE_PERIOD))
			record.sample.period = record.event->attr.sample_period;
		snprintf(line, sizeof(line),
			 "%" PRIu32 "/%" PRIu32 " %" PRIu64 ".%09" PRIu64
			 ": %" PRIu64 " %" PRIx64 "\n",
			 record.pid, record.tid, record.time_ns / 1000000000,
			 record.time_ns % 1000000000, record.sample.period,
			 record.sample.ip);
		ck_assert_int_eq(buffer_append(&lines, line, strlen(line)), 0);
	}
	ck_assert_int_eq(err, -ENODATA);
	ck_assert_int_eq(buffer_append(&lines, "", 1), 0);
	lbrvirt_perfdata_close(data);
	lbrvirt_context_free(ctx);
	return (char *)lines.bytes;
}

/* perf 6.1 ends with "stack smashing detected" where another program asked for
 * build-ids when it recorded (is_build_id() in sample/body.c): it is asked again,
 * in case it is the reading. */
static char *ask_perf_script(void)
{
	static const char *const from[] = { "- <" PATH, PATH };
	char *lines = NULL;

	for (size_t i = 0; i < 6; i++) {
		lines = fixture_shell(
			NULL,
			"perf script -G --ns -F pid,tid,time,period,ip -i %s 2>/dev/null | awk '{$1=$1; print}'",
			from[i % 2]);
		if (*lines)
			break;
		free(lines);
		lines = NULL;
	}
	return lines;
}

START_TEST(samples_are_those_that_perf_script_prints)
{
	char *theirs;
	char *ours;
	int status;

	if (!fixture_has_perf("reading what perf records"))
		return;
	free(fixture_shell(&status, "%s 2>" PATH ".err", ways[_i]));
	if (status) {
		printf("skipped: reading what perf records: perf cannot record here: %s\n",
		       ways[_i]);
		return;
	}
	theirs = ask_perf_script();
	ck_assert_msg(theirs, "perf script cannot read what perf recorded");
	ours = list_samples(PATH);
	ck_assert_uint_gt(strlen(ours), 1000);
	if (strcmp(ours, theirs) != 0) {
		fixture_spill(PATH ".ours", ours, strlen(ours));
		fixture_spill(PATH ".theirs", theirs, strlen(theirs));
	}
	ck_assert_msg(strcmp(ours, theirs) == 0, "see %s.ours and %s.theirs",
		      PATH, PATH);
	free(theirs);
	free(ours);
}
END_TEST

START_TEST(names_are_those_that_perf_prints)
{
	static const char *const names[] = {
		"cpu-clock",	  "cpu-clock:u",      "task-clock:k",
		"page-faults:uH", "context-switches", "dummy",
		"cs:G",
	};
	struct lbrvirt_perfdata *data;
	struct lbrvirt_context *ctx;
	struct buffer file;
	char *theirs;
	int status;

	if (!fixture_has_perf("names of events"))
		return;
	free(fixture_shell(
		&status, "perf record -q -N -e %s -o " PATH " -- true 2>/dev/null",
		names[_i]));
	if (status) {
		printf("skipped: name of %s: perf cannot record it\n",
		       names[_i]);
		return;
	}
	/* Without features nothing but the attribute tells the name. */
	file = fixture_slurp(PATH);
	memset(file.bytes + 72, 0, 32);
	fixture_spill(PATH, file.bytes, file.size);
	buffer_fini(&file);
	theirs = fixture_shell(NULL, "perf evlist -i " PATH
				     " 2>/dev/null | head -1 | tr -d '\\n'");
	ck_assert_int_eq(lbrvirt_context_new(&ctx), 0);
	ck_assert_int_eq(lbrvirt_perfdata_open(ctx, PATH, NULL, &data), 0);
	ck_assert_str_eq(lbrvirt_perfdata_event(data, 0)->name, theirs);
	ck_assert(!lbrvirt_perfdata_header(data)->is_finished);
	lbrvirt_perfdata_close(data);
	lbrvirt_context_free(ctx);
	free(theirs);
}
END_TEST

static void remove_files(void)
{
	fixture_remove("recorded.data");
	fixture_remove("recorded.data.err");
	fixture_remove("recorded.data.old");
}

Suite *perf_suite(void)
{
	Suite *suite = suite_create("perf");
	TCase *recorded = tcase_create("recorded");

	tcase_add_loop_test(recorded, samples_are_those_that_perf_script_prints,
			    0, NR_WAYS);
	tcase_add_loop_test(recorded, names_are_those_that_perf_prints, 0, 7);
	tcase_set_timeout(recorded, 120);
	tcase_add_unchecked_fixture(recorded, NULL, remove_files);
	suite_add_tcase(suite, recorded);
	return suite;
}
