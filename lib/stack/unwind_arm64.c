/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The loop of unwind.c for arm64: the return address is in a register, X30,
 * until a function saves it, and may be signed.
 */
#include "config.h"

#include "stack/unwind_arm64.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "stack/cfi_arm64.h"
#include "stack/unwind_state.h"

/* PERF_REG_ARM64_VG comes after a gap of 13 (Linux 6.2). */
#define VG_BIT	       (1ull << 46)

#define USER_REGISTERS ((1ull << CFI_ARM64_NR_REGISTERS) - 1)

/* Further up than this no stack goes on; a rule was misled. */
#define MAX_STACK (1ull << 30)

struct unwind_arm64 {
	struct cfi_arm64 *cfi;
};

/* A stack under way. */
struct walk {
	struct unwind_arm64 *arm64;
	struct unwinder *unwinder;
	struct unwind_input input;
	uint64_t regs[CFI_ARM64_NR_REGISTERS];
	uint64_t known; /* bit i: regs[i] is */
	bool is_return; /* PC follows a call: look up the byte before it */
	uint8_t provenance;
	struct lbrvirt_stack *stack;
};

int unwind_arm64_new(struct dso_table *dsos, struct unwind_arm64 **ret_arm64)
{
	struct unwind_arm64 *arm64 = calloc(1, sizeof(*arm64));

	if (!arm64 || cfi_arm64_new(dsos, &arm64->cfi) != 0) {
		free(arm64);
		return -ENOMEM;
	}
	*ret_arm64 = arm64;
	return 0;
}

void unwind_arm64_free(struct unwind_arm64 *arm64)
{
	if (!arm64)
		return;
	cfi_arm64_free(arm64->cfi);
	free(arm64);
}

bool unwind_arm64_is_mask(uint64_t regs_mask)
{
	const uint64_t needed = 1ull << CFI_ARM64_FP | 1ull << CFI_ARM64_LR |
				1ull << CFI_ARM64_SP | 1ull << CFI_ARM64_PC;

	return (regs_mask & needed) == needed &&
	       !(regs_mask & ~(USER_REGISTERS | VG_BIT));
}

static bool is_known(const struct walk *walk, unsigned int reg)
{
	return walk->known >> reg & 1;
}

/* Set how the stack ends. Returns false: nothing goes on. */
static bool end(struct walk *walk, enum lbrvirt_verdict verdict,
		enum lbrvirt_cause cause)
{
	walk->stack->verdict = (uint8_t)verdict;
	walk->stack->cause = (uint8_t)cause;
	return false;
}

static bool end_broken(struct walk *walk, enum lbrvirt_cause cause)
{
	return end(walk, LBRVIRT_VERDICT_BROKEN, cause);
}

/* A word of the copy. False: it is not there, and the stack has ended. */
static bool read_word(struct walk *walk, uint64_t address, uint64_t *ret_word)
{
	if (unwind_state_read(&walk->input, address, ret_word))
		return true;
	if (walk->input.is_cut && address - walk->input.base < MAX_STACK)
		return end(walk, LBRVIRT_VERDICT_TRUNCATED,
			   LBRVIRT_CAUSE_COPY_TOO_SMALL);
	return end_broken(walk, LBRVIRT_CAUSE_BAD_RULE);
}

/*
 * Pointer authentication signs a return address in the bits from 54 down to
 * the size of user addresses, 36 to 52 bits as the kernel was built, and in
 * the top byte (Arm ARM, D8.10). A sample does not say that size, but what is
 * mapped does: the widest address that is somewhere is the right one.
 */
static uint64_t strip_signature(const struct process *process, uint64_t address)
{
	static const uint8_t widths[] = { 64, 52, 48, 47, 42, 39, 36 };

	for (size_t i = 0; i < sizeof(widths); i++) {
		uint64_t plain = address & UINT64_MAX >> (64 - widths[i]);

		if (plain && process_find_map(process, plain - 1))
			return plain;
	}
	return address;
}

