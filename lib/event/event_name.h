/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Events as people write them, in perf's spelling.
 */
#ifndef LBRVIRT_EVENT_EVENT_NAME_H
#define LBRVIRT_EVENT_EVENT_NAME_H

#include "event/plan.h"

/* The longest event that is taken, with its modifiers. */
#define EVENT_NAME_MAX 255

/*
 * Look up one event: "cycles:u", "r01c0", "sched:sched_switch",
 * "cpu/event=0x3c/pp", anything that libpfm4 knows. Fills type, config,
 * exclude_…, precise_ip and, where the name says one, the period; everything
 * else of @ret_attr is zero.
 * 0; -ENOENT: not known, the text lists the nearest; -EINVAL: badly written;
 * -EACCES: tracefs may not be read; -ENOMEM, -EIO.
 */
int event_name_parse(struct lbrvirt_context *ctx, struct machine *machine,
		     const char *name, struct perf_event_attr *ret_attr);

/*
 * Length of the first event of a list separated by commas; those between
 * slashes belong to the event.
 */
size_t event_name_length(const char *list);

/*
 * Name of the event that stands in for @name without a PMU: "cycles:up" is
 * "cpu-clock:u". Modifiers that a clock cannot honour are left out.
 */
void event_name_of_clock(const char *name, char *ret_name, size_t size);

/* Name with the kernel excluded, as perf writes it: "cycles:u", "cycles:Hu". */
void event_name_without_kernel(const char *name, char *ret_name, size_t size);

#endif
