/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The loop: find the mapping, find the rule, apply it, until the outermost
 * frame or the first thing that does not add up. Only addresses come out; what
 * each ending means for trust is decided here too.
 */
#include "config.h"

#include "stack/unwind.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "base/error.h"
#include "stack/cfi.h"
#include "stack/lbr_memo.h"
#include "stack/lbr_stitch.h"
#include "stack/link.h"
#include "stack/unwind_arm64.h"
#include "stack/unwind_fp.h"
#include "stack/unwind_remote.h"
#include "stack/unwind_state.h"

struct unwinder {
	struct lbrvirt_context *ctx;
	struct dso_table *dsos;
	struct cfi_table *cfi;
	struct unwind_remote *remote;
	struct unwind_arm64 *arm64;
	struct lbr_stitch *stitch;
	struct link_cache *links;
	struct lbr_memo *chains;
	struct unwinder_stats stats;
	size_t lbr_depth; /* of this CPU, by what was seen so far */
};

/* perf's number of each register of enum cfi_register. */
static const uint8_t perf_registers[CFI_NR_REGISTERS] = {
	[CFI_RAX] = 0,	[CFI_RBX] = 1,	[CFI_RCX] = 2,	[CFI_RDX] = 3,
	[CFI_RSI] = 4,	[CFI_RDI] = 5,	[CFI_RBP] = 6,	[CFI_RSP] = 7,
	[CFI_RIP] = 8,	[CFI_R8] = 16,	[CFI_R9] = 17,	[CFI_R10] = 18,
	[CFI_R11] = 19, [CFI_R12] = 20, [CFI_R13] = 21, [CFI_R14] = 22,
	[CFI_R15] = 23,
};

/* struct sigcontext's order, from offset 40 of the signal frame on. */
static const uint8_t signal_registers[] = {
	CFI_R8,	 CFI_R9,  CFI_R10, CFI_R11, CFI_R12, CFI_R13,
	CFI_R14, CFI_R15, CFI_RDI, CFI_RSI, CFI_RBP, CFI_RBX,
	CFI_RDX, CFI_RAX, CFI_RCX, CFI_RSP, CFI_RIP,
};

#define SIGNAL_REGISTERS_OFFSET 40

/* Further up than this no stack goes on; a rule was misled. */
#define MAX_STACK (1ull << 30)

/* LBR depths of the CPUs that have call-stack mode, and 64 to end with. */
#define MIN_LBR_DEPTH 8
#define MAX_LBR_DEPTH 64

int unwinder_new(struct lbrvirt_context *ctx, struct dso_table *dsos,
		 struct unwinder **ret_unwinder)
{
	struct unwinder *unwinder = calloc(1, sizeof(*unwinder));

	assert(dsos && ret_unwinder);
	if (!unwinder || cfi_table_new(dsos, &unwinder->cfi) != 0 ||
	    unwind_remote_new(&unwinder->remote) != 0 ||
	    unwind_arm64_new(dsos, &unwinder->arm64) != 0 ||
	    lbr_stitch_new(&unwinder->stitch) != 0 ||
	    link_cache_new(&unwinder->links) != 0 ||
	    lbr_memo_new(&unwinder->chains) != 0) {
		unwinder_free(unwinder);
		return error_set(ctx, ENOMEM, "out of memory");
	}
	unwinder->ctx = ctx;
	unwinder->dsos = dsos;
	*ret_unwinder = unwinder;
	return 0;
}

void unwinder_free(struct unwinder *unwinder)
{
	if (!unwinder)
		return;
	lbr_stitch_free(unwinder->stitch);
	link_cache_free(unwinder->links);
	lbr_memo_free(unwinder->chains);
	unwind_remote_free(unwinder->remote);
	unwind_arm64_free(unwinder->arm64);
	cfi_table_free(unwinder->cfi);
	free(unwinder);
}

struct lbr_stitch *unwinder_stitch(struct unwinder *unwinder)
{
	return unwinder->stitch;
}

const struct unwinder_stats *unwinder_stats(const struct unwinder *unwinder)
{
	return &unwinder->stats;
}

/* False: not 64-bit registers, or too few to begin with. */
static bool read_registers(const struct lbrvirt_sample *sample,
			   struct unwind_state *state)
{
	const uint64_t *word = sample->regs_user;
	uint64_t words[64];

