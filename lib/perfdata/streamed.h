/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The pipe format: what stands in a file's header is sent as records.
 */
#ifndef LBRVIRT_PERFDATA_STREAMED_H
#define LBRVIRT_PERFDATA_STREAMED_H

#include "perfdata/sections.h"

/*
 * Append the pipe's header and a record for each event to @out.
 * 0, -ENOMEM; -EOVERFLOW: more ids than a record holds.
 */
int streamed_begin(const struct lbrvirt_event *events, size_t nr_events,
		   struct buffer *out);

/*
 * Append a record for each present feature of the set @features, but for those
 * that are too long for one. 0 or -ENOMEM.
 */
int streamed_features(const struct sections *sections, uint64_t features,
		      struct buffer *out);

/* Append BUILD_ID's entries from byte @from of its body on as records. */
int streamed_build_ids(const struct sections *sections, size_t from,
		       struct buffer *out);

#endif
