/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The text that a script has for an address or a branch, function, file and
 * all, or for a thread: samples fall on the same few thousand places, so it is
 * made once for each and copied from then on.
 */
#ifndef LBRVIRT_EXPORT_SCRIPT_MEMO_H
#define LBRVIRT_EXPORT_SCRIPT_MEMO_H

#include <stdbool.h>

#include "base/hash.h"
#include "export/text.h"

#define SCRIPT_MEMO_SLOTS 32768u

/*
 * All that the text depends on. An epoch is one address space with one set of
 * mappings, and is never 0 (lbrvirt_resolver_epoch()). A branch has two ends,
 * of which one can be the kernel's.
 */
struct script_memo_key {
	uint64_t epoch;
	uint64_t kernel_epoch;
	uint64_t address;
	uint64_t target;
	uint64_t fields;
};

struct script_memo_slot {
	struct script_memo_key key; /* epoch 0: free */
	uint32_t at;		    /* in the text kept */
	uint32_t size;
};

/* Zero-initialised storage is empty. */
struct script_memo {
	struct script_memo_slot *slots; /* NULL: not needed yet */
	struct text kept;
};

void script_memo_fini(struct script_memo *memo);

/* A key has two places, of which the other is a neighbour. */
static inline size_t script_memo_place(const struct script_memo_key *key)
{
	return hash_fold(key->address ^ hash_secret(),
			 (key->target ^ key->epoch ^ key->fields << 16) *
				 hash_secret()) %
	       SCRIPT_MEMO_SLOTS;
}

static inline bool script_memo_is(const struct script_memo_slot *slot,
				  const struct script_memo_key *key)
{
	return slot->key.address == key->address &&
	       slot->key.target == key->target &&
	       slot->key.epoch == key->epoch &&
	       slot->key.kernel_epoch == key->kernel_epoch &&
	       slot->key.fields == key->fields && key->epoch;
}

/* Append what is kept for @key to @text; false: nothing is. */
static inline bool script_memo_put(const struct script_memo *memo,
				   const struct script_memo_key *key,
				   struct text *text)
{
	const struct script_memo_slot *slot;
	size_t place;

	if (!memo->slots)
		return false;
	place = script_memo_place(key);
	slot = &memo->slots[place];
	if (!script_memo_is(slot, key)) {
		slot = &memo->slots[place ^ 1];
		if (!script_memo_is(slot, key))
			return false;
	}
	text_put_loose(text, memo->kept.bytes.bytes + slot->at, slot->size);
	return true;
}

/* Keep what @text has from @first on for @key. Without memory nothing is. */
void script_memo_keep(struct script_memo *memo,
		      const struct script_memo_key *key,
		      const struct text *text, size_t first);

#endif
