/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The notes. A snapshot has less room for what perf_event_open() answers than
 * there are events: so of each kind, one answer is kept, that of the plainest
 * event; and of the two things that many events ask for and drop when refused,
 * the kernel and precision, the refusal.
 */
#include "config.h"

#include "machine/recording.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "machine/cpus.h"
#include "machine/recording_files.h"
#include "machine/snapshot_table.h"

struct noted_cpuid {
	unsigned int cpu;
	uint32_t leaf;
	uint32_t subleaf;
	struct cpuid_regs regs;
};

struct noted_open {
	bool is_known;
	bool is_plain; /* nothing in it that is dropped when refused */
	int err;
};

struct recording {
	struct machine machine; /* first: what everybody else has of it */
	struct machine *inner;
	unsigned int cpu; /* bound to; 0 as well if not */
	struct recording_note *notes;
	size_t nr_notes, notes_capacity;
	struct noted_cpuid *cpuids;
	size_t nr_cpuids, cpuids_capacity;
	struct snapshot_msr *msrs;
	size_t nr_msrs, msrs_capacity;
	struct noted_open opens[SNAPSHOT_KIND_COUNT];
	bool is_lossy; /* out of memory: a note is missing */
};

static struct recording *recording_of(struct machine *machine)
{
	return (struct recording *)machine;
}

/* The note of a path; NULL: out of memory. */
static struct recording_note *find_note(struct recording *recording,
					const char *path)
{
	void *notes = recording->notes;
	char *copy;

	for (size_t i = 0; i < recording->nr_notes; i++)
		if (strcmp(recording->notes[i].path, path) == 0)
			return &recording->notes[i];
	copy = strdup(path);
	if (!copy ||
	    array_reserve(&notes, &recording->notes_capacity,
			  recording->nr_notes + 1, sizeof(*recording->notes))) {
		free(copy);
		recording->is_lossy = true;
		return NULL;
	}
	recording->notes = notes;
	recording->notes[recording->nr_notes] =
		(struct recording_note){ .path = copy };
	return &recording->notes[recording->nr_notes++];
}

static int copy_text(const struct buffer *text, struct buffer *ret_text)
{
	ret_text->size = 0;
	if (buffer_append(ret_text, text->bytes, text->size) ||
	    buffer_append(ret_text, "", 1))
		return -ENOMEM;
	ret_text->size--;
	return 0;
}

static int recording_read_file(struct machine *machine, const char *path,
			       struct buffer *ret_text)
{
	struct recording *recording = recording_of(machine);
	struct recording_note *note = find_note(recording, path);

	if (!note)
		return -ENOMEM;
	if (!note->is_read) {
		note->err = recording->inner->ops->read_file(recording->inner,
							     path, &note->text);
		note->is_read = true;
	}
	return note->err ? note->err : copy_text(&note->text, ret_text);
}

static int recording_has_path(struct machine *machine, const char *path)
{
	struct recording *recording = recording_of(machine);
	struct recording_note *note = find_note(recording, path);
	int answer = recording->inner->ops->has_path(recording->inner, path);

	if (note)
		note->is_there = answer == 1;
	return answer;
}

/* May be called in a child, where nothing can be kept. */
static ssize_t recording_peek_file(struct machine *machine, const char *path,
				   char *text, size_t size)
{
	struct machine *inner = recording_of(machine)->inner;

	return inner->ops->peek_file(inner, path, text, size);
}

static uint64_t recording_suspended_ns(struct machine *machine)
{
	struct machine *inner = recording_of(machine)->inner;

	return inner->ops->suspended_ns(inner);
}

static bool has_cpuid(const struct recording *recording, uint32_t leaf,
		      uint32_t subleaf)
{
	for (size_t i = 0; i < recording->nr_cpuids; i++) {
		const struct noted_cpuid *c = &recording->cpuids[i];

		if (c->cpu == recording->cpu && c->leaf == leaf &&
		    c->subleaf == subleaf)
			return true;
	}
	return false;
}

static int recording_cpuid(struct machine *machine, uint32_t leaf,
			   uint32_t subleaf, struct cpuid_regs *ret_regs)
{
	struct recording *recording = recording_of(machine);
	void *cpuids = recording->cpuids;
	int err = recording->inner->ops->cpuid(recording->inner, leaf, subleaf,
					       ret_regs);

	if (err || has_cpuid(recording, leaf, subleaf))
		return err;
	if (array_reserve(&cpuids, &recording->cpuids_capacity,
			  recording->nr_cpuids + 1,
			  sizeof(*recording->cpuids))) {
		recording->is_lossy = true;
		return 0;
	}
	recording->cpuids = cpuids;
	recording->cpuids[recording->nr_cpuids++] = (struct noted_cpuid){
		.cpu = recording->cpu,
		.leaf = leaf,
		.subleaf = subleaf,
		.regs = *ret_regs,
	};
	return 0;
}

static void note_open(struct recording *recording, enum snapshot_kind kind,
		      bool is_plain, int err)
{
	struct noted_open *noted = &recording->opens[kind];

	if (noted->is_known &&
	    (noted->err == 0 || (err && noted->is_plain && !is_plain)))
		return;
	noted->is_known = true;
	noted->is_plain = is_plain;
	noted->err = err;
}

