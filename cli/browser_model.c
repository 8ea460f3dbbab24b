/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Rows are made anew whenever what they show changes; the cursor is found
 * again by its row's key.
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

const char *browser_model_page_name(enum browser_page page)
{
	static const char *const names[] = {
		[BROWSER_TREE] = "call tree",
		[BROWSER_FLAT] = "functions",
		[BROWSER_CALLERS] = "callers of",
		[BROWSER_CALLEES] = "callees of",
		[BROWSER_CODE] = "code of",
		[BROWSER_EVENTS] = "choose an event",
		[BROWSER_THREADS] = "choose a thread",
		[BROWSER_DSOS] = "choose a file",
		[BROWSER_HELP] = "keys",
	};

	return names[page];
}

struct lbrvirt_profile *browser_model_profile(const struct browser_model *model)
{
	return model->source->profile(model->source->arg, model->event);
}

double browser_model_percent(const struct browser_model *model, uint64_t period)
{
	return model->period ? 100.0 * (double)period / (double)model->period :
			       0.0;
}

void browser_place_fini(struct browser_place *place)
{
	free(place->symbol);
	free(place->dso);
	*place = (struct browser_place){ .page = BROWSER_TREE };
}

void browser_drop_code(struct browser_model *model)
{
	if (model->has_code)
		code_text_fini(&model->code);
	model->has_code = false;
	model->is_code_stale = false;
}

void browser_model_fini(struct browser_model *model)
{
	browser_drop_code(model);
	browser_rows_fini(&model->rows);
	for (size_t i = 0; i <= BROWSER_CALLEES; i++)
		browser_set_fini(&model->open[i]);
	browser_place_fini(&model->here);
	while (model->nr_before)
		browser_place_fini(&model->before[--model->nr_before]);
	free(model->labels);
	free(model->tids);
	free(model->dsos);
	free(model->time);
}

/* Unfold what there is but one way through, once. */
static int begin_tree(struct browser_model *model,
		      const struct lbrvirt_profile_node *root)
{
	enum browser_page page = model->here.page;
	struct browser_set *open = &model->open[page];
	uint64_t key = browser_rows_root_key(root);
	const struct lbrvirt_profile_node *first;

	if (model->is_begun[page] || !root->nr_children)
		return 0;
	model->is_begun[page] = true;
	if (page != BROWSER_TREE)
		return browser_rows_open(open, root, key);
	first = root->children[0];
	return browser_rows_open(
		open, first, browser_set_key(key, first->symbol, first->dso));
}

static int make_tree(struct browser_model *model)
{
	static const enum lbrvirt_profile_tree trees[] = {
		[BROWSER_TREE] = LBRVIRT_TREE_CALLS,
		[BROWSER_FLAT] = LBRVIRT_TREE_CALLS,
		[BROWSER_CALLERS] = LBRVIRT_TREE_CALLERS,
		[BROWSER_CALLEES] = LBRVIRT_TREE_CALLEES,
	};
	enum browser_page page = model->here.page;
	const struct lbrvirt_profile_node *root;
	int err = lbrvirt_profile_tree(browser_model_profile(model),
				       trees[page], model->here.symbol, &root);

	/* Filtered away, or not seen again yet. */
	if (err == -ENOENT) {
		model->rows.nr = 0;
		return 0;
	}
	if (!err)
		err = begin_tree(model, root);
	/* A full set unfolds less, that is all. */
	if (err && err != -EOVERFLOW)
		return err;
	return browser_rows_tree(&model->rows, root, page != BROWSER_TREE,
				 &model->open[page]);
}

int browser_take_code(struct browser_model *model, const char *symbol,
		      const char *dso, char *ret_why, size_t why_size)
{
	const struct browser_source *source = model->source;
	struct code_text code;
	int err = source->code(source->arg, model->event, symbol, dso, &code,
			       ret_why, why_size);

	if (err)
		return err;
	browser_drop_code(model);
	model->code = code;
	model->has_code = true;
	return 0;
}

/* Code that no sample is in any more stands as it was while others come in;
 * it is gone when they were filtered away. */
static void renew_code(struct browser_model *model)
{
	char why[BROWSER_MESSAGE_MAX];

	if (!browser_take_code(model, model->here.symbol, model->here.dso, why,
			       sizeof(why)))
		return;
	model->is_code_stale = false;
	if (model->source->is_live && model->has_code)
		return;
	browser_drop_code(model);
	snprintf(model->message, sizeof(model->message), "%s", why);
}

static int make_code(struct browser_model *model)
{
	model->rows.nr = 0;
	if (!model->has_code || model->is_code_stale)
		renew_code(model);
	for (size_t i = 0; model->has_code && i < model->code.nr; i++) {
		const struct browser_row row = {
			.symbol = model->code.lines[i].text,
			.dso = "",
			.key = i + 1,
		};
		int err = browser_rows_add(&model->rows, &row);

		if (err)
			return err == -EOVERFLOW ? 0 : err;
	}
	return 0;
}

static int make_rows(struct browser_model *model)
{
	model->period =
		lbrvirt_profile_totals(browser_model_profile(model))->period;
	switch (model->here.page) {
	case BROWSER_FLAT:
		return browser_rows_flat(&model->rows,
					 browser_model_profile(model),
					 model->is_by_total);
	case BROWSER_CODE:
		return make_code(model);
	case BROWSER_EVENTS:
	case BROWSER_THREADS:
	case BROWSER_DSOS:
	case BROWSER_HELP:
		return browser_lists_make(model);
	default:
		return make_tree(model);
	}
}

int browser_model_refresh(struct browser_model *model)
{
	uint64_t key = model->cursor < model->rows.nr ?
			       model->rows.rows[model->cursor].key :
			       model->here.key;
	/* Who looks at the first rows wants to see the first rows, whatever
	 * becomes of them. */
	bool stays_first = model->source->is_live && model->rows.nr &&
			   !model->cursor;
	int err = make_rows(model);

	if (err) {
		model->rows.nr = 0;
		return err;
	}
	for (size_t i = 0; !stays_first && i < model->rows.nr; i++) {
		if (model->rows.rows[i].key != key)
			continue;
		model->cursor = i;
		break;
	}
	browser_move_to(model, model->cursor);
	return 0;
}

int browser_model_init(struct browser_model *model,
		       const struct browser_source *source)
{
	size_t nr = source->nr_events(source->arg);

	*model = (struct browser_model){ .source = source, .height = 1 };
	assert(nr > 0);
	while (model->event + 1 < nr &&
	       !lbrvirt_profile_totals(browser_model_profile(model))->samples)
		model->event++;
	if (!lbrvirt_profile_totals(browser_model_profile(model))->samples)
		model->event = 0;
	model->here.page = source->first_page;
	if (source->first_symbol) {
		model->here.symbol = strdup(source->first_symbol);
		model->here.dso = strdup("");
		if (!model->here.symbol || !model->here.dso)
			return -ENOMEM;
	}
	return browser_model_refresh(model);
}

void browser_model_resize(struct browser_model *model, size_t height)
{
	model->height = height ? height : 1;
	browser_move_to(model, model->cursor);
}
