/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Basic blocks, and what branch records say of them.
 *
 * A run is the code between two neighbouring branches of a sample: entered by
 * one, left by the next, every instruction of it executed once. A branch that
 * is not taken leaves no entry, so a run can pass several blocks. Executions of
 * a block are those of all runs that pass it, and since a block begins wherever
 * a run does and ends wherever one does, no run has a part of a block. Clocks
 * are known of whole runs alone.
 */
#include "config.h"

#include "profile/annotate.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "profile/branches.h"
#include "symbol/resolver.h"

/* The part of a run that is in the function. */
struct run {
	size_t first; /* instructions */
	size_t last;
	bool is_cut; /* it began before or went on after */
};

/* The last file that was asked about. */
struct same_file {
	const struct annotation *annotation;
	const struct lbrvirt_branches *branches;
	const struct dso *asked; /* NULL: none yet */
	bool is_same;
};

/* The two counts have tables of files of their own. */
static bool is_file(struct same_file *same, const struct lbrvirt_code *code)
{
	const struct lookup *lookup = resolver_lookup(same->branches->resolver);
	const struct dso *theirs = lookup_dso(lookup, code->symbols);
	const struct dso *ours = same->annotation->dso;

	if (!theirs)
		return false;
	if (theirs == same->asked)
		return same->is_same;
	same->asked = theirs;
	same->is_same = strcmp(theirs->path, ours->path) == 0;
	if (ours->build_id_size && theirs->build_id_size)
		same->is_same &= ours->build_id_size == theirs->build_id_size &&
				 memcmp(ours->build_id, theirs->build_id,
					ours->build_id_size) == 0;
	else
		same->is_same &= ours->device == theirs->device &&
				 ours->inode == theirs->inode;
	return same->is_same;
}

static uint64_t offset_of(const struct lbrvirt_code *code)
{
	return code->symbols[code->nr_symbols - 1].dso_offset;
}

static bool is_inside(const struct annotation *annotation, uint64_t offset)
{
	return offset - annotation->offset <
	       annotation->shown.end - annotation->shown.start;
}

/* 1: @ret_run is what is in the function; 0: nothing is; -1: something, which
 * does not fit the instructions. */
static int find_run(struct same_file *same,
		    const struct lbrvirt_branch_block *block,
		    struct run *ret_run)
{
	const struct annotation *annotation = same->annotation;
	const struct lbrvirt_annotation *shown = &annotation->shown;
	uint64_t end = annotation->offset + (shown->end - shown->start);
	uint64_t first = offset_of(&block->start);
	uint64_t last = offset_of(&block->end);

	if (last < annotation->offset || first >= end ||
	    !is_file(same, &block->start) || !is_file(same, &block->end))
		return 0;
	ret_run->is_cut = first < annotation->offset || last >= end;
	ret_run->first = first < annotation->offset ?
				 0 :
				 annotate_find(annotation, first);
	ret_run->last = last >= end ? shown->nr_instructions - 1 :
				      annotate_find(annotation, last);
	return ret_run->first != LBRVIRT_ANNOTATE_NONE &&
			       ret_run->last != LBRVIRT_ANNOTATE_NONE &&
			       ret_run->first <= ret_run->last ?
		       1 :
		       -1;
}

/* Whether a block begins at each instruction, by the code alone. */
static void mark_leaders(const struct annotation *annotation, bool *is_leader)
{
	const struct lbrvirt_annotation *shown = &annotation->shown;

	is_leader[0] = true;
	for (size_t i = 0; i < shown->nr_instructions; i++) {
		const struct lbrvirt_instruction *insn =
			&shown->instructions[i];
		size_t target;

		if (insn->flow != LBRVIRT_FLOW_ON)
			is_leader[i + 1] = true;
		if (!insn->has_target || insn->target < shown->start ||
		    insn->target >= shown->end)
			continue;
		target = annotate_find(annotation, insn->target - shown->start +
							   annotation->offset);
		if (target != LBRVIRT_ANNOTATE_NONE)
			is_leader[target] = true;
	}
}

