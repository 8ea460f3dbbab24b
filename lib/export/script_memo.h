/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The text that a script has for an address, function, file and all: samples
 * fall on the same few thousand places, so it is made once for each and copied
 * from then on.
 */
#ifndef LBRVIRT_EXPORT_SCRIPT_MEMO_H
#define LBRVIRT_EXPORT_SCRIPT_MEMO_H

#include <stdbool.h>

#include "export/text.h"

/* All that the text depends on. An epoch is one address space with one set of
 * mappings, and is never 0 (lbrvirt_resolver_epoch()). */
struct script_memo_key {
	uint64_t epoch;
	uint64_t address;
	uint64_t fields;
};

struct script_memo_slot;

/* Zero-initialised storage is empty. */
struct script_memo {
	struct script_memo_slot *slots; /* NULL: not needed yet */
	struct text kept;
};

void script_memo_fini(struct script_memo *memo);

/* Append what is kept for @key to @text; false: nothing is. */
bool script_memo_put(const struct script_memo *memo,
		     const struct script_memo_key *key, struct text *text);

/* Keep what @text has from @first on for @key. Without memory nothing is. */
void script_memo_keep(struct script_memo *memo,
		      const struct script_memo_key *key,
		      const struct text *text, size_t first);

#endif
