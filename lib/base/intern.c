/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * An open-addressing table of byte strings. The bytes live in blocks that never
 * move, so pointers to them stay good; the table itself only holds ids and
 * hashes and is rebuilt when it grows.
 */
#include "config.h"

#include "base/intern.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/hash.h"

#define BLOCK_SIZE  (64 * 1024)
#define FIRST_SLOTS 64
#define EMPTY	    UINT32_MAX

struct block {
	struct block *next;
	size_t used;
	size_t capacity;
	/* bytes follow */
};

struct item {
	const unsigned char *bytes;
	size_t size;
	uint64_t hash;
};

struct intern {
	struct block *blocks; /* newest first */
	struct item *items;   /* indexed by id */
	size_t nr_items;
	size_t items_capacity;
	uint32_t *slots; /* ids, EMPTY where free */
	size_t nr_slots; /* a power of two */
};

static uint64_t load(const unsigned char *p)
{
	uint64_t word;

	memcpy(&word, p, sizeof(word));
	return word;
}

/*
 * A multiplication for two words, in two lanes that do not wait for each other:
 * what is hashed are call chains and branch records, of some hundred bytes.
 * Without knowing the keys, nobody finds a factor of zero or two products that
 * agree.
 */
uint64_t intern_hash(const void *bytes, size_t size)
{
	const uint64_t k0 = hash_secret();
	const uint64_t k1 = k0 * 0xff51afd7ed558ccdu;
	const uint64_t k2 = k0 * 0xc4ceb9fe1a85ec53u;
	const unsigned char *p = bytes;
	uint64_t a = k2 ^ size;
	uint64_t b = k2;
	uint64_t word = 0;

	while (size >= 4 * sizeof(word)) {
		a = hash_fold(load(p) ^ k1, load(p + 8) ^ a);
		b = hash_fold(load(p + 16) ^ k2, load(p + 24) ^ b);
		p += 4 * sizeof(word);
		size -= 4 * sizeof(word);
	}
	while (size >= sizeof(word)) {
		a = hash_fold(load(p) ^ k1, a ^ k0);
		p += sizeof(word);
		size -= sizeof(word);
	}
	if (size)
		memcpy(&word, p, size);
	return hash_fold(word ^ a ^ k0, b ^ k1);
}

int intern_new(struct intern **ret_table)
{
	struct intern *table = calloc(1, sizeof(*table));

	if (!table)
		return -ENOMEM;
	table->slots = malloc(FIRST_SLOTS * sizeof(*table->slots));
	if (!table->slots) {
		free(table);
		return -ENOMEM;
	}
	memset(table->slots, 0xff, FIRST_SLOTS * sizeof(*table->slots));
	table->nr_slots = FIRST_SLOTS;
	*ret_table = table;
	return 0;
}

void intern_free(struct intern *table)
{
	if (!table)
		return;
	while (table->blocks) {
		struct block *next = table->blocks->next;

		free(table->blocks);
		table->blocks = next;
	}
	free(table->items);
	free(table->slots);
	free(table);
}

/* The slot that holds these bytes, or the free one where they belong. */
static size_t find_slot(const struct intern *table, const void *bytes,
			size_t size, uint64_t hash)
{
	size_t slot = hash & (table->nr_slots - 1);

	while (table->slots[slot] != EMPTY) {
		const struct item *item = &table->items[table->slots[slot]];

		if (item->hash == hash && item->size == size &&
		    (size == 0 || memcmp(item->bytes, bytes, size) == 0))
			break;
		slot = (slot + 1) & (table->nr_slots - 1);
	}
	return slot;
}

static int grow_slots(struct intern *table)
{
	size_t nr_slots = table->nr_slots * 2;
	uint32_t *slots = malloc(nr_slots * sizeof(*slots));

	if (!slots)
		return -ENOMEM;
	memset(slots, 0xff, nr_slots * sizeof(*slots));
	for (size_t id = 0; id < table->nr_items; id++) {
		size_t slot = table->items[id].hash & (nr_slots - 1);

		while (slots[slot] != EMPTY)
			slot = (slot + 1) & (nr_slots - 1);
		slots[slot] = (uint32_t)id;
	}
	free(table->slots);
	table->slots = slots;
	table->nr_slots = nr_slots;
	return 0;
}

static unsigned char *store_bytes(struct intern *table, const void *bytes,
				  size_t size)
{
	size_t wanted = (size + 1 + 7) & ~(size_t)7;
	struct block *block = table->blocks;
	unsigned char *stored;

	if (size > SIZE_MAX / 2)
		return NULL;
	if (!block || block->capacity - block->used < wanted) {
		size_t capacity = wanted > BLOCK_SIZE ? wanted : BLOCK_SIZE;

		block = malloc(sizeof(*block) + capacity);
		if (!block)
			return NULL;
		block->used = 0;
		block->capacity = capacity;
		block->next = table->blocks;
		table->blocks = block;
	}
	stored = (unsigned char *)(block + 1) + block->used;
	if (size)
		memcpy(stored, bytes, size);
	stored[size] = '\0';
	block->used += wanted;
	return stored;
}

int intern_add(struct intern *table, const void *bytes, size_t size,
	       uint32_t *ret_id)
{
	uint64_t hash = intern_hash(bytes, size);
	size_t slot = find_slot(table, bytes, size, hash);
	void *items = table->items;
	unsigned char *stored;

	if (table->slots[slot] != EMPTY) {
		*ret_id = table->slots[slot];
		return 0;
	}
	if (table->nr_items >= EMPTY - 1)
		return -ENOMEM;
	if ((table->nr_items + 1) * 4 > table->nr_slots * 3) {
		if (grow_slots(table))
			return -ENOMEM;
		slot = find_slot(table, bytes, size, hash);
	}
	if (array_reserve(&items, &table->items_capacity, table->nr_items + 1,
			  sizeof(*table->items)))
		return -ENOMEM;
	table->items = items;
	stored = store_bytes(table, bytes, size);
	if (!stored)
		return -ENOMEM;
	table->items[table->nr_items] =
		(struct item){ .bytes = stored, .size = size, .hash = hash };
	table->slots[slot] = (uint32_t)table->nr_items;
	*ret_id = (uint32_t)table->nr_items++;
	return 1;
}

int intern_find(const struct intern *table, const void *bytes, size_t size,
		uint32_t *ret_id)
{
	size_t slot = find_slot(table, bytes, size, intern_hash(bytes, size));

	if (table->slots[slot] == EMPTY)
		return -ENOENT;
	*ret_id = table->slots[slot];
	return 0;
}

const void *intern_bytes(const struct intern *table, uint32_t id,
			 size_t *ret_size)
{
	assert(id < table->nr_items);
	if (ret_size)
		*ret_size = table->items[id].size;
	return table->items[id].bytes;
}

const char *intern_string(struct intern *table, const char *string)
{
	uint32_t id;

	if (intern_add(table, string, strlen(string), &id) < 0)
		return NULL;
	return intern_bytes(table, id, NULL);
}

uint32_t intern_count(const struct intern *table)
{
	return (uint32_t)table->nr_items;
}
