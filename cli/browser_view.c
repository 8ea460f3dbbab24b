/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * From the top: what is read and which page of it; how many samples, and which
 * were filtered; the columns' names; the rows; messages, or what is typed.
 * Whatever is too long is cut, whatever has no room is left out, down to a
 * terminal of one cell.
 */
#include "config.h"

#include "browser_view.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "terminal.h"

#define LINE_MAX_SIZE 1024

/* "100.0%" and a blank. */
#define COLUMNS_OF_PERCENT 7
#define COLUMNS_WITH_BARS  72
#define COLUMNS_WIDE	   110

/* A share that stands out. */
#define STRONG_PERCENT 5

/* Columns that code should have beside its numbers. */
#define COLUMNS_OF_CODE 36

/* Lines that a message may take. */
#define MESSAGE_LINES 3

struct screen {
	unsigned int rows;
	unsigned int columns;
	unsigned int bar; /* columns of a bar, 0: no bars */
	bool is_unicode;
};

static void put(const struct screen *screen, unsigned int row,
		unsigned int column, enum terminal_style style,
		const char *text)
{
	struct cells cells;

	if (column >= screen->columns || row >= screen->rows)
		return;
	cells_make(text, false, screen->columns - column, &cells);
	terminal_put(row, column, style, &cells);
}

/* A name in so many columns; returns those it took. */
static unsigned int put_name(const struct screen *screen, unsigned int row,
			     unsigned int column, enum terminal_style style,
			     const char *name)
{
	struct cells cells;

	if (column >= screen->columns)
		return 0;
	cells_make(name, true, screen->columns - column, &cells);
	terminal_put(row, column, style, &cells);
	return cells.columns;
}

/* A bar of the share @percent, in eighths of a cell where there are such. */
static void put_bar(const struct screen *screen, unsigned int row,
		    unsigned int column, enum terminal_style style,
		    double percent)
{
	static const char *const eighths[] = {
		"",
		"\xe2\x96\x8f",
		"\xe2\x96\x8e",
		"\xe2\x96\x8d",
		"\xe2\x96\x8c",
		"\xe2\x96\x8b",
		"\xe2\x96\x8a",
		"\xe2\x96\x89",
	};
	unsigned int parts =
		(unsigned int)(percent / 100.0 * screen->bar * 8 + 0.5);
	char text[LINE_MAX_SIZE] = "";
	size_t used = 0;

	if (parts > screen->bar * 8)
		parts = screen->bar * 8;
	if (!screen->is_unicode)
		parts = (parts + 4) / 8 * 8;
	for (unsigned int i = 0; i < parts / 8; i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used, "%s",
					 screen->is_unicode ? "\xe2\x96\x88" :
							      "#");
	snprintf(text + used, sizeof(text) - used, "%s", eighths[parts % 8]);
	put(screen, row, column, style, text);
}

/* A line over the whole width, reversed. */
static void put_line(const struct screen *screen, unsigned int row,
		     const char *left, const char *right)
{
	struct screen before = *screen;
	struct cells cells;

	cells_make(right, false, screen->columns, &cells);
	if (cells.columns && cells.columns < screen->columns / 2) {
		before.columns -= cells.columns;
		terminal_put(row, before.columns, TERMINAL_PLAIN, &cells);
		before.columns--;
	}
	put(&before, row, 0, TERMINAL_PLAIN, left);
	terminal_mark(row);
}

static void draw_title(const struct screen *screen,
		       const struct browser_model *model)
{
	const struct browser_source *source = model->source;
	const struct browser_place *here = &model->here;
	char left[LINE_MAX_SIZE];

	snprintf(left, sizeof(left), " %s%s%.300s",
		 browser_model_page_name(here->page), here->symbol ? " " : "",
		 here->symbol ? here->symbol : "");
	put_line(screen, 0, left, source->title);
}

