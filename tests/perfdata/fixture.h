/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A small recording to write and read back, and the shell, for asking perf what
 * it makes of it.
 */
#ifndef LBRVIRT_TESTS_PERFDATA_FIXTURE_H
#define LBRVIRT_TESTS_PERFDATA_FIXTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <lbrvirt/perfdata.h>

#include "base/buffer.h"
#include "perfdata/writer.h"

#define FIXTURE_BUILD_ID_PATH "/usr/bin/with-id"
#define FIXTURE_PID	      4242

struct fixture {
	struct lbrvirt_context *ctx;
	struct lbrvirt_event event;
	uint64_t ids[2];
	struct writer_header header;
	struct writer_opts opts;
	uint64_t time_ns; /* of the next sample */
};

void fixture_init(struct fixture *fixture, int zstd_level);
void fixture_fini(struct fixture *fixture);

/* Open a writer on the fixture's event, with all header fields set. */
struct writer *fixture_open(struct fixture *fixture, const char *path);

/* Append a COMM and @nr samples, one a microsecond; the append's answer. */
int fixture_append(struct fixture *fixture, struct writer *writer, size_t nr);

/* A whole file of @nr samples, with notes and a build-id. */
void fixture_write(const char *path, int zstd_level, size_t nr);

/* Read @path to its end: samples counted in *@ret_samples, the end's code. */
int fixture_read(const char *path, size_t *ret_samples);

/* All of a file. The caller frees the buffer. */
struct buffer fixture_slurp(const char *path);
void fixture_spill(const char *path, const void *bytes, size_t size);

/*
 * What a shell command prints (stderr only if redirected). The caller frees it.
 * *@ret_status, if not NULL, receives its exit status.
 */
char *fixture_shell(int *ret_status, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Remove the files that a shell pattern names. */
void fixture_remove(const char *pattern);

/* True if perf is installed; else says on stdout that @what is skipped. */
bool fixture_has_perf(const char *what);

#endif
