/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A character is let through if the C library gives it a width: that leaves
 * out C0 and C1 controls, bytes that are no characters, and what has no width,
 * which is combining marks (any number of them fits into one cell, and
 * terminals differ about where they go) and the marks that change the
 * direction of the writing.
 */
#include "config.h"

#include "cells.h"

#include <assert.h>
#include <langinfo.h>
#include <string.h>
#include <wctype.h>

/* Bytes of a character in any locale's encoding. */
#define CHARACTER_MAX 16

bool cells_are_unicode(void)
{
	return strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
}

/* The character at @text and its width; returns its bytes. */
static size_t read_character(const char *text, size_t size, wchar_t *ret_wide,
			     unsigned int *ret_width)
{
	mbstate_t state = { 0 };
	wchar_t wide;
	size_t length = mbrtowc(&wide, text, size, &state);
	int width;

	*ret_wide = L'?';
	*ret_width = 1;
	if (length == (size_t)-1 || length == (size_t)-2 || length == 0)
		return 1;
	width = wcwidth(wide);
	if (width > 0 && iswprint((wint_t)wide)) {
		*ret_wide = wide;
		*ret_width = (unsigned int)width;
	}
	return length;
}

/* Appends what fits of @size bytes into @columns columns in all. */
static size_t append(const char *text, size_t size, unsigned int columns,
		     struct cells *cells)
{
	size_t at = 0;

	while (at < size) {
		wchar_t wide;
		unsigned int width;
		size_t length =
			read_character(text + at, size - at, &wide, &width);

		if (cells->columns + width > columns)
			break;
		cells->text[cells->nr++] = wide;
		cells->columns += width;
		at += length;
	}
	cells->text[cells->nr] = L'\0';
	return at;
}

/* Where the last @columns columns of a text begin, or a few fewer. */
static size_t tail_of(const char *text, size_t size, unsigned int columns)
{
	size_t reach = (size_t)columns * CHARACTER_MAX;
	size_t at = size > reach ? size - reach : 0;
	unsigned int width_after = 0;
	size_t scan;

	/* From the middle of a UTF-8 character to the next. */
	while (at < size && at > 0 && ((unsigned char)text[at] & 0xc0) == 0x80)
		at++;
	for (scan = at; scan < size;) {
		wchar_t wide;
		unsigned int width;

		scan += read_character(text + scan, size - scan, &wide, &width);
		width_after += width;
	}
	while (width_after > columns && at < size) {
		wchar_t wide;
		unsigned int width;

		at += read_character(text + at, size - at, &wide, &width);
		width_after -= width;
	}
	return at;
}

void cells_make(const char *text, bool is_name, unsigned int columns,
		struct cells *ret_cells)
{
	size_t size = strlen(text);
	const char *mark = cells_are_unicode() ? "\xe2\x80\xa6" : "..";
	unsigned int mark_columns = cells_are_unicode() ? 1 : 2;
	unsigned int tail;

	assert(ret_cells);
	if (columns > CELLS_MAX)
		columns = CELLS_MAX;
	ret_cells->nr = 0;
	ret_cells->columns = 0;
	if (append(text, size, columns, ret_cells) == size)
		return;
	ret_cells->nr = 0;
	ret_cells->columns = 0;
	ret_cells->text[0] = L'\0';
	if (columns <= mark_columns)
		return;
	tail = is_name ? (columns - mark_columns) / 2 : 0;
	append(text, size, columns - mark_columns - tail, ret_cells);
	append(mark, strlen(mark), ret_cells->columns + mark_columns,
	       ret_cells);
	if (tail) {
		size_t at = tail_of(text, size, tail);

		append(text + at, size - at, columns, ret_cells);
	}
}

const char *cells_behind(const char *text, unsigned int columns)
{
	unsigned int passed = 0;

	while (passed < columns && *text != '\0') {
		wchar_t wide;
		unsigned int width;

		text += read_character(text, strnlen(text, CHARACTER_MAX),
				       &wide, &width);
		passed += width;
	}
	return text;
}
