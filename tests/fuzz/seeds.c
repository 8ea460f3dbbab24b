/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Small recordings for a fuzzer to begin with, whose addresses are real ones of
 * the program that every mapping shows: its functions, and the calls in it. So
 * unwinding, joining and the checks of branch records get somewhere.
 *
 * Usage: seeds FOLDER
 */
#include "config.h"

#include "fuzz/fuzz.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buffer.h"
#include "perfdata/writer.h"
#include "stack/cfi.h"
#include "stack/unwind.h"

#define PID	    7
#define NR_SAMPLES  6
#define CALLS_MAX   64
#define STACK_BASE  0x7ffc00000000u
#define STACK_WORDS 64

/* Where the program's segments are, one behind the other. */
#define MAP_START 0x400000u

struct call {
	uint64_t from;
	uint64_t to;
};

/* What is known of the program. */
struct code {
	struct lbrvirt_context *ctx;
	struct dso_table *dsos;
	struct dso *dso;
	struct call calls[CALLS_MAX];
	size_t nr_calls;
};

enum kind { KIND_CHAIN, KIND_STACK, KIND_LBR, KIND_JOINED, KIND_ANY, NR_KINDS };

static const char *const kind_names[NR_KINDS] = { "chain", "stack", "lbr",
						  "joined", "any" };

enum form { FORM_FILE, FORM_PACKED, FORM_PIPE, NR_FORMS };

static const char *const form_names[NR_FORMS] = { "file", "packed", "pipe" };

/* Direct calls that lead to a function's first byte. */
static void find_calls(struct code *code, const struct cfi_index *index)
{
	for (uint32_t i = 0; i < index->count; i++) {
		const unsigned char *bytes;
		int32_t offset;
		uint64_t start;
		size_t size;

		memcpy(&offset,
		       index->entries + (size_t)i * CFI_INDEX_ENTRY_SIZE,
		       sizeof(offset));
		start = index->header + (uint64_t)(int64_t)offset;
		bytes = dso_bytes(code->dsos, code->dso, start, 256, &size);
		for (size_t at = 0; bytes && at + 5 <= size; at++) {
			memcpy(&offset, bytes + at + 1, sizeof(offset));
			if (bytes[at] != 0xe8 || offset > 8192 ||
			    offset < -8192 || code->nr_calls == CALLS_MAX)
				continue;
			code->calls[code->nr_calls++] = (struct call){
				.from = start + at,
				.to = start + at + 5 +
				      (uint64_t)(int64_t)offset,
			};
		}
	}
}

static void open_code(struct code *code)
{
	const struct dso_key key = { .path = "/seed" };
	struct cfi_index index;

	memset(code, 0, sizeof(*code));
	fuzz_files_are_program();
	fuzz_expect(lbrvirt_context_new(&code->ctx) == 0);
	fuzz_expect(dso_table_new(code->ctx, NULL, &code->dsos) == 0);
	fuzz_expect(dso_table_add(code->dsos, &key, &code->dso) == 0);
	fuzz_expect(cfi_find_index(code->dsos, code->dso, &index));
	find_calls(code, &index);
	fuzz_expect(code->nr_calls > 4);
}

static void close_code(struct code *code)
{
	dso_table_free(code->dsos);
	lbrvirt_context_free(code->ctx);
}

static void put(struct buffer *out, const void *bytes, size_t size)
{
	fuzz_expect(buffer_append(out, bytes, size) == 0);
}

static void put_u64(struct buffer *out, uint64_t word)
{
	put(out, &word, sizeof(word));
}

/* Set size and type of the record that begins at @start. */
static void put_header(struct buffer *out, size_t start, uint32_t type,
		       uint16_t misc)
{
	struct perf_event_header header = {
		.type = type,
		.misc = misc,
		.size = (uint16_t)(out->size - start),
	};

	memcpy(out->bytes + start, &header, sizeof(header));
}

static void put_id(struct buffer *out, uint64_t time_ns)
{
	const uint32_t ids[2] = { PID, PID };

	put(out, ids, sizeof(ids));
	put_u64(out, time_ns);
}

/* The whole file at its own addresses: one mapping is enough for a linker that
 * puts segments at the same distance in both. */
static void put_mmap(struct buffer *out, uint64_t start, const char *path)
{
	const struct {
		struct perf_event_header header;
		uint32_t pid, tid;
		uint64_t start, size, offset;
		uint32_t major, minor;
		uint64_t inode, generation;
		uint32_t prot, flags;
		char path[16];
	} record = {
		.pid = PID,
		.tid = PID,
		.start = start,
		.size = 0x10000,
		.prot = 5,
		.flags = 2,
	};
	size_t at = out->size;

	put(out, &record, sizeof(record));
	strcpy((char *)out->bytes + at + offsetof(typeof(record), path), path);
	put_id(out, 1000);
	put_header(out, at, PERF_RECORD_MMAP2, PERF_RECORD_MISC_USER);
}

