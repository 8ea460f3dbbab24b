/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * step_record [-g] [-z] [-n BRANCHES] [-t TRUTH] FILE PROGRAM [ARG...]: what
 * perf record -b would write on a CPU with branch records, made by running the
 * program one instruction at a time. A sample every BRANCHES taken branches
 * holds the last 32 of them; at 32, and with the last sample of what is left,
 * each branch stands in the file exactly once. FILE may be - for a pipe.
 *
 * -g adds call chains, -z compresses. TRUTH receives a line for each branch
 * within the program, "FROM TO MISPREDICTED", as addresses of its file.
 */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/buffer.h"
#include "clients/branch_steps.h"
#include "perfdata/writer.h"
#include "record/synth.h"

#define EVENT_ID 1u
/* Time as it might have passed: a nanosecond an instruction. */
#define START_NS 1000000000u

struct step_record {
	struct branch_steps steps;
	struct writer *writer;
	struct buffer record;
	FILE *truth;
	uint64_t every; /* branches */
	bool has_chain;
	uint64_t nr_sampled; /* branches, as of the last sample */
};

static void die(const char *what, int err)
{
	fprintf(stderr, "step_record: %s: %s\n", what, strerror(-err));
	/* A skipped test, where ptrace is forbidden. */
	exit(err == -EPERM ? 77 : 1);
}

static void put(struct step_record *rec, uint64_t word)
{
	if (buffer_append(&rec->record, &word, sizeof(word)))
		die("a sample", -ENOMEM);
}

static void put_two(struct step_record *rec, uint32_t low, uint32_t high)
{
	put(rec, low | (uint64_t)high << 32);
}

static void put_chain(struct step_record *rec)
{
	const struct branch_steps *steps = &rec->steps;

	put(rec, steps->depth + 2);
	put(rec, PERF_CONTEXT_USER);
	put(rec, steps->ip);
	for (size_t i = steps->depth; i > 0; i--)
		put(rec, steps->returns[i - 1]);
}

static void put_branches(struct step_record *rec)
{
	const struct branch_steps *steps = &rec->steps;
	uint64_t nr = steps->nr_branches;

	/* The last sample has those that no other has. */
	if (!steps->pid)
		nr -= rec->nr_sampled;
	if (nr > BRANCH_STEPS_RING)
		nr = BRANCH_STEPS_RING;
	put(rec, nr);
	for (uint64_t age = 0; age < nr; age++) {
		const struct lbrvirt_branch *b =
			branch_steps_branch(steps, age);

		put(rec, b->from);
		put(rec, b->to);
		put(rec, b->flags);
	}
}

/* IDENTIFIER, IP, TID, TIME, CPU, PERIOD, then the stacks. */
static void write_sample(struct step_record *rec, uint32_t pid)
{
	struct perf_event_header header = { .type = PERF_RECORD_SAMPLE,
					    .misc = PERF_RECORD_MISC_USER };
	int err;

	rec->record.size = 0;
	put(rec, 0);
	put(rec, EVENT_ID);
	put(rec, rec->steps.ip);
	put_two(rec, pid, pid);
	put(rec, START_NS + rec->steps.nr_steps);
	put(rec, 0);
	put(rec, rec->every);
	if (rec->has_chain)
		put_chain(rec);
	put_branches(rec);
	header.size = (uint16_t)rec->record.size;
	memcpy(rec->record.bytes, &header, sizeof(header));
	err = writer_append(rec->writer, rec->record.bytes, rec->record.size);
	if (err)
		die("writing", err);
	writer_sample_time(rec->writer, START_NS + rec->steps.nr_steps);
	rec->nr_sampled = rec->steps.nr_branches;
}

static void write_truth(const struct step_record *rec)
{
	const struct branch_steps *steps = &rec->steps;
	const struct lbrvirt_branch *b = branch_steps_branch(steps, 0);

	if (!rec->truth || b->from < steps->start || b->from >= steps->end ||
	    b->to < steps->start || b->to >= steps->end)
		return;
	fprintf(rec->truth, "%" PRIx64 " %" PRIx64 " %d\n",
		b->from - steps->bias, b->to - steps->bias,
		b->flags & LBRVIRT_BRANCH_MISPRED ? 1 : 0);
}

