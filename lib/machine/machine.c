/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Facts about a machine that take more than one operation, the same for every
 * kind of machine.
 */
#include "config.h"

#include "machine/machine.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define SYSCTL "/proc/sys/kernel/"

/*
 * Intel CPUs answer a leaf above the highest one with the highest one's data
 * (Intel SDM vol. 2A, CPUID), which then looks like a feature.
 */
int machine_cpuid(struct machine *machine, uint32_t leaf, uint32_t subleaf,
		  struct cpuid_regs *ret_regs)
{
	uint32_t base = leaf & 0x80000000u;
	struct cpuid_regs regs;
	int err = machine->ops->cpuid(machine, base, 0, &regs);

	if (err)
		return err;
	if (leaf > regs.eax || (regs.eax & 0x80000000u) != base) {
		memset(ret_regs, 0, sizeof(*ret_regs));
		return 0;
	}
	if (leaf == base) {
		*ret_regs = regs;
		return 0;
	}
	return machine->ops->cpuid(machine, leaf, subleaf, ret_regs);
}

/* One number and nothing but white space behind it. */
static int read_number(struct machine *machine, const char *path, int is_signed,
		       uint64_t *ret_value)
{
	struct buffer text = { 0 };
	const char *begin;
	uint64_t value;
	char *end;
	int err = machine->ops->read_file(machine, path, &text);

	if (err)
		return err;
	begin = (const char *)text.bytes;
	errno = 0;
	value = is_signed ? (uint64_t)strtoll(begin, &end, 10) :
			    strtoull(begin, &end, 10);
	if (errno || end == begin || (!is_signed && strchr(begin, '-')) ||
	    end[strspn(end, " \t\n")] != '\0')
		err = -EBADMSG;
	else
		*ret_value = value;
	buffer_fini(&text);
	return err;
}

int machine_read_u64(struct machine *machine, const char *path,
		     uint64_t *ret_value)
{
	return read_number(machine, path, 0, ret_value);
}

int machine_read_i64(struct machine *machine, const char *path,
		     int64_t *ret_value)
{
	uint64_t value;
	int err = read_number(machine, path, 1, &value);

	if (!err)
		*ret_value = (int64_t)value;
	return err;
}

uint64_t machine_max_sample_rate(struct machine *machine)
{
	uint64_t rate;

	if (machine_read_u64(machine, SYSCTL "perf_event_max_sample_rate",
			     &rate))
		return 0;
	return rate;
}

uint64_t machine_mlock_kb(struct machine *machine)
{
	uint64_t kb;

	if (machine_read_u64(machine, SYSCTL "perf_event_mlock_kb", &kb))
		return 0;
	return kb;
}

/* The row's label at the beginning of a line: "NMI:" also ends "PNMI:". */
static const char *find_row(const char *text, const char *row)
{
	size_t length = strlen(row);

	while (*text) {
		const char *label = text + strspn(text, " ");
		const char *end = strchr(text, '\n');

		if (strncmp(label, row, length) == 0 && label[length] == ':')
			return label + length + 1;
		if (!end)
			break;
		text = end + 1;
	}
	return NULL;
}

bool machine_interrupts(struct machine *machine, const char *row,
			uint64_t *ret_nr)
{
	struct buffer text = { 0 };
	const char *at = NULL;
	uint64_t nr = 0;

	if (machine->ops->read_file(machine, "/proc/interrupts", &text) == 0)
		at = find_row((const char *)text.bytes, row);
	if (at) {
		char *end;

		for (uint64_t one = strtoull(at, &end, 10); end != at;
		     one = strtoull(at, &end, 10)) {
			nr += one;
			at = end;
		}
		*ret_nr = nr;
	}
	buffer_fini(&text);
	return at;
}
