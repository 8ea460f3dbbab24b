/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A key that comes to where another is takes its place, and that one moves to
 * the neighbouring one, whoever was there. The texts lie behind each other,
 * those that lost their place as well, so beyond a limit all are forgotten.
 */
#include "config.h"

#include "export/script_memo.h"

#include <stdlib.h>
#include <string.h>

#define KEPT_MAX (3u * 1024 * 1024)
/* What is longer is seldom, and would crowd out others. */
#define SIZE_MAX_KEPT 4096

void script_memo_fini(struct script_memo *memo)
{
	free(memo->slots);
	text_fini(&memo->kept);
	memo->slots = NULL;
}

void script_memo_keep(struct script_memo *memo,
		      const struct script_memo_key *key,
		      const struct text *text, size_t first)
{
	size_t size = text->bytes.size - first;
	struct text *kept = &memo->kept;
	size_t place;

	if (!key->epoch || text->is_short || size > SIZE_MAX_KEPT)
		return;
	if (!memo->slots)
		memo->slots = calloc(SCRIPT_MEMO_SLOTS, sizeof(*memo->slots));
	if (!memo->slots)
		return;
	if (kept->bytes.size > KEPT_MAX) {
		memset(memo->slots, 0,
		       SCRIPT_MEMO_SLOTS * sizeof(*memo->slots));
		kept->bytes.size = 0;
	}
	/* Room for what text_put_loose() reads. */
	if (!text_room(kept, size + TEXT_LOOSE)) {
		kept->is_short = false;
		return;
	}
	place = script_memo_place(key);
	if (memo->slots[place].key.epoch)
		memo->slots[place ^ 1] = memo->slots[place];
	memo->slots[place] = (struct script_memo_slot){
		.key = *key,
		.at = (uint32_t)kept->bytes.size,
		.size = (uint32_t)size,
	};
	text_put(kept, text->bytes.bytes + first, size);
}
