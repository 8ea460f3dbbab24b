/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Names come out of files and may hold any bytes. Here they become what a
 * format can hold: always valid UTF-8, and never more than one name.
 */
#ifndef LBRVIRT_EXPORT_ESCAPE_H
#define LBRVIRT_EXPORT_ESCAPE_H

#include <stddef.h>

#include "base/buffer.h"
#include "export/text.h"

/*
 * Length of the valid UTF-8 sequence at @p, of which there are @size bytes; 0
 * if there is none: RFC 3629, so neither overlong forms nor surrogates nor
 * anything above U+10FFFF.
 */
size_t escape_utf8_length(const unsigned char *p, size_t size);

/*
 * Append @name, with U+FFFD for each byte that is no UTF-8, for libraries that
 * quote by themselves. 0 or -ENOMEM.
 */
int escape_append(struct buffer *to, const char *name);

/* As a JSON string, with its quotes. */
void escape_json(struct text *text, const char *name);

/*
 * As a part of a line that people may see on a terminal: what is not UTF-8
 * becomes U+FFFD, as do control characters, so that there is neither an end of
 * line nor an escape sequence in it; and each of the characters of @reserved
 * becomes ":".
 */
void escape_line(struct text *text, const char *name, const char *reserved);

#endif
