/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Open addressing. Two paths with one hash, of 2^64, would unfold together,
 * which does no harm.
 */
#include "config.h"

#include "browser_set.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#define FIRST_SLOTS 64

/* FNV-1a: its constants are its authors', Fowler, Noll and Vo. */
#define FNV_START 0xcbf29ce484222325u
#define FNV_PRIME 0x100000001b3u

void browser_set_fini(struct browser_set *set)
{
	free(set->slots);
	*set = (struct browser_set){ 0 };
}

static size_t slot_of(const struct browser_set *set, uint64_t key)
{
	size_t slot = (size_t)(key ^ key >> 32) & (set->nr_slots - 1);

	while (set->slots[slot] && set->slots[slot] != key)
		slot = (slot + 1) & (set->nr_slots - 1);
	return slot;
}

static int grow(struct browser_set *set)
{
	struct browser_set grown = {
		.nr_slots = set->nr_slots ? set->nr_slots * 2 : FIRST_SLOTS,
		.nr = set->nr,
	};

	grown.slots = calloc(grown.nr_slots, sizeof(*grown.slots));
	if (!grown.slots)
		return -ENOMEM;
	for (size_t i = 0; i < set->nr_slots; i++)
		if (set->slots[i])
			grown.slots[slot_of(&grown, set->slots[i])] =
				set->slots[i];
	free(set->slots);
	*set = grown;
	return 0;
}

int browser_set_add(struct browser_set *set, uint64_t key)
{
	size_t slot;
	int err;

	assert(key);
	if (browser_set_has(set, key))
		return 0;
	if (set->nr == BROWSER_SET_MAX)
		return -EOVERFLOW;
	if ((set->nr + 1) * 2 > set->nr_slots) {
		err = grow(set);
		if (err)
			return err;
	}
	slot = slot_of(set, key);
	set->slots[slot] = key;
	set->nr++;
	return 0;
}

void browser_set_remove(struct browser_set *set, uint64_t key)
{
	size_t slot;

	if (!browser_set_has(set, key))
		return;
	slot = slot_of(set, key);
	set->slots[slot] = 0;
	set->nr--;
	/* Those behind it may have been put off by it. */
	for (;;) {
		uint64_t moved;

		slot = (slot + 1) & (set->nr_slots - 1);
		moved = set->slots[slot];
		if (!moved)
			return;
		set->slots[slot] = 0;
		set->slots[slot_of(set, moved)] = moved;
	}
}

bool browser_set_has(const struct browser_set *set, uint64_t key)
{
	return set->nr && set->slots[slot_of(set, key)] == key;
}

static uint64_t hash_text(uint64_t hash, const char *text)
{
	for (; *text != '\0'; text++)
		hash = (hash ^ (unsigned char)*text) * FNV_PRIME;
	/* The end counts: "a" in "bc" is not "ab" in "c". */
	return (hash ^ 0x100) * FNV_PRIME;
}

uint64_t browser_set_key(uint64_t parent, const char *symbol, const char *dso)
{
	uint64_t hash = (FNV_START ^ parent) * FNV_PRIME;

	hash = hash_text(hash, symbol);
	hash = hash_text(hash, dso);
	return hash ? hash : 1;
}