	if (sample->regs_user_abi != PERF_SAMPLE_REGS_ABI_64 || !word)
		return false;
	for (unsigned int i = 0; i < 64; i++) {
		if (sample->regs_user_mask >> i & 1)
			words[i] = *word++;
	}
	*state = (struct unwind_state){ 0 };
	for (unsigned int reg = 0; reg < CFI_NR_REGISTERS; reg++) {
		if (sample->regs_user_mask >> perf_registers[reg] & 1) {
			state->regs[reg] = words[perf_registers[reg]];
			state->known |= 1u << reg;
		}
	}
	return state->known & 1u << CFI_RIP && state->known & 1u << CFI_RSP;
}

/* What became of an attempt to step. */
struct ending {
	uint8_t verdict; /* LBRVIRT_VERDICT_UNKNOWN: none, go on */
	uint8_t cause;
};

static struct ending go_on(void)
{
	return (struct ending){ 0 };
}

static struct ending complete(void)
{
	return (struct ending){ .verdict = LBRVIRT_VERDICT_COMPLETE };
}

static struct ending broken(enum lbrvirt_cause cause)
{
	return (struct ending){ .verdict = LBRVIRT_VERDICT_BROKEN,
				.cause = (uint8_t)cause };
}

/* The rule needs a word that the copy does not have. */
static struct ending out_of_copy(const struct unwind_input *input,
				 uint64_t address)
{
	if (input->is_cut && address - input->base < MAX_STACK)
		return (struct ending){ .verdict = LBRVIRT_VERDICT_TRUNCATED,
					.cause = LBRVIRT_CAUSE_COPY_TOO_SMALL };
	return broken(LBRVIRT_CAUSE_BAD_RULE);
}

static bool is_known(const struct unwind_state *state, unsigned int reg)
{
	return state->known >> reg & 1;
}

static struct ending read_saved(const struct unwind_input *input,
				const struct cfi_rule *rule, uint64_t cfa,
				const struct unwind_state *state,
				struct unwind_state *caller)
{
	for (unsigned int i = 0; i < CFI_NR_SAVED; i++) {
		unsigned int reg = cfi_saved_registers[i];
		uint64_t address = cfa;

		if (!(rule->saved >> i & 1))
			continue;
		if (rule->by_rbp >> i & 1)
			address = state->regs[CFI_RBP];
		address += (uint64_t)(int64_t)rule->offsets[i];
		/*
		 * In an epilogue, popped registers are back already, and rows
		 * go on naming their old places, now below the stack pointer.
		 */
		if (address < state->regs[CFI_RSP])
			continue;
		if (!unwind_state_read(input, address, &caller->regs[reg]))
			return out_of_copy(input, address);
		caller->known |= 1u << reg;
	}
	return go_on();
}

static struct ending step_fixed(const struct unwind_input *input,
				const struct cfi_rule *rule,
				struct unwind_state *state)
{
	struct unwind_state caller = *state;
	struct ending ending;
	uint64_t cfa = state->regs[rule->cfa_reg] +
		       (uint64_t)(int64_t)rule->cfa_offset;

	if (!is_known(state, rule->cfa_reg) ||
	    (rule->by_rbp && !is_known(state, CFI_RBP)))
		return broken(LBRVIRT_CAUSE_BAD_RULE);
	if (rule->is_cfa_deref && !unwind_state_read(input, cfa, &cfa))
		return out_of_copy(input, cfa);
	if (!unwind_state_read(input, cfa - 8, &caller.regs[CFI_RIP]))
		return out_of_copy(input, cfa - 8);
	ending = read_saved(input, rule, cfa, state, &caller);
	if (ending.verdict)
		return ending;
	caller.regs[CFI_RSP] = cfa;
	caller.known &= UNWIND_KEPT;
	caller.is_return = !rule->is_signal;
	*state = caller;
	return go_on();
}

/* All registers come back, not only those that calls keep. */
static struct ending step_signal(const struct unwind_input *input,
				 struct unwind_state *state)
{
	struct unwind_state caller = { .is_return = false };
	uint64_t at = state->regs[CFI_RSP] + SIGNAL_REGISTERS_OFFSET;

	for (size_t i = 0; i < sizeof(signal_registers); i++, at += 8) {
		unsigned int reg = signal_registers[i];

		if (!unwind_state_read(input, at, &caller.regs[reg]))
			return out_of_copy(input, at);
		caller.known |= 1u << reg;
	}
	*state = caller;
	return go_on();
}

static struct ending step_frame_pointer(const struct unwind_input *input,
					struct unwind_state *state)
{
	return unwind_fp_step(input, state) ? go_on() :
					      broken(LBRVIRT_CAUSE_NO_CFI);
}