static int recording_perf_event_open(struct machine *machine,
				     struct perf_event_attr *attr, pid_t pid,
				     int cpu, int group_fd, unsigned long flags)
{
	struct recording *recording = recording_of(machine);
	struct perf_event_attr asked = *attr;
	int fd = recording->inner->ops->perf_event_open(
		recording->inner, attr, pid, cpu, group_fd, flags);
	int err = fd < 0 ? fd : 0;
	bool is_plain = asked.exclude_kernel && !asked.precise_ip &&
			asked.type != PERF_TYPE_SOFTWARE;
	enum snapshot_kind kind = SNAPSHOT_CALL_STACK;

	while (!snapshot_table_is_of_kind(&asked, kind))
		kind = (enum snapshot_kind)(kind + 1);
	note_open(recording, kind, is_plain, err);
	/* Only where the refusal is because of it. */
	if (asked.precise_ip && (!err || err == -EOPNOTSUPP || err == -EINVAL))
		note_open(recording, SNAPSHOT_PRECISE, false, err);
	if (!asked.exclude_kernel && (!err || err == -EACCES || err == -EPERM))
		note_open(recording, SNAPSHOT_KERNEL, false, err);
	return fd;
}

static int recording_msr_read(struct machine *machine, unsigned int cpu,
			      uint32_t msr, uint64_t *ret_value)
{
	struct recording *recording = recording_of(machine);
	void *msrs = recording->msrs;
	uint64_t value = 0;
	int err = recording->inner->ops->msr_read(recording->inner, cpu, msr,
						  &value);

	if (!err)
		*ret_value = value;
	if (err && err != -EIO)
		return err;
	if (array_reserve(&msrs, &recording->msrs_capacity,
			  recording->nr_msrs + 1, sizeof(*recording->msrs))) {
		recording->is_lossy = true;
		return err;
	}
	recording->msrs = msrs;
	recording->msrs[recording->nr_msrs++] =
		(struct snapshot_msr){ .cpu = cpu,
				       .msr = msr,
				       .value = value,
				       .err = err };
	return err;
}

static int recording_msr_write(struct machine *machine, unsigned int cpu,
			       uint32_t msr, uint64_t value)
{
	struct machine *inner = recording_of(machine)->inner;

	return inner->ops->msr_write(inner, cpu, msr, value);
}

static int recording_run_on_cpu(struct machine *machine, unsigned int cpu,
				int (*fn)(void *arg), void *arg)
{
	struct recording *recording = recording_of(machine);
	int err;

	recording->cpu = cpu;
	err = recording->inner->ops->run_on_cpu(recording->inner, cpu, fn, arg);
	recording->cpu = 0;
	return err;
}

static const struct machine_ops recording_ops = {
	.cpuid = recording_cpuid,
	.perf_event_open = recording_perf_event_open,
	.read_file = recording_read_file,
	.has_path = recording_has_path,
	.peek_file = recording_peek_file,
	.suspended_ns = recording_suspended_ns,
	.msr_read = recording_msr_read,
	.msr_write = recording_msr_write,
	.run_on_cpu = recording_run_on_cpu,
};

int recording_new(struct lbrvirt_context *ctx, struct machine *inner,
		  struct machine **ret_machine)
{
	struct recording *recording = calloc(1, sizeof(*recording));

	if (!recording)
		return error_set(ctx, ENOMEM, "out of memory");
	recording->machine.ops = &recording_ops;
	recording->inner = inner;
	*ret_machine = &recording->machine;
	return 0;
}

void recording_free(struct machine *machine)
{
	struct recording *recording;

	if (!machine)
		return;
	assert(machine->ops == &recording_ops);
	recording = recording_of(machine);
	for (size_t i = 0; i < recording->nr_notes; i++) {
		free(recording->notes[i].path);
		buffer_fini(&recording->notes[i].text);
	}
	free(recording->notes);
	free(recording->cpuids);
	free(recording->msrs);
	free(recording);
}

/* Leaves whose subleaves say different things (Intel SDM vol. 2A). */
static uint32_t count_subleaves(uint32_t leaf)
{
	switch (leaf) {
	case 0x4:
	case 0x7:
	case 0xb:
	case 0xd:
	case 0x14:
	case 0x1f:
	case 0x23:
	case 0x8000001d:
		return 8;
	default:
		return 1;
	}
}

enum { LEAVES_MAX = 0x40 }; /* of a range; none has as many so far */

/* Leaf 3 is a serial number where there is one. */
static void ask_range(struct machine *machine, uint32_t base)
{
	struct cpuid_regs regs;
	uint32_t last;

	if (machine->ops->cpuid(machine, base, 0, &regs))
		return;
	last = regs.eax;
	if (last < base || last - base >= LEAVES_MAX)
		return;
	for (uint32_t leaf = base; leaf <= last; leaf++)
		for (uint32_t sub = 0; leaf != 3 && sub < count_subleaves(leaf);
		     sub++)
			machine->ops->cpuid(machine, leaf, sub, &regs);
}

