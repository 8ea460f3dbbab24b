/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A table of one entry a place: a key that comes to where another is takes its
 * place. The texts lie behind each other, those that lost their place as well,
 * so beyond a limit all are forgotten.
 */
#include "config.h"

#include "export/script_memo.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

#define NR_SLOTS 8192
#define KEPT_MAX (2u * 1024 * 1024)
/* What is longer is seldom, and would crowd out others. */
#define SIZE_MAX_KEPT 4096

struct script_memo_slot {
	struct script_memo_key key; /* epoch 0: free */
	uint32_t at;		    /* in the text kept */
	uint32_t size;
};

void script_memo_fini(struct script_memo *memo)
{
	free(memo->slots);
	text_fini(&memo->kept);
	memo->slots = NULL;
}

static size_t find_slot(const struct script_memo_key *key)
{
	return hash_fold(key->address ^ hash_secret(),
			 key->epoch * hash_secret() ^ key->fields) %
	       NR_SLOTS;
}

static bool is_same(const struct script_memo_key *a,
		    const struct script_memo_key *b)
{
	return a->address == b->address && a->epoch == b->epoch &&
	       a->fields == b->fields;
}

bool script_memo_put(const struct script_memo *memo,
		     const struct script_memo_key *key, struct text *text)
{
	const struct script_memo_slot *slot;

	if (!memo->slots)
		return false;
	slot = &memo->slots[find_slot(key)];
	if (!slot->key.epoch || !is_same(&slot->key, key))
		return false;
	text_put(text, memo->kept.bytes.bytes + slot->at, slot->size);
	return true;
}

void script_memo_keep(struct script_memo *memo,
		      const struct script_memo_key *key,
		      const struct text *text, size_t first)
{
	size_t size = text->bytes.size - first;
	struct text *kept = &memo->kept;

	if (!key->epoch || text->is_short || size > SIZE_MAX_KEPT)
		return;
	if (!memo->slots)
		memo->slots = calloc(NR_SLOTS, sizeof(*memo->slots));
	if (!memo->slots)
		return;
	if (kept->bytes.size > KEPT_MAX) {
		memset(memo->slots, 0, NR_SLOTS * sizeof(*memo->slots));
		kept->bytes.size = 0;
	}
	memo->slots[find_slot(key)] = (struct script_memo_slot){
		.key = *key,
		.at = (uint32_t)kept->bytes.size,
		.size = (uint32_t)size,
	};
	text_put(kept, text->bytes.bytes + first, size);
	if (kept->is_short) {
		memo->slots[find_slot(key)].key.epoch = 0;
		kept->is_short = false;
	}
}
