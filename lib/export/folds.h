/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Stacks as rows of functions. A profile tells stacks apart by their addresses;
 * formats that know only functions would say the same several times, so here
 * equal rows are one, with their counts summed.
 */
#ifndef LBRVIRT_EXPORT_FOLDS_H
#define LBRVIRT_EXPORT_FOLDS_H

#include "profile/stacks.h"

struct folds;

struct fold {
	uint32_t head;
	uint32_t nr;
	const uint32_t *functions; /* ids, outermost first, inlined ones too */
	uint64_t samples;
	uint64_t period;
};

/*
 * @heads  one number a stack (by its place in @stacks), which keeps equal rows
 *         apart; NULL: 0 for all.
 *
 * 0 or -ENOMEM.
 */
int folds_new(const struct stacks *stacks, const uint32_t *heads,
	      struct folds **ret_folds);
void folds_free(struct folds *folds);

size_t folds_count(const struct folds *folds);

/* In the order in which they were first sampled. */
struct fold folds_get(const struct folds *folds, size_t index);

#endif
