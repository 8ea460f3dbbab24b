/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One recording, through every door: mapped and as a stream, as written and by
 * time, then into all that is made of records. Besides what sanitizers see, two
 * things are asked for: reading ends in one of the two ways that the contract
 * knows, and all doors give the same records.
 */
#include "config.h"

#include "fuzz/fuzz.h"

#include <errno.h>
#include <fcntl.h>
#include <lbrvirt/lbrvirt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/*
 * A few KiB of zstd stand for millions of records. More of them show nothing
 * new.
 */
#define RECORDS_MAX 100000

/* Of a pipe; the kernel's limit for the unprivileged. */
#define PIPE_MAX (1024 * 1024)

/* Nobody's folder: neither debug files nor a build-id cache. */
#define NOWHERE "/nonexistent"

static const char kallsyms[] = "ffffffff81000000 T _text\n"
			       "ffffffff81000000 T startup_64\n"
			       "ffffffff81000100 t one\n"
			       "ffffffff81001000 T two\n"
			       "ffffffffc0000000 t three\t[module]\n";

/* What a whole reading comes to. */
struct tally {
	int end; /* code of the last step */
	size_t nr_records;
	size_t nr_samples;
};

/* Sums leave through here, so that no load is optimised away. */
static void keep(uint64_t sum)
{
	__asm__ volatile("" : : "r"(sum) : "memory");
}

static uint64_t sum_bytes(const void *bytes, size_t size)
{
	const unsigned char *at = bytes;
	uint64_t sum = 0;

	for (size_t i = 0; i < size; i++)
		sum += at[i];
	return sum;
}

static uint64_t sum_words(const uint64_t *words, size_t nr)
{
	return sum_bytes(words, nr * sizeof(*words));
}

static uint64_t sum_text(const char *text)
{
	return text ? sum_bytes(text, strlen(text)) : 0;
}

static void touch_sample(const struct lbrvirt_sample *sample)
{
	uint64_t sum = sum_words(sample->callchain, sample->nr_callchain);

	sum += sum_bytes(sample->branches,
			 sample->nr_branches * sizeof(*sample->branches));
	if (sample->branch_counters)
		sum += sum_words(sample->branch_counters, sample->nr_branches);
	if (sample->regs_user)
		sum += sum_words(
			sample->regs_user,
			(size_t)__builtin_popcountll(sample->regs_user_mask));
	if (sample->regs_intr)
		sum += sum_words(
			sample->regs_intr,
			(size_t)__builtin_popcountll(sample->regs_intr_mask));
	sum += sum_bytes(sample->user_stack, sample->user_stack_size);
	sum += sum_bytes(sample->raw, sample->raw_size);
	sum += sum_bytes(sample->aux, sample->aux_size);
	sum += sum_words(sample->read_values, sample->nr_read_values);
	keep(sum);
}

/* All that the record hands out is read to its end. */
static void touch(const struct lbrvirt_record *record)
{
	keep(sum_bytes(record->bytes, record->size));
	if (record->event)
		keep(sum_text(record->event->name));
	switch (record->type) {
	case PERF_RECORD_SAMPLE:
		touch_sample(&record->sample);
		break;
	case PERF_RECORD_MMAP:
	case PERF_RECORD_MMAP2:
		fuzz_expect(record->mmap.build_id_size <= 20);
		keep(sum_text(record->mmap.path));
		break;
	case PERF_RECORD_COMM:
		keep(sum_text(record->comm.name));
		break;
	default:
		break;
	}
}

static void touch_header(const struct lbrvirt_perfdata *data)
{
	const struct lbrvirt_perfdata_header *header =
		lbrvirt_perfdata_header(data);

	keep(sum_text(header->hostname) + sum_text(header->osrelease) +
	     sum_text(header->version) + sum_text(header->arch) +
	     sum_text(header->cpudesc) + sum_text(header->cpuid));
	for (size_t i = 0; i < header->nr_cmdline; i++)
		keep(sum_text(header->cmdline[i]));
	for (size_t i = 0; i < lbrvirt_perfdata_event_count(data); i++) {
		const struct lbrvirt_event *event =
			lbrvirt_perfdata_event(data, i);

		keep(sum_text(event->name) +
		     sum_words(event->ids, event->nr_ids));
	}
	keep(sum_text(lbrvirt_perfdata_note(data, "stack_source")));
	keep(sum_text(lbrvirt_perfdata_note(data, "ladder")));
}

static void check_end(int end)
{
	fuzz_expect(end == 0 || end == -ENODATA || end == -EBADMSG);
}

static struct tally read_all(struct lbrvirt_context *ctx, const char *path,
			     enum lbrvirt_perfdata_order order)
{
	const struct lbrvirt_perfdata_opts opts = { .size = sizeof(opts),
						    .order = order };
	struct lbrvirt_perfdata *data = NULL;
	struct lbrvirt_record record;
	struct tally tally = { .end = 0 };
	uint8_t build_id[20], build_id_size;

