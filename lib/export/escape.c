/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Most names are plain ASCII: runs of bytes that need nothing are copied in one
 * piece. Controls are those of C0 and C1 and DEL; U+2028 and U+2029 too end a
 * line for some readers.
 */
#include "config.h"

#include "export/escape.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */

size_t escape_utf8_length(const unsigned char *p, size_t size)
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

int escape_append(struct buffer *to, const char *name)
{
	const unsigned char *p = (const unsigned char *)name;
	size_t size = strlen(name);
	int err = buffer_reserve(to, size + 1);

	for (size_t i = 0; !err && i < size;) {
		size_t length = escape_utf8_length(p + i, size - i);

		if (length)
			err = buffer_append(to, p + i, length);
		else
			err = buffer_append(to, REPLACEMENT,
					    sizeof(REPLACEMENT) - 1);
		i += length ? length : 1;
	}
	return err;
}

static void put_json_escape(struct text *text, unsigned char c)
{
	char code[8];

	if (c == '"' || c == '\\') {
		text_put_char(text, '\\');
		text_put_char(text, (char)c);
		return;
	}
	snprintf(code, sizeof(code), "\\u%04x", c);
	text_put_string(text, code);
}

void escape_json(struct text *text, const char *name)
{
	const unsigned char *p = (const unsigned char *)name;
	size_t size = strlen(name);
	size_t done = 0;

	text_put_char(text, '"');
	for (size_t i = 0; i < size;) {
		size_t length = escape_utf8_length(p + i, size - i);
		bool is_plain = length && p[i] >= 0x20 && p[i] != 0x7f &&
				p[i] != '"' && p[i] != '\\';

		if (!is_plain) {
			text_put(text, p + done, i - done);
			if (length)
				put_json_escape(text, p[i]);
			else
				text_put_string(text, REPLACEMENT);
			done = i + 1;
		}
		i += length ? length : 1;
	}
	text_put(text, p + done, size - done);
	text_put_char(text, '"');
}

static bool is_control(const unsigned char *p, size_t length)
{
	if (length == 1)
		return p[0] < 0x20 || p[0] == 0x7f;
	if (length == 2)
		return p[0] == 0xc2 && p[1] < 0xa0;
	return length == 3 && p[0] == 0xe2 && p[1] == 0x80 &&
	       (p[2] == 0xa8 || p[2] == 0xa9);
}

void escape_line(struct text *text, const char *name, const char *reserved)
{
	const unsigned char *p = (const unsigned char *)name;
	size_t size = strlen(name);
	size_t done = 0;

	for (size_t i = 0; i < size;) {
		size_t length = escape_utf8_length(p + i, size - i);
		bool is_bad = !length || is_control(p + i, length);
		size_t step = length ? length : 1;

		if (is_bad || (length == 1 && strchr(reserved, p[i]))) {
			text_put(text, p + done, i - done);
			text_put_string(text, is_bad ? REPLACEMENT : ":");
			done = i + step;
		}
		i += step;
	}
	text_put(text, p + done, size - done);
}
