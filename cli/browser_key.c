/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the keys do. Whatever a key changes, rows are made anew before the next
 * one is taken.
 */
#include "config.h"

#include "browser_model.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "browser_lists.h"
#include "browser_move.h"
#include "browser_within.h"

/* Columns of code that Left and Right move by, and at most. */
#define SHIFT_STEP 8
#define SHIFT_MAX  800

static const struct browser_row *row_at_hand(const struct browser_model *model)
{
	return model->cursor < model->rows.nr ?
		       &model->rows.rows[model->cursor] :
		       NULL;
}

static bool is_of_functions(enum browser_page page)
{
	return page <= BROWSER_CALLEES;
}

static void say(struct browser_model *model, const char *text)
{
	snprintf(model->message, sizeof(model->message), "%s", text);
}

/* The oldest place is forgotten if there are too many. */
static void remember(struct browser_model *model)
{
	const struct browser_row *row = row_at_hand(model);

	if (model->nr_before == BROWSER_PLACES_MAX) {
		browser_place_fini(&model->before[0]);
		memmove(model->before, model->before + 1,
			sizeof(model->before) - sizeof(model->before[0]));
		model->nr_before--;
	}
	model->here.key = row ? row->key : 0;
	model->before[model->nr_before++] = model->here;
}

static int show(struct browser_model *model)
{
	model->rows.nr = 0; /* the cursor is here.key's */
	model->cursor = 0;
	model->top = 0;
	return browser_model_refresh(model);
}

int browser_go(struct browser_model *model, enum browser_page page,
	       const char *symbol, const char *dso)
{
	struct browser_place place = { .page = page };

	if (symbol) {
		place.symbol = strdup(symbol);
		place.dso = strdup(dso);
	}
	if (symbol && (!place.symbol || !place.dso)) {
		browser_place_fini(&place);
		return -ENOMEM;
	}
	remember(model);
	model->here = place;
	/* Another function's tree: unfold its first nodes. */
	if (page == BROWSER_CALLERS || page == BROWSER_CALLEES)
		model->is_begun[page] = false;
	return show(model);
}

int browser_go_back(struct browser_model *model)
{
	if (!model->nr_before)
		return -ENOENT;
	if (model->here.page == BROWSER_CODE)
		browser_drop_code(model);
	browser_place_fini(&model->here);
	model->here = model->before[--model->nr_before];
	return show(model);
}

/* What function a key is about: the one under the cursor, or the one whose
 * code is shown. Says so if there is none. */
static bool find_function(struct browser_model *model, const char **ret_symbol,
			  const char **ret_dso)
{
	const struct browser_row *row = row_at_hand(model);

	if (is_of_functions(model->here.page) && row) {
		*ret_symbol = row->symbol;
		*ret_dso = row->dso;
		return true;
	}
	if (model->here.page == BROWSER_CODE) {
		*ret_symbol = model->here.symbol;
		*ret_dso = model->here.dso;
		return true;
	}
	say(model, "put the cursor on a function first");
	return false;
}

static int go_of_function(struct browser_model *model, enum browser_page page)
{
	const char *symbol, *dso;

	if (!find_function(model, &symbol, &dso))
		return 0;
	return browser_go(model, page, symbol, dso);
}

/* An inlined call's code is in the function that it was inlined into: the row
 * above, or below where callers are. */
static const struct browser_row *outer_row(const struct browser_model *model,
					   const struct browser_row *row)
{
	const struct browser_row *rows = model->rows.rows;
	size_t at = (size_t)(row - rows);

	if (model->here.page == BROWSER_CALLERS) {
		while (row->is_inlined && at + 1 < model->rows.nr &&
		       rows[at + 1].depth > row->depth)
			row = &rows[++at];
		return row;
	}
	while (row->is_inlined && at > 0)
		if (rows[--at].depth < row->depth)
			row = &rows[at];
	return row;
}

static int go_to_code(struct browser_model *model)
{
	const struct browser_row *row = row_at_hand(model);
	int err;

	if (model->here.page == BROWSER_CODE)
		return 0;
	if (!is_of_functions(model->here.page) || !row) {
		say(model, "put the cursor on a function first");
		return 0;
	}
	if (!model->source->code) {
		say(model, "there is no code to show here");
		return 0;
	}
	row = outer_row(model, row);
	if (browser_take_code(model, row->symbol, row->dso, model->message,
			      sizeof(model->message)))
		return 0;
	model->shift = 0;
	err = browser_go(model, BROWSER_CODE, row->symbol, row->dso);
	if (err)
		return err;
	/* To where the time goes, with what is around it. */
	browser_move_to(model, model->code.hottest + model->height / 2);
	browser_move_to(model, model->code.hottest);
	return 0;
}

/* Long lines of code, to the left or right. */
static int shift_code(struct browser_model *model, bool is_right)
{
	if (is_right && model->shift < SHIFT_MAX)
		model->shift += SHIFT_STEP;
	else if (!is_right && model->shift)
		model->shift -= SHIFT_STEP;
	return 0;
}

/* Another page in place of this one; the tree and the list are at home. */
static int go_home(struct browser_model *model, enum browser_page page)
{
	if (model->here.page == page)
		return 0;
	if (model->here.page == BROWSER_CODE)
		browser_drop_code(model);
	while (model->nr_before)
		browser_place_fini(&model->before[--model->nr_before]);
	browser_place_fini(&model->here);
	model->here.page = page;
	return show(model);
}

