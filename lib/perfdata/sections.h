/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The bodies of the feature sections that we write, as bytes.
 */
#ifndef LBRVIRT_PERFDATA_SECTIONS_H
#define LBRVIRT_PERFDATA_SECTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "perfdata/format.h"
#include "perfdata/writer.h"

/* Zero-initialised storage is empty: no feature is present. */
struct sections {
	struct buffer body[FORMAT_FEATURES_WRITTEN];
	uint64_t present; /* a bit each; some have no body */
};

void sections_fini(struct sections *sections);

/* What is known when recording begins. 0 or -ENOMEM. */
int sections_begin(struct sections *sections, const struct writer_opts *opts);

/* Each replaces its section, or for a build-id adds to it. 0 or -ENOMEM. */
int sections_sample_time(struct sections *sections, uint64_t first_ns,
			 uint64_t last_ns);
int sections_compressed(struct sections *sections, int level, uint64_t ratio,
			uint32_t chunk_size);
int sections_notes(struct sections *sections, const char *const *names,
		   const char *const *texts, size_t nr);
int sections_build_id(struct sections *sections,
		      const struct format_build_id *entry, const char *path);

/*
 * Append table and bodies to @ret_tail, as they stand behind data that ends
 * at @data_end. 0 or -ENOMEM.
 */
int sections_layout(const struct sections *sections, uint64_t data_end,
		    struct buffer *ret_tail);

#endif
