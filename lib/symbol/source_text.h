/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The lines of a source file.
 */
#ifndef LBRVIRT_SYMBOL_SOURCE_TEXT_H
#define LBRVIRT_SYMBOL_SOURCE_TEXT_H

#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "base/buffer.h"

struct source_text {
	struct buffer bytes;
	size_t *starts; /* owned: where lines begin; one more for the end */
	size_t nr_lines;
	time_t changed; /* when the file was */
};

/*
 * Read the file that debug information calls @path. With a @dir, it is looked
 * for below that: first by the whole path, then by ever less of it, and last
 * by its name alone. 0, -ENOENT (not there, no regular file, or too large) or
 * -ENOMEM. @ret_text starts zeroed, and on failure needs no source_text_fini().
 */
int source_text_read(const char *dir, const char *path,
		     struct source_text *ret_text);
void source_text_fini(struct source_text *text);

/* Line @number, counted from 1, less its end; NULL: the file has fewer. */
const char *source_text_line(const struct source_text *text, uint32_t number,
			     size_t *ret_length);

#endif
