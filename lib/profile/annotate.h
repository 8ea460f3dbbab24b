/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * An annotated function while it is put together: first its instructions, then
 * samples on them, blocks with branches, and source lines.
 */
#ifndef LBRVIRT_PROFILE_ANNOTATE_INSIDE_H
#define LBRVIRT_PROFILE_ANNOTATE_INSIDE_H

#include <lbrvirt/annotate.h>

#include "base/intern.h"
#include "process/dso.h"
#include "symbol/lookup.h"

struct annotation {
	struct lbrvirt_annotation shown; /* first: what callers have */
	struct lbrvirt_context *ctx;	 /* the profile's, borrowed as these */
	struct lookup *lookup;
	struct dso_table *dsos;
	struct dso *dso;
	uint64_t offset; /* of the function in the file, as symbols have it */
	struct intern *strings;
	/* Owned; shown points to them. */
	struct lbrvirt_instruction *instructions;
	size_t instructions_capacity;
	struct lbrvirt_basic_block *blocks;
	struct lbrvirt_source_line *lines;
};

/* The instruction that begins at an offset of the file, or
 * LBRVIRT_ANNOTATE_NONE. */
size_t annotate_find(const struct annotation *annotation, uint64_t offset);

/* Read the instructions from the function's start on. 0, -ENOENT,
 * -EOPNOTSUPP, -ENOMEM with the context's text. */
int annotate_read_code(struct annotation *annotation, bool is_intel);

/* Cut the code into blocks and count samples and, unless @branches is NULL,
 * branches on them. 0 or -ENOMEM. */
int annotate_make_blocks(struct annotation *annotation,
			 const struct lbrvirt_branches *branches);

/* The lines that the instructions are of, with their text unless @no_text. 0 or
 * -ENOMEM. */
int annotate_make_lines(struct annotation *annotation, const char *source_dir,
			bool no_text);

#endif
