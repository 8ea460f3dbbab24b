/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What is UTF-8 and what is not. Every byte that does not belong to a valid
 * sequence becomes one U+FFFD, in each format alike, so that names can be
 * compared across them.
 */
#include "config.h"

#include "export/utf8.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

#define REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */

/*
 * Length of the valid UTF-8 sequence at @p, 0 if there is none: RFC 3629,
 * so neither overlong forms nor surrogates nor anything above U+10FFFF.
 */
static size_t utf8_length(const unsigned char *p, size_t size)
{
	size_t length;
	uint32_t code;

	if (p[0] < 0x80)
		return 1;
	if (p[0] < 0xc2 || p[0] > 0xf4)
		return 0;
	length = p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
	if (length > size)
		return 0;
	code = p[0] & (0x7fu >> length);
	for (size_t i = 1; i < length; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (p[i] & 0x3f);
	}
	if (length == 3 && (code < 0x800 || (code >= 0xd800 && code < 0xe000)))
		return 0;
	if (length == 4 && (code < 0x10000 || code > 0x10ffff))
		return 0;
	return length;
}

int utf8_append(struct buffer *to, const char *text)
{
	const unsigned char *p = (const unsigned char *)text;
	size_t size = strlen(text);
	int err = buffer_reserve(to, size + 1);

	for (size_t i = 0; !err && i < size;) {
		size_t length = utf8_length(p + i, size - i);

		if (length)
			err = buffer_append(to, p + i, length);
		else
			err = buffer_append(to, REPLACEMENT,
					    sizeof(REPLACEMENT) - 1);
		i += length ? length : 1;
	}
	return err;
}