static void put_task(struct buffer *out, uint32_t type, uint64_t time_ns)
{
	const struct {
		struct perf_event_header header;
		uint32_t pid, ppid, tid, ptid;
		uint64_t time_ns;
	} record = { .pid = PID + 1,
		     .ppid = PID,
		     .tid = PID + 1,
		     .ptid = PID,
		     .time_ns = time_ns };
	size_t at = out->size;

	put(out, &record, sizeof(record));
	put_id(out, time_ns);
	put_header(out, at, type, 0);
}

static void put_comm(struct buffer *out)
{
	const struct {
		struct perf_event_header header;
		uint32_t pid, tid;
		char name[16];
	} record = { .pid = PID, .tid = PID, .name = "seed" };
	size_t at = out->size;

	put(out, &record, sizeof(record));
	put_id(out, 900);
	put_header(out, at, PERF_RECORD_COMM, PERF_RECORD_MISC_COMM_EXEC);
}

static void put_lost(struct buffer *out)
{
	size_t at = out->size;

	put_u64(out, 0);
	put_u64(out, 1);
	put_u64(out, 3);
	put_id(out, 2500);
	put_header(out, at, PERF_RECORD_LOST, 0);
}

static void put_chain(struct buffer *out, const struct code *code, size_t from)
{
	put_u64(out, 6);
	put_u64(out, (uint64_t)PERF_CONTEXT_KERNEL);
	put_u64(out, 0xffffffff81000010u);
	put_u64(out, (uint64_t)PERF_CONTEXT_USER);
	for (size_t i = 0; i < 3; i++)
		put_u64(out, code->calls[(from + i) % code->nr_calls].from + 5);
}

static void put_branches(struct buffer *out, const struct code *code,
			 size_t from)
{
	put_u64(out, 4);
	put_u64(out, ~0ull); /* hw_idx */
	for (size_t i = 0; i < 4; i++) {
		const struct call *call =
			&code->calls[(from + i) % code->nr_calls];

		put_u64(out, call->from);
		put_u64(out, call->to);
		put_u64(out, 0x22 + (i << 4));
	}
}

static void put_registers(struct buffer *out, uint64_t ip)
{
	put_u64(out, PERF_SAMPLE_REGS_ABI_64);
	for (size_t i = 0; i < 24; i++) {
		if (!(UNWIND_REGS_MASK & 1ull << i))
			continue;
		put_u64(out, i == 8 ? ip : STACK_BASE + (i == 7 ? 0 : 16 * i));
	}
}

static void put_stack(struct buffer *out, const struct code *code, size_t from)
{
	put_u64(out, STACK_WORDS * 8);
	for (size_t i = 0; i < STACK_WORDS; i++)
		put_u64(out,
			i % 2 ? code->calls[(from + i / 2) % code->nr_calls]
						.from +
					5 :
				STACK_BASE + 8 * (i + 4));
	put_u64(out, STACK_WORDS * 8);
}

/* Fields stand in the order of PERF_SAMPLE_'s in the kernel's header. */
static void put_sample(struct buffer *out, const struct code *code,
		       uint64_t type, size_t i)
{
	uint64_t ip = code->calls[i % code->nr_calls].to + 1;
	size_t at = out->size;

	put_u64(out, 0);
	put_u64(out, ip);
	put_id(out, 2000 + 100 * i);
	put_u64(out, 1000); /* period */
	if (type & PERF_SAMPLE_CALLCHAIN)
		put_chain(out, code, i);
	if (type & PERF_SAMPLE_BRANCH_STACK)
		put_branches(out, code, i);
	if (type & PERF_SAMPLE_REGS_USER)
		put_registers(out, ip);
	if (type & PERF_SAMPLE_STACK_USER)
		put_stack(out, code, i);
	put_header(out, at, PERF_RECORD_SAMPLE, PERF_RECORD_MISC_USER);
}

static struct lbrvirt_event make_event(enum kind kind, const uint64_t *id)
{
	static const uint64_t more[NR_KINDS] = {
		[KIND_CHAIN] = PERF_SAMPLE_CALLCHAIN,
		[KIND_STACK] = PERF_SAMPLE_REGS_USER | PERF_SAMPLE_STACK_USER,
		[KIND_LBR] = PERF_SAMPLE_BRANCH_STACK,
		[KIND_JOINED] = PERF_SAMPLE_CALLCHAIN |
				PERF_SAMPLE_BRANCH_STACK |
				PERF_SAMPLE_REGS_USER | PERF_SAMPLE_STACK_USER,
		[KIND_ANY] = PERF_SAMPLE_BRANCH_STACK,
	};
	struct lbrvirt_event event = { .name = "cycles:u",
				       .ids = id,
				       .nr_ids = 1 };

