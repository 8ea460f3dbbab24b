/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Records are put together word by word, as the kernel lays them out in
 * include/uapi/linux/perf_event.h.
 */
#include "config.h"

#include <lbrvirt/sample.h>

#include "export/branch_file.h"

#include <string.h>
#include <sys/mman.h>

#include "base/buffer.h"
#include "perfdata/writer.h"

#define PID	    4242u
#define BASE	    0x555555554000ull
#define NR_BRANCHES 32u

#define SAMPLE_TYPE                                                \
	(PERF_SAMPLE_IP | PERF_SAMPLE_TID | PERF_SAMPLE_TIME |     \
	 PERF_SAMPLE_ADDR | PERF_SAMPLE_CPU | PERF_SAMPLE_PERIOD | \
	 PERF_SAMPLE_BRANCH_STACK)

static int put(struct buffer *buf, uint64_t word)
{
	return buffer_append(buf, &word, sizeof(word));
}

static int put_two(struct buffer *buf, uint32_t low, uint32_t high)
{
	return put(buf, low | (uint64_t)high << 32);
}

static int put_string(struct buffer *buf, const char *string)
{
	static const char zeros[8];
	size_t size = strlen(string) + 1;
	int err = buffer_append(buf, string, size);

	return err ? err : buffer_append(buf, zeros, -size % 8);
}

/* The trailer of records that are no samples: TID, TIME, CPU. */
static int put_trailer(struct buffer *buf, uint64_t time_ns)
{
	return put_two(buf, PID, PID) | put(buf, time_ns) | put_two(buf, 1, 0);
}

static int append(struct writer *writer, uint32_t type, uint16_t misc,
		  const struct buffer *body)
{
	struct perf_event_header header = {
		.type = type,
		.misc = misc,
		.size = (uint16_t)(sizeof(header) + body->size),
	};
	struct buffer record = { 0 };
	int err = buffer_append(&record, &header, sizeof(header));

	if (!err)
		err = buffer_append(&record, body->bytes, body->size);
	if (!err)
		err = writer_append(writer, record.bytes, record.size);
	buffer_fini(&record);
	return err;
}

static int add_comm(struct writer *writer)
{
	struct buffer body = { 0 };
	int err = put_two(&body, PID, PID) | put_string(&body, "my app") |
		  put_trailer(&body, 1000);

	if (!err)
		err = append(writer, PERF_RECORD_COMM,
			     PERF_RECORD_MISC_COMM_EXEC, &body);
	buffer_fini(&body);
	return err;
}

static int add_mapping(struct writer *writer, const char *path)
{
	struct buffer body = { 0 };
	int err = put_two(&body, PID, PID) | put(&body, BASE) |
		  put(&body, 0x4000) | put(&body, 0) | put_two(&body, 0xfe, 1) |
		  put(&body, 1234) | put(&body, 0) |
		  put_two(&body, PROT_READ | PROT_EXEC, MAP_PRIVATE) |
		  put_string(&body, path) | put_trailer(&body, 1001);

	if (!err)
		err = append(writer, PERF_RECORD_MMAP2, PERF_RECORD_MISC_USER,
			     &body);
	buffer_fini(&body);
	return err;
}

/* Types 0 to 14, then the kinds of type 15; flags and cycles vary. */
static uint64_t flags_of(unsigned int i)
{
	uint64_t flags = (i & 0xf) | (uint64_t)(i * 37) << 4;

	if (i < 15)
		return flags | (uint64_t)i << 20;
	if (i < 23)
		return flags | 15ull << 20 | (uint64_t)(i - 15) << 26;
	return flags | (uint64_t)(i % 4) << 24;
}

static int put_branches(struct buffer *body, unsigned int nr)
{
	int err = put(body, nr);

	for (unsigned int i = 0; !err && i < nr; i++)
		err = put(body, BASE + 0x1000 + i) |
		      put(body, BASE + 0x1100 + i) | put(body, flags_of(i));
	return err;
}

static int put_chain(struct buffer *body)
{
	return put(body, 4) | put(body, PERF_CONTEXT_USER) |
	       put(body, BASE + 0x1040) | put(body, BASE + 0x1075) |
	       put(body, BASE + 0x1085);
}

static int add_sample(struct writer *writer, uint64_t time_ns,
		      unsigned int nr_branches, bool has_chain)
{
	struct buffer body = { 0 };
	int err = put(&body, BASE + 0x1040) | put_two(&body, PID, PID) |
		  put(&body, time_ns) | put(&body, 0x7fff1234) |
		  put_two(&body, 1, 0) | put(&body, 4000);

	if (!err && has_chain)
		err = put_chain(&body);
	if (!err)
		err = put_branches(&body, nr_branches);
	if (!err)
		err = append(writer, PERF_RECORD_SAMPLE, PERF_RECORD_MISC_USER,
			     &body);
	buffer_fini(&body);
	return err;
}

static int add_records(struct writer *writer, const char *mapped,
		       bool has_chain)
{
	int err = add_comm(writer);

	if (!err)
		err = add_mapping(writer, mapped);
	if (!err)
		err = add_sample(writer, 1641037801123, NR_BRANCHES, has_chain);
	if (!err)
		err = add_sample(writer, 1641038801999, 0, has_chain);
	return err;
}

int branch_file_write(struct lbrvirt_context *ctx, const char *path,
		      const char *mapped, bool has_chain)
{
	const struct lbrvirt_event event = {
		.name = "cycles",
		.attr = { .type = PERF_TYPE_HARDWARE,
			  .size = PERF_ATTR_SIZE_VER7,
			  .config = PERF_COUNT_HW_CPU_CYCLES,
			  .sample_period = 4000,
			  .sample_type =
				  SAMPLE_TYPE |
				  (has_chain ? PERF_SAMPLE_CALLCHAIN : 0),
			  .branch_sample_type = PERF_SAMPLE_BRANCH_USER |
						PERF_SAMPLE_BRANCH_ANY,
			  .sample_id_all = 1,
			  .mmap = 1,
			  .mmap2 = 1,
			  .comm = 1 },
	};
	const struct writer_header header = { .hostname = "test",
					      .has_branch_stack = true };
	const struct writer_opts opts = { .events = &event,
					  .nr_events = 1,
					  .header = &header };
	struct writer *writer;
	int closed;
	int err = writer_open(ctx, path, &opts, &writer);

	if (err)
		return err;
	err = add_records(writer, mapped, has_chain);
	closed = writer_close(writer);
	return err ? err : closed;
}
