/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Letters are vi's, beside the keys with arrows on them.
 */
#include "config.h"

#include "browser_move.h"

void browser_move_to(struct browser_model *model, size_t row)
{
	size_t nr = model->rows.nr;

	if (row >= nr)
		row = nr ? nr - 1 : 0;
	model->cursor = row;
	if (model->top > row)
		model->top = row;
	if (row >= model->height && model->top < row - model->height + 1)
		model->top = row - model->height + 1;
	/* No empty lines below the last row as long as there are rows above. */
	if (model->top && model->top + model->height > nr)
		model->top = nr > model->height ? nr - model->height : 0;
}

bool browser_move_key(struct browser_model *model, int key)
{
	size_t page = model->height > 1 ? model->height - 1 : 1;
	size_t at = model->cursor;

	switch (key) {
	case BROWSER_KEY_UP:
	case 'k':
		at -= at ? 1 : 0;
		break;
	case BROWSER_KEY_DOWN:
	case 'j':
		at++;
		break;
	case BROWSER_KEY_PAGE_UP:
		at = at > page ? at - page : 0;
		break;
	case BROWSER_KEY_PAGE_DOWN:
		at += page;
		break;
	case BROWSER_KEY_HOME:
	case 'g':
		at = 0;
		break;
	case BROWSER_KEY_END:
	case 'G':
		at = SIZE_MAX;
		break;
	default:
		return false;
	}
	browser_move_to(model, at);
	return true;
}
