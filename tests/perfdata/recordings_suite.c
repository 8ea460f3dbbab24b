/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Recordings made by others on hardware that is not here, beside which stands
 * what other programs read in them: records of each type as perf report -D
 * counts them, and every sample's fields. They are read where they lie, in
 * LBRVIRT_RECORDINGS or beside the source tree, and are no part of it.
 */
#include "config.h"

#include "perfdata/suites.h"

#include <errno.h>
#include <glob.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "perfdata/fixture.h"

#define NR_TYPES 128

static const struct {
	const char *name;
	uint32_t type;
} type_names[] = {
	{ "MMAP", 1 },
	{ "LOST", 2 },
	{ "COMM", 3 },
	{ "EXIT", 4 },
	{ "THROTTLE", 5 },
	{ "UNTHROTTLE", 6 },
	{ "FORK", 7 },
	{ "READ", 8 },
	{ "SAMPLE", 9 },
	{ "MMAP2", 10 },
	{ "AUX", 11 },
	{ "ITRACE_START", 12 },
	{ "LOST_SAMPLES", 13 },
	{ "SWITCH", 14 },
	{ "SWITCH_CPU_WIDE", 15 },
	{ "NAMESPACES", 16 },
	{ "KSYMBOL", 17 },
	{ "BPF_EVENT", 18 },
	{ "CGROUP", 19 },
	{ "ATTR", 64 },
	{ "EVENT_TYPE", 65 },
	{ "TRACING_DATA", 66 },
	{ "BUILD_ID", 67 },
	{ "FINISHED_ROUND", 68 },
	{ "ID_INDEX", 69 },
	{ "AUXTRACE_INFO", 70 },
	{ "AUXTRACE", 71 },
	{ "THREAD_MAP", 73 },
	{ "CPU_MAP", 74 },
	{ "STAT", 76 },
	{ "EVENT_UPDATE", 78 },
	{ "TIME_CONV", 79 },
	{ "FEATURE", 80 },
	{ "FINISHED_INIT", 82 },
};

/*
 * Where perf's counts are not of the file as it is: it refuses the file, or
 * crashes on it; counted a copy with records left out; stops at a record it
 * does not know; or counts events that it makes up out of a hardware trace.
 */
static const struct {
	const char *name; /* part of it */
	const char *why;
} not_comparable[] = {
	{ "lbr-any-skl.truncated.data", "perf refuses it" },
	{ "lbr-any-skl.unfinished.data", "perf refuses it" },
	{ "perf_etm.data", "perf makes up events out of its trace" },
	{ "perf_with_callchain_record.data", "perf refuses it" },
	{ "perf_with_tracepoint_event_dynamic_field.data", "perf refuses it" },
	{ "sleep.compressed2.pipe.data", "counted in a shorter copy" },
	{ "fuzz__", "perf refuses it, or crashes" },
};

/* A list of recordings: those beside which a file of this ending stands. */
static glob_t list_recordings(const char *ending)
{
	const char *folder = getenv("LBRVIRT_RECORDINGS");
	const char *top = getenv("top_srcdir");
	glob_t found = { 0 };
	char pattern[4096];

	if (folder)
		snprintf(pattern, sizeof(pattern), "%s/*/*%s", folder, ending);
	else
		snprintf(pattern, sizeof(pattern),
			 "%s/../shared/recordings/*/*%s", top ? top : ".",
			 ending);
	if (glob(pattern, 0, NULL, &found) != 0)
		printf("skipped: no recordings as %s; set LBRVIRT_RECORDINGS\n",
		       pattern);
	return found;
}

static char *without_ending(const char *path, const char *ending)
{
	char *recording = strndup(path, strlen(path) - strlen(ending));

	ck_assert_ptr_nonnull(recording);
	return recording;
}

/* NULL: they are. */
static const char *why_not_comparable(const char *path)
{
	for (size_t i = 0;
	     i < sizeof(not_comparable) / sizeof(not_comparable[0]); i++) {
		if (strstr(path, not_comparable[i].name))
			return not_comparable[i].why;
	}
	return NULL;
}

/* The last part of its name, which names nobody's machine. */
static const char *name_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* "    151 PERF_RECORD_MMAP" */
static void read_counts(const char *path, uint64_t *ret_counts)
{
	FILE *file = fopen(path, "r");
	unsigned long long nr;
	char name[64];
	char line[256];

	ck_assert_ptr_nonnull(file);
	while (fgets(line, sizeof(line), file)) {
		if (sscanf(line, "%llu PERF_RECORD_%63s", &nr, name) != 2)
			continue;
		for (size_t i = 0;
		     i < sizeof(type_names) / sizeof(type_names[0]); i++) {
			if (strcmp(type_names[i].name, name) == 0)
				ret_counts[type_names[i].type] = nr;
		}
	}
	fclose(file);
}

