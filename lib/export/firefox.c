/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The Firefox Profiler's processed profile: threads with their samples in the
 * order of time, and what they share. A thread's tables are made, written and
 * dropped before the next one's, so only strings, which come behind, add up.
 *
 * The wall-clock time of a recording is not known; the profile begins at 0.
 */
#include "config.h"

#include "export/firefox.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "export/escape.h"
#include "export/sources.h"

#define NS_PER_MS 1000000u

/* Nanoseconds as milliseconds. */
static void put_ms(struct text *text, uint64_t ns)
{
	text_put_decimal(text, ns / NS_PER_MS, 0);
	text_put_char(text, '.');
	text_put_zeroed(text, ns % NS_PER_MS, 6);
}

static void put_string(struct text *text, const char *key, const char *value)
{
	text_put_string(text, key);
	escape_json(text, value);
}

static void put_number(struct text *text, const char *key, uint64_t value)
{
	text_put_string(text, key);
	text_put_decimal(text, value, 0);
}

static void put_command(struct firefox *f,
			const struct lbrvirt_perfdata_header *header)
{
	struct text words = { .is_short = false };

	if (!header->nr_cmdline)
		return;
	for (size_t i = 0; i < header->nr_cmdline; i++) {
		if (i)
			text_put_char(&words, ' ');
		text_put_string(&words, header->cmdline[i]);
	}
	text_put_char(&words, '\0');
	if (words.is_short)
		f->job.text.is_short = true;
	else
		put_string(&f->job.text,
			   ",\"arguments\":", (const char *)words.bytes.bytes);
	text_fini(&words);
}

static void put_machine(struct firefox *f)
{
	const struct lbrvirt_perfdata_header *header =
		lbrvirt_perfdata_header(f->job.file);
	struct text *text = &f->job.text;

	if (!header)
		return;
	if (header->osrelease)
		put_string(text, ",\"oscpu\":", header->osrelease);
	if (header->cpudesc)
		put_string(text, ",\"CPUName\":", header->cpudesc);
	if (header->nr_cpus_online)
		put_number(text, ",\"logicalCPUs\":", header->nr_cpus_online);
	if (header->total_mem_kb)
		put_number(text,
			   ",\"mainMemory\":", header->total_mem_kb * 1024);
	if (header->hostname)
		put_string(text, ",\"device\":", header->hostname);
	put_command(f, header);
}

/* What time a sample stands for; 1 ms where periods are no time. */
static uint64_t interval_ns(const struct firefox *f)
{
	const struct lbrvirt_profile_totals *totals = &f->job.profile->totals;
	uint64_t ns = 0;

	if (f->job.is_time && totals->samples)
		ns = totals->period / totals->samples;
	return ns ? ns : NS_PER_MS;
}

static void put_meta(struct firefox *f)
{
	const struct lbrvirt_profile_totals *totals = &f->job.profile->totals;
	struct text *text = &f->job.text;

	text_put_string(text, "{\"meta\":{\"interval\":");
	put_ms(text, interval_ns(f));
	text_put_string(text, ",\"startTime\":0,\"profilingStartTime\":0,"
			      "\"profilingEndTime\":");
	put_ms(text, totals->last_ns - totals->first_ns);
	put_number(text, ",\"version\":", FIREFOX_GECKO_VERSION);
	put_number(text, ",\"preprocessedProfileVersion\":", FIREFOX_VERSION);
	text_put_string(
		text,
		",\"processType\":0,\"stackwalk\":1,\"debug\":false,"
		"\"product\":\"lbrprof\",\"importedFrom\":\"lbrprof " PACKAGE_VERSION
		"\",\"platform\":\"X11\",\"toolkit\":\"\",\"markerSchema\":[],"
		"\"extensions\":{\"baseURL\":[],\"id\":[],\"name\":[],\"length\":0},"
		"\"symbolicated\":true,\"symbolicationNotSupported\":true,"
		"\"usesOnlyOneStackType\":true,"
		"\"sourceCodeIsNotOnSearchfox\":true,"
		"\"sampleUnits\":{\"time\":\"ms\",\"eventDelay\":\"ms\","
		"\"threadCPUDelta\":\"ns\"},\n\"categories\":["
		"{\"name\":\"Other\",\"color\":\"grey\",\"subcategories\":[\"Other\"]},"
		"{\"name\":\"User\",\"color\":\"yellow\",\"subcategories\":[\"Other\"]},"
		"{\"name\":\"Kernel\",\"color\":\"orange\",\"subcategories\":[\"Other\"]}"
		"]");
	put_machine(f);
	text_put_char(text, '}');
}

