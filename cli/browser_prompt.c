/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What is typed on the last line, and what comes of it: a search, a filter.
 */
#include "config.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "browser_move.h"
#include "browser_within.h"

void browser_prompt_begin(struct browser_model *model,
			  enum browser_prompt prompt)
{
	const char *before = prompt == BROWSER_PROMPT_TIME ? model->time : NULL;

	model->prompt = prompt;
	snprintf(model->typed, sizeof(model->typed), "%s",
		 before ? before : "");
	model->nr_typed = strlen(model->typed);
}

static void type(struct browser_model *model, int key)
{
	mbstate_t state = { 0 };
	char bytes[MB_LEN_MAX];
	size_t nr;

	if (key < ' ' || key == 0x7f || key >= BROWSER_KEY_UP)
		return;
	nr = wcrtomb(bytes, (wchar_t)key, &state);
	if (nr == (size_t)-1 || model->nr_typed + nr > BROWSER_TYPED_MAX)
		return;
	memcpy(model->typed + model->nr_typed, bytes, nr);
	model->nr_typed += nr;
	model->typed[model->nr_typed] = '\0';
}

/* The last character, which may have several bytes. */
static void untype(struct browser_model *model)
{
	mbstate_t state = { 0 };
	size_t at = 0;
	size_t last = 0;

	while (at < model->nr_typed) {
		size_t nr =
			mbrlen(model->typed + at, model->nr_typed - at, &state);

		last = at;
		at += nr == 0 || nr > model->nr_typed - at ? 1 : nr;
	}
	model->nr_typed = last;
	model->typed[last] = '\0';
}

static int finish(struct browser_model *model)
{
	enum browser_prompt prompt = model->prompt;

	model->prompt = BROWSER_PROMPT_NONE;
	if (prompt == BROWSER_PROMPT_TIME)
		return browser_refilter(model, &model->time,
					model->typed[0] ? model->typed : NULL);
	if (model->typed[0])
		memcpy(model->sought, model->typed, sizeof(model->sought));
	return browser_search(model, 1);
}

int browser_prompt_key(struct browser_model *model, int key)
{
	switch (key) {
	case BROWSER_KEY_ENTER:
		return finish(model);
	case BROWSER_KEY_ESCAPE:
		model->prompt = BROWSER_PROMPT_NONE;
		return 0;
	case BROWSER_KEY_BACKSPACE:
		if (model->nr_typed)
			untype(model);
		else
			model->prompt = BROWSER_PROMPT_NONE;
		return 0;
	default:
		type(model, key);
		return 0;
	}
}

int browser_refilter(struct browser_model *model, char **place,
		     const char *value)
{
	const struct browser_source *source = model->source;
	char *old = *place;
	char *copy = value ? strdup(value) : NULL;
	struct browser_filter filter;

	if (value && !copy)
		return -ENOMEM;
	*place = copy;
	filter = (struct browser_filter){ model->tids, model->dsos,
					  model->time };
	if (source->refilter(source->arg, &filter, model->message,
			     sizeof(model->message))) {
		*place = old;
		free(copy);
		/* What a refusal left is not what was there. */
		return browser_model_refresh(model);
	}
	free(old);
	model->is_code_stale = true;
	return browser_model_refresh(model);
}

int browser_unfilter(struct browser_model *model)
{
	const struct browser_source *source = model->source;
	const struct browser_filter none = { NULL, NULL, NULL };

	if (!model->tids && !model->dsos && !model->time)
		return 0;
	if (source->refilter(source->arg, &none, model->message,
			     sizeof(model->message)))
		return browser_model_refresh(model);
	free(model->tids);
	free(model->dsos);
	free(model->time);
	model->tids = NULL;
	model->dsos = NULL;
	model->time = NULL;
	model->is_code_stale = true;
	return browser_model_refresh(model);
}