	event.attr.size = sizeof(event.attr);
	event.attr.sample_period = 1000;
	event.attr.sample_id_all = 1;
	event.attr.sample_type = PERF_SAMPLE_IP | PERF_SAMPLE_TID |
				 PERF_SAMPLE_TIME | PERF_SAMPLE_PERIOD |
				 more[kind];
	event.attr.branch_sample_type =
		PERF_SAMPLE_BRANCH_USER | PERF_SAMPLE_BRANCH_HW_INDEX |
		(kind == KIND_ANY ? PERF_SAMPLE_BRANCH_ANY :
				    PERF_SAMPLE_BRANCH_CALL_STACK);
	event.attr.sample_regs_user = UNWIND_REGS_MASK;
	event.attr.sample_stack_user = STACK_WORDS * 8;
	return event;
}

static void append_all(struct writer *writer, const struct code *code,
		       const struct lbrvirt_event *event)
{
	struct buffer out = { 0 };

	put_comm(&out);
	put_mmap(&out, MAP_START, "/seed");
	put_mmap(&out, 0x7f0000000000, "/lib/seed.so");
	put_task(&out, PERF_RECORD_FORK, 1500);
	for (size_t i = 0; i < NR_SAMPLES; i++)
		put_sample(&out, code, event->attr.sample_type, i);
	put_lost(&out);
	put_task(&out, PERF_RECORD_EXIT, 3000);
	fuzz_expect(writer_append(writer, out.bytes, out.size) == 0);
	buffer_fini(&out);
}

static void write_seed(const struct code *code, enum kind kind, enum form form,
		       const char *path)
{
	static const char *const words[] = { "lbrprof", "record", "seed" };
	static const uint8_t build_id[20] = { 1, 2, 3 };
	const uint64_t id = 17;
	const struct lbrvirt_event event = make_event(kind, &id);
	const struct writer_header header = {
		.hostname = "here",
		.osrelease = "6.1.0",
		.version = "0.1",
		.arch = "x86_64",
		.cpudesc = "A CPU",
		.cpuid = "GenuineIntel,6,85,7",
		.nr_cpus_online = 2,
		.nr_cpus_available = 4,
		.total_mem_kb = 1024,
		.cmdline = words,
		.nr_cmdline = 3,
		.has_branch_stack = kind == KIND_ANY,
		.has_clockid = true,
		.clock_resolution_ns = 1,
	};
	const struct writer_opts opts = {
		.events = &event,
		.nr_events = 1,
		.header = &header,
		.zstd_level = form == FORM_PACKED ? 1 : 0,
	};
	struct writer *writer;

	fuzz_expect(writer_open(code->ctx, path, &opts, &writer) == 0);
	fuzz_expect(writer_note(writer, "stack_source", "lbr") == 0);
	fuzz_expect(writer_build_id(writer, PERF_RECORD_MISC_USER, -1, build_id,
				    sizeof(build_id), "/seed") == 0);
	append_all(writer, code, &event);
	fuzz_expect(writer_close(writer) == 0);
}

/* What is no regular file is sent the form for pipes. */
static void write_piped(const struct code *code, enum kind kind,
			const char *path)
{
	unsigned char bytes[65536];
	char name[32];
	int ends[2];
	ssize_t size;
	FILE *out;

	fuzz_expect(pipe2(ends, O_CLOEXEC) == 0);
	snprintf(name, sizeof(name), "/proc/self/fd/%d", ends[1]);
	write_seed(code, kind, FORM_PIPE, name);
	size = read(ends[0], bytes, sizeof(bytes));
	out = fopen(path, "wbe");
	fuzz_expect(size > 0 && out);
	fuzz_expect(fwrite(bytes, 1, (size_t)size, out) == (size_t)size);
	fuzz_expect(fclose(out) == 0);
	close(ends[0]);
	close(ends[1]);
}

int main(int argc, char **argv)
{
	struct code code;
	char path[4096];

	if (argc != 2) {
		fprintf(stderr, "usage: seeds FOLDER\n");
		return 2;
	}
	open_code(&code);
	for (int kind = 0; kind < NR_KINDS; kind++) {
		for (int form = 0; form < NR_FORMS; form++) {
			snprintf(path, sizeof(path), "%s/%s-%s.data", argv[1],
				 kind_names[kind], form_names[form]);
			if (form == FORM_PIPE)
				write_piped(&code, (enum kind)kind, path);
			else
				write_seed(&code, (enum kind)kind,
					   (enum form)form, path);
		}
	}
	close_code(&code);
	return 0;
}
