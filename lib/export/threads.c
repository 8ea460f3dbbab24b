/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Threads are numbered as they are seen, then by their samples. A thread may
 * change its name while it runs, as each program does that is started by a
 * shell; it stays one thread.
 */
#include "config.h"

#include "export/threads.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/intern.h"

/* What threads are told apart by. */
struct key {
	uint32_t pid;
	uint32_t tid;
};

/* A thread while samples are summed. */
struct seen {
	struct thread thread;
	uint64_t most; /* samples under thread.comm, on one stack or more */
	uint32_t number;
};

struct list {
	struct intern *keys; /* ids index seen */
	struct seen *seen;
	size_t nr;
	size_t capacity;
	struct intern *name_keys; /* thread and comm; ids index names */
	uint64_t *names;	  /* samples */
	size_t names_capacity;
};

void threads_fini(struct threads *threads)
{
	free(threads->list);
	free(threads->of_stack);
	memset(threads, 0, sizeof(*threads));
}

/* How many samples the thread had under this name, @samples more included. */
static int count_name(struct list *list, uint32_t thread, uint32_t comm,
		      uint64_t samples, uint64_t *ret_sum)
{
	const uint32_t key[2] = { thread, comm };
	void *array = list->names;
	uint32_t id;
	int is_new = intern_add(list->name_keys, key, sizeof(key), &id);

	if (is_new < 0 || array_reserve(&array, &list->names_capacity,
					(size_t)id + 1, sizeof(*list->names)))
		return -ENOMEM;
	list->names = array;
	if (is_new)
		list->names[id] = 0;
	list->names[id] += samples;
	*ret_sum = list->names[id];
	return 0;
}

static int add_stack(struct list *list, const struct stacks_entry *stack,
		     uint32_t *ret_thread)
{
	const struct key key = { .pid = stack->pid, .tid = stack->tid };
	void *array = list->seen;
	struct seen *seen;
	uint64_t sum;
	int is_new = intern_add(list->keys, &key, sizeof(key), ret_thread);

	if (is_new < 0 ||
	    array_reserve(&array, &list->capacity, (size_t)*ret_thread + 1,
			  sizeof(*list->seen)))
		return -ENOMEM;
	list->seen = array;
	seen = &list->seen[*ret_thread];
	if (is_new) {
		*seen = (struct seen){
			.thread.pid = key.pid,
			.thread.tid = key.tid,
			.number = *ret_thread,
		};
		list->nr++;
	}
	if (count_name(list, *ret_thread, stack->comm, stack->samples, &sum))
		return -ENOMEM;
	if (sum > seen->most) {
		seen->most = sum;
		seen->thread.comm = stack->comm;
	}
	seen->thread.samples += stack->samples;
	seen->thread.period += stack->period;
	return 0;
}

static int by_samples(const void *va, const void *vb)
{
	const struct seen *a = va;
	const struct seen *b = vb;

	if (a->thread.samples != b->thread.samples)
		return a->thread.samples < b->thread.samples ? 1 : -1;
	return a->number < b->number ? -1 : a->number > b->number;
}

/* Into the order of samples, and the stacks' numbers with it. */
static int put_in_order(struct threads *threads, struct list *list,
			const struct stacks *stacks)
{
	uint32_t *places = calloc(list->nr + 1, sizeof(*places));

	threads->list = calloc(list->nr + 1, sizeof(*threads->list));
	if (!places || !threads->list) {
		free(places);
		return -ENOMEM;
	}
	if (list->nr)
		qsort(list->seen, list->nr, sizeof(*list->seen), by_samples);
	for (size_t i = 0; i < list->nr; i++) {
		threads->list[i] = list->seen[i].thread;
		places[list->seen[i].number] = (uint32_t)i;
	}
	threads->nr = list->nr;
	for (size_t i = 0; i < stacks->nr_entries; i++)
		if (stacks->entries[i].samples)
			threads->of_stack[i] = places[threads->of_stack[i]];
	free(places);
	return 0;
}

int threads_init(struct threads *threads, const struct stacks *stacks)
{
	struct list list = { .nr = 0 };
	int err;

	memset(threads, 0, sizeof(*threads));
	threads->of_stack =
		calloc(stacks->nr_entries + 1, sizeof(*threads->of_stack));
	err = threads->of_stack ? intern_new(&list.keys) : -ENOMEM;
	if (!err)
		err = intern_new(&list.name_keys);
	for (size_t i = 0; !err && i < stacks->nr_entries; i++)
		if (stacks->entries[i].samples)
			err = add_stack(&list, &stacks->entries[i],
					&threads->of_stack[i]);
	if (!err)
		err = put_in_order(threads, &list, stacks);
	intern_free(list.keys);
	intern_free(list.name_keys);
	free(list.seen);
	free(list.names);
	return err;
}
