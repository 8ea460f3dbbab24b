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
struct order_entry;

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
};

void order_fini(struct order *order);

/*
 * Add a record; it is copied unless it is stable. Only while none is ready.
 * 0 or -ENOMEM.
 */
int order_push(struct order *order, uint64_t time_ns, const struct raw *raw);

/* A round ended: lets go what is old enough. 0 or -ENOMEM. */
int order_round(struct order *order);

/* No more will come: lets go all. 0; -ENOMEM: it is not in order. */
int order_end(struct order *order);

/* The offset of the stable record that will go @ahead records later; false:
 * none, or none yet. */
bool order_peek(const struct order *order, size_t ahead, uint64_t *ret_offset);

/*
 * The next that may go, valid until the next call; false: none. Of a stable
 * record only that and the offset are said.
 */
bool order_pop(struct order *order, struct raw *ret_raw);

#endif
