/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Reading perf.data: files and pipes, by whichever tool. Records come in time
 * order, each decoded once; memory is bounded by what one round of the recorder
 * held, not by the file.
 *
 * Format: tools/perf/Documentation/perf.data-file-format.txt (Linux 6.12).
 */
#ifndef LBRVIRT_PERFDATA_H
#define LBRVIRT_PERFDATA_H

#include <lbrvirt/api.h>
#include <lbrvirt/context.h>
#include <lbrvirt/sample.h>

LBRVIRT_BEGIN_DECLS

struct lbrvirt_perfdata;

/** What the file's header says of the machine; NULL or 0: it does not say. */
struct lbrvirt_perfdata_header {
	const char *hostname;
	const char *osrelease;	/**< kernel release: "6.1.0-30-cloud-amd64" */
	const char *version;	/**< of the tool that wrote it */
	const char *arch;	/**< uname -m: "x86_64" */
	const char *cpudesc;	/**< model name */
	const char *cpuid;	/**< "GenuineIntel,6,85,7" */
	uint32_t nr_cpus_online;
	uint32_t nr_cpus_available;
	uint64_t total_mem_kb;
	const char *const *cmdline; /**< the recording command's words */
	size_t nr_cmdline;
	bool is_pipe;	  /**< pipe format: no seeking, header as records */
	bool is_swapped;  /**< of the other byte order */
	bool is_finished; /**< false: the recorder did not end it properly */
};

/** How records are handed out. */
enum lbrvirt_perfdata_order {
	LBRVIRT_PERFDATA_BY_TIME = 0, /**< by time, as perf script does */
	LBRVIRT_PERFDATA_AS_WRITTEN = 1, /**< in file order */
};

/** Settings of lbrvirt_perfdata_open(). Set size to sizeof of the struct. */
struct lbrvirt_perfdata_opts {
	size_t size;
	enum lbrvirt_perfdata_order order;
};

/**
 * Open a perf.data file, pipe, or folder of perf record --threads, whose files
 * are one recording, with offsets that count on from file to file.
 *
 * @ctx       context for messages; must outlive the reader.
 * @path      the file or folder; "-" is standard input.
 * @opts      settings, or NULL for the defaults.
 * @ret_data  receives the reader; untouched on failure.
 *
 * Returns 0, or
 *   -EINVAL   a pointer is NULL, or @opts asks for what this version lacks;
 *   -ENOENT   no such file;
 *   -EACCES   it may not be read;
 *   -EBADMSG  not a perf.data file, or its header is damaged;
 *   -ENOMEM   out of memory;
 *   -EIO      reading failed.
 *
 * Owner:  the caller; end it with lbrvirt_perfdata_close().
 * Thread: one at a time per @ctx.
 * Since:  0.1
 */
LBRVIRT_API int lbrvirt_perfdata_open(struct lbrvirt_context *ctx,
				      const char *path,
				      const struct lbrvirt_perfdata_opts *opts,
				      struct lbrvirt_perfdata **ret_data);

/**
 * Close a reader. NULL is allowed. Ends the life of everything it handed out.
 *
 * Thread: one at a time per context.
 * Since:  0.1
 */
LBRVIRT_API void lbrvirt_perfdata_close(struct lbrvirt_perfdata *data);

/**
 * The next record.
 *
 * @data        the reader.
 * @ret_record  filled on success.
 *
 * Returns 0, or
 *   -EINVAL   a pointer is NULL;
 *   -ENODATA  no more records: all were read;
 *   -EBADMSG  the file is damaged from here on (truncated, corrupt): every
 *             record before the damage was handed out, and the context's error
 *             text says at which offset and what. The same answer from then on;
 *   -ENOMEM   out of memory;
 *   -EIO      reading failed.
 *
 * Owner:  the reader; the record's pointers are valid until the next call.
 * Thread: one at a time per context.
 * Since:  0.1
 */
LBRVIRT_API int lbrvirt_perfdata_next(struct lbrvirt_perfdata *data,
				      struct lbrvirt_record *ret_record);

/**
 * What the header says. In a pipe it fills up while records are read.
 *
 * Returns NULL if @data is NULL, else the header.
 *
 * Owner:  the reader; valid as long as it is open.
 * Thread: one at a time per context.
 * Since:  0.1
 */
LBRVIRT_API const struct lbrvirt_perfdata_header *
lbrvirt_perfdata_header(const struct lbrvirt_perfdata *data);

/**
 * The number of events. In a pipe it grows while records are read.
 *
 * Since:  0.1
 */
LBRVIRT_API size_t
lbrvirt_perfdata_event_count(const struct lbrvirt_perfdata *data);

/**
 * One event of the recording.
 *
 * @index  from 0, below lbrvirt_perfdata_event_count().
 *
 * Returns the event, or NULL if @index is out of range.
 *
 * Owner:  the reader; valid as long as it is open.
 * Since:  0.1
 */
LBRVIRT_API const struct lbrvirt_event *
lbrvirt_perfdata_event(const struct lbrvirt_perfdata *data, size_t index);

/**
 * A note that lbrprof left in the file, by name: "stack_source", "ladder",
 * "lost", …; lbrprof-record(1) lists them. They stand in the header's
 * PMU_CAPS feature under the name "lbrprof", where perf shows them too.
 *
 * Returns the text, or NULL: there is no such note.
 *
 * Owner:  the reader; valid as long as it is open.
 * Since:  0.1
 */
LBRVIRT_API const char *
lbrvirt_perfdata_note(const struct lbrvirt_perfdata *data, const char *name);

/** A stretch of the recording in which the host took much of the time. */
struct lbrvirt_steal {
	uint64_t begin_ns;  /**< on the samples' clock */
	uint64_t end_ns;
	uint64_t origin_ns; /**< when the recording began */
	double percent;	    /**< of the time of all CPUs */
};

/** Below so many percent nothing is a stretch. */
#define LBRVIRT_STEAL_PERCENT_MIN 2

/**
 * When the host took time from the guest, as lbrprof noted it: programs ran
 * for less of those stretches than the clock says.
 *
 * @index      from 0, in the order of time.
 * @ret_steal  filled on success.
 *
 * Returns 0, -EINVAL, or -ENOENT: no more, or the file does not say.
 *
 * Since:  0.1
 */
LBRVIRT_API int lbrvirt_perfdata_steal(const struct lbrvirt_perfdata *data,
				       size_t index,
				       struct lbrvirt_steal *ret_steal);

/**
 * The build-id that the file's BUILD_ID table or MMAP2 records give a path.
 *
 * @path          as the mapping records spell it.
 * @ret_build_id  receives up to 20 bytes.
 * @ret_size      receives its true length, 1 to 20.
 *
 * Returns 0, -EINVAL, or -ENOENT.
 *
 * Since:  0.1
 */
LBRVIRT_API int
lbrvirt_perfdata_build_id(const struct lbrvirt_perfdata *data,
			  const char *path, uint8_t *ret_build_id,
			  uint8_t *ret_size);

LBRVIRT_END_DECLS

#endif
