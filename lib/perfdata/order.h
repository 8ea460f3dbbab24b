/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Putting records in order of time. A recorder drains its rings in rounds and
 * marks each round's end: what a round holds is not older than the newest of
 * the round before the last, so that much can go out.
 */
#ifndef LBRVIRT_PERFDATA_ORDER_H
#define LBRVIRT_PERFDATA_ORDER_H

#include "perfdata/walk.h"

struct order_block;

struct order_entry {
	uint64_t time_ns;
	/* A pointer to a copy, which is even; or twice the offset of a stable
	 * record, and one. */
	uint64_t place;
};

/* Zero-initialised storage is an empty queue. */
struct order {
	struct order_entry *entries; /* [0, pos) are out, [pos, ready) may go */
	size_t nr;
	size_t capacity;
	struct order_entry *spare; /* as many, to sort with */
	size_t spare_capacity;
	size_t pos;
	size_t ready;
	uint64_t newest_ns;	   /* of all so far */
	uint64_t limit_ns;	   /* what the next round's end lets go */
	struct order_block *block; /* that copies go to; NULL: none yet */
	struct order_block *given; /* that holds what was handed out last */
	uint64_t copied;	   /* bytes in copies */
	bool is_mixed;		   /* [pos, nr) may not be in order */
};

void order_fini(struct order *order);

/* For order_push() and order_pop(), where there is more to do. */
int order_push_copy(struct order *order, uint64_t time_ns,
		    const struct raw *raw);
bool order_pop_copy(struct order *order, struct raw *ret_raw);

/*
 * Add a record; it is copied unless it is stable. Only while none is ready.
 * 0 or -ENOMEM.
 */
static inline int order_push(struct order *order, uint64_t time_ns,
			     const struct raw *raw)
{
	if (time_ns >= order->newest_ns)
		order->newest_ns = time_ns;
	else
		order->is_mixed = true;
	if (!raw->is_stable || order->nr == order->capacity)
		return order_push_copy(order, time_ns, raw);
	order->entries[order->nr++] = (struct order_entry){
		.time_ns = time_ns,
		.place = raw->offset << 1 | 1,
	};
	return 0;
}

/* A round ended: lets go what is old enough. 0 or -ENOMEM. */
int order_round(struct order *order);

/* No more will come: lets go all. 0; -ENOMEM: it is not in order. */
int order_end(struct order *order);

/* The offset of the stable record that will go @ahead records later; false:
 * none, or none yet. */
static inline bool order_peek(const struct order *order, size_t ahead,
			      uint64_t *ret_offset)
{
	uint64_t place;

	if (ahead >= order->ready - order->pos)
		return false;
	place = order->entries[order->pos + ahead].place;
	*ret_offset = place >> 1;
	return place & 1;
}

/*
 * The next that may go, valid until the next call; false: none. Of a stable
 * record only that and the offset are said.
 */
static inline bool order_pop(struct order *order, struct raw *ret_raw)
{
	uint64_t offset;

	if (order->given || !order_peek(order, 0, &offset))
		return order_pop_copy(order, ret_raw);
	order->pos++;
	ret_raw->offset = offset;
	ret_raw->part = 0;
	ret_raw->is_stable = true;
	return true;
}

#endif
