/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The events of a recording as they are found: in a file's header at once, in a
 * pipe one record at a time. Their addresses never change.
 */
#ifndef LBRVIRT_PERFDATA_EVENTS_H
#define LBRVIRT_PERFDATA_EVENTS_H

#include <lbrvirt/sample.h>

#include "base/intern.h"
#include "perfdata/view.h"
#include "sample/decode.h"

/* Zero-initialised storage holds none. */
struct events {
	struct lbrvirt_event *list;
	size_t nr;
	size_t capacity;
	struct intern *names; /* borrowed */
};

/* Room for @capacity events, which is never exceeded. 0 or -ENOMEM. */
int events_init(struct events *events, size_t capacity, struct intern *names);
void events_fini(struct events *events);

/*
 * Add an event: its attribute at the front of @attr, of the size it says; ids
 * are all that @ids holds. 0; -EBADMSG: it does not fit; -EOVERFLOW: no room;
 * -ENOMEM.
 */
int events_add(struct events *events, struct view *attr, struct view *ids);

/*
 * Add an event by a HEADER_ATTR record's body: an attribute, then ids.
 * As events_add().
 */
int events_add_record(struct events *events, struct view body);

/* Give names as the EVENT_DESC section has them. 0 or -ENOMEM. */
int events_describe(struct events *events, struct view section);

/*
 * Give the name of an EVENT_UPDATE record's body to the event with its id, as
 * @decoder, which is for these events, finds it. 0 or -ENOMEM.
 */
int events_update(struct events *events, const struct decoder *decoder,
		  struct view body);

#endif
