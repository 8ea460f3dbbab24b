/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Lookups in the fake machine's tables. Opened events are descriptors of
 * /dev/null, so that closing them is real.
 */
#include "config.h"

#include "support/fake_machine.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static struct fake_machine *fake_of(struct machine *machine)
{
	return (struct fake_machine *)machine;
}

static int fake_cpuid(struct machine *machine, uint32_t leaf, uint32_t subleaf,
		      struct cpuid_regs *ret_regs)
{
	static const struct cpuid_regs zero;
	const struct fake_machine *fake = fake_of(machine);

	if (fake->is_not_x86)
		return -EOPNOTSUPP;
	memset(ret_regs, 0, sizeof(*ret_regs));
	for (const struct fake_cpuid *c = fake->cpuid;
	     c && memcmp(&c->regs, &zero, sizeof(zero)) != 0; c++) {
		if (c->leaf == leaf && c->subleaf == subleaf)
			*ret_regs = c->regs;
	}
	return 0;
}

static int answer_open(const struct fake_machine *fake,
		       struct perf_event_attr *attr, pid_t pid, int cpu)
{
	if (fake->attr_size && attr->size > fake->attr_size) {
		const unsigned char *bytes = (const unsigned char *)attr;

		for (uint32_t i = fake->attr_size; i < attr->size; i++) {
			if (bytes[i]) {
				attr->size = fake->attr_size;
				return E2BIG;
			}
		}
	}
	for (const struct fake_open_rule *r = fake->rules; r && r->matches; r++)
		if (r->matches(attr, pid, cpu))
			return r->err;
	return 0;
}

static int fake_perf_event_open(struct machine *machine,
				struct perf_event_attr *attr, pid_t pid,
				int cpu, int group_fd, unsigned long flags)
{
	struct fake_machine *fake = fake_of(machine);
	struct perf_event_attr asked = *attr;
	int err = answer_open(fake, attr, pid, cpu);
	int fd;

	(void)group_fd;
	(void)flags;
	if (fake->nr_opens < FAKE_OPENS_MAX) {
		fake->opens[fake->nr_opens] = asked;
		fake->errs[fake->nr_opens] = err;
		fake->nr_opens++;
	}
	if (err)
		return -err;
	fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static const struct fake_file *find_file(const struct fake_machine *fake,
					 const char *path)
{
	for (const struct fake_file *f = fake->files; f && f->path; f++)
		if (strcmp(f->path, path) == 0)
			return f;
	return NULL;
}

static int fake_read_file(struct machine *machine, const char *path,
			  struct buffer *ret_text)
{
	const struct fake_file *file = find_file(fake_of(machine), path);

	if (!file)
		return -ENOENT;
	if (!file->text)
		return -EACCES;
	ret_text->size = 0;
	if (buffer_append(ret_text, file->text, strlen(file->text) + 1))
		return -ENOMEM;
	ret_text->size--;
	return 0;
}

/* A folder is there if a file in it is. */
static int fake_has_path(struct machine *machine, const char *path)
{
	const struct fake_machine *fake = fake_of(machine);
	size_t length = strlen(path);

	for (const struct fake_file *f = fake->files; f && f->path; f++)
		if (strncmp(f->path, path, length) == 0 &&
		    (f->path[length] == '\0' || f->path[length] == '/'))
			return 1;
	return 0;
}

struct machine *fake_machine_init(struct fake_machine *fake)
{
	static const struct machine_ops ops = {
		.cpuid = fake_cpuid,
		.perf_event_open = fake_perf_event_open,
		.read_file = fake_read_file,
		.has_path = fake_has_path,
	};

	fake->machine.ops = &ops;
	return &fake->machine;
}

bool fake_any(const struct perf_event_attr *attr, pid_t pid, int cpu)
{
	(void)attr;
	(void)pid;
	(void)cpu;
	return true;
}

bool fake_is_hardware(const struct perf_event_attr *attr, pid_t pid, int cpu)
{
	(void)pid;
	(void)cpu;
	return attr->type == PERF_TYPE_HARDWARE ||
	       attr->type == PERF_TYPE_HW_CACHE || attr->type == PERF_TYPE_RAW;
}

bool fake_is_software(const struct perf_event_attr *attr, pid_t pid, int cpu)
{
	(void)pid;
	(void)cpu;
	return attr->type == PERF_TYPE_SOFTWARE;
}

bool fake_has_branches(const struct perf_event_attr *attr, pid_t pid, int cpu)
{
	(void)pid;
	(void)cpu;
	return attr->sample_type & PERF_SAMPLE_BRANCH_STACK;
}

bool fake_sees_kernel(const struct perf_event_attr *attr, pid_t pid, int cpu)
{
	(void)pid;
	(void)cpu;
	return !attr->exclude_kernel;
}

bool fake_is_whole_cpu(const struct perf_event_attr *attr, pid_t pid, int cpu)
{
	(void)attr;
	(void)cpu;
	return pid == -1;
}

bool fake_is_precise(const struct perf_event_attr *attr, pid_t pid, int cpu)
{
	(void)pid;
	(void)cpu;
	return attr->precise_ip;
}
