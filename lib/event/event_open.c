/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Opening an event on kernels of all ages. A kernel answers EINVAL to any bit
 * it does not know and does not say which, so bits are taken away in the
 * reverse order of their coming: one that lacks an older bit lacks the newer
 * ones anyway.
 */
#include "config.h"

#include <errno.h>
#include <string.h>

#include "event/plan.h"

/* PERF_FORMAT_LOST, by its number: kernel headers before 6.0 lack the name. */
#define FORMAT_LOST (1ull << 4)

#define FIELD_END(field)                           \
	(offsetof(struct perf_event_attr, field) + \
	 sizeof(((struct perf_event_attr *)0)->field))

/* A concession: made on @err, returns whether there was anything to concede. */
struct concession {
	int err;
	bool (*concede)(struct perf_event_attr *attr);
};

static bool drop_branch_bits(struct perf_event_attr *attr, uint64_t bits)
{
	if (!(attr->branch_sample_type & bits))
		return false;
	attr->branch_sample_type &= ~bits;
	return true;
}

static bool drop_priv_save(struct perf_event_attr *attr)
{
	return drop_branch_bits(attr, PERF_SAMPLE_BRANCH_PRIV_SAVE);
}

static bool drop_lost_count(struct perf_event_attr *attr)
{
	if (!(attr->read_format & FORMAT_LOST))
		return false;
	attr->read_format &= ~FORMAT_LOST;
	return true;
}

static bool drop_hw_index(struct perf_event_attr *attr)
{
	return drop_branch_bits(attr, PERF_SAMPLE_BRANCH_HW_INDEX);
}

static bool drop_type_save(struct perf_event_attr *attr)
{
	return drop_branch_bits(attr, PERF_SAMPLE_BRANCH_TYPE_SAVE);
}

/* Costs nothing but time: the fields are filled in after all. */
static bool drop_no_flags(struct perf_event_attr *attr)
{
	return drop_branch_bits(attr, PERF_SAMPLE_BRANCH_NO_FLAGS |
					      PERF_SAMPLE_BRANCH_NO_CYCLES);
}

static bool drop_clockid(struct perf_event_attr *attr)
{
	if (!attr->use_clockid)
		return false;
	attr->use_clockid = 0;
	attr->clockid = 0;
	return true;
}

static bool drop_callchain_limits(struct perf_event_attr *attr)
{
	if (!attr->exclude_callchain_user && !attr->exclude_callchain_kernel)
		return false;
	attr->exclude_callchain_user = 0;
	attr->exclude_callchain_kernel = 0;
	return true;
}

static bool lower_precise_ip(struct perf_event_attr *attr)
{
	if (!attr->precise_ip)
		return false;
	attr->precise_ip--;
	return true;
}

/*
 * perf_event_paranoid above 1 keeps users out of the kernel. An event that
 * asks for the kernel alone has nothing left then.
 */
static bool exclude_kernel(struct perf_event_attr *attr)
{
	if (attr->exclude_user ||
	    (attr->exclude_kernel &&
	     (attr->exclude_callchain_kernel ||
	      !(attr->sample_type & PERF_SAMPLE_CALLCHAIN))))
		return false;
	attr->exclude_kernel = 1;
	attr->exclude_hv = 1;
	if (attr->sample_type & PERF_SAMPLE_CALLCHAIN)
		attr->exclude_callchain_kernel = 1;
	return true;
}

/*
 * A kernel with a shorter attribute wrote its size into ours. What lies
 * beyond must then be zero; all we cannot do without ends with clockid.
 */
static bool shorten(struct perf_event_attr *attr)
{
	char *bytes = (char *)attr;
	bool is_shorter = false;

	if (attr->size < FIELD_END(clockid))
		return false;
	for (size_t i = attr->size; i < sizeof(*attr); i++) {
		is_shorter |= bytes[i] != 0;
		bytes[i] = 0;
	}
	return is_shorter;
}

static const struct concession concessions[] = {
	{ EACCES, exclude_kernel },
	{ E2BIG, shorten },
	{ EOPNOTSUPP, lower_precise_ip },
	{ EINVAL, drop_priv_save },	   /* Linux 6.1 */
	{ EINVAL, drop_lost_count },	   /* 6.0 */
	{ EINVAL, drop_hw_index },	   /* 5.7 */
	{ EINVAL, drop_type_save },	   /* 4.14 */
	{ EINVAL, drop_no_flags },	   /* 4.4 */
	{ EINVAL, drop_clockid },	   /* 4.1 */
	{ EINVAL, drop_callchain_limits }, /* 3.7 */
	{ EINVAL, lower_precise_ip },
};

#define NR_CONCESSIONS (sizeof(concessions) / sizeof(concessions[0]))

static bool concede(struct perf_event_attr *attr, int err)
{
	for (size_t i = 0; i < NR_CONCESSIONS; i++)
		if (concessions[i].err == err && concessions[i].concede(attr))
			return true;
	return false;
}

int event_open(struct machine *machine, struct perf_event_attr *attr, pid_t pid,
	       int cpu, unsigned long flags)
{
	struct perf_event_attr asked = *attr;
	uint32_t size = attr->size;
	int fd;

	/* Ends: each concession takes something away for good. */
	do {
		fd = machine->ops->perf_event_open(machine, attr, pid, cpu, -1,
						   flags);
	} while (fd < 0 && concede(attr, -fd));

	if (fd < 0)
		*attr = asked;
	else
		attr->size = size;
	return fd;
}
