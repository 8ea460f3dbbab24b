/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The name of an event whose file does not tell it.
 */
#ifndef LBRVIRT_PERFDATA_NAMES_H
#define LBRVIRT_PERFDATA_NAMES_H

#include <linux/perf_event.h>
#include <stddef.h>

#define NAMES_SIZE_MAX 64

/* Write the name perf would print for @attr into @ret, which has room. */
void names_of_attr(const struct perf_event_attr *attr,
		   char ret[NAMES_SIZE_MAX]);

#endif
