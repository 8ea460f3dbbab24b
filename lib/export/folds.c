/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A row is interned as an array of numbers: head, then functions.
 */
#include "config.h"

#include "export/folds.h"

#include <errno.h>
#include <stdlib.h>

#include "base/buffer.h"
#include "base/intern.h"

struct sums {
	uint64_t samples;
	uint64_t period;
};

struct folds {
	struct intern *rows; /* ids index sums */
	struct sums *sums;
	size_t capacity;
	uint32_t *row; /* the one at hand */
	size_t row_capacity;
};

void folds_free(struct folds *folds)
{
	if (!folds)
		return;
	intern_free(folds->rows);
	free(folds->sums);
	free(folds->row);
	free(folds);
}

/* Spell out @stack behind the row's head. */
static int make_row(struct folds *folds, const struct stacks *stacks,
		    const struct stacks_entry *stack, size_t *ret_nr)
{
	void *array = folds->row;
	size_t nr = 1;

	for (uint32_t i = stack->nr; i-- > 0;) {
		uint32_t nr_here;
		const uint32_t *functions = stacks_functions(
			stacks, stacks->frames[stack->first + i], &nr_here);

		if (array_reserve(&array, &folds->row_capacity, nr + nr_here,
				  sizeof(*folds->row)))
			return -ENOMEM;
		folds->row = array;
		while (nr_here-- > 0)
			folds->row[nr++] = functions[nr_here];
	}
	*ret_nr = nr;
	return 0;
}

static int add_stack(struct folds *folds, const struct stacks *stacks,
		     const struct stacks_entry *stack, uint32_t head)
{
	void *array = folds->sums;
	uint32_t id;
	size_t nr;
	int err = make_row(folds, stacks, stack, &nr);

	if (err)
		return err;
	folds->row[0] = head;
	err = intern_add(folds->rows, folds->row, nr * sizeof(*folds->row),
			 &id);
	if (err < 0)
		return err;
	if (array_reserve(&array, &folds->capacity, (size_t)id + 1,
			  sizeof(*folds->sums)))
		return -ENOMEM;
	folds->sums = array;
	if (err == 1)
		folds->sums[id] = (struct sums){ 0 };
	folds->sums[id].samples += stack->samples;
	folds->sums[id].period += stack->period;
	return 0;
}

int folds_new(const struct stacks *stacks, const uint32_t *heads,
	      struct folds **ret_folds)
{
	struct folds *folds = calloc(1, sizeof(*folds));
	void *array = NULL;
	int err;

	if (!folds)
		return -ENOMEM;
	err = intern_new(&folds->rows);
	/* There is room for the head even of a stack without frames. */
	if (!err)
		err = array_reserve(&array, &folds->row_capacity, 1,
				    sizeof(*folds->row));
	folds->row = array;
	for (size_t i = 0; !err && i < stacks->nr_entries; i++)
		if (stacks->entries[i].samples)
			err = add_stack(folds, stacks, &stacks->entries[i],
					heads ? heads[i] : 0);
	if (err) {
		folds_free(folds);
		return err;
	}
	*ret_folds = folds;
	return 0;
}

size_t folds_count(const struct folds *folds)
{
	return intern_count(folds->rows);
}

struct fold folds_get(const struct folds *folds, size_t index)
{
	size_t size;
	const uint32_t *row = intern_bytes(folds->rows, (uint32_t)index, &size);

	return (struct fold){
		.head = row[0],
		.nr = (uint32_t)(size / sizeof(*row)) - 1,
		.functions = row + 1,
		.samples = folds->sums[index].samples,
		.period = folds->sums[index].period,
	};
}
