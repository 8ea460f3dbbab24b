/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Open addressing over pointers: growing moves the pointers alone.
 */
#include "config.h"

#include "symbol/cache.h"

#include <stdlib.h>
#include <string.h>

#include "base/intern.h"

#define FIRST_SLOTS 1024

void cache_fini(struct cache *cache)
{
	for (size_t i = 0; i < cache->nr_slots; i++)
		free(cache->slots[i]);
	free(cache->slots);
	memset(cache, 0, sizeof(*cache));
}

/* The slot of the key, or the free one where it belongs. */
static size_t find_slot(struct cache_entry *const *slots, size_t nr_slots,
			const struct cache_key *key)
{
	size_t slot = intern_hash(key, sizeof(*key)) & (nr_slots - 1);

	while (slots[slot] && (slots[slot]->key.space != key->space ||
			       slots[slot]->key.address != key->address))
		slot = (slot + 1) & (nr_slots - 1);
	return slot;
}

struct cache_entry *cache_find(const struct cache *cache,
			       const struct cache_key *key)
{
	if (!cache->nr_slots)
		return NULL;
	return cache->slots[find_slot(cache->slots, cache->nr_slots, key)];
}

static bool grow(struct cache *cache)
{
	size_t nr_slots = cache->nr_slots ? 2 * cache->nr_slots : FIRST_SLOTS;
	struct cache_entry **slots =
		calloc(nr_slots, sizeof(struct cache_entry *));

	if (!slots)
		return false;
	for (size_t i = 0; i < cache->nr_slots; i++) {
		struct cache_entry *entry = cache->slots[i];

		if (entry)
			slots[find_slot(slots, nr_slots, &entry->key)] = entry;
	}
	free(cache->slots);
	cache->slots = slots;
	cache->nr_slots = nr_slots;
	return true;
}

struct cache_entry *cache_add(struct cache *cache, const struct cache_key *key,
			      size_t nr)
{
	struct cache_entry *entry;

	if (cache->nr * 2 >= cache->nr_slots && !grow(cache))
		return NULL;
	entry = calloc(1, sizeof(*entry) + nr * sizeof(*entry->symbols));
	if (!entry)
		return NULL;
	entry->key = *key;
	entry->nr = nr;
	cache->slots[find_slot(cache->slots, cache->nr_slots, key)] = entry;
	cache->nr++;
	return entry;
}