	tally.end = lbrvirt_perfdata_open(ctx, path, &opts, &data);
	while (!tally.end && tally.nr_records < RECORDS_MAX) {
		tally.end = lbrvirt_perfdata_next(data, &record);
		if (tally.end)
			break;
		touch(&record);
		tally.nr_records++;
		tally.nr_samples += record.type == PERF_RECORD_SAMPLE;
		if (record.type == PERF_RECORD_MMAP2)
			lbrvirt_perfdata_build_id(data, record.mmap.path,
						  build_id, &build_id_size);
	}
	check_end(tally.end);
	if (data)
		touch_header(data);
	lbrvirt_perfdata_close(data);
	return tally;
}

static bool is_pipe_format(const uint8_t *bytes, size_t size)
{
	/* Magic number and header's size, in either byte order. */
	static const char native[16] = "PERFILE2\20";
	static const char swapped[16] = "2ELIFREP\0\0\0\0\0\0\0\20";

	return size >= 16 && (memcmp(bytes, native, 16) == 0 ||
			      memcmp(bytes, swapped, 16) == 0);
}

/* As the same bytes come through a pipe; false: they do not fit into one. */
static bool read_stream(struct lbrvirt_context *ctx, const uint8_t *bytes,
			size_t size, struct tally *ret_tally)
{
	char path[32];
	int ends[2];
	bool fits;

	if (size > PIPE_MAX || pipe2(ends, O_CLOEXEC) != 0)
		return false;
	fits = fcntl(ends[1], F_SETPIPE_SZ, PIPE_MAX) >= 0 &&
	       write(ends[1], bytes, size) == (ssize_t)size;
	close(ends[1]);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", ends[0]);
	if (fits)
		*ret_tally = read_all(ctx, path, LBRVIRT_PERFDATA_AS_WRITTEN);
	close(ends[0]);
	return fits;
}

/* Cut short, two readings may have been cut at different places. */
static bool is_whole(const struct tally *tally)
{
	return tally->nr_records < RECORDS_MAX;
}

static void check_same(const struct tally *a, const struct tally *b)
{
	if (!is_whole(a) || !is_whole(b))
		return;
	fuzz_expect(a->end == b->end);
	fuzz_expect(a->nr_records == b->nr_records);
	fuzz_expect(a->nr_samples == b->nr_samples);
}

/* By time, what stands behind the damage may come before it. */
static void check_same_or_more(const struct tally *as_written,
			       const struct tally *by_time)
{
	if (as_written->end != -EBADMSG)
		check_same(as_written, by_time);
	if (!is_whole(as_written) || !is_whole(by_time))
		return;
	fuzz_expect(as_written->end == by_time->end);
	fuzz_expect(as_written->nr_records <= by_time->nr_records);
}

static struct lbrvirt_resolver_opts
resolver_opts(const struct lbrvirt_perfdata *data)
{
	const char *note = lbrvirt_perfdata_note(data, "stack_verdict");

	return (struct lbrvirt_resolver_opts){
		.size = sizeof(struct lbrvirt_resolver_opts),
		.kallsyms = fuzz_path_of(1, (const uint8_t *)kallsyms,
					 sizeof(kallsyms) - 1),
		.debug_dir = NOWHERE,
		.has_verdict = note && strcmp(note, "weight") == 0,
	};
}

static void touch_node(const struct lbrvirt_profile_node *node, int depth)
{
	keep(sum_text(node->symbol) + sum_text(node->dso));
	for (size_t i = 0; i < node->nr_children && depth < 2048; i++)
		touch_node(node->children[i], depth + 1);
}

static void read_profile(struct lbrvirt_profile *profile)
{
	const struct lbrvirt_profile_totals *totals =
		lbrvirt_profile_totals(profile);
	const struct lbrvirt_profile_symbol *symbols;
	const struct lbrvirt_profile_node *root;
	struct lbrvirt_profile_stack stack;
	FILE *out = fuzz_sink();
	size_t nr;

	fuzz_expect(lbrvirt_profile_symbols(profile, &symbols, &nr) == 0);
	for (int which = 0; which <= LBRVIRT_TREE_CALLEES; which++) {
		const char *symbol = nr ? symbols[nr / 2].symbol : "none";
		int err = lbrvirt_profile_tree(profile,
					       (enum lbrvirt_profile_tree)which,
					       symbol, &root);

		fuzz_expect(err == 0 || err == -ENOENT);
		if (!err)
			touch_node(root, 0);
		/* A tree may move them. */
		fuzz_expect(lbrvirt_profile_symbols(profile, &symbols, &nr) ==
			    0);
	}
	for (size_t i = 0; i < totals->nr_stacks && i < 1000; i++) {
		fuzz_expect(lbrvirt_profile_stack(profile, i, &stack) == 0);
		keep(sum_text(stack.comm));
		for (size_t j = 0; j < stack.nr_symbols; j++)
			keep(sum_text(stack.symbols[j]->name) +
			     sum_text(stack.symbols[j]->file));
	}
	lbrvirt_export_json(profile, "lbr", NULL, out);
	fclose(out);
}

