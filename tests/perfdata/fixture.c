/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Builds the recording that fixture.h describes.
 */
#include "config.h"

#include "perfdata/fixture.h"

#include <check.h>
#include <glob.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *const words[] = { "lbrprof", "record", "--", "a b" };

void fixture_init(struct fixture *fixture, int zstd_level)
{
	memset(fixture, 0, sizeof(*fixture));
	ck_assert_int_eq(lbrvirt_context_new(&fixture->ctx), 0);
	fixture->ids[0] = 71;
	fixture->ids[1] = 72;
	fixture->event.name = "my-clock";
	fixture->event.ids = fixture->ids;
	fixture->event.nr_ids = 2;
	fixture->event.attr.size = sizeof(fixture->event.attr);
	fixture->event.attr.type = PERF_TYPE_SOFTWARE;
	fixture->event.attr.config = PERF_COUNT_SW_CPU_CLOCK;
	fixture->event.attr.sample_period = 1000;
	fixture->event.attr.sample_type = PERF_SAMPLE_IP | PERF_SAMPLE_TID |
					  PERF_SAMPLE_TIME | PERF_SAMPLE_PERIOD;
	fixture->event.attr.sample_id_all = 1;
	fixture->event.attr.exclude_guest = 1;
	fixture->event.attr.exclude_kernel = 1;
	fixture->event.attr.exclude_hv = 1;
	fixture->header = (struct writer_header){
		.hostname = "here",
		.osrelease = "6.1.0",
		.version = "0.1",
		.arch = "x86_64",
		.cpudesc = "A CPU",
		.cpuid = "GenuineIntel,6,85,7",
		.nr_cpus_online = 2,
		.nr_cpus_available = 4,
		.total_mem_kb = 1048576,
		.cmdline = words,
		.nr_cmdline = sizeof(words) / sizeof(words[0]),
		.has_clockid = true,
		.clock_resolution_ns = 1,
	};
	fixture->opts = (struct writer_opts){
		.events = &fixture->event,
		.nr_events = 1,
		.header = &fixture->header,
		.zstd_level = zstd_level,
	};
	fixture->time_ns = 1000000;
}

void fixture_fini(struct fixture *fixture)
{
	lbrvirt_context_free(fixture->ctx);
}

struct writer *fixture_open(struct fixture *fixture, const char *path)
{
	struct writer *writer = NULL;

	ck_assert_int_eq(
		writer_open(fixture->ctx, path, &fixture->opts, &writer), 0);
	return writer;
}

struct comm_record {
	struct perf_event_header header;
	uint32_t pid;
	uint32_t tid;
	char name[8];
	uint32_t id_pid;
	uint32_t id_tid;
	uint64_t time_ns;
};

struct sample_record {
	struct perf_event_header header;
	uint64_t ip;
	uint32_t pid;
	uint32_t tid;
	uint64_t time_ns;
	uint64_t period;
};

int fixture_append(struct fixture *fixture, struct writer *writer, size_t nr)
{
	struct comm_record comm = {
		.header = { PERF_RECORD_COMM, 0, sizeof(comm) },
		.pid = FIXTURE_PID,
		.tid = FIXTURE_PID,
		.name = "worker",
		.id_pid = FIXTURE_PID,
		.id_tid = FIXTURE_PID,
		.time_ns = fixture->time_ns,
	};
	int err = writer_append(writer, &comm, sizeof(comm));

	for (size_t i = 0; !err && i < nr; i++) {
		struct sample_record sample = {
			.header = { PERF_RECORD_SAMPLE, PERF_RECORD_MISC_USER,
				    sizeof(sample) },
			.ip = 0x400000 + i * 2654435761 % 65536,
			.pid = FIXTURE_PID,
			.tid = FIXTURE_PID,
			.time_ns = fixture->time_ns,
			.period = 1000,
		};

		writer_sample_time(writer, sample.time_ns);
		err = writer_append(writer, &sample, sizeof(sample));
		fixture->time_ns += 1000;
	}
	return err;
}

void fixture_write(const char *path, int zstd_level, size_t nr)
{
	static const uint8_t build_id[20] = { 0xde, 0xad, 0xbe, 0xef };
	struct fixture fixture;
	struct writer *writer;

	fixture_init(&fixture, zstd_level);
	writer = fixture_open(&fixture, path);
	ck_assert_int_eq(writer_note(writer, "stack_source", "none"), 0);
	ck_assert_int_eq(writer_note(writer, "stack_source", "cfi"), 0);
	ck_assert_int_eq(writer_note(writer, "ladder", "one\ntwo \\n"), 0);
	ck_assert_int_eq(writer_build_id(writer, PERF_RECORD_MISC_USER, -1,
					 build_id, sizeof(build_id),
					 FIXTURE_BUILD_ID_PATH),
			 0);
	ck_assert_int_eq(fixture_append(&fixture, writer, nr), 0);
	ck_assert_int_eq(writer_close(writer), 0);
	fixture_fini(&fixture);
}

int fixture_read(const char *path, size_t *ret_samples)
{
	struct lbrvirt_context *ctx;
	struct lbrvirt_perfdata *data;
	struct lbrvirt_record record;
	size_t samples = 0;
	int err;

	ck_assert_int_eq(lbrvirt_context_new(&ctx), 0);
	err = lbrvirt_perfdata_open(ctx, path, NULL, &data);
	if (!err) {
		while ((err = lbrvirt_perfdata_next(data, &record)) == 0)
			samples += record.type == PERF_RECORD_SAMPLE;
		lbrvirt_perfdata_close(data);
	}
	lbrvirt_context_free(ctx);
	*ret_samples = samples;
	return err;
}

struct buffer fixture_slurp(const char *path)
{
	struct buffer bytes = { 0 };
	FILE *file = fopen(path, "rb");
	char block[4096];
	size_t n;

	ck_assert_ptr_nonnull(file);
	while ((n = fread(block, 1, sizeof(block), file)) > 0)
		ck_assert_int_eq(buffer_append(&bytes, block, n), 0);
	fclose(file);
	return bytes;
}

void fixture_spill(const char *path, const void *bytes, size_t size)
{
	FILE *file = fopen(path, "wb");

	ck_assert_ptr_nonnull(file);
	ck_assert_uint_eq(fwrite(bytes, 1, size, file), size);
	ck_assert_int_eq(fclose(file), 0);
}

char *fixture_shell(int *ret_status, const char *format, ...)
{
	struct buffer out = { 0 };
	char command[4096];
	char block[4096];
	FILE *pipe;
	va_list ap;
	int status;
	size_t n;

	va_start(ap, format);
	vsnprintf(command, sizeof(command), format, ap);
	va_end(ap);
	pipe = popen(command, "r");
	ck_assert_ptr_nonnull(pipe);
	while ((n = fread(block, 1, sizeof(block), pipe)) > 0)
		ck_assert_int_eq(buffer_append(&out, block, n), 0);
	status = pclose(pipe);
	if (ret_status)
		*ret_status = WIFEXITED(status) ? WEXITSTATUS(status) : 255;
	ck_assert_int_eq(buffer_append(&out, "", 1), 0);
	return (char *)out.bytes;
}

void fixture_remove(const char *pattern)
{
	glob_t found;

	if (glob(pattern, 0, NULL, &found) != 0)
		return;
	for (size_t i = 0; i < found.gl_pathc; i++)
		unlink(found.gl_pathv[i]);
	globfree(&found);
}

bool fixture_has_perf(const char *what)
{
	if (system("perf --version >/dev/null 2>&1") == 0)
		return true;
	printf("skipped: %s: perf is not installed\n", what);
	return false;
}