static bool step_fixed(struct walk *walk, const struct cfi_arm64_rule *rule)
{
	uint64_t cfa =
		walk->regs[rule->cfa_reg] + (uint64_t)(int64_t)rule->cfa_offset;

	/* What called keeps its return address in the frame, or its own callee
	 * would have overwritten it. */
	if (!is_known(walk, rule->cfa_reg) ||
	    (walk->is_return && !(rule->saved >> CFI_ARM64_LR & 1)))
		return end_broken(walk, LBRVIRT_CAUSE_BAD_RULE);
	for (unsigned int reg = 0; reg < CFI_ARM64_NR_SAVED; reg++) {
		if (!(rule->saved >> reg & 1))
			continue;
		if (!read_word(walk,
			       cfa + (uint64_t)(int64_t)rule->offsets[reg],
			       &walk->regs[reg]))
			return false;
		walk->known |= 1ull << reg;
	}
	walk->known &= ~(uint64_t)rule->lost;
	if (!is_known(walk, CFI_ARM64_LR))
		return end_broken(walk, LBRVIRT_CAUSE_BAD_RULE);
	walk->regs[CFI_ARM64_SP] = cfa;
	walk->regs[CFI_ARM64_PC] = walk->regs[CFI_ARM64_LR];
	walk->is_return = !rule->is_signal;
	return true;
}

/*
 * X29 points at a saved X29 and X30 (AAPCS64, 6.4.6), in code that says
 * nothing of itself: the first must lead upwards, the second into code.
 */
static bool step_frame_pointer(struct walk *walk)
{
	uint64_t fp = walk->regs[CFI_ARM64_FP];
	uint64_t saved, lr;
	const struct map *map;

	if (!is_known(walk, CFI_ARM64_FP) || fp % 8 ||
	    fp < walk->regs[CFI_ARM64_SP] ||
	    !unwind_state_read(&walk->input, fp, &saved) ||
	    !unwind_state_read(&walk->input, fp + 8, &lr) ||
	    (saved && saved <= fp))
		return end_broken(walk, LBRVIRT_CAUSE_NO_CFI);
	lr = strip_signature(walk->input.process, lr);
	map = process_find_map(walk->input.process, lr - 1);
	if (lr && (!map || !(map->prot & PROT_EXEC)))
		return end_broken(walk, LBRVIRT_CAUSE_NO_CFI);
	walk->regs[CFI_ARM64_FP] = saved;
	walk->regs[CFI_ARM64_SP] = fp + 16;
	walk->regs[CFI_ARM64_PC] = lr;
	walk->known = 1ull << CFI_ARM64_FP | 1ull << CFI_ARM64_SP |
		      1ull << CFI_ARM64_PC;
	walk->is_return = true;
	return true;
}

static bool step_without_rows(struct walk *walk, uint64_t address)
{
	walk->provenance = LBRVIRT_FROM_FP;
	if (unwinder_is_outermost(walk->unwinder, walk->input.process,
				  address) == 1)
		return end(walk, LBRVIRT_VERDICT_COMPLETE, LBRVIRT_CAUSE_NONE);
	return step_frame_pointer(walk);
}