/* The stack of a point, as its thread's tables number it. */
static void put_point_stack(struct firefox *f, uint32_t leaf)
{
	if (leaf == UINT32_MAX)
		text_put_string(&f->job.text, "null");
	else
		text_put_decimal(&f->job.text, leaf, 0);
}

static void put_point_weight(struct firefox *f,
			     const struct timeline_point *point)
{
	if (f->job.by_period && f->job.is_time)
		put_ms(&f->job.text, point->period);
	else
		text_put_decimal(
			&f->job.text,
			job_weight(&f->job, point->samples, point->period), 0);
}

enum sample_column { COLUMN_STACK, COLUMN_TIME, COLUMN_WEIGHT };

/* @leaves: by the stacks' places in the profile. */
static int put_column(struct firefox *f, size_t thread,
		      enum sample_column column, const uint32_t *leaves)
{
	const struct timeline_point *points = f->job.profile->timeline.points;
	uint64_t start = f->job.profile->totals.first_ns;
	struct text *text = &f->job.text;
	int err = 0;

	for (size_t i = f->first_point[thread];
	     !err && i < f->first_point[thread + 1]; i++) {
		const struct timeline_point *point = &points[f->points[i]];

		if (i != f->first_point[thread])
			text_put_char(text, ',');
		if (column == COLUMN_STACK)
			put_point_stack(f, leaves[point->stack]);
		else if (column == COLUMN_TIME)
			/* A slot begins before its first sample. */
			put_ms(text, point->time_ns > start ?
					     point->time_ns - start :
					     0);
		else
			put_point_weight(f, point);
		err = job_pass_on(&f->job);
	}
	return err;
}

static int put_samples(struct firefox *f, size_t thread, const uint32_t *leaves)
{
	struct text *text = &f->job.text;
	int err;

	put_number(text, ",\n\"samples\":{\"length\":",
		   f->first_point[thread + 1] - f->first_point[thread]);
	put_string(text, ",\"weightType\":",
		   f->job.by_period && f->job.is_time ? "tracing-ms" :
							"samples");
	text_put_string(text, ",\n\"stack\":[");
	err = put_column(f, thread, COLUMN_STACK, leaves);
	text_put_string(text, "],\n\"time\":[");
	if (!err)
		err = put_column(f, thread, COLUMN_TIME, leaves);
	text_put_string(text, "],\n\"weight\":[");
	if (!err)
		err = put_column(f, thread, COLUMN_WEIGHT, leaves);
	text_put_string(text, "]}");
	return err;
}

static void put_thread_head(struct firefox *f, const struct thread *thread)
{
	const char *comm = stacks_string(f->job.stacks, thread->comm);
	bool is_main = !thread->tid || thread->tid == thread->pid;
	struct text *text = &f->job.text;

	put_string(text, "{\"name\":", comm);
	put_string(text, ",\"processName\":", comm);
	put_number(text, ",\"pid\":\"", thread->pid);
	put_number(text,
		   "\",\"tid\":", thread->tid ? thread->tid : thread->pid);
	text_put_string(text, is_main ? ",\"isMainThread\":true" :
					",\"isMainThread\":false");
	text_put_string(
		text,
		",\"processType\":\"default\",\"processStartupTime\":0,"
		"\"processShutdownTime\":null,\"registerTime\":0,"
		"\"unregisterTime\":null,\"pausedRanges\":[],\n\"markers\":"
		"{\"data\":[],\"name\":[],\"startTime\":[],\"endTime\":[],"
		"\"phase\":[],\"category\":[],\"length\":0}");
}

