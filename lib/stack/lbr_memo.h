/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Chains that were checked before. A program that is sampled a thousand times a
 * second is at the same place with the same calls under way over and over.
 */
#ifndef LBRVIRT_STACK_LBR_MEMO_H
#define LBRVIRT_STACK_LBR_MEMO_H

#include "stack/lbr.h"

struct lbr_memo;

int lbr_memo_new(struct lbr_memo **ret_memo);
void lbr_memo_free(struct lbr_memo *memo);

/*
 * Fill in what lbr_check() found in the same records and leaf, in the address
 * space of @epoch. False: it is not known.
 */
bool lbr_memo_find(const struct lbr_memo *memo, uint64_t epoch,
		   struct lbr_chain *chain);

/* Keep what lbr_check() found. */
void lbr_memo_keep(struct lbr_memo *memo, uint64_t epoch,
		   const struct lbr_chain *chain);

#endif
