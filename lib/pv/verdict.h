/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * From the letters to the verdict.
 */
#ifndef LBRVIRT_PV_VERDICT_H
#define LBRVIRT_PV_VERDICT_H

#include "pv/pv.h"

/* Fill in the verdict, what was lifted, and the text, from pv->assertion and
 * pv->evidence. */
void verdict_reach(struct lbrvirt_pv *pv);

/* The letters that forbid driving, and were not lifted: "B, C"; "" none. */
void verdict_list_vetoes(const struct lbrvirt_pv *pv, char *text, size_t size);

#endif