static struct ending apply_rule(struct unwinder *unwinder,
				const struct unwind_input *input,
				const struct cfi_rule *rule,
				struct unwind_state *state,
				uint8_t *ret_provenance)
{
	bool is_signal = rule->is_signal;

	*ret_provenance = LBRVIRT_FROM_CFI;
	switch ((enum cfi_kind)rule->kind) {
	case CFI_FIXED:
		return step_fixed(input, rule, state);
	case CFI_OUTERMOST:
		return complete();
	case CFI_SIGNAL:
		return step_signal(input, state);
	case CFI_REMOTE:
		unwinder->stats.nr_remote_steps++;
		if (!unwind_remote_step(unwinder->remote, input, state))
			return broken(LBRVIRT_CAUSE_BAD_RULE);
		state->is_return = !is_signal;
		return go_on();
	case CFI_NONE:
		*ret_provenance = LBRVIRT_FROM_FP;
		return step_frame_pointer(input, state);
	case CFI_NO_FILE:
		return broken(LBRVIRT_CAUSE_NO_FILE);
	case CFI_EMPTY:
	case CFI_BAD:
		break;
	}
	return broken(LBRVIRT_CAUSE_BAD_RULE);
}

/* The rule for an address that lies in @map. NULL: in no file's code. */
static const struct cfi_rule *find_rule(struct unwinder *unwinder,
					const struct map *map, uint64_t address)
{
	uint64_t vaddr;

	if (!dso_vaddr(unwinder->dsos, map->dso,
		       address - map->start + map->offset, &vaddr))
		return NULL;
	return cfi_table_find(unwinder->cfi, map->dso, vaddr,
			      &unwinder->stats.nr_rule_misses);
}

/* From @state to its caller's, with the frame it came from at hand. */
static struct ending step(struct unwinder *unwinder,
			  const struct unwind_input *input,
			  struct unwind_state *state,
			  struct lbrvirt_frame *frame, uint8_t *ret_provenance)
{
	uint64_t address = state->regs[CFI_RIP] - state->is_return;
	const struct map *map = process_find_map(input->process, address);
	const struct cfi_rule *rule;

	if (!map)
		return broken(LBRVIRT_CAUSE_NO_MAP);
	rule = find_rule(unwinder, map, address);
	if (rule) {
		/* The kernel wrote this return address, not a call. */
		if (rule->kind == CFI_SIGNAL)
			frame->is_return = false;
		return apply_rule(unwinder, input, rule, state, ret_provenance);
	}
	if (map->dso->kind == DSO_FILE || map->dso->kind == DSO_VDSO) {
		if (!dso_elf(unwinder->dsos, map->dso))
			return broken(LBRVIRT_CAUSE_NO_FILE);
	}
	*ret_provenance = LBRVIRT_FROM_FP;
	return step_frame_pointer(input, state);
}

/*
 * A return address of 0 ends the stacks of some thread libraries, and the ABI
 * has RBP be 0 there too (System V ABI, AMD64 supplement, 3.4.1).
 */
static struct ending check_caller(const struct unwind_state *state,
				  uint64_t callee_sp, bool is_first)
{
	uint64_t sp = state->regs[CFI_RSP];

	if (sp < callee_sp || (sp == callee_sp && !is_first))
		return broken(LBRVIRT_CAUSE_BAD_RULE);
	if (state->regs[CFI_RIP] != 0)
		return go_on();
	if (is_known(state, CFI_RBP) && state->regs[CFI_RBP] == 0)
		return complete();
	return broken(LBRVIRT_CAUSE_BAD_RULE);
}

static void push_frame(struct lbrvirt_stack *stack,
		       const struct unwind_state *state, uint8_t provenance)
{
	stack->frames[stack->nr++] = (struct lbrvirt_frame){
		.address = state->regs[CFI_RIP],
		.provenance = provenance,
		.is_return = state->is_return,
	};
}

static struct ending unwind(struct unwinder *unwinder,
			    const struct unwind_input *input,
			    struct unwind_state *state, uint8_t provenance,
			    struct lbrvirt_stack *stack)
{
	bool is_first = true;

