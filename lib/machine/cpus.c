/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * CPU lists: parsing, and the intersection with what is online.
 */
#include "config.h"

#include "machine/cpus.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/error.h"

void cpus_fini(struct cpus *cpus)
{
	free(cpus->cpu);
	memset(cpus, 0, sizeof(*cpus));
}

/* One decimal number at *@text, which moves behind it. -1: none there. */
static long parse_cpu(const char **text)
{
	char *end;
	long cpu;

	if (!isdigit((unsigned char)**text))
		return -1;
	cpu = strtol(*text, &end, 10);
	*text = end;
	return cpu;
}

int cpus_mark(const char *text, bool is_in[CPUS_MAX])
{
	for (;;) {
		long first = parse_cpu(&text);
		long last = first;

		if (first >= 0 && *text == '-') {
			text++;
			last = parse_cpu(&text);
		}
		if (first < 0 || last < first)
			return -EINVAL;
		if (last >= CPUS_MAX)
			return -EOVERFLOW;
		for (long cpu = first; cpu <= last; cpu++)
			is_in[cpu] = true;
		if (*text != ',')
			break;
		text++;
	}
	return *text == '\0' || *text == '\n' ? 0 : -EINVAL;
}

int cpus_parse(const char *text, struct cpus *ret_cpus)
{
	bool is_in[CPUS_MAX] = { false };
	struct cpus cpus = { NULL, 0 };
	int err = cpus_mark(text, is_in);

	if (err)
		return err;
	cpus.cpu = malloc(CPUS_MAX * sizeof(*cpus.cpu));
	if (!cpus.cpu)
		return -ENOMEM;
	for (int cpu = 0; cpu < CPUS_MAX; cpu++) {
		if (is_in[cpu])
			cpus.cpu[cpus.nr++] = cpu;
	}
	*ret_cpus = cpus;
	return 0;
}

/* Keep those of @cpus that are in @other too. Both ascend. */
static void intersect(struct cpus *cpus, const struct cpus *other)
{
	size_t kept = 0;
	size_t j = 0;

	for (size_t i = 0; i < cpus->nr; i++) {
		while (j < other->nr && other->cpu[j] < cpus->cpu[i])
			j++;
		if (j < other->nr && other->cpu[j] == cpus->cpu[i])
			cpus->cpu[kept++] = cpus->cpu[i];
	}
	cpus->nr = kept;
}

static int read_online(struct lbrvirt_context *ctx, struct machine *machine,
		       struct cpus *ret_cpus)
{
	static const char path[] = "/sys/devices/system/cpu/online";
	struct buffer text = { NULL, 0, 0 };
	int err;

	err = machine->ops->read_file(machine, path, &text);
	if (!err)
		err = cpus_parse((const char *)text.bytes, ret_cpus);
	buffer_fini(&text);
	if (err)
		return error_set(ctx, EIO,
				 "%s cannot be read: is /sys mounted?", path);
	return 0;
}

int cpus_online(struct lbrvirt_context *ctx, struct machine *machine,
		const char *wanted, struct cpus *ret_cpus)
{
	struct cpus online = { NULL, 0 };
	struct cpus only = { NULL, 0 };
	int err;

	err = read_online(ctx, machine, &online);
	if (err)
		return err;
	if (wanted) {
		err = cpus_parse(wanted, &only);
		if (err) {
			cpus_fini(&online);
			return error_set(
				ctx, EINVAL,
				"\"%s\" is no list of CPUs such as 0-2,5",
				wanted);
		}
		intersect(&online, &only);
		cpus_fini(&only);
	}
	if (online.nr == 0) {
		cpus_fini(&online);
		return error_set(
			ctx, ENOENT,
			"none of the CPUs %s is online: see /sys/devices/system/cpu/online",
			wanted ? wanted : "");
	}
	*ret_cpus = online;
	return 0;
}
