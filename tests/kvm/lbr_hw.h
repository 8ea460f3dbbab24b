/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The LBR registers of one CPU in call-stack mode, as hardware keeps them: a
 * call takes the next slot, a return empties the newest one (Intel SDM vol.
 * 3B, "LBR call stack").
 */
#ifndef LBRVIRT_TESTS_KVM_LBR_HW_H
#define LBRVIRT_TESTS_KVM_LBR_HW_H

#include <stdbool.h>

#include "kvm/guest_page.h"

enum { LBR_DEPTH = 32 };

struct lbr_hw {
	uint64_t select;
	uint64_t tos;
	struct guest_branch branches[LBR_DEPTH];
};

void lbr_hw_call(struct lbr_hw *lbr, uint64_t from, uint64_t to);
void lbr_hw_return(struct lbr_hw *lbr);

/* The records from the newest to the first that is empty. Returns how many. */
unsigned int lbr_hw_read_stack(const struct lbr_hw *lbr,
			       struct guest_branch stack[LBR_DEPTH]);

/* Where a register is kept; NULL: it is none of these. */
uint64_t *lbr_hw_register(struct lbr_hw *lbr, uint32_t msr);

#endif
