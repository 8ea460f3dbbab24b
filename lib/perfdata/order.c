/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The queue is an array that is sorted when something may go out. Its elements
 * are small, for a recording without rounds has all of its records in it; and
 * it consists of stretches that are in order already, what was read from one
 * ring at a time, so merging those is all the sorting there is.
 *
 * Records of a stream are copied to blocks, and a block goes with its last
 * record.
 */
#include "config.h"

#include "perfdata/order.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_SIZE (256 * 1024)
/*
 * A stream without rounds cannot be put in order in bounded memory: beyond
 * this, the older half goes out, as perf has it for its --max-size.
 */
#define COPIED_MAX (512ull * 1024 * 1024)

struct order_block {
	size_t nr_users; /* entries, and the queue while it fills the block */
	size_t used;
	unsigned char bytes[BLOCK_SIZE];
};

/* What stands before the bytes of a copied record. */
struct copy {
	struct raw raw;
	struct order_block *block;
};

static bool is_stable(const struct order_entry *entry)
{
	return entry->place & 1;
}

static struct copy *copy_of(const struct order_entry *entry)
{
	return (struct copy *)(uintptr_t)entry->place;
}

static void release(struct order *order, struct order_block *block)
{
	if (!block || --block->nr_users)
		return;
	order->copied -= BLOCK_SIZE;
	free(block);
}

void order_fini(struct order *order)
{
	for (size_t i = order->pos; i < order->nr; i++) {
		if (!is_stable(&order->entries[i]))
			release(order, copy_of(&order->entries[i])->block);
	}
	release(order, order->given);
	release(order, order->block);
	free(order->entries);
	free(order->spare);
	memset(order, 0, sizeof(*order));
}

static struct copy *copy_record(struct order *order, const struct raw *raw)
{
	/* The decoder need not copy once more what is aligned here. */
	size_t wanted = sizeof(struct copy) + ((raw->size + 7) & ~(size_t)7);
	struct order_block *block = order->block;
	struct copy *copy;

	if (!block || BLOCK_SIZE - block->used < wanted) {
		block = malloc(sizeof(*block));
		if (!block)
			return NULL;
		block->nr_users = 1;
		block->used = 0;
		order->copied += BLOCK_SIZE;
		release(order, order->block);
		order->block = block;
	}
	copy = (struct copy *)(void *)(block->bytes + block->used);
	copy->raw = *raw;
	copy->raw.bytes = (unsigned char *)(copy + 1);
	copy->block = block;
	memcpy(copy + 1, raw->bytes, raw->size);
	block->used += wanted;
	block->nr_users++;
	return copy;
}

/* The end of the stretch in order that begins at @first. */
static size_t find_end(const struct order_entry *entries, size_t nr,
		       size_t first)
{
	size_t i = first + 1;

	while (i < nr && entries[i - 1].time_ns <= entries[i].time_ns)
		i++;
	return i < nr ? i : nr;
}

/* Of equal times those of @a, which were written first, come first. */
static void merge(const struct order_entry *a, const struct order_entry *a_end,
		  const struct order_entry *b, const struct order_entry *b_end,
		  struct order_entry *to)
{
	while (a < a_end && b < b_end) {
		if (b->time_ns < a->time_ns)
			*to++ = *b++;
		else
			*to++ = *a++;
	}
	memcpy(to, a, (size_t)(a_end - a) * sizeof(*to));
	to += a_end - a;
	memcpy(to, b, (size_t)(b_end - b) * sizeof(*to));
}

/* Merge neighbours into the spare array; it becomes the queue. */
static void merge_stretches(struct order *order)
{
	struct order_entry *entries = order->entries;
	struct order_entry *spare = order->spare;
	size_t capacity = order->capacity;
	size_t first = 0;

	while (first < order->nr) {
		size_t middle = find_end(entries, order->nr, first);
		size_t end = middle < order->nr ?
				     find_end(entries, order->nr, middle) :
				     middle;

		merge(entries + first, entries + middle, entries + middle,
		      entries + end, spare + first);
		first = end;
	}
	order->entries = spare;
	order->spare = entries;
	order->capacity = order->spare_capacity;
	order->spare_capacity = capacity;
}

/* Forget what went out, and sort what is left. */
static int sort(struct order *order)
{
	void *spare = order->spare;
	int err;

	order->nr -= order->pos;
	if (order->pos && order->nr)
		memmove(order->entries, order->entries + order->pos,
			order->nr * sizeof(order->entries[0]));
	order->pos = 0;
	order->ready = 0;
	if (!order->nr)
		order->is_mixed = false;
	if (!order->is_mixed)
		return 0;
	err = array_reserve(&spare, &order->spare_capacity, order->nr,
			    sizeof(order->spare[0]));
	order->spare = spare;
	while (!err && find_end(order->entries, order->nr, 0) < order->nr)
		merge_stretches(order);
	order->is_mixed = err != 0;
	return err;
}

int order_push_copy(struct order *order, uint64_t time_ns,
		    const struct raw *raw)
{
	struct order_entry entry = { .time_ns = time_ns,
				     .place = raw->offset << 1 | 1 };
	void *entries = order->entries;
	int err;

	assert(order->pos == order->ready);

	err = array_reserve(&entries, &order->capacity, order->nr + 1,
			    sizeof(entry));
	order->entries = entries;
	if (err)
		return err;
	if (!raw->is_stable) {
		entry.place = (uintptr_t)copy_record(order, raw);
		if (!entry.place)
			return -ENOMEM;
	}
	order->entries[order->nr++] = entry;
	if (order->copied > COPIED_MAX) {
		err = sort(order);
		order->ready = (order->nr + 1) / 2;
	}
	return err;
}

int order_round(struct order *order)
{
	int err = sort(order);

	while (!err && order->ready < order->nr &&
	       order->entries[order->ready].time_ns <= order->limit_ns)
		order->ready++;
	order->limit_ns = order->newest_ns;
	return err;
}

int order_end(struct order *order)
{
	int err = sort(order);

	order->ready = order->nr;
	return err;
}

bool order_pop_copy(struct order *order, struct raw *ret_raw)
{
	const struct order_entry *entry;

	release(order, order->given);
	order->given = NULL;
	if (order->pos == order->ready)
		return false;
	entry = &order->entries[order->pos++];
	if (is_stable(entry)) {
		*ret_raw = (struct raw){ .offset = entry->place >> 1,
					 .is_stable = true };
		return true;
	}
	order->given = copy_of(entry)->block;
	*ret_raw = copy_of(entry)->raw;
	return true;
}
