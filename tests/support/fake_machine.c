/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Lookups in the fake machine's tables. Opened events are descriptors of
 * /dev/null, so that closing them is real.
 */
#include "config.h"

#include "support/fake_machine.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define ONLINE "/sys/devices/system/cpu/online"

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
	if (fake->cpus && fake->cpus->is_driven_by_kernel && fake->bound_cpu &&
	    fake_is_call_stack(&asked, pid, cpu))
		atomic_fetch_or(&fake->cpus->control[fake->bound_cpu - 1], 1);
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

/* "0,2,3\n": the kernel would write 0,2-3; both are lists. */
static void list_online(const struct fake_cpus *cpus, char *text, size_t size)
{
	size_t used = 0;

	for (unsigned int i = 0; i < cpus->nr; i++) {
		if (atomic_load(&cpus->is_offline[i]))
			continue;
		used += (size_t)snprintf(text + used, size - used, "%s%u",
					 used ? "," : "", i);
	}
	snprintf(text + used, size - used, "\n");
}

/* The text of a file; @online is room for a list of CPUs. */
static int find_text(const struct fake_machine *fake, const char *path,
		     char online[FAKE_CPUS_MAX * 4], const char **ret_text)
{
	const struct fake_file *file = find_file(fake, path);

	if (file && !file->text)
		return -EACCES;
	if (!file && (!fake->cpus || strcmp(path, ONLINE) != 0))
		return -ENOENT;
	if (file) {
		*ret_text = file->text;
	} else {
		list_online(fake->cpus, online, FAKE_CPUS_MAX * 4);
		*ret_text = online;
	}
	return 0;
}

static int fake_read_file(struct machine *machine, const char *path,
			  struct buffer *ret_text)
{
	char online[FAKE_CPUS_MAX * 4];
	const char *text;
	int err = find_text(fake_of(machine), path, online, &text);

	if (err)
		return err;
	ret_text->size = 0;
	if (buffer_append(ret_text, text, strlen(text) + 1))
		return -ENOMEM;
	ret_text->size--;
	return 0;
}

