/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Mostly the code lies in the function that was entered. Else that function
 * must have jumped there, which is searched for in its code, and remembered by
 * the files' own addresses: what one process has taught goes for all.
 */
#include "config.h"

#include "stack/link.h"

#include <errno.h>
#include <stdlib.h>

#include "stack/calls.h"
#include "stack/jumps.h"

#define NR_SLOTS 4096
#define NR_SEEN	 4096

struct place {
	struct dso *dso;
	uint64_t vaddr;
};

/* The answer for an entry and a function; dso NULL: none. */
struct slot {
	struct place entry;
	struct place to;
	enum link link;
};

/*
 * One link as it was seen: most of a profile's are the same calls over and
 * over. An epoch is one process with one set of mappings (process.h).
 */
struct seen {
	uint64_t epoch;
	uint64_t from;
	uint64_t to;
	uint64_t address;
	enum link link;
	bool is_kept; /* false: none is kept here */
};

struct link_cache {
	struct slot slots[NR_SLOTS];
	struct seen seen[NR_SEEN];
	size_t nr_searches; /* for this chain */
	bool is_cut;	    /* a search was left out: it may be known later */
};

int link_cache_new(struct link_cache **ret_cache)
{
	*ret_cache = calloc(1, sizeof(**ret_cache));
	return *ret_cache ? 0 : -ENOMEM;
}

void link_cache_free(struct link_cache *cache)
{
	free(cache);
}

static struct slot *find_slot(struct link_cache *cache,
			      const struct place *entry, const struct place *to)
{
	uint64_t hash = (entry->vaddr + to->vaddr * 31 + to->dso->id) *
			0x9e3779b97f4a7c15u;

	return &cache->slots[(hash >> 32) % NR_SLOTS];
}

static bool is_place(const struct place *a, const struct place *b)
{
	return a->dso == b->dso && a->vaddr == b->vaddr;
}

static enum link search(struct unwinder *unwinder,
			const struct process *process, uint64_t entry,
			const struct jumps_function *to)
{
	switch (jumps_find(unwinder, process, entry, to)) {
	case JUMPS_BOUND:
		return LINK_HOLDS;
	case JUMPS_YES:
		return LINK_JUMPS;
	case JUMPS_SOMEWHERE:
		return LINK_UNKNOWN;
	case JUMPS_NO:
		break;
	}
	return LINK_BREAKS;
}

/* The functions are different ones. */
static enum link check_jumps(struct unwinder *unwinder,
			     const struct process *process, uint64_t entry,
			     const struct jumps_function *to)
{
	struct link_cache *cache = unwinder_link_cache(unwinder);
	struct place entry_place, to_place;
	struct slot *slot;

	if (!unwinder_locate(unwinder, process, entry, &entry_place.dso,
			     &entry_place.vaddr) ||
	    !unwinder_locate(unwinder, process, to->start, &to_place.dso,
			     &to_place.vaddr))
		return LINK_UNKNOWN;
	slot = find_slot(cache, &entry_place, &to_place);
	if (is_place(&slot->entry, &entry_place) &&
	    is_place(&slot->to, &to_place))
		return slot->link;
	if (cache->nr_searches == LINK_SEARCHES_MAX) {
		cache->is_cut = true;
		return LINK_UNKNOWN;
	}
	cache->nr_searches++;
	*slot = (struct slot){
		.entry = entry_place,
		.to = to_place,
		.link = search(unwinder, process, entry, to),
	};
	return slot->link;
}

void link_begin(struct unwinder *unwinder)
{
	unwinder_link_cache(unwinder)->nr_searches = 0;
}

bool link_was_cut(const struct unwinder *unwinder)
{
	return unwinder_link_cache(unwinder)->nr_searches == LINK_SEARCHES_MAX;
}

static enum link check_code(struct unwinder *unwinder,
			    const struct process *process,
			    const struct lbrvirt_branch *record,
			    uint64_t address)
{
	struct jumps_function entered, to;

	if (!process_find_map(process, address) ||
	    !process_find_map(process, record->to) ||
	    !calls_can_be(unwinder, process, record->from, record->to))
		return LINK_BREAKS;
	if (!unwinder_function(unwinder, process, record->to, &entered.start,
			       &entered.end))
		return LINK_UNKNOWN;
	if (address >= entered.start && address < entered.end)
		return LINK_HOLDS;
	if (!unwinder_function(unwinder, process, address, &to.start, &to.end))
		return LINK_UNKNOWN;
	return check_jumps(unwinder, process, record->to, &to);
}

enum link link_check(struct unwinder *unwinder, const struct process *process,
		     const struct lbrvirt_branch *record, uint64_t address)
{
	const struct seen wanted = {
		.epoch = process->epoch,
		.from = record->from,
		.to = record->to,
		.address = address,
	};
	uint64_t hash = (wanted.from + wanted.to * 31 + address * 961 +
			 wanted.epoch * 29791) *
			0x9e3779b97f4a7c15u;
	struct link_cache *cache = unwinder_link_cache(unwinder);
	struct seen *seen = &cache->seen[(hash >> 32) % NR_SEEN];

	if (process->nr_maps == 0)
		return LINK_UNKNOWN;
	if (seen->is_kept && seen->epoch == wanted.epoch &&
	    seen->from == wanted.from && seen->to == wanted.to &&
	    seen->address == address)
		return seen->link;
	*seen = wanted;
	cache->is_cut = false;
	seen->link = check_code(unwinder, process, record, address);
	seen->is_kept = !cache->is_cut;
	return seen->link;
}
