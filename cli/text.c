/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Only a terminal has an edge: what goes to a file or a pipe is never cut, so
 * that it can be searched for whole names.
 */
#include "config.h"

#include "text.h"

#include <langinfo.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <wchar.h>
#include <wctype.h>

#define WIDTH_DEFAULT 80
#define WIDTH_MIN     40
#define WIDTH_MAX     1000

static unsigned int terminal_width(void)
{
	const char *columns = getenv("COLUMNS");
	unsigned long width = columns ? strtoul(columns, NULL, 10) : 0;
	struct winsize size;

	if (!width && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0)
		width = size.ws_col;
	if (!width)
		width = WIDTH_DEFAULT;
	if (width < WIDTH_MIN)
		width = WIDTH_MIN;
	return width < WIDTH_MAX ? (unsigned int)width : WIDTH_MAX;
}

void text_screen_init(struct text_screen *screen)
{
	const char *no_colour = getenv("NO_COLOR");
	const char *term = getenv("TERM");

	setlocale(LC_CTYPE, "");
	screen->is_terminal = isatty(STDOUT_FILENO);
	screen->is_utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
	screen->has_colour = screen->is_terminal &&
			     !(no_colour && no_colour[0]) && term &&
			     strcmp(term, "dumb") != 0;
	screen->width = screen->is_terminal ? terminal_width() : WIDTH_DEFAULT;
}

const char *text_style(const struct text_screen *screen, enum text_style style)
{
	static const char *const codes[] = { "\033[0m", "\033[1m", "\033[2m" };

	return screen->has_colour ? codes[style] : "";
}

/*
 * The character at @text: its length in bytes, and the columns it takes; none:
 * it must not be shown. On a terminal that is true of all that has no width of
 * its own, marks that turn the writing around among it. Any byte from 0x80 up
 * is let through where the locale knows nothing of it and no terminal is there
 * to be upset.
 */
static size_t next_character(const struct text_screen *screen, const char *text,
			     unsigned int *ret_columns)
{
	mbstate_t state = { 0 };
	wchar_t wide;
	size_t length;
	int width;

	if ((unsigned char)text[0] < 0x80) {
		*ret_columns = text[0] >= ' ' && text[0] != 0x7f;
		return 1;
	}
	if (!screen->is_utf8) {
		*ret_columns = !screen->is_terminal;
		return 1;
	}
	*ret_columns = 0;
	length = mbrtowc(&wide, text, strlen(text), &state);
	if (length == (size_t)-1 || length == (size_t)-2)
		return 1;
	width = wcwidth(wide);
	if (width > 0)
		*ret_columns = (unsigned int)width;
	else if (!screen->is_terminal && iswprint((wint_t)wide))
		*ret_columns = 1;
	return length;
}

unsigned int text_columns(const struct text_screen *screen, const char *text)
{
	unsigned int all = 0;

	while (*text != '\0') {
		unsigned int columns;

		text += next_character(screen, text, &columns);
		all += columns;
	}
	return all;
}

static char *copy_shown(const struct text_screen *screen, const char *name)
{
	char *copy = malloc(strlen(name) + 1);
	size_t used = 0;

	while (copy && *name != '\0') {
		unsigned int columns;
		size_t length = next_character(screen, name, &columns);

		if (columns) {
			memcpy(copy + used, name, length);
			used += length;
		} else {
			copy[used++] = '?';
		}
		name += length;
	}
	if (copy)
		copy[used] = '\0';
	return copy;
}

/* The byte behind the characters that take @columns, or one more: a wide one
 * may not end there. */
static size_t byte_behind(const struct text_screen *screen, const char *text,
			  unsigned int columns)
{
	unsigned int passed = 0;
	size_t at = 0;

	while (passed < columns && text[at] != '\0') {
		unsigned int width;

		at += next_character(screen, text + at, &width);
		passed += width;
	}
	return at;
}

/* The same, or one less. */
static size_t byte_before(const struct text_screen *screen, const char *text,
			  unsigned int columns)
{
	unsigned int passed = 0;
	size_t at = 0;

	while (text[at] != '\0') {
		unsigned int width;
		size_t length = next_character(screen, text + at, &width);

		passed += width;
		if (passed > columns)
			break;
		at += length;
	}
	return at;
}

char *text_name(const struct text_screen *screen, const char *name,
		unsigned int columns)
{
	const char *mark = screen->is_utf8 ? "\xe2\x80\xa6" : "..";
	unsigned int mark_columns = screen->is_utf8 ? 1 : 2;
	char *copy = copy_shown(screen, name);
	unsigned int all;
	size_t head;
	size_t tail;
	char *cut;

	if (!copy || !screen->is_terminal)
		return copy;
	all = text_columns(screen, copy);
	if (columns < 8)
		columns = 8;
	if (all <= columns)
		return copy;
	/* A C++ name tells most at its end, its namespace at its beginning. */
	head = byte_before(screen, copy, (columns - mark_columns) / 2);
	tail = byte_behind(
		screen, copy,
		all - (columns - mark_columns - (columns - mark_columns) / 2));
	cut = malloc(head + strlen(mark) + strlen(copy + tail) + 1);
	if (cut) {
		memcpy(cut, copy, head);
		strcpy(cut + head, mark);
		strcat(cut, copy + tail);
	}
	free(copy);
	return cut;
}

const char *text_file_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return path[0] == '/' && slash[1] != '\0' ? slash + 1 : path;
}
