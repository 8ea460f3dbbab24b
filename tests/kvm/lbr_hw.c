/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A ring of records. A return into a caller whose call was never recorded, or
 * was overwritten, finds an empty slot, and leaves one.
 */
#include "config.h"

#include "kvm/lbr_hw.h"

#include <string.h>

void lbr_hw_call(struct lbr_hw *lbr, uint64_t from, uint64_t to)
{
	lbr->tos = (lbr->tos + 1) % LBR_DEPTH;
	lbr->branches[lbr->tos] = (struct guest_branch){ from, to };
}

void lbr_hw_return(struct lbr_hw *lbr)
{
	lbr->branches[lbr->tos] = (struct guest_branch){ 0, 0 };
	lbr->tos = (lbr->tos + LBR_DEPTH - 1) % LBR_DEPTH;
}

unsigned int lbr_hw_read_stack(const struct lbr_hw *lbr,
			       struct guest_branch stack[LBR_DEPTH])
{
	unsigned int nr;

	for (nr = 0; nr < LBR_DEPTH; nr++) {
		uint64_t slot = (lbr->tos + LBR_DEPTH - nr) % LBR_DEPTH;

		if (!lbr->branches[slot].from)
			break;
		stack[nr] = lbr->branches[slot];
	}
	return nr;
}

uint64_t *lbr_hw_register(struct lbr_hw *lbr, uint32_t msr)
{
	if (msr == MSR_LBR_SELECT)
		return &lbr->select;
	if (msr == MSR_LBR_TOS)
		return &lbr->tos;
	if (msr >= MSR_LBR_FROM && msr < MSR_LBR_FROM + LBR_DEPTH)
		return &lbr->branches[msr - MSR_LBR_FROM].from;
	if (msr >= MSR_LBR_TO && msr < MSR_LBR_TO + LBR_DEPTH)
		return &lbr->branches[msr - MSR_LBR_TO].to;
	return NULL;
}
