/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which fields a line of script output has: the -F option, and perf script's
 * defaults by what an event's samples hold.
 */
#ifndef LBRVIRT_EXPORT_SCRIPT_FIELDS_H
#define LBRVIRT_EXPORT_SCRIPT_FIELDS_H

#include <lbrvirt/context.h>
#include <lbrvirt/perfdata.h>

#define SCRIPT_COMM	  (1u << 0)
#define SCRIPT_PID	  (1u << 1)
#define SCRIPT_TID	  (1u << 2)
#define SCRIPT_TIME	  (1u << 3)
#define SCRIPT_CPU	  (1u << 4)
#define SCRIPT_PERIOD	  (1u << 5)
#define SCRIPT_EVENT	  (1u << 6)
#define SCRIPT_ADDR	  (1u << 7)
#define SCRIPT_WEIGHT	  (1u << 8)
#define SCRIPT_IP	  (1u << 9)
#define SCRIPT_SYM	  (1u << 10)
#define SCRIPT_SYMOFF	  (1u << 11)
#define SCRIPT_DSO	  (1u << 12)
#define SCRIPT_SRCLINE	  (1u << 13)
#define SCRIPT_BRSTACK	  (1u << 14)
#define SCRIPT_BRSTACKSYM (1u << 15)
#define SCRIPT_BRSTACKOFF (1u << 16)
#define SCRIPT_PHYS_ADDR  (1u << 17)
#define SCRIPT_DATA_PAGE  (1u << 18)
#define SCRIPT_CODE_PAGE  (1u << 19)
/* No fields: a call chain follows; times to the nanosecond; the frames are of a
 * stack copy, see step_back() in perf_script.c. */
#define SCRIPT_NARROW  (1u << 29)
#define SCRIPT_NS      (1u << 30)
#define SCRIPT_UNWOUND (1u << 31)

struct script_fields {
	unsigned int wanted; /* SCRIPT_… */
	unsigned int named;  /* those of them that the user asked for */
};

/* @text as perf script -F takes it; NULL: the defaults. 0 or -EINVAL. */
int script_fields_parse(struct lbrvirt_context *ctx, const char *text,
			struct script_fields *ret_fields);

/*
 * The fields of @event's lines. As in perf, what the first event of the same
 * type does not hold is left out for all of them; having asked for it is an
 * error. 0 or -EINVAL.
 */
int script_fields_of(struct lbrvirt_context *ctx,
		     const struct script_fields *fields,
		     const struct lbrvirt_perfdata *data,
		     const struct lbrvirt_event *event,
		     unsigned int *ret_fields);

#endif