static int count_records(const char *path, uint64_t *ret_counts,
			 char *ret_damage, size_t size)
{
	struct lbrvirt_perfdata *data;
	struct lbrvirt_context *ctx;
	struct lbrvirt_record record;
	uint64_t last_ns = 0;
	int err;

	ck_assert_int_eq(lbrvirt_context_new(&ctx), 0);
	err = lbrvirt_perfdata_open(ctx, path, NULL, &data);
	if (err) {
		snprintf(ret_damage, size, "%s",
			 name_of(lbrvirt_context_error(ctx)));
		lbrvirt_context_free(ctx);
		return err;
	}
	while ((err = lbrvirt_perfdata_next(data, &record)) == 0) {
		if (record.type < NR_TYPES)
			ret_counts[record.type]++;
		if (record.type != PERF_RECORD_SAMPLE)
			continue;
		ck_assert_msg(record.time_ns >= last_ns, "%s: out of order",
			      path);
		last_ns = record.time_ns;
	}
	lbrvirt_perfdata_close(data);
	if (err != -ENODATA)
		snprintf(ret_damage, size, "%s",
			 name_of(lbrvirt_context_error(ctx)));
	lbrvirt_context_free(ctx);
	return err;
}

static uint64_t sum_of(const uint64_t *counts)
{
	uint64_t sum = 0;

	for (int type = 0; type < NR_TYPES; type++)
		sum += counts[type];
	return sum;
}

/* What perf cannot read, ours reads up to the damage and says so. */
static void compare_counts(const char *path, const char *beside)
{
	const char *why = why_not_comparable(path);
	uint64_t theirs[NR_TYPES] = { 0 };
	uint64_t ours[NR_TYPES] = { 0 };
	char damage[256] = "";
	int err = count_records(path, ours, damage, sizeof(damage));

	ck_assert_msg(err == -ENODATA || err == -EBADMSG, "%s: %d", path, err);
	ck_assert_msg((err == -EBADMSG) == (damage[0] != '\0'),
		      "%s: a damage without a word", path);
	read_counts(beside, theirs);
	for (int type = 0; !why && type < NR_TYPES; type++)
		ck_assert_msg(ours[type] == theirs[type],
			      "%s: type %d: ours %" PRIu64 ", perf's %" PRIu64,
			      path, type, ours[type], theirs[type]);
	printf("%s: %" PRIu64 " records, %s%s%s%s%s\n", name_of(path),
	       sum_of(ours), why ? "not compared: " : "as perf counts them",
	       why ? why : "", damage[0] ? " (" : "", damage,
	       damage[0] ? ")" : "");
}

START_TEST(records_of_each_type_are_as_many_as_perf_counts)
{
	glob_t found = list_recordings(".raw-counts.txt");

	for (size_t i = 0; i < found.gl_pathc; i++) {
		char *path =
			without_ending(found.gl_pathv[i], ".raw-counts.txt");

		compare_counts(path, found.gl_pathv[i]);
		free(path);
	}
	globfree(&found);
}
END_TEST