static int unfold(struct browser_model *model, bool is_all, bool is_open)
{
	const struct browser_row *row = row_at_hand(model);
	struct browser_set *open;
	int err = 0;

	if (!row || !row->node)
		return 0;
	open = &model->open[model->here.page];
	if (is_all)
		err = browser_rows_open_all(open, row->node, row->key, is_open);
	else if (is_open)
		err = browser_rows_open(open, row->node, row->key);
	else
		browser_set_remove(open, row->key);
	if (err == -EOVERFLOW)
		say(model, "too much is unfolded already: fold some with -");
	else if (err)
		return err;
	return browser_model_refresh(model);
}

static int enter(struct browser_model *model)
{
	const struct browser_row *row = row_at_hand(model);

	if (model->here.page == BROWSER_HELP)
		return browser_go_back(model);
	if (model->here.page > BROWSER_CODE)
		return browser_lists_choose(model);
	if (model->here.page == BROWSER_FLAT)
		return go_of_function(model, BROWSER_CALLERS);
	return row ? unfold(model, false, !row->is_open) : 0;
}

static int fold_or_leave(struct browser_model *model)
{
	const struct browser_row *row = row_at_hand(model);
	size_t at = model->cursor;

	if (!row || !row->node)
		return 0;
	if (row->is_open)
		return unfold(model, false, false);
	while (at > 0 && model->rows.rows[at].depth >= row->depth)
		at--;
	if (model->rows.rows[at].depth < row->depth)
		browser_move_to(model, at);
	return 0;
}

static int key_in_tree(struct browser_model *model, int key)
{
	switch (key) {
	case BROWSER_KEY_RIGHT:
	case 'l':
		if (model->here.page == BROWSER_CODE)
			return shift_code(model, true);
		return model->here.page > BROWSER_CODE ||
				       model->here.page == BROWSER_FLAT ?
			       0 :
			       unfold(model, false, true);
	case BROWSER_KEY_LEFT:
	case 'h':
		if (model->here.page == BROWSER_CODE)
			return shift_code(model, false);
		return fold_or_leave(model);
	case '+':
		return unfold(model, true, true);
	case '-':
		return unfold(model, true, false);
	case 's':
		model->is_by_total = !model->is_by_total;
		say(model, model->is_by_total ? "the list is by total" :
						"the list is by self");
		return browser_model_refresh(model);
	default:
		return -ENOENT;
	}
}

static int key_of_page(struct browser_model *model, int key)
{
	switch (key) {
	case 't':
		return go_home(model, BROWSER_TREE);
	case 'f':
		return go_home(model, BROWSER_FLAT);
	case 'r':
		return go_of_function(model, BROWSER_CALLERS);
	case 'c':
		return go_of_function(model, BROWSER_CALLEES);
	case 'a':
		return go_to_code(model);
	case 'e':
		return browser_go(model, BROWSER_EVENTS, NULL, NULL);
	case 'p':
		return browser_go(model, BROWSER_THREADS, NULL, NULL);
	case 'd':
		return browser_go(model, BROWSER_DSOS, NULL, NULL);
	case '?':
		return model->here.page == BROWSER_HELP ?
			       browser_go_back(model) :
			       browser_go(model, BROWSER_HELP, NULL, NULL);
	case BROWSER_KEY_BACKSPACE:
	case BROWSER_KEY_ESCAPE:
		return model->nr_before ? browser_go_back(model) : 0;
	default:
		return -ENOENT;
	}
}

static int key_of_live(struct browser_model *model, int key)
{
	const struct browser_source *source = model->source;

	if (key != 'z' && key != ' ')
		return -ENOENT;
	if (!source->is_live) {
		say(model, "a file stands still: nothing to pause or to zero");
		return 0;
	}
	if (key == 'z' && model->is_paused) {
		say(model, "go on first, with Space");
		return 0;
	}
	if (key == 'z') {
		source->restart(source->arg);
		return browser_model_refresh(model);
	}
	model->is_paused = !model->is_paused;
	source->pause(source->arg, model->is_paused);
	return 0;
}

static int key_of_samples(struct browser_model *model, int key)
{
	switch (key) {
	case '/':
		browser_prompt_begin(model, BROWSER_PROMPT_SEARCH);
		return 0;
	case 'n':
		return browser_search(model, 1);
	case 'N':
		return browser_search(model, -1);
	case 'i':
		browser_prompt_begin(model, BROWSER_PROMPT_TIME);
		return 0;
	case 'x':
		return browser_unfilter(model);
	default:
		return key_of_live(model, key);
	}
}

int browser_model_key(struct browser_model *model, int key)
{
	int err;

	if (key == BROWSER_KEY_HANGUP)
		return 0;
	if (key == BROWSER_KEY_NONE || key == BROWSER_KEY_RESIZE)
		return 1;
	model->message[0] = '\0';
	if (model->prompt != BROWSER_PROMPT_NONE) {
		err = browser_prompt_key(model, key);
		return err ? err : 1;
	}
	if (key == 'q')
		return 0;
	if (browser_move_key(model, key))
		return 1;
	if (key == BROWSER_KEY_ENTER) {
		err = enter(model);
		return err ? err : 1;
	}
	err = key_in_tree(model, key);
	if (err == -ENOENT)
		err = key_of_page(model, key);
	if (err == -ENOENT)
		err = key_of_samples(model, key);
	if (err == -ENOENT) {
		say(model, "no such key; ? lists them");
		err = 0;
	}
	return err ? err : 1;
}
