/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A child that is run one instruction at a time. Which calls are under way is
 * known from the CALL and RET instructions it executes: the truth that stacks
 * are held against.
 */
#ifndef LBRVIRT_TESTS_STACK_STEPPER_H
#define LBRVIRT_TESTS_STACK_STEPPER_H

#include <sys/user.h>

#include "stack/space.h"

#define STEPPER_COPY_SIZE (48u * 1024)
#define STEPPER_MAX_CALLS 256

/* So many instructions are run of a program here, and of a program file. */
#define STEPPER_MAX_STEPS      60000
#define STEPPER_MAX_FILE_STEPS 20000

/* What the last instruction was. */
enum stepper_did {
	STEPPER_OTHER,
	STEPPER_CALL,
	STEPPER_RETURN,
};

struct stepper_call {
	uint64_t sp; /* where its return address is */
	uint64_t return_address;
	uint64_t from; /* the call instruction */
	uint64_t to;
	size_t serial; /* the how-manieth call it was, from 1 */
};

struct stepper {
	struct space space; /* of the child, kept up to date */
	pid_t pid;	    /* 0: it has ended */
	struct user_regs_struct regs;
	uint64_t words[17];  /* the same in perf's order */
	unsigned char *copy; /* of the stack */
	struct stepper_call calls[STEPPER_MAX_CALLS]; /* oldest first */
	size_t nr_calls;
	enum stepper_did did;
	struct stepper_call last; /* the call, if it was one */
	size_t nr_serials;
	size_t nr_steps;
	size_t max_steps;
	int signal; /* to be handed on */
};

/*
 * Run @program in a fork of this one, or, if NULL, the program file @path from
 * its very first instruction. False: ptrace is forbidden here.
 */
bool stepper_start(struct stepper *stepper, void (*program)(void),
		   const char *path);

/* One instruction on. False when the child has ended, or it is enough. */
bool stepper_step(struct stepper *stepper);

/* The child as a sample with registers and a stack copy; it lives until the
 * next step. */
struct lbrvirt_sample stepper_sample(struct stepper *stepper);

void stepper_end(struct stepper *stepper);

#endif
