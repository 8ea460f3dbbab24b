/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A program that is run one instruction at a time, from its own first one to
 * its end. What a CPU in any-branch mode would record of it is seen: every
 * taken branch, none lost, none too many.
 */
#ifndef LBRVIRT_TESTS_CLIENTS_BRANCH_STEPS_H
#define LBRVIRT_TESTS_CLIENTS_BRANCH_STEPS_H

#include <stdint.h>
#include <sys/types.h>

#include <lbrvirt/sample.h>

#define BRANCH_STEPS_RING  32 /* branches that are remembered */
#define BRANCH_STEPS_CALLS 64 /* calls under way that are */

/*
 * Nothing here predicts branches, but readers must see that the flag survives:
 * so every eighth taken branch is called mispredicted.
 */
#define BRANCH_STEPS_MISPREDICTED 8

struct branch_steps {
	pid_t pid;
	uint64_t ip; /* of the instruction to be run next */
	uint64_t sp;
	struct lbrvirt_branch ring[BRANCH_STEPS_RING];
	uint64_t nr_branches; /* taken so far: the newest is at nr - 1 */
	uint64_t nr_steps;
	uint64_t returns[BRANCH_STEPS_CALLS]; /* addresses, outermost first */
	size_t depth;
	/* The program's own code, and what was added to its file's addresses */
	uint64_t start;
	uint64_t end;
	uint64_t bias;
};

/*
 * Start a program and let it run up to its entry point, when its libraries are
 * mapped already. 0, or a negative errno: -EPERM where ptrace is forbidden.
 */
int branch_steps_start(struct branch_steps *steps, char *const *argv);

/* Run one instruction. 1: it was a taken branch; 0: not; -ENODATA: the end. */
int branch_steps_next(struct branch_steps *steps);

/* The branch before the newest by @age. */
const struct lbrvirt_branch *
branch_steps_branch(const struct branch_steps *steps, uint64_t age);

/* The child, if it has not ended, is killed. */
void branch_steps_end(struct branch_steps *steps);

#endif
