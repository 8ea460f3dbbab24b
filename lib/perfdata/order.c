/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The queue is an array that is sorted when something may go out; records of a
 * stream are copied to blocks, and a block goes with its last record.
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

struct order_entry {
	uint64_t time_ns;
	struct raw raw;
	struct order_block *block; /* NULL: the record is stable */
};

static void release(struct order *order, struct order_block *block)
{
	if (!block || --block->nr_users)
		return;
	order->copied -= BLOCK_SIZE;
	free(block);
}

void order_fini(struct order *order)
{
	for (size_t i = order->pos; i < order->nr; i++)
		release(order, order->entries[i].block);
	release(order, order->given);
	release(order, order->block);
	free(order->entries);
	memset(order, 0, sizeof(*order));
}

static int copy_record(struct order *order, struct order_entry *entry)
{
	/* The decoder need not copy once more what is aligned here. */
	size_t wanted = (entry->raw.size + 7) & ~(size_t)7;
	struct order_block *block = order->block;

	if (!block || BLOCK_SIZE - block->used < wanted) {
		block = malloc(sizeof(*block));
		if (!block)
			return -ENOMEM;
		block->nr_users = 1;
		block->used = 0;
		order->copied += BLOCK_SIZE;
		release(order, order->block);
		order->block = block;
	}
	memcpy(block->bytes + block->used, entry->raw.bytes, entry->raw.size);
	entry->raw.bytes = block->bytes + block->used;
	entry->block = block;
	block->used += wanted;
	block->nr_users++;
	return 0;
}

static int compare(const void *a, const void *b)
{
	const struct order_entry *x = a;
	const struct order_entry *y = b;

	if (x->time_ns != y->time_ns)
		return x->time_ns < y->time_ns ? -1 : 1;
	return x->raw.seq < y->raw.seq ? -1 : x->raw.seq > y->raw.seq;
}

/* Forget what went out, and sort what is left. */
static void sort(struct order *order)
{
	size_t i = 1;

	order->nr -= order->pos;
	if (order->pos && order->nr)
		memmove(order->entries, order->entries + order->pos,
			order->nr * sizeof(order->entries[0]));
	order->pos = 0;
	order->ready = 0;
	while (i < order->nr &&
	       compare(&order->entries[i - 1], &order->entries[i]) < 0)
		i++;
	if (i < order->nr)
		qsort(order->entries, order->nr, sizeof(order->entries[0]),
		      compare);
}

int order_push(struct order *order, uint64_t time_ns, const struct raw *raw)
{
	struct order_entry entry = { .time_ns = time_ns, .raw = *raw };
	void *entries = order->entries;
	int err;

	assert(order->pos == order->ready);

	err = array_reserve(&entries, &order->capacity, order->nr + 1,
			    sizeof(entry));
	order->entries = entries;
	if (!err && !raw->is_stable)
		err = copy_record(order, &entry);
	if (err)
		return err;
	order->entries[order->nr++] = entry;
	if (time_ns > order->newest_ns)
		order->newest_ns = time_ns;
	if (order->copied > COPIED_MAX) {
		sort(order);
		order->ready = (order->nr + 1) / 2;
	}
	return 0;
}

void order_round(struct order *order)
{
	sort(order);
	while (order->ready < order->nr &&
	       order->entries[order->ready].time_ns <= order->limit_ns)
		order->ready++;
	order->limit_ns = order->newest_ns;
}

void order_end(struct order *order)
{
	sort(order);
	order->ready = order->nr;
}

bool order_pop(struct order *order, struct raw *ret_raw)
{
	struct order_entry *entry;

	release(order, order->given);
	order->given = NULL;
	if (order->pos == order->ready)
		return false;
	entry = &order->entries[order->pos++];
	order->given = entry->block;
	*ret_raw = entry->raw;
	return true;
}