static void read_branches(struct lbrvirt_branches *branches)
{
	FILE *out = fuzz_sink();

	lbrvirt_export_branches_json(branches, LBRVIRT_BRANCHES_BY_COUNT, out);
	lbrvirt_export_blocks_json(branches, LBRVIRT_BRANCHES_BY_CYCLES, out);
	keep(sum_text(lbrvirt_branches_event(branches)));
	fclose(out);
}

/* Stacks and branches of all samples, and what is made of them. */
static struct tally analyse(struct lbrvirt_context *ctx, const char *path)
{
	struct lbrvirt_perfdata *data = NULL;
	struct lbrvirt_resolver_opts resolver;
	struct lbrvirt_profile_opts opts = { .size = sizeof(opts),
					     .resolver = &resolver };
	struct lbrvirt_branches *branches = NULL;
	struct lbrvirt_profile *profile = NULL;
	struct lbrvirt_record record;
	struct tally tally = { .end = 0 };

	tally.end = lbrvirt_perfdata_open(ctx, path, NULL, &data);
	check_end(tally.end);
	if (tally.end)
		return tally;
	resolver = resolver_opts(data);
	fuzz_expect(lbrvirt_profile_new(ctx, &opts, &profile) == 0);
	fuzz_expect(lbrvirt_branches_new(ctx, &opts, &branches) == 0);
	while (!tally.end && tally.nr_records < RECORDS_MAX) {
		tally.end = lbrvirt_perfdata_next(data, &record);
		if (tally.end)
			break;
		tally.nr_records++;
		tally.nr_samples += record.type == PERF_RECORD_SAMPLE;
		fuzz_expect(lbrvirt_profile_add(profile, &record) == 0);
		fuzz_expect(lbrvirt_branches_add(branches, &record) == 0);
	}
	check_end(tally.end);
	read_profile(profile);
	read_branches(branches);
	lbrvirt_branches_free(branches);
	lbrvirt_profile_free(profile);
	lbrvirt_perfdata_close(data);
	return tally;
}

/* Every field that the first event has. */
static const char *fields_of(const struct lbrvirt_perfdata *data)
{
	const struct lbrvirt_event *event = lbrvirt_perfdata_event(data, 0);
	uint64_t type = event ? event->attr.sample_type : 0;

	if ((type & PERF_SAMPLE_ADDR) && (type & PERF_SAMPLE_WEIGHT))
		return "+srcline,+brstack,+addr,+weight";
	if ((type & PERF_SAMPLE_TID) && (type & PERF_SAMPLE_IP))
		return "+pid,+srcline,+brstack";
	return "+brstack";
}

static void write_script(struct lbrvirt_context *ctx, const char *path)
{
	struct lbrvirt_resolver_opts resolver;
	struct lbrvirt_script_opts opts = { .size = sizeof(opts),
					    .resolver = &resolver,
					    .show_mmap_events = true };
	struct lbrvirt_perfdata *data = NULL;
	FILE *out;
	int err;

	if (lbrvirt_perfdata_open(ctx, path, NULL, &data))
		return;
	resolver = resolver_opts(data);
	opts.fields = fields_of(data);
	out = fuzz_sink();
	err = lbrvirt_export_script(ctx, data, &opts, out);
	/* An event may lack what the first one has; sinks are finite. */
	fuzz_expect(err == 0 || err == -EBADMSG || err == -EINVAL ||
		    err == -EIO);
	fclose(out);
	lbrvirt_perfdata_close(data);
}

void fuzz_recording(const uint8_t *bytes, size_t size)
{
	const char *path = fuzz_path_of(0, bytes, size);
	struct lbrvirt_context *ctx;
	struct tally mapped, other;

	fuzz_files_are_program();
	fuzz_expect(lbrvirt_context_new(&ctx) == 0);
	mapped = read_all(ctx, path, LBRVIRT_PERFDATA_AS_WRITTEN);
	if (is_pipe_format(bytes, size) &&
	    read_stream(ctx, bytes, size, &other))
		check_same(&mapped, &other);
	if (mapped.nr_records) {
		other = analyse(ctx, path);
		check_same_or_more(&mapped, &other);
		write_script(ctx, path);
	}
	lbrvirt_context_free(ctx);
}
