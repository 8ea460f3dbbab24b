/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Addresses that were looked up, and what stands there. Entries never move and
 * are never dropped: the resolver's callers keep pointers to the symbols.
 */
#ifndef LBRVIRT_SYMBOL_CACHE_H
#define LBRVIRT_SYMBOL_CACHE_H

#include <lbrvirt/symbol.h>

struct cache_key {
	uint64_t space; /* what the address counts in */
	uint64_t address;
};

struct cache_entry {
	struct cache_key key;
	size_t nr;
	struct lbrvirt_symbol symbols[];
};

struct cache {
	struct cache_entry **slots; /* owned, and so are the entries */
	size_t nr_slots;	    /* 0 or a power of two */
	size_t nr;
};

void cache_fini(struct cache *cache);

/* The entry, or NULL. */
struct cache_entry *cache_find(const struct cache *cache,
			       const struct cache_key *key);

/* Add an entry with room for @nr symbols; the key must be new. NULL: out of
 * memory. */
struct cache_entry *cache_add(struct cache *cache, const struct cache_key *key,
			      size_t nr);

#endif
