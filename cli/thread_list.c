/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A thread id that is used again is counted with the one before: the filter
 * that is made of it cannot tell them apart either.
 */
#include "config.h"

#include "thread_list.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The kernel's names have 15 bytes; files may say what they like. */
#define COMM_MAX 64

#define NR_SLOTS ((size_t)THREAD_LIST_MAX * 2)

void thread_list_fini(struct thread_list *threads)
{
	for (size_t i = 0; i < threads->nr; i++)
		free((char *)threads->list[i].comm);
	free(threads->list);
	free(threads->slots);
	*threads = (struct thread_list){ 0 };
}

static size_t slot_of(const struct thread_list *threads, uint32_t tid)
{
	size_t slot = (tid * 0x9e3779b1u) & (NR_SLOTS - 1);

	while (threads->slots[slot] &&
	       threads->list[threads->slots[slot] - 1].tid != tid)
		slot = (slot + 1) & (NR_SLOTS - 1);
	return slot;
}

/* Sorting has moved them. */
static void find_places(struct thread_list *threads)
{
	memset(threads->slots, 0, NR_SLOTS * sizeof(*threads->slots));
	for (size_t i = 0; i < threads->nr; i++)
		threads->slots[slot_of(threads, threads->list[i].tid)] =
			(uint32_t)i + 1;
	threads->is_sorted = false;
}

static int grow(struct thread_list *threads)
{
	size_t capacity = threads->capacity ? threads->capacity * 2 : 64;
	struct browser_thread *list;

	if (threads->nr < threads->capacity)
		return 0;
	list = reallocarray(threads->list, capacity, sizeof(*list));
	if (!list)
		return -ENOMEM;
	threads->list = list;
	threads->capacity = capacity;
	return 0;
}

/* *@ret_thread is NULL if there are too many. */
static int find(struct thread_list *threads, uint32_t pid, uint32_t tid,
		struct browser_thread **ret_thread)
{
	size_t slot;

	if (!threads->slots)
		threads->slots = calloc(NR_SLOTS, sizeof(*threads->slots));
	if (!threads->slots)
		return -ENOMEM;
	if (threads->is_sorted)
		find_places(threads);
	slot = slot_of(threads, tid);
	*ret_thread = NULL;
	if (!threads->slots[slot] && threads->nr == THREAD_LIST_MAX)
		return 0;
	if (!threads->slots[slot]) {
		if (grow(threads))
			return -ENOMEM;
		threads->list[threads->nr++] =
			(struct browser_thread){ .pid = pid, .tid = tid };
		threads->slots[slot] = (uint32_t)threads->nr;
	}
	*ret_thread = &threads->list[threads->slots[slot] - 1];
	return 0;
}

static int name(struct thread_list *threads, uint32_t pid, uint32_t tid,
		const char *comm)
{
	struct browser_thread *thread;
	char *copy;
	int err = find(threads, pid, tid, &thread);

	if (err || !thread)
		return err;
	copy = strndup(comm, COMM_MAX);
	if (!copy)
		return -ENOMEM;
	free((char *)thread->comm);
	thread->comm = copy;
	thread->pid = pid;
	return 0;
}

/* A new thread has its maker's name until it says otherwise. */
static int inherit(struct thread_list *threads,
		   const struct lbrvirt_record_task *task)
{
	struct browser_thread *maker;
	int err = find(threads, task->ppid, task->ptid, &maker);

	if (err || !maker || !maker->comm)
		return err;
	return name(threads, task->pid, task->tid, maker->comm);
}

int thread_list_add(struct thread_list *threads,
		    const struct lbrvirt_record *record)
{
	struct browser_thread *thread;
	int err;

	switch (record->type) {
	case PERF_RECORD_COMM:
		return name(threads, record->comm.pid, record->comm.tid,
			    record->comm.name);
	case PERF_RECORD_FORK:
		return inherit(threads, &record->task);
	case PERF_RECORD_SAMPLE:
		err = find(threads, record->pid, record->tid, &thread);
		if (!err && thread)
			thread->samples++;
		return err;
	default:
		return 0;
	}
}

static int by_samples(const void *va, const void *vb)
{
	const struct browser_thread *a = va;
	const struct browser_thread *b = vb;

	if (a->samples != b->samples)
		return a->samples < b->samples ? 1 : -1;
	return a->tid < b->tid ? -1 : a->tid > b->tid;
}

const struct browser_thread *thread_list_by_samples(struct thread_list *threads,
						    size_t *ret_nr)
{
	size_t nr = 0;

	if (threads->nr)
		qsort(threads->list, threads->nr, sizeof(*threads->list),
		      by_samples);
	threads->is_sorted = true;
	while (nr < threads->nr && threads->list[nr].samples) {
		/* The idle task, which no record names. */
		if (!threads->list[nr].comm)
			threads->list[nr].comm =
				strdup(threads->list[nr].tid ? "?" : "swapper");
		nr++;
	}
	*ret_nr = nr;
	return threads->list;
}
