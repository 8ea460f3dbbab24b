/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A table of two entries a place: a chain that comes to where two others are
 * takes the place of the older. What was found holds as long as the epoch,
 * which an address space has but once (process.h).
 */
#include "config.h"

#include "stack/lbr_memo.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/intern.h"

/* Beyond 32 records, and few CPUs have more, a chain is checked anew. */
#define ENTRIES_MAX 32
#define NR_PLACES   1024
#define NR_WAYS	    2

struct call {
	uint64_t from;
	uint64_t to;
};

/* What is looked for, without bytes between its fields. */
struct key {
	uint64_t epoch;
	uint64_t leaf;
	uint64_t nr; /* 0: none is kept here */
	struct call calls[ENTRIES_MAX];
};

struct slot {
	struct key key;
	uint8_t integrity;
	uint8_t nr_calls;
	uint8_t calls[ENTRIES_MAX];
};

struct lbr_memo {
	/* Of each slot, to look at it only if it may be the one. */
	uint64_t hashes[NR_PLACES][NR_WAYS];
	struct slot slots[NR_PLACES][NR_WAYS];
};

int lbr_memo_new(struct lbr_memo **ret_memo)
{
	*ret_memo = calloc(1, sizeof(**ret_memo));
	return *ret_memo ? 0 : -ENOMEM;
}

void lbr_memo_free(struct lbr_memo *memo)
{
	free(memo);
}

/* The key's bytes in use; 0: such a chain is not kept. */
static size_t make_key(uint64_t epoch, const struct lbr_chain *chain,
		       struct key *ret_key)
{
	if (chain->nr == 0 || chain->nr > ENTRIES_MAX)
		return 0;
	ret_key->epoch = epoch;
	ret_key->leaf = chain->leaf;
	ret_key->nr = chain->nr;
	for (size_t i = 0; i < chain->nr; i++) {
		ret_key->calls[i].from = chain->branches[i].from;
		ret_key->calls[i].to = chain->branches[i].to;
	}
	return offsetof(struct key, calls) + chain->nr * sizeof(struct call);
}

bool lbr_memo_find(const struct lbr_memo *memo, uint64_t epoch,
		   struct lbr_chain *chain)
{
	struct key key;
	size_t size = make_key(epoch, chain, &key);
	uint64_t hash, place;

	if (!size)
		return false;
	hash = intern_hash(&key, size);
	place = hash % NR_PLACES;
	for (size_t i = 0; i < NR_WAYS; i++) {
		const struct slot *slot = &memo->slots[place][i];

		if (memo->hashes[place][i] != hash ||
		    slot->key.nr != chain->nr ||
		    memcmp(&slot->key, &key, size) != 0)
			continue;
		chain->integrity = slot->integrity;
		chain->nr_calls = slot->nr_calls;
		memcpy(chain->calls, slot->calls, slot->nr_calls);
		return true;
	}
	return false;
}

void lbr_memo_keep(struct lbr_memo *memo, uint64_t epoch,
		   const struct lbr_chain *chain)
{
	struct slot *slots;
	struct key key;
	size_t size = make_key(epoch, chain, &key);
	uint64_t hash, place;

	if (!size || chain->nr_calls > ENTRIES_MAX)
		return;
	hash = intern_hash(&key, size);
	place = hash % NR_PLACES;
	slots = memo->slots[place];
	memo->hashes[place][1] = memo->hashes[place][0];
	memo->hashes[place][0] = hash;
	slots[1] = slots[0];
	memcpy(&slots[0].key, &key, size);
	slots[0].integrity = chain->integrity;
	slots[0].nr_calls = (uint8_t)chain->nr_calls;
	memcpy(slots[0].calls, chain->calls, chain->nr_calls);
}
