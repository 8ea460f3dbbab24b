/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The code of one function, instruction by instruction and line by line, with
 * what a profile and counted branches know of each.
 */
#ifndef LBRVIRT_ANNOTATE_H
#define LBRVIRT_ANNOTATE_H

#include <lbrvirt/api.h>
#include <lbrvirt/branches.h>
#include <lbrvirt/context.h>
#include <lbrvirt/profile.h>
#include <lbrvirt/symbol.h>

LBRVIRT_BEGIN_DECLS

/** Longest function that is annotated, in bytes; the rest is left out. */
#define LBRVIRT_ANNOTATE_MAX (1u << 20)

/** Settings of lbrvirt_annotate(). Set size to sizeof of the struct. */
struct lbrvirt_annotate_opts {
	size_t size;
	const char *dso;	/**< the file it is in: path or last part of it;
				     NULL: where most samples are */
	const char *source_dir; /**< look for source files below; NULL: "/" */
	bool is_intel;		/**< Intel's syntax, not AT&T's */
	bool no_source;		/**< do not read source files */
};

/** What an instruction does to the flow. */
enum lbrvirt_flow {
	LBRVIRT_FLOW_ON = 0,	 /**< goes on to the next one */
	LBRVIRT_FLOW_JUMP = 1,	 /**< never goes on to the next */
	LBRVIRT_FLOW_BRANCH = 2, /**< a conditional jump */
	LBRVIRT_FLOW_CALL = 3,
	LBRVIRT_FLOW_RETURN = 4,
};

/** No line, no block. */
#define LBRVIRT_ANNOTATE_NONE SIZE_MAX

/** An instruction. Addresses are the file's own, as nm and objdump print
 *  them. */
struct lbrvirt_instruction {
	uint64_t address;
	const unsigned char *bytes;
	uint8_t size;
	uint8_t flow;		 /**< enum lbrvirt_flow */
	bool has_target;	 /**< a direct jump or call: */
	uint64_t target;	 /**< where to */
	const char *target_name; /**< function there, if another; or NULL */
	uint64_t target_offset;	 /**< in that function */
	const char *text;	 /**< mnemonic and operands; ".byte 0x…" */
	/** As of lbrvirt_resolver_symbols(): calls inlined here, innermost
	 *  first, the function last. */
	const struct lbrvirt_symbol *symbols;
	size_t nr_symbols;
	size_t line;  /**< in the lines; or LBRVIRT_ANNOTATE_NONE */
	size_t block; /**< in the blocks */
	uint64_t samples;
	uint64_t period;
};

/**
 * A basic block: code that is entered at its first instruction alone and left
 * at its last. What is of branches is 0 where none were given.
 */
struct lbrvirt_basic_block {
	size_t first; /**< of the instructions */
	size_t nr;
	uint64_t samples;
	uint64_t period;
	uint64_t executions; /**< as far as branch records show */
	uint64_t branched;   /**< of these, those that its branch ended */
	uint64_t timed;	     /**< and those with a count of cycles */
	/**
	 * Their sum. Branch records time the code from one taken branch to the
	 * next, which may be several blocks: then each has a part of the
	 * cycles, by its number of instructions.
	 */
	double cycles;
	bool has_shared_cycles; /**< some are such parts */
	/** Of the branch that ends it, when it was taken: */
	uint64_t taken;
	uint64_t predicted;
	uint64_t mispredicted;
};

/** A source line that instructions are of. */
struct lbrvirt_source_line {
	const char *file;
	uint32_t line;
	const char *text; /**< without its end; NULL: cannot be read */
	uint64_t samples;
	uint64_t period;
};

/** A function with all of it. */
struct lbrvirt_annotation {
	const char *symbol;
	const char *dso;  /**< path as recorded */
	const char *path; /**< path where the file was found */
	uint64_t start;
	uint64_t end;
	bool is_cut; /**< it is longer than LBRVIRT_ANNOTATE_MAX */

	const struct lbrvirt_instruction *instructions; /**< by address */
	size_t nr_instructions;
	const struct lbrvirt_basic_block *blocks; /**< by address */
	size_t nr_blocks;
	const struct lbrvirt_source_line *lines; /**< by file, then line */
	size_t nr_lines;

	uint64_t samples; /**< in it, on instructions */
	uint64_t period;
	/** In it and between instructions: the file may be another one than
	 *  was recorded. */
	uint64_t misplaced;
	uint64_t all_samples; /**< the whole profile's */
	uint64_t all_period;

	bool has_branches; /**< branches were given, and some are in it */
	bool has_blocks;   /**< executions are known */
	bool has_cycles;
	bool has_predictions;
	uint64_t misplaced_runs; /**< runs that do not fit the instructions */
	/** Source files that are younger than the program: lines may not be
	 *  those it was made of. NULL: none; else the first of them. */
	const char *newer_source;
	size_t nr_other_places; /**< other functions of this name with samples */
};

/**
 * Annotate a function.
 *
 * @profile   where samples fell. It must outlive the result.
 * @branches  the same recording's branches, unfiltered by symbols; or NULL.
 * @symbol    the function's name as the profile has it; inlined calls have no
 *            code of their own.
 * @opts      settings, or NULL for the defaults.
 * @ret_annotation  receives it; untouched on failure.
 *
 * Returns 0, or, with the text in the profile's context,
 *   -EINVAL      a pointer is NULL;
 *   -ENOENT      no sample and no branch is in such a function, or its file is
 *                gone or is not the one recorded, or its code is in no file;
 *   -EOPNOTSUPP  instructions of that machine cannot be read;
 *   -ENOMEM      out of memory.
 *
 * Owner:  the caller; end it with lbrvirt_annotation_free(). It must not be
 *         used once the profile or @branches have been freed.
 * Thread: one at a time per context.
 * Since:  0.1
 */
LBRVIRT_API int lbrvirt_annotate(struct lbrvirt_profile *profile,
				 struct lbrvirt_branches *branches,
				 const char *symbol,
				 const struct lbrvirt_annotate_opts *opts,
				 struct lbrvirt_annotation **ret_annotation);

/** Free it. NULL is allowed. Since: 0.1 */
LBRVIRT_API void lbrvirt_annotation_free(struct lbrvirt_annotation *annotation);

LBRVIRT_END_DECLS

#endif
