/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The source file of each function, for formats that give a function one. A
 * function's lines may be of several files (macros, included code); the first
 * file that a sample showed is taken, and lines of others are not given.
 */
#ifndef LBRVIRT_EXPORT_SOURCES_H
#define LBRVIRT_EXPORT_SOURCES_H

#include <string.h>

#include "profile/stacks.h"

/* One for each of the stacks' functions, NULL where none is known, and a NULL
 * behind them; free() it. 0 or -ENOMEM. */
int sources_new(const struct stacks *stacks, const char ***ret_sources);

/* The line of @symbol in @file, the source of its function; 0: not in it. */
static inline uint32_t sources_line(const struct lbrvirt_symbol *symbol,
				    const char *file)
{
	return file && symbol->file && strcmp(symbol->file, file) == 0 ?
		       symbol->line :
		       0;
}

#endif