/* @leaves is room for all stacks of the profile; only those of the thread are
 * looked at. */
static int put_thread(struct firefox *f, size_t thread, uint32_t *leaves)
{
	struct firefox_tables *tables;
	int err = firefox_tables_new(f, thread, &tables);

	if (err)
		return err;
	for (size_t i = f->first_stack[thread]; i < f->first_stack[thread + 1];
	     i++)
		leaves[f->stacks[i]] =
			firefox_tables_leaf(tables, i - f->first_stack[thread]);
	put_thread_head(f, &f->threads.list[thread]);
	err = put_samples(f, thread, leaves);
	if (!err)
		err = firefox_tables_put(tables);
	text_put_char(&f->job.text, '}');
	firefox_tables_free(tables);
	return err;
}

static int put_threads(struct firefox *f)
{
	uint32_t *leaves =
		calloc(f->job.stacks->nr_entries + 1, sizeof(*leaves));
	int err = leaves ? 0 : -ENOMEM;

	text_put_string(&f->job.text, ",\n\"threads\":[\n");
	for (size_t i = 0; !err && i < f->threads.nr; i++) {
		if (i)
			text_put_string(&f->job.text, ",\n");
		err = put_thread(f, i, leaves);
	}
	text_put_char(&f->job.text, ']');
	free(leaves);
	return err;
}

/*
 * Breakpad's name for a build: 16 bytes of its id, read as a GUID, whose first
 * three parts are in the little end's order, and an age of 0.
 */
static void put_breakpad_id(struct text *text, const char *digits)
{
	static const uint8_t order[16] = { 3, 2, 1,  0,	 5,  4,	 7,  6,
					   8, 9, 10, 11, 12, 13, 14, 15 };
	size_t nr = strlen(digits) / 2;

	for (size_t i = 0; i < sizeof(order); i++) {
		for (size_t j = 0; j < 2; j++) {
			char c = order[i] < nr ? digits[2 * order[i] + j] : '0';

			text_put_char(text,
				      c >= 'a' ? (char)(c - 'a' + 'A') : c);
		}
	}
	text_put_char(text, '0');
}

static void put_lib(struct firefox *f, const char *path)
{
	const struct lbrvirt_perfdata_header *header =
		lbrvirt_perfdata_header(f->job.file);
	const char *slash = strrchr(path, '/');
	const char *name = slash && slash[1] ? slash + 1 : path;
	struct text *text = &f->job.text;
	char build_id[JOB_BUILD_ID_SIZE];

	job_build_id(&f->job, path, build_id);
	put_string(text,
		   "{\"arch\":", header && header->arch ? header->arch : "");
	put_string(text, ",\"name\":", name);
	put_string(text, ",\"path\":", path);
	put_string(text, ",\"debugName\":", name);
	put_string(text, ",\"debugPath\":", path);
	text_put_string(text, ",\"breakpadId\":\"");
	if (build_id[0])
		put_breakpad_id(text, build_id);
	text_put_string(text, "\",\"codeId\":");
	if (build_id[0])
		escape_json(text, build_id);
	else
		text_put_string(text, "null");
	text_put_char(text, '}');
}

