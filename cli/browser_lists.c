/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The first row of a list that filters is "all", which ends the filter.
 */
#include "config.h"

#include "browser_lists.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "browser_within.h"

#define THREADS_SHOWN 1000
#define LABEL_SIZE    96

/* The key of "all"; of another row it is its place in the source. */
#define KEY_ALL UINT64_MAX

static const char *const help[] = {
	"Moving",
	"  Up Down k j       one row",
	"  PgUp PgDn         one page",
	"  Home End g G      first and last row",
	"  Right  Enter      unfold; in a list: choose",
	"  Left              fold, or go to the caller's row",
	"  Left Right        in code: to the left and right",
	"  + -               unfold or fold all below",
	"  / n N             search, next, last",
	"Pages",
	"  t f               call tree, list of functions",
	"  r c               who calls the function, what it calls",
	"  a                 its code, with the samples on each line",
	"  e                 another event",
	"  s                 order the list by self or by total",
	"  Backspace Esc     back",
	"Which samples",
	"  p                 of one thread",
	"  d                 in one program or library",
	"  i                 of an interval: 1.5,3 (seconds) or 10%-20%",
	"  x                 all again",
	"  z Space           in top: begin afresh, pause",
	"  q                 quit",
};

static int add(struct browser_model *model, const char *text, uint64_t key,
	       uint64_t total)
{
	const struct browser_row row = {
		.symbol = text,
		.dso = "",
		.key = key,
		.total = total,
	};
	int err = browser_rows_add(&model->rows, &row);

	return err == -EOVERFLOW ? 0 : err;
}

static int make_help(struct browser_model *model)
{
	int err = 0;

	for (size_t i = 0; !err && i < sizeof(help) / sizeof(help[0]); i++)
		err = add(model, help[i], i + 1, 0);
	return err;
}

static int make_events(struct browser_model *model)
{
	const struct browser_source *source = model->source;
	size_t nr = source->nr_events(source->arg);
	int err = 0;

	model->period = 0;
	for (size_t i = 0; !err && i < nr; i++) {
		struct lbrvirt_profile *profile =
			source->profile(source->arg, i);

		err = add(model, source->event_name(source->arg, i), i + 1,
			  lbrvirt_profile_totals(profile)->samples);
	}
	for (size_t i = 0; i < model->rows.nr; i++)
		model->period += model->rows.rows[i].total;
	return err;
}

static int make_threads(struct browser_model *model)
{
	size_t nr;
	const struct browser_thread *threads =
		model->source->threads(model->source->arg, &nr);
	int err = add(model, "all", KEY_ALL, 0);

	model->period = 0;
	for (size_t i = 0; i < nr; i++)
		model->period += threads[i].samples;
	model->rows.rows[0].total = model->period;
	if (nr > THREADS_SHOWN)
		nr = THREADS_SHOWN;
	free(model->labels);
	model->labels = malloc(nr * LABEL_SIZE + 1);
	if (!model->labels)
		return -ENOMEM;
	for (size_t i = 0; !err && i < nr; i++) {
		char *label = model->labels + i * LABEL_SIZE;

		snprintf(label, LABEL_SIZE,
			 "%7" PRIu32 " of process %7" PRIu32 "  %s",
			 threads[i].tid, threads[i].pid, threads[i].comm);
		err = add(model, label, threads[i].tid, threads[i].samples);
	}
	return err;
}

static int by_dso(const void *va, const void *vb)
{
	const struct browser_row *a = va;
	const struct browser_row *b = vb;

	return strcmp(a->symbol, b->symbol);
}

static int by_samples(const void *va, const void *vb)
{
	const struct browser_row *a = va;
	const struct browser_row *b = vb;

	if (a->total != b->total)
		return a->total < b->total ? 1 : -1;
	return strcmp(a->symbol, b->symbol);
}

/* Rows of one file become one. */
static void join_equal(struct browser_rows *rows)
{
	size_t nr = 0;

	qsort(rows->rows, rows->nr, sizeof(*rows->rows), by_dso);
	for (size_t i = 0; i < rows->nr; i++) {
		if (nr && strcmp(rows->rows[nr - 1].symbol,
				 rows->rows[i].symbol) == 0)
			rows->rows[nr - 1].total += rows->rows[i].total;
		else
			rows->rows[nr++] = rows->rows[i];
	}
	rows->nr = nr;
	qsort(rows->rows, rows->nr, sizeof(*rows->rows), by_samples);
}

static int make_dsos(struct browser_model *model)
{
	const struct lbrvirt_profile_symbol *symbols;
	size_t nr;
	int err = lbrvirt_profile_symbols(browser_model_profile(model),
					  &symbols, &nr);

	for (size_t i = 0; !err && i < nr; i++)
		if (symbols[i].self_period)
			err = add(model, symbols[i].dso,
				  browser_set_key(0, symbols[i].dso, ""),
				  symbols[i].self_period);
	if (!err && model->rows.nr)
		join_equal(&model->rows);
	if (!err)
		err = add(model, "all", KEY_ALL, model->period);
	/* To the front. */
	if (!err && model->rows.nr > 1) {
		struct browser_row *rows = model->rows.rows;
		struct browser_row all = rows[model->rows.nr - 1];

		memmove(rows + 1, rows, (model->rows.nr - 1) * sizeof(*rows));
		rows[0] = all;
	}
	return err;
}

int browser_lists_make(struct browser_model *model)
{
	model->rows.nr = 0;
	switch (model->here.page) {
	case BROWSER_EVENTS:
		return make_events(model);
	case BROWSER_THREADS:
		return make_threads(model);
	case BROWSER_DSOS:
		return make_dsos(model);
	default:
		return make_help(model);
	}
}

static int choose_thread(struct browser_model *model,
			 const struct browser_row *row)
{
	char tid[16];

	snprintf(tid, sizeof(tid), "%" PRIu32, (uint32_t)row->key);
	return browser_refilter(model, &model->tids,
				row->key == KEY_ALL ? NULL : tid);
}

static int choose_dso(struct browser_model *model,
		      const struct browser_row *row)
{
	/* The library takes a list, and knows no way to quote its commas. */
	if (row->key != KEY_ALL && strchr(row->symbol, ',')) {
		snprintf(model->message, sizeof(model->message),
			 "a file with a comma in its name cannot be chosen");
		return 0;
	}
	return browser_refilter(model, &model->dsos,
				row->key == KEY_ALL ? NULL : row->symbol);
}

int browser_lists_choose(struct browser_model *model)
{
	const struct browser_row *row;
	int err = 0;

	if (model->cursor >= model->rows.nr)
		return 0;
	row = &model->rows.rows[model->cursor];
	switch (model->here.page) {
	case BROWSER_EVENTS:
		model->event = (size_t)row->key - 1;
		model->is_code_stale = true;
		break;
	case BROWSER_THREADS:
		err = choose_thread(model, row);
		break;
	case BROWSER_DSOS:
		err = choose_dso(model, row);
		break;
	default:
		return 0;
	}
	return err ? err : browser_go_back(model);
}
