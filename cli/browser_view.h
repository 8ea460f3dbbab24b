/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Draws a browser's model on the terminal.
 */
#ifndef LBRPROF_BROWSER_VIEW_H
#define LBRPROF_BROWSER_VIEW_H

#include "browser_model.h"

/* Rows of the screen that are not the model's. */
#define BROWSER_VIEW_LINES 4

/* Draw all of it, on a terminal that is open. */
void browser_view_draw(struct browser_model *model);

#endif