static void draw_sums(const struct screen *screen,
		      const struct browser_model *model)
{
	const struct browser_source *source = model->source;
	const struct lbrvirt_profile_totals *totals =
		lbrvirt_profile_totals(browser_model_profile(model));
	uint64_t judged = totals->complete + totals->truncated + totals->broken;
	char text[LINE_MAX_SIZE];
	size_t used;

	if (model->here.page == BROWSER_CODE && model->has_code) {
		snprintf(text, sizeof(text), " %.60s: %.300s",
			 source->event_name(source->arg, model->event),
			 model->code.sums);
		put(screen, 1, 0, TERMINAL_PLAIN, text);
		return;
	}
	used = (size_t)snprintf(
		text, sizeof(text),
		" %.60s: %" PRIu64 " samples in %.1f s, %" PRIu64 " lost",
		source->event_name(source->arg, model->event), totals->samples,
		(double)(totals->last_ns - totals->first_ns) / 1e9,
		totals->lost);
	if (judged)
		used += (size_t)snprintf(
			text + used, sizeof(text) - used, ", %.1f%% complete",
			100.0 * (double)totals->complete / (double)judged);
	if (model->tids)
		used += (size_t)snprintf(text + used, sizeof(text) - used,
					 "; thread %s", model->tids);
	if (model->dsos)
		used += (size_t)snprintf(text + used, sizeof(text) - used,
					 "; in %.200s",
					 text_file_name(model->dsos));
	if (model->time)
		snprintf(text + used, sizeof(text) - used, "; time %.100s",
			 model->time);
	put(screen, 1, 0, TERMINAL_PLAIN, text);
}

static unsigned int columns_before_names(const struct screen *screen)
{
	unsigned int one =
		COLUMNS_OF_PERCENT + (screen->bar ? screen->bar + 1 : 0);

	return 2 * one + 1;
}

/* Those of the numbers that there is room for. */
static unsigned int columns_of_code(const struct screen *screen,
				    const struct browser_model *model)
{
	return code_columns_fit(model->code.columns,
				screen->columns > COLUMNS_OF_CODE ?
					screen->columns - COLUMNS_OF_CODE :
					0);
}

static void draw_code_heads(const struct screen *screen,
			    const struct browser_model *model)
{
	char titles[CODE_COLUMNS_SIZE];
	unsigned int columns;

	if (!model->has_code)
		return;
	columns = columns_of_code(screen, model);
	code_columns_titles(columns, titles);
	put(screen, 2, 0, TERMINAL_STRONG, titles);
	put(screen, 2, code_columns_width(columns) + 2, TERMINAL_STRONG,
	    model->shift ? "code, from further right" : "code");
}

static void draw_code(const struct screen *screen,
		      const struct browser_model *model, unsigned int row,
		      size_t at)
{
	const struct code_line *line = &model->code.lines[at];
	unsigned int columns = columns_of_code(screen, model);
	char numbers[CODE_COLUMNS_SIZE];

	if (line->numbers) {
		code_columns_pick(line->numbers, model->code.columns, columns,
				  numbers);
		put(screen, row, 0,
		    line->percent >= STRONG_PERCENT ? TERMINAL_SELF :
						      TERMINAL_PLAIN,
		    numbers);
	}
	put(screen, row, code_columns_width(columns) + 2,
	    line->numbers ? TERMINAL_PLAIN : TERMINAL_DIM,
	    cells_behind(line->text, model->shift));
}

static void draw_heads(const struct screen *screen,
		       const struct browser_model *model)
{
	unsigned int half = (columns_before_names(screen) - 1) / 2;

	if (model->here.page == BROWSER_HELP)
		return;
	if (model->here.page == BROWSER_CODE) {
		draw_code_heads(screen, model);
		return;
	}
	if (model->here.page > BROWSER_CALLEES) {
		put(screen, 2, 0, TERMINAL_STRONG, " share");
		return;
	}
	put(screen, 2, 0, TERMINAL_STRONG, " total");
	put(screen, 2, half, TERMINAL_STRONG, "  self");
	put(screen, 2, columns_before_names(screen), TERMINAL_STRONG,
	    "function (file)");
}

/* The fold's mark, behind the depth: deep trees would leave no room, so from
 * some depth on it is a number. */