static bool step(struct walk *walk)
{
	uint64_t address = walk->regs[CFI_ARM64_PC] - walk->is_return;
	const struct map *map = process_find_map(walk->input.process, address);
	struct cfi_arm64_rule rule = { .kind = CFI_NONE };
	uint64_t vaddr;

	if (!map)
		return end_broken(walk, LBRVIRT_CAUSE_NO_MAP);
	if (dso_vaddr(walk->input.dsos, map->dso,
		      address - map->start + map->offset, &vaddr))
		rule = *cfi_arm64_find(walk->arm64->cfi, map->dso, vaddr);
	else if ((map->dso->kind == DSO_FILE || map->dso->kind == DSO_VDSO) &&
		 !dso_elf(walk->input.dsos, map->dso))
		rule.kind = CFI_NO_FILE;
	walk->provenance = LBRVIRT_FROM_CFI;
	switch ((enum cfi_kind)rule.kind) {
	case CFI_FIXED:
		return step_fixed(walk, &rule);
	case CFI_OUTERMOST:
		return end(walk, LBRVIRT_VERDICT_COMPLETE, LBRVIRT_CAUSE_NONE);
	case CFI_NONE:
		return step_without_rows(walk, address);
	case CFI_NO_FILE:
		return end_broken(walk, LBRVIRT_CAUSE_NO_FILE);
	default:
		return end_broken(walk, LBRVIRT_CAUSE_BAD_RULE);
	}
}

/* The stack pointer must rise with every frame but the first. A return
 * address of 0, and X29 with it, is where some C libraries begin. */
static bool check_caller(struct walk *walk, uint64_t callee_sp, bool is_first)
{
	uint64_t sp = walk->regs[CFI_ARM64_SP];

	if (sp < callee_sp || (sp == callee_sp && !is_first))
		return end_broken(walk, LBRVIRT_CAUSE_BAD_RULE);
	walk->regs[CFI_ARM64_PC] =
		strip_signature(walk->input.process, walk->regs[CFI_ARM64_PC]);
	if (walk->regs[CFI_ARM64_PC] != 0)
		return true;
	if (is_known(walk, CFI_ARM64_FP) && walk->regs[CFI_ARM64_FP] == 0)
		return end(walk, LBRVIRT_VERDICT_COMPLETE, LBRVIRT_CAUSE_NONE);
	return end_broken(walk, LBRVIRT_CAUSE_BAD_RULE);
}

/* False: the registers are not there, or a 32-bit program's. */
static bool read_registers(struct walk *walk,
			   const struct lbrvirt_sample *sample)
{
	const uint64_t *word = sample->regs_user;

	if (sample->regs_user_abi != PERF_SAMPLE_REGS_ABI_64 || !word)
		return false;
	walk->known = sample->regs_user_mask & USER_REGISTERS;
	for (unsigned int reg = 0; reg < CFI_ARM64_NR_REGISTERS; reg++) {
		if (is_known(walk, reg))
			walk->regs[reg] = *word++;
	}
	return true;
}

void unwind_arm64_append(struct unwind_arm64 *arm64, struct unwinder *unwinder,
			 const struct process *process,
			 const struct lbrvirt_sample *sample,
			 struct lbrvirt_stack *stack)
{
	struct walk walk = {
		.arm64 = arm64,
		.unwinder = unwinder,
		.input = {
			.process = process,
			.dsos = unwinder_dsos(unwinder),
			.copy = sample->user_stack,
			.size = sample->user_stack ? sample->user_stack_size :
						     0,
			.is_cut = sample->user_stack_size ==
				  sample->user_stack_asked,
		},
		.provenance = LBRVIRT_FROM_SAMPLE,
		.stack = stack,
	};
	bool is_first = true;

	if (!read_registers(&walk, sample)) {
		end_broken(&walk, LBRVIRT_CAUSE_NO_REGISTERS);
		return;
	}
	walk.input.base = walk.regs[CFI_ARM64_SP];
	while (stack->nr < LBRVIRT_STACK_MAX) {
		uint64_t callee_sp = walk.regs[CFI_ARM64_SP];

		stack->frames[stack->nr++] = (struct lbrvirt_frame){
			.address = walk.regs[CFI_ARM64_PC],
			.provenance = walk.provenance,
			.is_return = walk.is_return,
		};
		if (!step(&walk) || !check_caller(&walk, callee_sp, is_first))
			return;
		is_first = false;
	}
	end(&walk, LBRVIRT_VERDICT_TRUNCATED, LBRVIRT_CAUSE_TOO_DEEP);
}
