/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Writing a perf.data file that perf 6.1 and later read without a warning, and
 * that is whole after every flush: the header's data size and the feature
 * sections are rewritten behind the data, in an order in which a kill at any
 * moment leaves a readable file (see writer.c).
 */
#ifndef LBRVIRT_PERFDATA_WRITER_H
#define LBRVIRT_PERFDATA_WRITER_H

#include <lbrvirt/context.h>
#include <lbrvirt/sample.h>

struct writer;

/* What goes into the header; strings are copied. NULL: left out. */
struct writer_header {
	const char *hostname;
	const char *osrelease;
	const char *version;
	const char *arch;
	const char *cpudesc;
	const char *cpuid;
	uint32_t nr_cpus_online;
	uint32_t nr_cpus_available;
	uint64_t total_mem_kb;
	const char *const *cmdline;
	size_t nr_cmdline;
	/* Branches were asked for (-b, -j), not a call stack of LBRs: perf
	   report shows branches then, and fails if it finds none. */
	bool has_branch_stack;
	/* Clock of the time stamps (use_clockid), for HEADER_CLOCKID. */
	bool has_clockid;
	uint64_t clock_resolution_ns;
};

struct writer_opts {
	const struct lbrvirt_event *events; /* attr as the file shall say */
	size_t nr_events;
	const struct writer_header *header;
	int zstd_level; /* 0: not compressed */
};

/*
 * Begin a file at @path through a temporary name beside it, which becomes
 * @path at the first flush (so an unwritable place is known at once and what
 * stood there before is not destroyed by a start that fails).
 * "-" writes the pipe format to standard output; a path that exists and is no
 * regular file (a FIFO, /dev/null) is sent the pipe format, too.
 * 0, -EACCES, -ENOENT, -ENOMEM, -EIO, -EOVERFLOW (pipe: more than 8,000 ids in
 * one event), with the context's text set.
 */
int writer_open(struct lbrvirt_context *ctx, const char *path,
		const struct writer_opts *opts, struct writer **ret_writer);

/* Append one record (or several, whole ones). Buffered; -EIO on a full disk. */
int writer_append(struct writer *writer, const void *bytes, size_t size);

/* Set, or replace, a note (see lbrvirt_perfdata_note()). Strings are copied. */
int writer_note(struct writer *writer, const char *name, const char *text);

/* Remember time of the first and last sample for HEADER_SAMPLE_TIME. */
void writer_sample_time(struct writer *writer, uint64_t time_ns);

/* Add an entry to the BUILD_ID table (HEADER_BUILD_ID). */
int writer_build_id(struct writer *writer, uint32_t misc, int32_t pid,
		    const uint8_t *build_id, uint8_t size, const char *path);

/* Bytes written, compressed where they are; for --max-size and the summary. */
uint64_t writer_bytes(const struct writer *writer);

/*
 * Put everything on disk and make the file whole. After -EIO (disk full) the
 * file still reads up to the flush before, and the writer refuses more.
 */
int writer_flush(struct writer *writer);

/*
 * Flush, then close and free, in any state. NULL is allowed. Returns the
 * flush's answer. With nothing ever appended, no file is left behind.
 */
int writer_close(struct writer *writer);

/*
 * Close and free without a flush: what was flushed stays; with nothing ever
 * flushed, no file is left behind. NULL is allowed.
 */
void writer_discard(struct writer *writer);

#endif