/* And by where runs begin and end: indirect jumps, interrupts. */
static void mark_runs(struct annotation *annotation, struct same_file *same,
		      bool *is_leader)
{
	const struct lbrvirt_branches *branches = same->branches;

	for (size_t i = 0; i < branches->nr_blocks; i++) {
		const struct branches_block *block = &branches->blocks[i];
		struct run run;
		int found;

		if (block->is_refused || block->is_across)
			continue;
		found = find_run(same, &block->sums, &run);
		if (found < 0)
			annotation->shown.misplaced_runs += block->sums.count;
		if (found <= 0)
			continue;
		is_leader[run.first] = true;
		is_leader[run.last + 1] = true;
	}
}

static int cut_blocks(struct annotation *annotation, const bool *is_leader)
{
	struct lbrvirt_annotation *shown = &annotation->shown;
	struct lbrvirt_basic_block *block = NULL;
	size_t nr = 0;

	for (size_t i = 0; i < shown->nr_instructions; i++)
		nr += is_leader[i];
	annotation->blocks = calloc(nr + 1, sizeof(*annotation->blocks));
	if (!annotation->blocks)
		return -ENOMEM;
	shown->blocks = annotation->blocks;
	for (size_t i = 0; i < shown->nr_instructions; i++) {
		struct lbrvirt_instruction *insn = &annotation->instructions[i];

		if (is_leader[i]) {
			block = &annotation->blocks[shown->nr_blocks++];
			block->first = i;
		}
		block->nr++;
		block->samples += insn->samples;
		block->period += insn->period;
		insn->block = shown->nr_blocks - 1;
	}
	return 0;
}

static void count_run(struct annotation *annotation, const struct run *run,
		      const struct lbrvirt_branch_block *sums)
{
	size_t first = annotation->instructions[run->first].block;
	size_t last = annotation->instructions[run->last].block;
	double nr = (double)(run->last - run->first + 1);

	for (size_t i = first; i <= last; i++) {
		struct lbrvirt_basic_block *block = &annotation->blocks[i];

		block->executions += sums->count;
		block->timed += sums->timed;
		block->cycles += (double)sums->cycles * (double)block->nr / nr;
		block->has_shared_cycles |= sums->timed &&
					    (first != last || run->is_cut);
	}
	if (!run->is_cut)
		annotation->blocks[last].branched += sums->count;
	annotation->shown.has_blocks = true;
	annotation->shown.has_cycles |= sums->timed > 0;
}

static void count_runs(struct annotation *annotation, struct same_file *same)
{
	const struct lbrvirt_branches *branches = same->branches;

	for (size_t i = 0; i < branches->nr_blocks; i++) {
		const struct branches_block *block = &branches->blocks[i];
		struct run run;

		if (!block->is_refused && !block->is_across &&
		    find_run(same, &block->sums, &run) > 0)
			count_run(annotation, &run, &block->sums);
	}
}

static void count_pairs(struct annotation *annotation, struct same_file *same)
{
	const struct lbrvirt_branches *branches = same->branches;
	struct lbrvirt_annotation *shown = &annotation->shown;

	for (size_t i = 0; i < branches->nr_pairs; i++) {
		const struct lbrvirt_branch_pair *sums =
			&branches->pairs[i].sums;
		uint64_t offset = offset_of(&sums->from);
		struct lbrvirt_basic_block *block;
		size_t at;

		if (branches->pairs[i].is_refused ||
		    !is_inside(annotation, offset) ||
		    !is_file(same, &sums->from))
			continue;
		shown->has_branches = true;
		at = annotate_find(annotation, offset);
		if (at == LBRVIRT_ANNOTATE_NONE)
			continue;
		block = &annotation->blocks[annotation->instructions[at].block];
		/* Not of the branch at its end: an interrupt came between. */
		if (at != block->first + block->nr - 1)
			continue;
		block->taken += sums->count;
		block->predicted += sums->predicted;
		block->mispredicted += sums->mispredicted;
		shown->has_predictions |= sums->predicted || sums->mispredicted;
	}
}

int annotate_make_blocks(struct annotation *annotation,
			 const struct lbrvirt_branches *branches)
{
	struct same_file same = {
		.annotation = annotation,
		.branches = branches,
	};
	bool *is_leader = calloc(annotation->shown.nr_instructions + 1,
				 sizeof(*is_leader));
	int err;

	if (!is_leader)
		return -ENOMEM;
	mark_leaders(annotation, is_leader);
	if (branches)
		mark_runs(annotation, &same, is_leader);
	err = cut_blocks(annotation, is_leader);
	free(is_leader);
	if (!err && branches) {
		count_runs(annotation, &same);
		count_pairs(annotation, &same);
	}
	return err;
}