/* Everything that was met while threads were put. */
static int put_shared(struct firefox *f)
{
	struct text *text = &f->job.text;
	uint32_t nr = intern_count(f->sources);
	int err = 0;

	put_number(text, ",\n\"shared\":{\"sources\":{\"length\":", nr);
	text_put_string(text, ",\"uuid\":[");
	for (uint32_t i = 0; i < nr; i++)
		text_put_string(text, i ? ",null" : "null");
	text_put_string(text, "],\"filename\":[");
	for (uint32_t i = 0; i < nr; i++) {
		const char *source = intern_bytes(f->sources, i, NULL);
		uint32_t place = 0;

		intern_find(f->strings, source, strlen(source), &place);
		put_number(text, i ? "," : "", place);
	}
	text_put_string(text, "]},\n\"stringArray\":[");
	for (uint32_t i = 0; !err && i < intern_count(f->strings); i++) {
		put_string(text, i ? ",\n" : "\n",
			   intern_bytes(f->strings, i, NULL));
		err = job_pass_on(&f->job);
	}
	text_put_string(text, "]},\n\"libs\":[");
	for (uint32_t i = 0; !err && i < intern_count(f->libs); i++) {
		text_put_string(text, i ? ",\n" : "\n");
		put_lib(f, intern_bytes(f->libs, i, NULL));
		err = job_pass_on(&f->job);
	}
	text_put_string(text, "]}\n");
	return err;
}

/* Group @nr things by thread, each in its order. @thread_of says whose. */
static int group(struct firefox *f, size_t nr,
		 uint32_t (*thread_of)(const struct firefox *f, size_t i),
		 uint32_t **ret_places, size_t **ret_first)
{
	size_t nr_threads = f->threads.nr;
	uint32_t *places = calloc(nr + 1, sizeof(*places));
	size_t *first = calloc(nr_threads + 2, sizeof(*first));

	*ret_places = places;
	*ret_first = first;
	if (!places || !first)
		return -ENOMEM;
	/* Counted two further on, so that filling moves them into place. */
	for (size_t i = 0; i < nr; i++) {
		uint32_t thread = thread_of(f, i);

		if (thread != UINT32_MAX)
			first[thread + 2]++;
	}
	for (size_t i = 1; i <= nr_threads + 1; i++)
		first[i] += first[i - 1];
	for (size_t i = 0; i < nr; i++) {
		uint32_t thread = thread_of(f, i);

		if (thread != UINT32_MAX)
			places[first[thread + 1]++] = (uint32_t)i;
	}
	return 0;
}

/* UINT32_MAX: no thread's, for it has no samples. */
static uint32_t thread_of_stack(const struct firefox *f, size_t i)
{
	return f->job.stacks->entries[i].samples ? f->threads.of_stack[i] :
						   UINT32_MAX;
}

static uint32_t thread_of_point(const struct firefox *f, size_t i)
{
	return f->threads.of_stack[f->job.profile->timeline.points[i].stack];
}

static int set_up(struct firefox *f)
{
	struct lbrvirt_profile *profile = f->job.profile;
	int err;

	if (!profile->with_times)
		return error_set(
			profile->ctx, EINVAL,
			"the profile has no times: make it with_times");
	if (profile->timeline.is_short)
		return -ENOMEM;
	timeline_sort(&profile->timeline);
	err = intern_new(&f->strings);
	if (!err)
		err = intern_new(&f->sources);
	if (!err)
		err = intern_new(&f->libs);
	if (!err)
		err = sources_new(f->job.stacks, &f->source_of);
	if (!err)
		err = threads_init(&f->threads, f->job.stacks);
	if (!err)
		err = group(f, f->job.stacks->nr_entries, thread_of_stack,
			    &f->stacks, &f->first_stack);
	if (!err)
		err = group(f, profile->timeline.nr, thread_of_point,
			    &f->points, &f->first_point);
	return err;
}

static void tear_down(struct firefox *f)
{
	intern_free(f->strings);
	intern_free(f->sources);
	intern_free(f->libs);
	free(f->source_of);
	threads_fini(&f->threads);
	free(f->stacks);
	free(f->points);
	free(f->first_stack);
	free(f->first_point);
}

int lbrvirt_export_firefox(struct lbrvirt_profile *profile,
			   const struct lbrvirt_export_opts *opts, FILE *out)
{
	struct firefox f = { .strings = NULL };
	int err = job_begin(&f.job, profile, opts, out);

	if (!err)
		err = set_up(&f);
	if (!err) {
		put_meta(&f);
		err = put_threads(&f);
	}
	if (!err)
		err = put_shared(&f);
	tear_down(&f);
	return job_end(&f.job, err);
}
