/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Event names of this CPU and of the kernel, out of libpfm4.
 */
#ifndef LBRVIRT_EVENT_PFM4_H
#define LBRVIRT_EVENT_PFM4_H

#include <linux/perf_event.h>

/*
 * Set type, config… and exclude_… of @attr by an event's name in libpfm4's own
 * grammar (perf's generic names are part of it). 0; -ENOENT: no such event;
 * -EINVAL: the event is known, its attributes are not. *@ret_why receives a
 * static text then.
 */
int pfm4_encode(const char *name, struct perf_event_attr *attr,
		const char **ret_why);

/* Call @fn with each known event's name, in lower case. */
void pfm4_each_name(void (*fn)(const char *name, void *arg), void *arg);

#endif
