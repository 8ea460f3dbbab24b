/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Source lines and inlined calls of one file, from its DWARF. Nothing is read
 * before it is asked for: the compilation unit of an address is indexed at the
 * first question about it, and answers every later one by two binary searches.
 */
#ifndef LBRVIRT_SYMBOL_SOURCE_H
#define LBRVIRT_SYMBOL_SOURCE_H

#include <elfutils/libdw.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/intern.h"

struct source;

/* Inlined calls within each other at one address; more are cut. */
#define SOURCE_DEPTH_MAX 64

/* One function at an address. Texts live as long as the source. */
struct source_frame {
	const char *name;   /* linkage name, else plain name; NULL unknown */
	const char *file;   /* where it is executing; NULL unknown */
	const char *folder; /* that a relative @file is in; NULL unknown */
	uint32_t line;	    /* 0 unknown */
	bool is_inlined;    /* into the next frame */
	uint64_t start;	    /* the last frame's: where the function begins */
};

/*
 * Index the units of @dwarf, which is borrowed and must outlive the source.
 * 0, -ENOMEM, or -ENOENT: it has no unit with code.
 */
int source_new(Dwarf *dwarf, struct source **ret_source);
void source_free(struct source *source);

/*
 * The functions at @address, innermost first, the last one not inlined. With
 * a line but no function known (assembly), one frame without a name. Returns
 * their number, 0 where DWARF says nothing; -ENOMEM.
 */
int source_find(struct source *source, uint64_t address,
		struct source_frame *ret_frames, size_t max);

/* The path of a frame's file, kept in @strings; NULL: out of memory. */
const char *source_frame_path(const struct source_frame *frame,
			      struct intern *strings);

#endif