static unsigned int put_depth(const struct screen *screen, unsigned int row,
			      unsigned int column,
			      const struct browser_row *shown)
{
	unsigned int room =
		screen->columns > column ? screen->columns - column : 0;
	unsigned int indent = shown->depth * 2;
	const char *mark = "  ";
	char depth[24] = "";

	if (shown->node && shown->node->nr_children)
		mark = shown->is_open ?
			       (screen->is_unicode ? "\xe2\x96\xbe " : "- ") :
		       screen->is_unicode ? "\xe2\x96\xb8 " :
					    "+ ";
	if (indent > room / 2) {
		indent = room / 2;
		snprintf(depth, sizeof(depth), "%" PRIu32 ":", shown->depth);
	}
	put(screen, row, column + indent, TERMINAL_PLAIN, mark);
	put(screen, row, column + indent + 2, TERMINAL_DIM, depth);
	return column + indent + 2 + (unsigned int)strlen(depth);
}

static void draw_function(const struct screen *screen,
			  const struct browser_model *model, unsigned int row,
			  const struct browser_row *shown)
{
	unsigned int half = (columns_before_names(screen) - 1) / 2;
	double total = browser_model_percent(model, shown->total);
	double self = browser_model_percent(model, shown->self);
	unsigned int column = columns_before_names(screen);
	struct screen before = *screen;
	struct cells name, file;
	unsigned int room;
	char text[32];
	unsigned int mark_columns;

	snprintf(text, sizeof(text), "%5.1f%%", total);
	put(screen, row, 0, TERMINAL_PLAIN, text);
	snprintf(text, sizeof(text), "%5.1f%%", self);
	put(screen, row, half,
	    self >= STRONG_PERCENT ? TERMINAL_STRONG : TERMINAL_PLAIN, text);
	if (screen->bar) {
		put_bar(screen, row, COLUMNS_OF_PERCENT, TERMINAL_TOTAL, total);
		put_bar(screen, row, half + COLUMNS_OF_PERCENT, TERMINAL_SELF,
			self);
	}
	if (shown->node)
		column = put_depth(screen, row, column, shown);
	if (column >= screen->columns)
		return;
	/* What the name leaves is the file's, and a third if it leaves less. */
	cells_make(shown->symbol, true, screen->columns - column, &name);
	room = (screen->columns - column) / 3;
	if (name.columns + 3 + room < screen->columns - column)
		room = screen->columns - column - name.columns - 3;
	cells_make(shown->is_inlined ? "inlined" : text_file_name(shown->dso),
		   true, room, &file);
	mark_columns = file.columns ? file.columns + 3 : 0;
	before.columns = screen->columns - mark_columns;
	column += put_name(&before, row, column, TERMINAL_PLAIN, shown->symbol);
	if (!file.columns)
		return;
	put(screen, row, column, TERMINAL_DIM, " (");
	terminal_put(row, column + 2, TERMINAL_DIM, &file);
	put(screen, row, column + 2 + file.columns, TERMINAL_DIM, ")");
}

static void draw_other(const struct screen *screen,
		       const struct browser_model *model, unsigned int row,
		       const struct browser_row *shown)
{
	double share = browser_model_percent(model, shown->total);
	unsigned int column = 1;
	char text[32];

	if (model->here.page != BROWSER_HELP) {
		column = COLUMNS_OF_PERCENT + 1;
		snprintf(text, sizeof(text), "%5.1f%%", share);
		put(screen, row, 0, TERMINAL_PLAIN, text);
		if (screen->bar && share > 0)
			put_bar(screen, row, column, TERMINAL_TOTAL, share);
		column += screen->bar ? screen->bar + 1 : 0;
	}
	if (model->here.page == BROWSER_DSOS)
		put_name(screen, row, column, TERMINAL_PLAIN, shown->symbol);
	else
		put(screen, row, column, TERMINAL_PLAIN, shown->symbol);
}

