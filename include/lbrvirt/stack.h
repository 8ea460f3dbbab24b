/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A call stack, and how far to trust it: where each frame came from, and
 * whether the stack is whole.
 */
#ifndef LBRVIRT_STACK_H
#define LBRVIRT_STACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <lbrvirt/api.h>

LBRVIRT_BEGIN_DECLS

/** Where stacks come from, from none to the best. */
enum lbrvirt_stack_source {
	LBRVIRT_STACK_NONE = 0,	      /**< the sampled address alone */
	LBRVIRT_STACK_FP = 1,	      /**< frame pointers, by the kernel */
	LBRVIRT_STACK_DWARF = 2,      /**< unwound by .eh_frame */
	LBRVIRT_STACK_LBR = 3,	      /**< branch records, as deep as they go */
	LBRVIRT_STACK_LBR_JOINED = 4, /**< and continued by unwinding */
};

/** Where one frame came from. */
enum lbrvirt_provenance {
	LBRVIRT_FROM_SAMPLE = 0, /**< the sampled address itself */
	LBRVIRT_FROM_KERNEL = 1, /**< kernel frames of the call chain */
	LBRVIRT_FROM_FP = 2,	 /**< a frame pointer */
	LBRVIRT_FROM_CFI = 3,	 /**< unwound by call frame information */
	LBRVIRT_FROM_LBR = 4,	 /**< a branch record */
	LBRVIRT_FROM_CHAIN = 5,	 /**< a file's call chain, origin not said */
	LBRVIRT_FROM_STITCH = 6, /**< a branch record of the sample before */
};

/** Whether a stack is whole. */
enum lbrvirt_verdict {
	LBRVIRT_VERDICT_UNKNOWN = 0,   /**< nobody can tell */
	LBRVIRT_VERDICT_COMPLETE = 1,  /**< reaches the thread's first frame */
	LBRVIRT_VERDICT_TRUNCATED = 2, /**< right as far as it goes: it ended
					    with the stack copy, the branch
					    records or the frame limit */
	LBRVIRT_VERDICT_BROKEN = 3,    /**< ended where it should not have */
};

/** Why a stack is not complete, where it can be told. */
enum lbrvirt_cause {
	LBRVIRT_CAUSE_NONE = 0,
	LBRVIRT_CAUSE_COPY_TOO_SMALL = 1, /**< stack copy: see --stack-size */
	LBRVIRT_CAUSE_TOO_DEEP = 2,	  /**< LBRVIRT_STACK_MAX frames */
	LBRVIRT_CAUSE_NO_CFI = 3,	  /**< code without unwind rows */
	LBRVIRT_CAUSE_NO_MAP = 4,	  /**< an address in no known mapping */
	LBRVIRT_CAUSE_NO_FILE = 5,	  /**< the mapped file is not readable */
	LBRVIRT_CAUSE_BAD_RULE = 6,	  /**< rows that lead nowhere */
	LBRVIRT_CAUSE_NO_REGISTERS = 7,	  /**< the sample has no user registers */
	LBRVIRT_CAUSE_LBR_FULL = 8,	  /**< branch records ended at depth */
	LBRVIRT_CAUSE_LBR_EMPTY = 9,	  /**< the sample had no branch records */
	LBRVIRT_CAUSE_LBR_SHORT = 12,	  /**< the calls before the recording
					       have no branch records */
	LBRVIRT_CAUSE_LBR_BAD = 11,	  /**< the branch records are not of this
					       stack: see the integrity */
	LBRVIRT_CAUSE_NO_COPY = 10,	  /**< the kernel could not copy the stack:
					       exec or exit was replacing it */
};

/**
 * What the branch records of a sample, in call-stack mode, are worth. In a
 * call stack the sampled address lies in the function that the newest record
 * entered, and each record's call lies in the function that the next older one
 * entered. Where a stack copy was unwound as well, the two are compared.
 */
enum lbrvirt_integrity {
	LBRVIRT_INTEGRITY_NONE = 0,   /**< no call-stack branch records */
	LBRVIRT_INTEGRITY_INTACT = 1, /**< every link that can be checked
					   holds */
	LBRVIRT_INTEGRITY_TAIL_CALL = 2, /**< a link goes through a jump from
					      one function to another: right,
					      but a caller is not shown */
	LBRVIRT_INTEGRITY_LONGJMP = 3, /**< calls in it never returned (longjmp,
					    an exception); they were taken out */
	LBRVIRT_INTEGRITY_LEAF_MISMATCH = 4, /**< the sampled address is not
						  where the records lead */
	LBRVIRT_INTEGRITY_POLLUTED = 5, /**< records of something else that ran
					     on this CPU */
	LBRVIRT_INTEGRITY_EMPTY = 6,	/**< no records in the sample */
};

/** Most frames a stack may have; deeper ones are cut and called truncated. */
#define LBRVIRT_STACK_MAX 1024

/** One frame. */
struct lbrvirt_frame {
	uint64_t address;   /**< sampled, return or call-site address */
	uint8_t provenance; /**< enum lbrvirt_provenance */
	bool is_kernel;	    /**< a kernel address */
	/**
	 * @address follows the call: names and lines are those of the byte
	 * before it. False for sampled addresses, signal frames' interrupted
	 * addresses, and call sites out of branch records.
	 */
	bool is_return;
};

/** A stack, innermost frame first. */
struct lbrvirt_stack {
	size_t nr;
	uint8_t verdict; /**< enum lbrvirt_verdict */
	uint8_t cause;	 /**< enum lbrvirt_cause */
	uint8_t integrity; /**< enum lbrvirt_integrity */
	struct lbrvirt_frame frames[LBRVIRT_STACK_MAX];
};

/**
 * The word for a stack source: "none", "fp", "dwarf", "lbr", "lbr+dwarf".
 *
 * Returns a static text, "unknown" for a value outside the enum. Any thread.
 *
 * Since:  0.1
 */
LBRVIRT_API const char *
lbrvirt_stack_source_name(enum lbrvirt_stack_source source);

/**
 * The words for a cause: "stack copy too small", ….
 *
 * Returns a static text, "unknown" for a value outside the enum. Any thread.
 *
 * Since:  0.1
 */
LBRVIRT_API const char *lbrvirt_cause_text(enum lbrvirt_cause cause);

/**
 * The words for an integrity: "intact", "polluted", ….
 *
 * Returns a static text, "unknown" for a value outside the enum. Any thread.
 *
 * Since:  0.1
 */
LBRVIRT_API const char *
lbrvirt_integrity_text(enum lbrvirt_integrity integrity);

LBRVIRT_END_DECLS

#endif