static void run(struct step_record *rec)
{
	const uint32_t pid = (uint32_t)rec->steps.pid;
	int branched;

	while ((branched = branch_steps_next(&rec->steps)) >= 0) {
		if (!branched)
			continue;
		write_truth(rec);
		if (rec->steps.nr_branches % rec->every == 0)
			write_sample(rec, pid);
	}
	if (branched != -ENODATA)
		die("stepping", branched);
	if (rec->steps.nr_branches != rec->nr_sampled)
		write_sample(rec, pid);
}

static int append(const void *bytes, size_t size, void *arg)
{
	return writer_append(arg, bytes, size);
}

static void open_file(struct step_record *rec, struct lbrvirt_context *ctx,
		      const char *path, char *const *argv, bool is_packed)
{
	static const uint64_t id = EVENT_ID;
	const struct lbrvirt_event event = {
		.name = "branches:u",
		.attr = { .type = PERF_TYPE_HARDWARE,
			  .size = sizeof(struct perf_event_attr),
			  .config = PERF_COUNT_HW_BRANCH_INSTRUCTIONS,
			  .sample_period = rec->every,
			  .sample_type =
				  PERF_SAMPLE_IDENTIFIER | PERF_SAMPLE_IP |
				  PERF_SAMPLE_TID | PERF_SAMPLE_TIME |
				  PERF_SAMPLE_CPU | PERF_SAMPLE_PERIOD |
				  PERF_SAMPLE_BRANCH_STACK |
				  (rec->has_chain ? PERF_SAMPLE_CALLCHAIN : 0),
			  .branch_sample_type = PERF_SAMPLE_BRANCH_USER |
						PERF_SAMPLE_BRANCH_ANY,
			  .exclude_kernel = 1,
			  .exclude_hv = 1,
			  .sample_id_all = 1,
			  .mmap = 1,
			  .mmap2 = 1,
			  .comm = 1,
			  .comm_exec = 1,
			  .task = 1 },
		.ids = &id,
		.nr_ids = 1,
	};
	struct utsname host;
	struct writer_header header = { .cmdline = (const char *const *)argv,
					.has_branch_stack = true };
	const struct writer_opts opts = { .events = &event,
					  .nr_events = 1,
					  .header = &header,
					  .zstd_level = is_packed ? 1 : 0 };
	struct synth synth = { .machine = machine_live(),
			       .time_ns = START_NS,
			       .id = EVENT_ID,
			       .fn = append };
	int err;

	uname(&host);
	header.hostname = host.nodename;
	header.osrelease = host.release;
	header.arch = host.machine;
	while (argv[header.nr_cmdline])
		header.nr_cmdline++;
	err = writer_open(ctx, path, &opts, &rec->writer);
	if (err)
		die(path, err);
	synth.arg = rec->writer;
	err = synth_process(&synth, rec->steps.pid);
	if (err)
		die("the program's mappings", err);
}

static void usage(void)
{
	fputs("usage: step_record [-g] [-z] [-n BRANCHES] [-t TRUTH] FILE PROGRAM [ARG...]\n",
	      stderr);
	exit(2);
}

int main(int argc, char **argv)
{
	struct step_record rec = { .every = BRANCH_STEPS_RING };
	struct lbrvirt_context *ctx;
	bool is_packed = false;
	int option;
	int err;

	while ((option = getopt(argc, argv, "+gzn:t:")) != -1) {
		if (option == 'g')
			rec.has_chain = true;
		else if (option == 'z')
			is_packed = true;
		else if (option == 'n')
			rec.every = strtoull(optarg, NULL, 10);
		else if (option == 't')
			rec.truth = fopen(optarg, "w");
		else
			usage();
		if (option == 't' && !rec.truth)
			die(optarg, -errno);
	}
	if (argc - optind < 2 || rec.every == 0)
		usage();
	if (lbrvirt_context_new(&ctx))
		die("a context", -ENOMEM);
	err = branch_steps_start(&rec.steps, argv + optind + 1);
	if (err)
		die(argv[optind + 1], err);
	open_file(&rec, ctx, argv[optind], argv + optind + 1, is_packed);
	run(&rec);
	err = writer_close(rec.writer);
	if (err)
		die(argv[optind], err);
	if (rec.truth && fclose(rec.truth) != 0)
		die("the truth", -errno);
	fprintf(stderr, "%" PRIu64 " instructions, %" PRIu64 " branches\n",
		rec.steps.nr_steps, rec.steps.nr_branches);
	branch_steps_end(&rec.steps);
	buffer_fini(&rec.record);
	lbrvirt_context_free(ctx);
	return 0;
}