static void draw_rows(const struct screen *screen,
		      const struct browser_model *model)
{
	if (!model->rows.nr)
		put(screen, 3, 0, TERMINAL_PLAIN,
		    model->tids || model->dsos || model->time ?
			    " no samples here; x shows all again" :
			    " no samples yet");
	for (size_t i = 0; i < model->height; i++) {
		size_t at = model->top + i;
		unsigned int row = (unsigned int)i + 3;

		if (at >= model->rows.nr)
			break;
		if (model->here.page <= BROWSER_CALLEES)
			draw_function(screen, model, row,
				      &model->rows.rows[at]);
		else if (model->here.page == BROWSER_CODE)
			draw_code(screen, model, row, at);
		else
			draw_other(screen, model, row, &model->rows.rows[at]);
		if (at == model->cursor)
			terminal_mark(row);
	}
}

static void draw_prompt(const struct screen *screen,
			const struct browser_model *model)
{
	unsigned int row = screen->rows - 1;
	const char *ask = model->prompt == BROWSER_PROMPT_SEARCH ?
				  "search: " :
				  "interval, such as 1.5,3 or 10%-20%: ";
	unsigned int column = (unsigned int)strlen(ask);

	put(screen, row, 0, TERMINAL_STRONG, ask);
	if (column < screen->columns)
		column += put_name(screen, row, column, TERMINAL_PLAIN,
				   model->typed);
	terminal_show_cursor(
		row, column < screen->columns ? column : screen->columns - 1);
}

/* Up to @columns columns of @text, to a blank if there is one to end at;
 * returns what is behind them. */
static const char *take_line(const char *text, unsigned int columns,
			     char *ret_line, size_t size)
{
	const char *end = cells_behind(text, columns);
	const char *blank =
		*end == '\0' ? NULL : memrchr(text, ' ', (size_t)(end - text));

	if (blank && blank > text)
		end = blank + 1;
	snprintf(ret_line, size, "%.*s", (int)(end - text), text);
	return end;
}

/* A message says at its end what to do: what does not fit on the last line
 * begins above it. */
static void draw_message(const struct screen *screen, const char *message)
{
	char lines[MESSAGE_LINES][LINE_MAX_SIZE];
	unsigned int nr = 0;

	while (*message != '\0' && nr < MESSAGE_LINES && nr + 1 < screen->rows)
		message = take_line(message, screen->columns - 1, lines[nr++],
				    LINE_MAX_SIZE);
	for (unsigned int i = 0; i < nr; i++) {
		terminal_clear_row(screen->rows - nr + i);
		put_line(screen, screen->rows - nr + i, lines[i], "");
	}
}

static void draw_status(const struct screen *screen,
			const struct browser_model *model)
{
	char right[64];

	terminal_hide_cursor();
	if (model->message[0]) {
		draw_message(screen, model->message);
		return;
	}
	snprintf(right, sizeof(right), "%s%zu/%zu ",
		 model->is_paused ? "paused  " : "",
		 model->rows.nr ? model->cursor + 1 : 0, model->rows.nr);
	put_line(screen, screen->rows - 1,
		 " ? keys  / search  t tree  f functions  q quit", right);
}

void browser_view_draw(struct browser_model *model)
{
	struct screen screen = { .is_unicode = cells_are_unicode() };

	terminal_size(&screen.rows, &screen.columns);
	if (screen.columns >= COLUMNS_WITH_BARS)
		screen.bar = screen.columns < COLUMNS_WIDE ? 7 : 12;
	browser_model_resize(model, screen.rows > BROWSER_VIEW_LINES ?
					    screen.rows - BROWSER_VIEW_LINES :
					    1);
	terminal_clear();
	draw_title(&screen, model);
	if (screen.rows > BROWSER_VIEW_LINES) {
		draw_sums(&screen, model);
		draw_heads(&screen, model);
		draw_rows(&screen, model);
	}
	if (screen.rows > 1 && model->prompt != BROWSER_PROMPT_NONE)
		draw_prompt(&screen, model);
	else if (screen.rows > 1)
		draw_status(&screen, model);
	terminal_show();
}
