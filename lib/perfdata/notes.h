/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The notes of a recording: texts by name. Zero-initialised storage holds none.
 */
#ifndef LBRVIRT_PERFDATA_NOTES_H
#define LBRVIRT_PERFDATA_NOTES_H

#include <stddef.h>

struct notes {
	char **names;
	char **texts;
	size_t nr;
	size_t capacity; /* of either array */
};

void notes_fini(struct notes *notes);

/* Set or replace; the strings are copied. A file may hold any number of them:
 * those beyond the first 256 are left out. 0 or -ENOMEM. */
int notes_set(struct notes *notes, const char *name, const char *text);

/* The text, or NULL. Valid until it is replaced. */
const char *notes_get(const struct notes *notes, const char *name);

#endif
