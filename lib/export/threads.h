/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The threads of a profile, for formats that keep them apart.
 */
#ifndef LBRVIRT_EXPORT_THREADS_H
#define LBRVIRT_EXPORT_THREADS_H

#include "profile/stacks.h"

/* A thread; where the profile does not tell threads apart, a process. */
struct thread {
	uint32_t pid;
	uint32_t tid;  /* or 0 */
	uint32_t comm; /* the name that most samples of it had */
	uint64_t samples;
	uint64_t period;
};

struct threads {
	struct thread *list; /* most samples first */
	size_t nr;
	uint32_t *of_stack; /* the thread of each stack that has samples */
};

/* 0 or -ENOMEM. @threads is left for threads_fini() in any case. */
int threads_init(struct threads *threads, const struct stacks *stacks);
void threads_fini(struct threads *threads);

#endif
