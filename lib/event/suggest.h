/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What somebody may have meant who wrote a name that is not known.
 */
#ifndef LBRVIRT_EVENT_SUGGEST_H
#define LBRVIRT_EVENT_SUGGEST_H

#include <stddef.h>

/*
 * Write the known event names nearest to @name, nearest first, separated by
 * commas, to @ret_text ("" if none is near).
 */
void suggest_events(const char *name, char *ret_text, size_t size);

#endif
