/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * All that is known of one ELF file's addresses: its symbols and its DWARF,
 * wherever either of them lies, as one answer.
 */
#ifndef LBRVIRT_SYMBOL_OBJECT_H
#define LBRVIRT_SYMBOL_OBJECT_H

#include "process/dso.h"
#include "symbol/source.h"

struct object;

/*
 * Open what there is for @dso. @cache_dir: perf's build-id cache, or NULL.
 * 0, -ENOMEM, or -ENOENT: the file cannot be had.
 */
int object_new(struct dso_table *dsos, struct dso *dso, const char *cache_dir,
	       struct object **ret_object);
void object_free(struct object *object);

/*
 * The functions at the file's own address @vaddr, innermost first, at least
 * one; the last is not inlined and alone may lack a name. Its name is that of
 * the ELF symbol if there is one, and every frame's start is its start. Names
 * are mangled. Returns the number of frames; 0 nothing is known; -ENOMEM.
 * All texts live as long as the object.
 */
int object_find(struct object *object, uint64_t vaddr,
		struct source_frame ret_frames[SOURCE_DEPTH_MAX]);

/* Where the symbol at @vaddr ends; 0: there is none. */
uint64_t object_symbol_end(const struct object *object, uint64_t vaddr);

#endif
