/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The tool's voice. A progress line is wiped before anything else is said, so
 * that the two never mix.
 */
#include "config.h"

#include "message.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "text.h"

static enum verbosity current = VERBOSITY_NORMAL;
static bool is_progress_shown;

void message_init(enum verbosity verbosity)
{
	current = verbosity;
}

enum verbosity message_verbosity(void)
{
	return current;
}

bool message_has_progress(void)
{
	const char *term = getenv("TERM");

	return current >= VERBOSITY_NORMAL && isatty(STDERR_FILENO) && term &&
	       strcmp(term, "dumb") != 0;
}

void message_progress(const char *text)
{
	if (!message_has_progress() || (!text && !is_progress_shown))
		return;
	fprintf(stderr, "\r\033[K%s", text ? text : "");
	fflush(stderr);
	is_progress_shown = text;
}

/* Texts hold names out of files, which may hold commands for the terminal. */
static void say(const char *command, const char *format, va_list ap)
{
	struct text_screen screen;
	char *text;
	char *safe;

	text_screen_init(&screen);
	screen.is_terminal = isatty(STDERR_FILENO);
	if (vasprintf(&text, format, ap) < 0)
		text = NULL;
	safe = text ? text_name(&screen, text, UINT_MAX) : NULL;
	message_progress(NULL);
	fprintf(stderr, "lbrprof: %s: %s\n", command,
		safe ? safe : "out of memory");
	free(safe);
	free(text);
}

void message_error(const char *command, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	say(command, format, ap);
	va_end(ap);
}

void message_note(const char *command, const char *format, ...)
{
	va_list ap;

	if (current < VERBOSITY_NORMAL)
		return;
	va_start(ap, format);
	say(command, format, ap);
	va_end(ap);
}

static void log_line(enum lbrvirt_log_level level, const char *text, void *arg)
{
	(void)level;
	message_note(arg, "%s", text);
}

struct lbrvirt_context *message_context(const char *command)
{
	struct lbrvirt_context *ctx;

	if (lbrvirt_context_new(&ctx)) {
		message_error(command, "%s", strerror(ENOMEM));
		return NULL;
	}
	lbrvirt_context_set_log(ctx,
				current >= VERBOSITY_VERBOSE ?
					LBRVIRT_LOG_DEBUG :
					LBRVIRT_LOG_NOTICE,
				log_line, (void *)command);
	return ctx;
}
