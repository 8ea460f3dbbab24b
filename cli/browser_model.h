/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a browser shows and what its keys do, without a screen: rows, where the
 * cursor is, what was asked for. browser_view.c draws it, tests read it.
 */
#ifndef LBRPROF_BROWSER_MODEL_H
#define LBRPROF_BROWSER_MODEL_H

#include "browser_keys.h"
#include "browser_rows.h"
#include "browser_source.h"

/* What is being typed on the last line. */
enum browser_prompt {
	BROWSER_PROMPT_NONE = 0,
	BROWSER_PROMPT_SEARCH,
	BROWSER_PROMPT_TIME,
};

#define BROWSER_TYPED_MAX   255
#define BROWSER_MESSAGE_MAX 512
#define BROWSER_PLACES_MAX  32

/* A page, and where on it one is: to go back to. */
struct browser_place {
	enum browser_page page;
	char *symbol; /* of callers, callees and code; owned */
	char *dso;    /* of code; owned */
	uint64_t key; /* of the row under the cursor */
};

struct browser_model {
	const struct browser_source *source;
	size_t event;
	bool is_by_total; /* the flat list */
	bool is_paused;

	struct browser_place here;
	struct browser_place before[BROWSER_PLACES_MAX];
	size_t nr_before;

	struct browser_rows rows;
	size_t cursor;
	size_t top;	 /* first row on the screen */
	size_t height;	 /* rows on the screen */
	uint64_t period; /* what 100 % is, on this page */
	struct browser_set open[BROWSER_CALLEES + 1]; /* by page */
	bool is_begun[BROWSER_CALLEES + 1]; /* its first nodes were unfolded */
	struct code_text code;
	bool has_code;
	bool is_code_stale; /* the samples it was made of are others now */
	unsigned int shift; /* columns of code left of the screen */
	char *labels;	    /* texts of the lists to choose from */

	/* Owned; NULL: everything. */
	char *tids;
	char *dsos;
	char *time;

	enum browser_prompt prompt;
	char typed[BROWSER_TYPED_MAX + 1];
	size_t nr_typed;
	char sought[BROWSER_TYPED_MAX + 1]; /* last search, "" none */
	char message[BROWSER_MESSAGE_MAX];  /* of the last key, "" none */
};

/* Begin on the call tree of the first event that has samples. 0 or a negative
 * error; end it with browser_model_fini() in any case. */
int browser_model_init(struct browser_model *model,
		       const struct browser_source *source);
void browser_model_fini(struct browser_model *model);

/* So many rows fit on the screen. */
void browser_model_resize(struct browser_model *model, size_t height);

/* The source's profiles have changed: make the rows anew, with the cursor
 * where it was. 0 or a negative error. */
int browser_model_refresh(struct browser_model *model);

/* Whether the browser goes on; 0: it ends; or a negative error. */
int browser_model_key(struct browser_model *model, int key);

/* The profile that is shown. */
struct lbrvirt_profile *
browser_model_profile(const struct browser_model *model);

/* "call tree", "callers of": the page's name. */
const char *browser_model_page_name(enum browser_page page);

/* A share of what 100 % is on this page. */
double browser_model_percent(const struct browser_model *model,
			     uint64_t period);

#endif