static ssize_t fake_peek_file(struct machine *machine, const char *path,
			      char *text, size_t size)
{
	char online[FAKE_CPUS_MAX * 4];
	const char *whole;
	int err = find_text(fake_of(machine), path, online, &whole);
	size_t length;

	if (err)
		return err;
	length = strlen(whole);
	if (length >= size)
		length = size - 1;
	memcpy(text, whole, length);
	text[length] = '\0';
	return (ssize_t)length;
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

static uint64_t fake_suspended_ns(struct machine *machine)
{
	const struct fake_cpus *cpus = fake_of(machine)->cpus;

	return cpus ? atomic_load(&cpus->suspended_ns) : 0;
}

static void log_access(struct fake_cpus *cpus, struct fake_access access)
{
	size_t i = atomic_fetch_add(&cpus->nr_accesses, 1);
	struct fake_access *kept = &cpus->accesses[i % FAKE_ACCESSES_MAX];

	if (access.is_write)
		atomic_fetch_add(&cpus->nr_writes, 1);
	kept->is_write = access.is_write;
	kept->cpu = access.cpu;
	kept->msr = access.msr;
	kept->value = access.value;
	kept->err = access.err;
	kept->pid = getpid();
	atomic_store(&kept->is_whole, true);
}

static int judge_access(const struct fake_cpus *cpus,
			const struct fake_access *access)
{
	int err = atomic_load(access->is_write ? &cpus->write_err :
						 &cpus->read_err);

	if (atomic_load(&cpus->is_offline[access->cpu]))
		return ENXIO;
	if (err == 0 && access->is_write)
		err = atomic_load(&cpus->write_err_of[access->cpu]);
	if (err)
		return err;
	if (access->is_write &&
	    (access->msr != cpus->control_msr ||
	     (access->value & ~atomic_load(&cpus->writable))))
		return EIO;
	if (access->msr != cpus->control_msr && access->msr != 0x345)
		return EIO;
	return 0;
}

static int fake_msr_read(struct machine *machine, unsigned int cpu,
			 uint32_t msr, uint64_t *ret_value)
{
	struct fake_access access = { .cpu = cpu, .msr = msr };
	struct fake_cpus *cpus = fake_of(machine)->cpus;

	if (!cpus)
		return -ENOENT;
	if (cpu >= cpus->nr)
		return -ENXIO;
	access.err = judge_access(cpus, &access);
	if (!access.err)
		access.value = msr == cpus->control_msr ?
				       atomic_load(&cpus->control[cpu]) :
				       cpus->capabilities;
	log_access(cpus, access);
	if (!access.err)
		*ret_value = access.value;
	return -access.err;
}

static int fake_msr_write(struct machine *machine, unsigned int cpu,
			  uint32_t msr, uint64_t value)
{
	struct fake_access access = { .cpu = cpu,
				      .msr = msr,
				      .value = value,
				      .is_write = true };
	struct fake_cpus *cpus = fake_of(machine)->cpus;

	if (!cpus)
		return -ENOENT;
	if (cpu >= cpus->nr)
		return -ENXIO;
	access.err = judge_access(cpus, &access);
	/* Logged before, so that no change is without its line. */
	log_access(cpus, access);
	if (!access.err)
		atomic_store(&cpus->control[cpu], value);
	return -access.err;
}

static int fake_run_on_cpu(struct machine *machine, unsigned int cpu,
			   int (*fn)(void *arg), void *arg)
{
	struct fake_machine *fake = fake_of(machine);
	int err;

	if (fake->bind_err)
		return -fake->bind_err;
	if (!fake->cpus || cpu >= fake->cpus->nr ||
	    atomic_load(&fake->cpus->is_offline[cpu]))
		return -EINVAL;
	fake->bound_cpu = (int)cpu + 1;
	err = fn(arg);
	fake->bound_cpu = 0;
	/* Whatever events were open are closed by now. */
	if (fake->cpus->is_driven_by_kernel)
		atomic_fetch_and(&fake->cpus->control[cpu], ~(uint64_t)1);
	return err;
}

static int fake_read_tsc(struct machine *machine, uint64_t *ret_ticks,
			 uint64_t *ret_ns)
{
	struct fake_machine *fake = fake_of(machine);

	if (!fake->tsc_hz)
		return -EOPNOTSUPP;
	fake->tsc_ns += 1000000;
	*ret_ns = fake->tsc_ns;
	*ret_ticks = fake->tsc_ns * (fake->tsc_hz / 1000000) / 1000;
	return 0;
}

/* One round in ten takes four times as long, one in fifty is the quickest. */
static int fake_time_cpuid(struct machine *machine, size_t nr,
			   uint64_t *ret_ticks, uint64_t *ret_empty)
{
	struct fake_machine *fake = fake_of(machine);
	uint64_t ticks = fake->cpuid_ticks && fake->bound_cpu ?
				 fake->cpuid_ticks[fake->bound_cpu - 1] :
				 0;

	if (!fake->tsc_hz)
		return -EOPNOTSUPP;
	for (size_t i = 0; i < nr; i++) {
		ret_empty[i] = 30;
		ret_ticks[i] = 30 + (i % 10 == 0 ? 4 * ticks :
				     i % 50 == 7 ? ticks / 2 :
						   ticks);
	}
	return 0;
}

/* Of the event opened last. */
static int fake_time_read(struct machine *machine, int fd, size_t nr,
			  uint64_t *ret_ticks)
{
	struct fake_machine *fake = fake_of(machine);
	const struct perf_event_attr *attr = &fake->opens[fake->nr_opens - 1];

	(void)fd;
	if (fake->read_err)
		return fake->read_err;
	for (size_t i = 0; i < nr; i++)
		ret_ticks[i] =
			fake->read_ticks[attr->type == PERF_TYPE_SOFTWARE] +
			(i % 10 == 0) * 5000;
	return 0;
}

struct fake_cpus *fake_cpus_new(unsigned int nr, uint32_t control_msr)
{
	struct fake_cpus *cpus = mmap(NULL, sizeof(*cpus),
				      PROT_READ | PROT_WRITE,
				      MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (cpus == MAP_FAILED || nr > FAKE_CPUS_MAX)
		abort();
	cpus->nr = nr;
	cpus->control_msr = control_msr;
	atomic_store(&cpus->writable, 1);
	return cpus;
}

void fake_cpus_free(struct fake_cpus *cpus)
{
	munmap(cpus, sizeof(*cpus));
}

size_t fake_cpus_writes(const struct fake_cpus *cpus)
{
	return atomic_load(&cpus->nr_writes);
}

const char *fake_cpus_story(const struct fake_cpus *cpus, unsigned int cpu)
{
	static char story[4096];
	size_t nr = atomic_load(&cpus->nr_accesses);
	size_t used = 0;

	story[0] = '\0';
	for (size_t i = 0; i < nr && i < FAKE_ACCESSES_MAX; i++) {
		const struct fake_access *a = &cpus->accesses[i];

		if (a->cpu != cpu || a->msr != cpus->control_msr ||
		    used + 32 > sizeof(story))
			continue;
		used += (size_t)snprintf(story + used, sizeof(story) - used,
					 "%s%c%llx%s", used ? " " : "",
					 a->is_write ? 'w' : 'r',
					 (unsigned long long)a->value,
					 a->err ? "!" : "");
	}
	return story;
}

struct machine *fake_machine_init(struct fake_machine *fake)
{
	static const struct machine_ops ops = {
		.cpuid = fake_cpuid,
		.perf_event_open = fake_perf_event_open,
		.read_file = fake_read_file,
		.has_path = fake_has_path,
		.peek_file = fake_peek_file,
		.suspended_ns = fake_suspended_ns,
		.msr_read = fake_msr_read,
		.msr_write = fake_msr_write,
		.run_on_cpu = fake_run_on_cpu,
		.read_tsc = fake_read_tsc,
		.time_cpuid = fake_time_cpuid,
		.time_read = fake_time_read,
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

bool fake_is_call_stack(const struct perf_event_attr *attr, pid_t pid, int cpu)
{
	return fake_has_branches(attr, pid, cpu) &&
	       (attr->branch_sample_type & PERF_SAMPLE_BRANCH_CALL_STACK);
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
