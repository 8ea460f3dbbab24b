/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Unwinding a copied user stack by .eh_frame, x86-64. Rows of call frame
 * information are read once per distinct address and kept as small fixed rules
 * (cfi.h); a step that no rule can say goes to libunwind (unwind_remote.h).
 * After warm-up a stack costs no allocation, no lock and no system call.
 */
#ifndef LBRVIRT_STACK_UNWIND_H
#define LBRVIRT_STACK_UNWIND_H

#include <lbrvirt/context.h>
#include <lbrvirt/sample.h>
#include <lbrvirt/stack.h>

#include "process/process.h"

/* The registers of PERF_REGS that unwinding needs: AX BX CX DX SI DI BP SP IP
 * FLAGS-less, and R8..R15 (arch/x86/include/uapi/asm/perf_regs.h). */
#define UNWIND_REGS_MASK 0xff01ffull

struct lbr_stitch;
struct unwinder;

/* What it did, for the summary and for bench/. */
struct unwinder_stats {
	uint64_t nr_stacks;
	uint64_t nr_frames;
	uint64_t nr_rule_misses;  /* rows that had to be read */
	uint64_t nr_remote_steps; /* steps that libunwind took */
};

int unwinder_new(struct lbrvirt_context *ctx, struct dso_table *dsos,
		 struct unwinder **ret_unwinder);
void unwinder_free(struct unwinder *unwinder);
const struct unwinder_stats *unwinder_stats(const struct unwinder *unwinder);

struct unwind_cursor; /* unwind_state.h */

/*
 * Begin at the sample's registers. False: it has none that can be used.
 */
bool unwinder_begin(struct unwinder *unwinder, const struct process *process,
		    const struct lbrvirt_sample *sample,
		    struct unwind_cursor *ret_cursor);

/*
 * Push the cursor's frame, found by @provenance, and those above it, and set
 * verdict and cause. The cursor stands at the last frame pushed then.
 */
void unwinder_go_on(struct unwinder *unwinder, struct unwind_cursor *cursor,
		    uint8_t provenance, struct lbrvirt_stack *stack);

/*
 * Append the user frames of @sample to @stack (which may hold kernel frames
 * already) from its registers and stack copy, and set verdict and cause.
 * Never fails: what cannot be unwound is said by the verdict. Hostile copies
 * and files lead to BROKEN, not to a crash or an endless loop (the CFA must
 * rise with every frame but the first).
 */
void unwinder_append(struct unwinder *unwinder, const struct process *process,
		     const struct lbrvirt_sample *sample,
		     struct lbrvirt_stack *stack);

/*
 * Tell the return addresses among @nr user frames of a call chain apart: the
 * one into rt_sigreturn, and the interrupted address above it, follow no call.
 */
void unwinder_mark_signals(struct unwinder *unwinder,
			   const struct process *process,
			   struct lbrvirt_frame *frames, size_t nr);

/*
 * How many branch records this recording's CPU keeps: no record says so, but
 * it is the next power of two from the most that were seen, @nr among them.
 */
size_t unwinder_lbr_depth(struct unwinder *unwinder, size_t nr);

/* What was seen of each thread's branch records before (lbr_stitch.h). */
struct lbr_stitch *unwinder_stitch(struct unwinder *unwinder);

/*
 * The function at @address by the index of .eh_frame_hdr, in addresses of the
 * process: from its first byte to the next function's. What has no entry there
 * counts to the function before it. False: no file, or no such index.
 */
bool unwinder_function(struct unwinder *unwinder, const struct process *process,
		       uint64_t address, uint64_t *ret_start,
		       uint64_t *ret_end);

/* The file that is mapped at @address, and the address in it. False: none. */
bool unwinder_locate(struct unwinder *unwinder, const struct process *process,
		     uint64_t address, struct dso **ret_dso,
		     uint64_t *ret_vaddr);

struct dso_table *unwinder_dsos(const struct unwinder *unwinder);
struct cfi_table *unwinder_cfi(const struct unwinder *unwinder);
struct link_cache *unwinder_link_cache(const struct unwinder *unwinder);
struct lbr_memo *unwinder_lbr_memo(const struct unwinder *unwinder);

/* Code bytes at @address of the process, from the mapped file; at most @size,
 * *ret_size of them. NULL: none. They live with the dso table. */
const unsigned char *unwinder_code(struct unwinder *unwinder,
				   const struct process *process,
				   uint64_t address, size_t size,
				   size_t *ret_size);

/*
 * Whether the code at @address is a thread's first frame (its return address
 * is undefined by its CFI, as in _start and clone): 1 yes, 0 no, -ENOENT it
 * cannot be told (file or row missing).
 */
int unwinder_is_outermost(struct unwinder *unwinder,
			  const struct process *process, uint64_t address);

#endif
