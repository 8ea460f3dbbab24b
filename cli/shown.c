/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Lines are held until they end, since a character may come in two pieces, and
 * cleaned between their tabs.
 */
#include "config.h"

#include "shown.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "text.h"

struct shown {
	struct text_screen screen;
	char *line; /* what there is of it; owned */
	size_t size;
	size_t capacity;
};

/* The line up to here, and @end behind it unless that is 0. */
static bool put_piece(struct shown *shown, char end)
{
	char *clean;

	shown->line[shown->size] = '\0';
	clean = text_name(&shown->screen, shown->line, UINT32_MAX);
	if (clean)
		fputs(clean, stdout);
	free(clean);
	if (end)
		putchar(end);
	shown->size = 0;
	return clean && !ferror(stdout);
}

/* Room for @size more bytes and the end. */
static bool make_room(struct shown *shown, size_t size)
{
	size_t wanted = shown->size + size + 1;
	char *line;

	if (wanted <= shown->capacity)
		return true;
	line = realloc(shown->line, 2 * wanted);
	if (!line)
		return false;
	shown->line = line;
	shown->capacity = 2 * wanted;
	return true;
}

static ssize_t write_shown(void *cookie, const char *bytes, size_t size)
{
	struct shown *shown = cookie;

	if (!make_room(shown, size))
		return 0;
	for (size_t i = 0; i < size; i++) {
		if (bytes[i] != '\n' && bytes[i] != '\t')
			shown->line[shown->size++] = bytes[i] ? bytes[i] : '?';
		else if (!put_piece(shown, bytes[i]))
			return 0;
	}
	return (ssize_t)size;
}

static int close_shown(void *cookie)
{
	struct shown *shown = cookie;

	if (shown->size)
		put_piece(shown, '\0');
	free(shown->line);
	free(shown);
	return 0;
}

FILE *shown_open(void)
{
	const cookie_io_functions_t functions = { .write = write_shown,
						  .close = close_shown };
	struct shown *shown;
	FILE *out;

	if (!isatty(STDOUT_FILENO))
		return stdout;
	shown = calloc(1, sizeof(*shown));
	if (!shown)
		return NULL;
	text_screen_init(&shown->screen);
	out = fopencookie(shown, "w", functions);
	if (!out)
		free(shown);
	return out;
}

void shown_close(FILE *out)
{
	if (out != stdout)
		fclose(out);
}
