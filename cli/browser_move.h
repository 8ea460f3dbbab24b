/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Where the cursor goes, and the screen with it.
 */
#ifndef LBRPROF_BROWSER_MOVE_H
#define LBRPROF_BROWSER_MOVE_H

#include "browser_model.h"

/* Put the cursor on a row, the last one if there are fewer, and scroll so far
 * that it is seen. */
void browser_move_to(struct browser_model *model, size_t row);

/* Take a key that moves the cursor; false: it is none. */
bool browser_move_key(struct browser_model *model, int key);

#endif
