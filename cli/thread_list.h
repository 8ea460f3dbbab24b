/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * How many samples each thread had, and what it was called last; a filter
 * takes nothing away here, since this is what filters are chosen from.
 */
#ifndef LBRPROF_THREAD_LIST_H
#define LBRPROF_THREAD_LIST_H

#include "browser_source.h"

/* Threads that are kept apart; those of later ones are not. */
#define THREAD_LIST_MAX 65536

struct thread_list {
	struct browser_thread *list; /* comms are owned */
	size_t nr;
	size_t capacity;
	uint32_t *slots; /* by thread id: place in the list and 1; 0: free */
	bool is_sorted;
};

void thread_list_fini(struct thread_list *threads);

/* Take in a record of any type. 0 or -ENOMEM. */
int thread_list_add(struct thread_list *threads,
		    const struct lbrvirt_record *record);

/* Those that had samples, the most frequent first. Valid until more is
 * added. */
const struct browser_thread *thread_list_by_samples(struct thread_list *threads,
						    size_t *ret_nr);

#endif