static int ask_cpu(void *arg)
{
	struct machine *machine = arg;

	ask_range(machine, 0);
	ask_range(machine, 0x40000000);
	ask_range(machine, 0x40000100);
	ask_range(machine, 0x80000000);
	return 0;
}

/* One that may not be bound to is left out: the first speaks for it. */
static void ask_cpus(struct machine *machine)
{
	struct cpus online = { NULL, 0 };

	if (cpus_online(NULL, machine, NULL, &online))
		return;
	for (size_t i = 0; i < online.nr; i++)
		machine->ops->run_on_cpu(machine, (unsigned int)online.cpu[i],
					 ask_cpu, machine);
	cpus_fini(&online);
}

static int say(struct buffer *text, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static int say(struct buffer *text, const char *format, ...)
{
	char line[160];
	va_list ap;
	int length;

	va_start(ap, format);
	length = vsnprintf(line, sizeof(line), format, ap);
	va_end(ap);
	return buffer_append(text, line, (size_t)length);
}

static int compare_cpuid(const void *a, const void *b)
{
	const struct noted_cpuid *left = a, *right = b;

	if (left->cpu != right->cpu)
		return left->cpu < right->cpu ? -1 : 1;
	if (left->leaf != right->leaf)
		return left->leaf < right->leaf ? -1 : 1;
	return left->subleaf < right->subleaf ? -1 :
						left->subleaf > right->subleaf;
}

/* As `cpuid -r` prints them; without those that are zero, as a snapshot takes
 * them to be. Leaf 0 is never. */
static int save_cpuid(const struct recording *recording, struct buffer *text)
{
	unsigned int cpu = UINT32_MAX;
	int err = 0;

	if (recording->nr_cpuids)
		qsort(recording->cpuids, recording->nr_cpuids,
		      sizeof(*recording->cpuids), compare_cpuid);
	for (size_t i = 0; !err && i < recording->nr_cpuids; i++) {
		const struct noted_cpuid *c = &recording->cpuids[i];

		if (c->cpu != cpu)
			err = say(text, "CPU %u:\n", c->cpu);
		cpu = c->cpu;
		if (!err &&
		    (c->regs.eax | c->regs.ebx | c->regs.ecx | c->regs.edx))
			err = say(text,
				  "   0x%08" PRIx32 " 0x%02" PRIx32
				  ": eax=0x%08" PRIx32 " ebx=0x%08" PRIx32
				  " ecx=0x%08" PRIx32 " edx=0x%08" PRIx32 "\n",
				  c->leaf, c->subleaf, c->regs.eax, c->regs.ebx,
				  c->regs.ecx, c->regs.edx);
	}
	return err;
}

static int save_msrs(const struct recording *recording, struct buffer *text)
{
	int err = 0;

	for (size_t i = 0; !err && i < recording->nr_msrs; i++) {
		const struct snapshot_msr *m = &recording->msrs[i];

		if (m->err)
			err = say(text, "%u 0x%" PRIx32 " fault\n", m->cpu,
				  m->msr);
		else
			err = say(text, "%u 0x%" PRIx32 " 0x%" PRIx64 "\n",
				  m->cpu, m->msr, m->value);
	}
	return err;
}

static int save_opens(const struct recording *recording, struct buffer *text)
{
	int err = 0;

	for (int kind = 0; !err && kind < SNAPSHOT_KIND_COUNT; kind++) {
		const struct noted_open *noted = &recording->opens[kind];
		const char *name = snapshot_table_errno_name(noted->err);

		/* What was opened needs no line before its kind's. */
		if (!noted->is_known || !name ||
		    (!noted->err && kind < SNAPSHOT_CALL_STACK))
			continue;
		err = say(text, "%s %s\n",
			  snapshot_table_kind_name((enum snapshot_kind)kind),
			  name);
	}
	return err;
}

static int
save_table(const struct recording *recording, int root, const char *name,
	   int (*save)(const struct recording *recording, struct buffer *text))
{
	struct buffer text = { 0 };
	int err = save(recording, &text);

	if (!err && text.size)
		err = recording_files_put(root, name, text.bytes, text.size);
	buffer_fini(&text);
	return err;
}

int recording_save(struct lbrvirt_context *ctx, struct machine *machine,
		   const char *dir)
{
	struct recording *recording = recording_of(machine);
	int root, err;

	assert(machine->ops == &recording_ops && dir);

	root = recording_files_open(ctx, dir);
	if (root < 0)
		return root;
	ask_cpus(machine);
	err = recording->is_lossy ? -ENOMEM : 0;
	for (size_t i = 0; !err && i < recording->nr_notes; i++)
		err = recording_files_write(root, &recording->notes[i]);
	if (!err)
		err = save_table(recording, root, "cpuid", save_cpuid);
	if (!err)
		err = save_table(recording, root, "msr", save_msrs);
	if (!err)
		err = save_table(recording, root, "perf_event_open",
				 save_opens);
	close(root);
	return err ? error_set(ctx, error_from_errno(-err), "%s: %s", dir,
			       strerror(-err)) :
		     0;
}
