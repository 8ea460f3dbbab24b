/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The adapter of libpfm4; its codes and types go no further. libpfm4 knows the
 * events of the CPU it runs on, and perf's generic hardware, software and
 * cache events under perf's own names.
 */
#include "config.h"

#include "event/pfm4.h"

#include <ctype.h>
#include <errno.h>
#include <perfmon/pfmlib_perf_event.h>
#include <string.h>

#define NAME_SIZE 128

/* What perf_events counts and libpfm4 has no name for. */
struct software_event {
	const char *name;
	uint64_t config;
};

static const struct software_event software_events[] = {
	{ "alignment-faults", PERF_COUNT_SW_ALIGNMENT_FAULTS },
	{ "emulation-faults", PERF_COUNT_SW_EMULATION_FAULTS },
	{ "dummy", PERF_COUNT_SW_DUMMY },
};

#define NR_SOFTWARE (sizeof(software_events) / sizeof(software_events[0]))

static const struct software_event *find_software(const char *name)
{
	for (size_t i = 0; i < NR_SOFTWARE; i++)
		if (strcmp(software_events[i].name, name) == 0)
			return &software_events[i];
	return NULL;
}

int pfm4_encode(const char *name, struct perf_event_attr *attr,
		const char **ret_why)
{
	const struct software_event *software = find_software(name);
	struct perf_event_attr encoded;
	pfm_perf_encode_arg_t arg = { .attr = &encoded, .size = sizeof(arg) };
	int err;

	if (software) {
		attr->type = PERF_TYPE_SOFTWARE;
		attr->config = software->config;
		return 0;
	}
	*ret_why = "libpfm4 does not start";
	/* Asked for more than once, it answers at once. */
	if (pfm_initialize() != PFM_SUCCESS)
		return -ENOENT;
	memset(&encoded, 0, sizeof(encoded));
	err = pfm_get_os_event_encoding(name, PFM_PLM0 | PFM_PLM3 | PFM_PLMH,
					PFM_OS_PERF_EVENT_EXT, &arg);
	if (err != PFM_SUCCESS) {
		*ret_why = pfm_strerror(err);
		return err == PFM_ERR_NOTFOUND || err == PFM_ERR_NOTSUPP ?
			       -ENOENT :
			       -EINVAL;
	}
	attr->type = encoded.type;
	attr->config = encoded.config;
	attr->config1 = encoded.config1;
	attr->config2 = encoded.config2;
	attr->precise_ip = encoded.precise_ip;
	attr->exclude_user = encoded.exclude_user;
	attr->exclude_kernel = encoded.exclude_kernel;
	/* Software events have no such level, so libpfm4 excludes it always;
	 * perf does only where a level was named. */
	attr->exclude_hv = encoded.exclude_user || encoded.exclude_kernel;
	return 0;
}

static void hand_out(const char *name, void (*fn)(const char *, void *),
		     void *arg)
{
	char lower[NAME_SIZE];
	size_t i;

	for (i = 0; name[i] && i < sizeof(lower) - 1; i++)
		lower[i] = (char)tolower((unsigned char)name[i]);
	lower[i] = '\0';
	fn(lower, arg);
}

static void each_of_pmu(const pfm_pmu_info_t *pmu,
			void (*fn)(const char *, void *), void *arg)
{
	for (int e = pmu->first_event; e != -1; e = pfm_get_event_next(e)) {
		pfm_event_info_t info;

		memset(&info, 0, sizeof(info));
		info.size = sizeof(info);
		if (pfm_get_event_info(e, PFM_OS_PERF_EVENT, &info) ==
		    PFM_SUCCESS)
			hand_out(info.name, fn, arg);
	}
}

void pfm4_each_name(void (*fn)(const char *name, void *arg), void *arg)
{
	pfm_pmu_t i;

	for (size_t s = 0; s < NR_SOFTWARE; s++)
		fn(software_events[s].name, arg);
	if (pfm_initialize() != PFM_SUCCESS)
		return;
	pfm_for_all_pmus(i)
	{
		pfm_pmu_info_t pmu;

		memset(&pmu, 0, sizeof(pmu));
		pmu.size = sizeof(pmu);
		if (pfm_get_pmu_info(i, &pmu) == PFM_SUCCESS && pmu.is_present)
			each_of_pmu(&pmu, fn, arg);
	}
}