	while (stack->nr < LBRVIRT_STACK_MAX) {
		struct lbrvirt_frame *frame = &stack->frames[stack->nr];
		uint64_t callee_sp = state->regs[CFI_RSP];
		struct ending ending;

		push_frame(stack, state, provenance);
		ending = step(unwinder, input, state, frame, &provenance);
		if (ending.verdict)
			return ending;
		ending = check_caller(state, callee_sp, is_first);
		if (ending.verdict) {
			state->known = 0; /* of no use to take it up again */
			return ending;
		}
		is_first = false;
	}
	return (struct ending){ .verdict = LBRVIRT_VERDICT_TRUNCATED,
				.cause = LBRVIRT_CAUSE_TOO_DEEP };
}

bool unwinder_begin(struct unwinder *unwinder, const struct process *process,
		    const struct lbrvirt_sample *sample,
		    struct unwind_cursor *ret_cursor)
{
	struct unwind_cursor cursor = {
		.input = {
			.process = process,
			.dsos = unwinder->dsos,
			.copy = sample->user_stack,
			.size = sample->user_stack ? sample->user_stack_size :
						     0,
			.is_cut = sample->user_stack_size ==
				  sample->user_stack_asked,
		},
	};

	unwinder->stats.nr_stacks++;
	if (!read_registers(sample, &cursor.state))
		return false;
	cursor.input.base = cursor.state.regs[CFI_RSP];
	*ret_cursor = cursor;
	return true;
}

void unwinder_go_on(struct unwinder *unwinder, struct unwind_cursor *cursor,
		    uint8_t provenance, struct lbrvirt_stack *stack)
{
	size_t nr_before = stack->nr;
	struct ending ending = unwind(unwinder, &cursor->input, &cursor->state,
				      provenance, stack);

	stack->verdict = ending.verdict;
	stack->cause = ending.cause;
	unwinder->stats.nr_frames += stack->nr - nr_before;
}

void unwinder_append(struct unwinder *unwinder, const struct process *process,
		     const struct lbrvirt_sample *sample,
		     struct lbrvirt_stack *stack)
{
	struct unwind_cursor cursor;
	size_t nr_before = stack->nr;

	if (unwind_arm64_is_mask(sample->regs_user_mask)) {
		unwind_arm64_append(unwinder->arm64, unwinder, process, sample,
				    stack);
		unwinder->stats.nr_stacks++;
		unwinder->stats.nr_frames += stack->nr - nr_before;
		return;
	}
	if (unwinder_begin(unwinder, process, sample, &cursor)) {
		unwinder_go_on(unwinder, &cursor, LBRVIRT_FROM_SAMPLE, stack);
		return;
	}
	stack->verdict = LBRVIRT_VERDICT_BROKEN;
	stack->cause = LBRVIRT_CAUSE_NO_REGISTERS;
}

struct dso_table *unwinder_dsos(const struct unwinder *unwinder)
{
	return unwinder->dsos;
}

struct lbr_memo *unwinder_lbr_memo(const struct unwinder *unwinder)
{
	return unwinder->chains;
}

struct link_cache *unwinder_link_cache(const struct unwinder *unwinder)
{
	return unwinder->links;
}

struct cfi_table *unwinder_cfi(const struct unwinder *unwinder)
{
	return unwinder->cfi;
}

void unwinder_mark_signals(struct unwinder *unwinder,
			   const struct process *process,
			   struct lbrvirt_frame *frames, size_t nr)
{
	for (size_t i = 0; i < nr; i++) {
		struct lbrvirt_frame *frame = &frames[i];
		uint64_t address = frame->address - frame->is_return;
		const struct map *map = process_find_map(process, address);
		const struct cfi_rule *rule = NULL;

		if (map)
			rule = find_rule(unwinder, map, address);
		if (!rule || rule->kind != CFI_SIGNAL)
			continue;
		frame->is_return = false;
		if (i + 1 < nr)
			frames[i + 1].is_return = false;
	}
}

size_t unwinder_lbr_depth(struct unwinder *unwinder, size_t nr)
{
	if (unwinder->lbr_depth < MIN_LBR_DEPTH)
		unwinder->lbr_depth = MIN_LBR_DEPTH;
	while (unwinder->lbr_depth < nr && unwinder->lbr_depth < MAX_LBR_DEPTH)
		unwinder->lbr_depth *= 2;
	return unwinder->lbr_depth;
}

int unwinder_is_outermost(struct unwinder *unwinder,
			  const struct process *process, uint64_t address)
{
	const struct map *map = process_find_map(process, address);
	const struct cfi_rule *rule = NULL;

	if (map)
		rule = find_rule(unwinder, map, address);
	if (!rule || rule->kind == CFI_NONE || rule->kind == CFI_NO_FILE)
		return -ENOENT;
	return rule->kind == CFI_OUTERMOST;
}