static void put(struct buffer *line, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void put(struct buffer *line, const char *format, ...)
{
	char text[128];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	ck_assert_int_eq(buffer_append(line, text, strlen(text)), 0);
}

static void put_words(struct buffer *line, const uint64_t *words, size_t nr)
{
	for (size_t i = 0; i < nr; i++)
		put(line, "%s%" PRIx64, i ? " " : "", words[i]);
}

static void put_stacks(struct buffer *line, uint64_t type,
		       const struct lbrvirt_sample *sample)
{
	if (type & PERF_SAMPLE_CALLCHAIN) {
		put(line, "\t%zu:", sample->nr_callchain);
		put_words(line, sample->callchain, sample->nr_callchain);
	} else {
		put(line, "\t-");
	}
	if (!(type & PERF_SAMPLE_BRANCH_STACK)) {
		put(line, "\t-");
		return;
	}
	put(line, "\t%zu:", sample->nr_branches);
	for (size_t i = 0; i < sample->nr_branches; i++) {
		const struct lbrvirt_branch *branch = &sample->branches[i];

		put(line, "%s%" PRIx64 ">%" PRIx64 "/%" PRIx64, i ? " " : "",
		    branch->from, branch->to, branch->flags);
	}
}

/* As in samples.tsv.gz. */
static void put_sample(struct buffer *line, size_t index,
		       const struct lbrvirt_record *record)
{
	const struct lbrvirt_sample *sample = &record->sample;
	uint64_t type = record->event->attr.sample_type;

	line->size = 0;
	put(line,
	    "%zu\t%" PRIu32 "\t%" PRIu32 "\t%" PRIu64 "\t%" PRIx64 "\t%" PRIu64,
	    index, record->pid, record->tid, record->time_ns, sample->ip,
	    sample->period);
	put_stacks(line, type, sample);
	if (type & PERF_SAMPLE_REGS_USER) {
		put(line, "\t%" PRIu64 ":", sample->regs_user_abi);
		put_words(line, sample->regs_user,
			  (size_t)__builtin_popcountll(sample->regs_user_mask));
	} else {
		put(line, "\t-");
	}
	if (type & PERF_SAMPLE_STACK_USER)
		put(line, "\t%" PRIu64 "/%" PRIu64, sample->user_stack_asked,
		    sample->user_stack_size);
	else
		put(line, "\t-");
	ck_assert_int_eq(buffer_append(line, "", 1), 0);
}

/* One line without its end, of any length; false at the end. */
static bool read_line(gzFile file, struct buffer *line)
{
	int c;

	line->size = 0;
	while ((c = gzgetc(file)) >= 0 && c != '\n') {
		char byte = (char)c;

		ck_assert_int_eq(buffer_append(line, &byte, 1), 0);
	}
	if (c < 0 && line->size == 0)
		return false;
	ck_assert_int_eq(buffer_append(line, "", 1), 0);
	return true;
}

static void compare_samples(struct lbrvirt_perfdata *data, gzFile theirs,
			    const char *path)
{
	struct lbrvirt_record record;
	struct buffer wanted = { 0 };
	struct buffer line = { 0 };
	size_t branches = 0;
	size_t index = 0;
	int err;

	ck_assert(read_line(theirs, &wanted)); /* the names of the columns */
	while ((err = lbrvirt_perfdata_next(data, &record)) == 0) {
		if (record.type != PERF_RECORD_SAMPLE)
			continue;
		branches += record.sample.nr_branches;
		ck_assert_ptr_nonnull(record.event);
		put_sample(&line, index, &record);
		ck_assert_msg(read_line(theirs, &wanted),
			      "%s: more than %zu samples", path, index);
		ck_assert_msg(strcmp((char *)line.bytes,
				     (char *)wanted.bytes) == 0,
			      "%s:\nours   %.300s\ntheirs %.300s", path,
			      line.bytes, wanted.bytes);
		index++;
	}
	ck_assert_int_ne(err, -ENOMEM);
	/* After damage, the other decoder may have gone on. */
	if (err == -ENODATA)
		ck_assert_msg(!read_line(theirs, &wanted),
			      "%s: only %zu samples", path, index);
	printf("%s: %zu samples, %zu branches, all fields equal%s\n",
	       name_of(path), index, branches,
	       err == -ENODATA ? "" : " up to the damage");
	buffer_fini(&wanted);
	buffer_fini(&line);
}

START_TEST(every_sample_is_as_another_decoder_has_it)
{
	struct lbrvirt_perfdata_opts opts = {
		.size = sizeof(opts),
		.order = LBRVIRT_PERFDATA_AS_WRITTEN,
	};
	glob_t found = list_recordings(".samples.tsv.gz");
	struct lbrvirt_context *ctx;

	ck_assert_int_eq(lbrvirt_context_new(&ctx), 0);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		char *path =
			without_ending(found.gl_pathv[i], ".samples.tsv.gz");
		gzFile theirs = gzopen(found.gl_pathv[i], "rb");
		struct lbrvirt_perfdata *data;

		ck_assert_ptr_nonnull(theirs);
		ck_assert_int_eq(lbrvirt_perfdata_open(ctx, path, &opts, &data),
				 0);
		compare_samples(data, theirs, path);
		lbrvirt_perfdata_close(data);
		gzclose(theirs);
		free(path);
	}
	globfree(&found);
	lbrvirt_context_free(ctx);
}
END_TEST

Suite *recordings_suite(void)
{
	Suite *suite = suite_create("recordings");
	TCase *read = tcase_create("read");

	tcase_add_test(read, records_of_each_type_are_as_many_as_perf_counts);
	tcase_add_test(read, every_sample_is_as_another_decoder_has_it);
	tcase_set_timeout(read, 300);
	suite_add_tcase(suite, read);
	return suite;
}
