/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The model's files among themselves.
 */
#ifndef LBRPROF_BROWSER_WITHIN_H
#define LBRPROF_BROWSER_WITHIN_H

#include "browser_model.h"

void browser_place_fini(struct browser_place *place);
void browser_drop_code(struct browser_model *model);

/* The code of another function, in place of the one at hand. Nonzero: there is
 * none, and why is in @ret_why. */
int browser_take_code(struct browser_model *model, const char *symbol,
		      const char *dso, char *ret_why, size_t why_size);

/* Go to @page, of @symbol in @dso if it is of a function, and remember where
 * we were. 0 or a negative error. */
int browser_go(struct browser_model *model, enum browser_page page,
	       const char *symbol, const char *dso);

/* Back to where we were; -ENOENT: there is nowhere. */
int browser_go_back(struct browser_model *model);

/* Take a key while something is typed. 0 or a negative error. */
int browser_prompt_key(struct browser_model *model, int key);
void browser_prompt_begin(struct browser_model *model,
			  enum browser_prompt prompt);

/* Put the cursor on the next (@step 1) or last (-1) row with the text that was
 * sought, unfolding the way to it. 0 or a negative error. */
int browser_search(struct browser_model *model, int step);

/*
 * Give the source the model's filters, with one of them, at @place, replaced
 * by a copy of @value (NULL: everything). 0 or a negative error; refusal is no
 * error but a message.
 */
int browser_refilter(struct browser_model *model, char **place,
		     const char *value);
int browser_unfilter(struct browser_model *model);

#endif
