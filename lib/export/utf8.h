/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Names come out of files and may hold any bytes; most formats want UTF-8.
 */
#ifndef LBRVIRT_EXPORT_UTF8_H
#define LBRVIRT_EXPORT_UTF8_H

#include "base/buffer.h"

/* Append @text, with U+FFFD for each byte that is no UTF-8. 0 or -ENOMEM. */
int utf8_append(struct buffer *to, const char *text);

#endif
