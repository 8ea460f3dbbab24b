/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Costs are interned by function, callee and line while stacks are read from
 * the innermost function outwards: the first time that a function is met is the
 * one that counts.
 */
#include "config.h"

#include "export/costs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/intern.h"
#include "export/sources.h"

struct builder {
	const struct stacks *stacks;
	const char *const *sources;
	struct intern *keys; /* ids index the costs' list */
	size_t capacity;
	size_t *seen_at; /* for each function the stack, from 1, last met on */
};

void costs_fini(struct costs *costs)
{
	free(costs->list);
	memset(costs, 0, sizeof(*costs));
}

static int add(struct costs *costs, struct builder *builder,
	       const struct cost *cost)
{
	const uint32_t key[3] = { cost->function, cost->callee, cost->line };
	void *array = costs->list;
	uint32_t id;
	int is_new = intern_add(builder->keys, key, sizeof(key), &id);

	if (is_new < 0)
		return -ENOMEM;
	if (!is_new) {
		costs->list[id].samples += cost->samples;
		costs->list[id].period += cost->period;
		return 0;
	}
	if (array_reserve(&array, &builder->capacity, (size_t)id + 1,
			  sizeof(*costs->list)))
		return -ENOMEM;
	costs->list = array;
	costs->list[costs->nr++] = *cost;
	return 0;
}

static int add_stack(struct costs *costs, struct builder *builder, size_t index)
{
	const struct stacks *stacks = builder->stacks;
	const struct stacks_entry *stack = &stacks->entries[index];
	struct cost cost = {
		.callee = COSTS_NO_CALLEE,
		.samples = stack->samples,
		.period = stack->period,
	};
	int err = 0;

	for (uint32_t i = 0; i < stack->nr; i++) {
		uint32_t location = stacks->frames[stack->first + i];
		uint32_t nr;
		const uint32_t *functions =
			stacks_functions(stacks, location, &nr);

		for (uint32_t j = 0; !err && j < nr; j++) {
			uint32_t function = functions[j];

			cost.function = function;
			if (builder->seen_at[function] == index + 1)
				continue;
			builder->seen_at[function] = index + 1;
			cost.line = sources_line(
				&stacks->locations[location].symbols[j],
				builder->sources[function]);
			err = add(costs, builder, &cost);
			cost.callee = function;
		}
	}
	cost.function = (uint32_t)stacks->nr_functions;
	cost.line = 0;
	return err ? err : add(costs, builder, &cost);
}

static int by_place(const void *va, const void *vb)
{
	const struct cost *a = va;
	const struct cost *b = vb;
	bool a_calls = a->callee != COSTS_NO_CALLEE;
	bool b_calls = b->callee != COSTS_NO_CALLEE;

	if (a->function != b->function)
		return a->function < b->function ? -1 : 1;
	if (a_calls != b_calls)
		return a_calls ? 1 : -1;
	if (a->line != b->line)
		return a->line < b->line ? -1 : 1;
	return a->callee < b->callee ? -1 : a->callee > b->callee;
}

int costs_init(struct costs *costs, const struct stacks *stacks,
	       const char *const *sources)
{
	struct builder builder = { .stacks = stacks, .sources = sources };
	int err = intern_new(&builder.keys);

	memset(costs, 0, sizeof(*costs));
	builder.seen_at =
		calloc(stacks->nr_functions + 1, sizeof(*builder.seen_at));
	if (!builder.seen_at)
		err = -ENOMEM;
	for (size_t i = 0; !err && i < stacks->nr_entries; i++)
		if (stacks->entries[i].samples)
			err = add_stack(costs, &builder, i);
	if (!err && costs->nr)
		qsort(costs->list, costs->nr, sizeof(*costs->list), by_place);
	intern_free(builder.keys);
	free(builder.seen_at);
	return err;
}
