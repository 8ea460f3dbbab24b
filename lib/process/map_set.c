/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A tree of two levels: the upper is an array of parts, each with the end of
 * its last mapping, the lower the mappings of a part. Insertion moves what lies
 * behind in one part; the array above moves only when a part is split or goes
 * away, which takes half a part of insertions. Both levels count their users
 * and are copied when one of several changes them.
 */
#include "config.h"

#include "process/map_set.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Mappings of a part: from, to. */
#define FIRST_ROOM  16
#define PART_ROOM   256

#define FIRST_PARTS 4

/* What an insertion may copy: the ends of what it covers, the part between
 * that takes it, and the new one of a split. */
#define NR_COPIES 4

struct part {
	size_t nr_users; /* sets that it is in */
	size_t room;
	size_t nr;
	struct map maps[];
};

struct entry {
	uint64_t end; /* of the part's last mapping */
	struct part *part;
};

struct map_set {
	size_t nr_users;
	size_t nr_maps;
	size_t room;
	size_t nr; /* of entries */
	struct entry entries[];
};

static size_t part_size(size_t room)
{
	return sizeof(struct part) + room * sizeof(struct map);
}

static size_t set_size(size_t room)
{
	return sizeof(struct map_set) + room * sizeof(struct entry);
}

/* The entry of the first mapping that ends beyond @address; the last one if
 * there is none. The set has entries. */
static size_t find_entry(const struct map_set *set, uint64_t address)
{
	size_t low = 0;
	size_t high = set->nr - 1;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (set->entries[middle].end <= address)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static size_t find_in_part(const struct part *part, uint64_t address)
{
	size_t low = 0;
	size_t high = part->nr;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (part->maps[middle].end <= address)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

const struct map *map_set_next(const struct map_set *set, uint64_t address)
{
	const struct part *part;
	size_t i;

	if (!set || set->nr == 0)
		return NULL;
	part = set->entries[find_entry(set, address)].part;
	i = find_in_part(part, address);
	return i < part->nr ? &part->maps[i] : NULL;
}

size_t map_set_count(const struct map_set *set)
{
	return set ? set->nr_maps : 0;
}

struct map_set *map_set_share(struct map_set *set)
{
	if (set)
		set->nr_users++;
	return set;
}

static void drop_part(struct part *part, struct map_costs *costs)
{
	if (--part->nr_users > 0)
		return;
	costs->bytes -= part_size(part->room);
	free(part);
}

void map_set_drop(struct map_set *set, struct map_costs *costs)
{
	if (!set || --set->nr_users > 0)
		return;
	for (size_t i = 0; i < set->nr; i++)
		drop_part(set->entries[i].part, costs);
	costs->bytes -= set_size(set->room);
	free(set);
}

static int new_part(size_t room, struct map_costs *costs,
		    struct part **ret_part)
{
	struct part *part = malloc(part_size(room));

	if (!part)
		return -ENOMEM;
	part->nr_users = 1;
	part->room = room;
	part->nr = 0;
	costs->bytes += part_size(room);
	*ret_part = part;
	return 0;
}

/* Make the set one that only this user has, with room for one entry more. */
static int own_set(struct map_set **set, struct map_costs *costs)
{
	struct map_set *old = *set;
	size_t nr = old ? old->nr : 0;
	size_t room = old ? old->room : FIRST_PARTS;
	struct map_set *own;

	if (old && old->nr_users == 1 && nr < room)
		return 0;
	if (nr == room)
		room *= 2;
	own = malloc(set_size(room));
	if (!own)
		return -ENOMEM;
	*own = (struct map_set){ .nr_users = 1, .room = room, .nr = nr };
	costs->bytes += set_size(room);
	costs->moves += nr;
	for (size_t i = 0; i < nr; i++) {
		own->entries[i] = old->entries[i];
		own->entries[i].part->nr_users++;
	}
	own->nr_maps = map_set_count(old);
	map_set_drop(old, costs);
	*set = own;
	return 0;
}

/* Make the part one that only this set has, with room for @wanted. */
static int own_part(struct entry *entry, size_t wanted, struct map_costs *costs)
{
	struct part *old = entry->part;
	size_t room = old->room;
	struct part *own;
	int err;

	if (old->nr_users == 1 && wanted <= room)
		return 0;
	while (room < wanted)
		room *= 2;
	err = new_part(room, costs, &own);
	if (err)
		return err;
	memcpy(own->maps, old->maps, old->nr * sizeof(old->maps[0]));
	own->nr = old->nr;
	costs->moves += old->nr;
	drop_part(old, costs);
	entry->part = own;
	return 0;
}

static void note_end(struct entry *entry)
{
	entry->end = entry->part->maps[entry->part->nr - 1].end;
}

/* Add an entry at @at, with an empty part. The set is its user's own. */
static int add_entry(struct map_set **set, size_t at, size_t room,
		     struct map_costs *costs)
{
	struct entry entry = { .end = 0 };
	struct map_set *own;
	int err = own_set(set, costs);

	if (!err)
		err = new_part(room, costs, &entry.part);
	if (err)
		return err;
	own = *set;
	memmove(&own->entries[at + 1], &own->entries[at],
		(own->nr - at) * sizeof(entry));
	costs->moves += own->nr - at;
	own->entries[at] = entry;
	own->nr++;
	return 0;
}

/*
 * Split a full part. Mappings often come in order of address: then the last
 * part stays full, and a new one begins. The set's own, as the part.
 */
static int split_part(struct map_set **set, size_t at, size_t place,
		      struct map_costs *costs)
{
	size_t kept = place == PART_ROOM ? PART_ROOM : PART_ROOM / 2;
	struct part *upper;
	struct part *lower;
	int err = add_entry(set, at + 1, PART_ROOM, costs);

	if (err)
		return err;
	lower = (*set)->entries[at].part;
	upper = (*set)->entries[at + 1].part;
	upper->nr = lower->nr - kept;
	lower->nr = kept;
	memcpy(upper->maps, lower->maps + kept,
	       upper->nr * sizeof(upper->maps[0]));
	costs->moves += upper->nr;
	(*set)->entries[at + 1].end = (*set)->entries[at].end;
	note_end(&(*set)->entries[at]);
	return 0;
}

/* Put in a mapping that covers no other. The set is its user's own. */
static int put(struct map_set **set, const struct map *map,
	       struct map_costs *costs)
{
	struct entry *entry;
	struct part *part;
	size_t place = 0;
	size_t at = 0;
	int err = 0;

	if ((*set)->nr == 0)
		err = add_entry(set, 0, FIRST_ROOM, costs);
	if (err)
		return err;
	at = find_entry(*set, map->start);
	entry = &(*set)->entries[at];
	place = find_in_part(entry->part, map->start);
	if (entry->part->nr == PART_ROOM) {
		err = own_part(entry, PART_ROOM, costs);
		if (!err)
			err = split_part(set, at, place, costs);
		if (err)
			return err;
		entry = &(*set)->entries[at];
		if (place >= entry->part->nr) {
			place -= entry->part->nr;
			entry++;
		}
	}
	err = own_part(entry, entry->part->nr + 1, costs);
	if (err)
		return err;
	part = entry->part;
	memmove(&part->maps[place + 1], &part->maps[place],
		(part->nr - place) * sizeof(*map));
	costs->moves += part->nr - place;
	part->maps[place] = *map;
	part->nr++;
	(*set)->nr_maps++;
	note_end(entry);
	return 0;
}

/* Take out the entries whose parts lie below @end, all of them, from @at on. */
static void remove_entries(struct map_set *set, size_t at, uint64_t end,
			   struct map_costs *costs)
{
	size_t to = at;

	while (to < set->nr && set->entries[to].end <= end) {
		set->nr_maps -= set->entries[to].part->nr;
		drop_part(set->entries[to++].part, costs);
	}
	memmove(&set->entries[at], &set->entries[to],
		(set->nr - to) * sizeof(set->entries[0]));
	costs->moves += set->nr - at;
	set->nr -= to - at;
}

/* Cut off what the first mapping beyond @start has there; what it has beyond
 * @end too is a mapping of its own then. */
static int cut_end(struct map_set **set, size_t at, size_t place,
		   const struct map *hole, struct map_costs *costs)
{
	struct entry *entry = &(*set)->entries[at];
	int err = own_part(entry, entry->part->nr, costs);
	struct map rest;

	if (err)
		return err;
	rest = entry->part->maps[place];
	entry->part->maps[place].end = hole->start;
	note_end(entry);
	if (rest.end <= hole->end)
		return 0;
	rest.offset += hole->end - rest.start;
	rest.start = hole->end;
	return put(set, &rest, costs);
}

/* Take out the mappings of one part from @place on that end in the hole, and
 * the beginning of one that does not. */
static int cut_begin(struct map_set *set, size_t at, size_t place,
		     const struct map *hole, struct map_costs *costs)
{
	struct entry *entry = &set->entries[at];
	int err = own_part(entry, entry->part->nr, costs);
	struct part *part = entry->part;
	size_t to = place;

	if (err)
		return err;
	while (to < part->nr && part->maps[to].end <= hole->end)
		to++;
	if (to < part->nr && part->maps[to].start < hole->end) {
		part->maps[to].offset += hole->end - part->maps[to].start;
		part->maps[to].start = hole->end;
	}
	memmove(&part->maps[place], &part->maps[to],
		(part->nr - to) * sizeof(part->maps[0]));
	costs->moves += part->nr - place;
	part->nr -= to - place;
	set->nr_maps -= to - place;
	note_end(entry);
	return 0;
}

/*
 * Make the hole free of mappings, from below: each step ends one that reaches
 * in, or takes whole parts out, or, once at each end, some of a part.
 */
static int clear(struct map_set **set, const struct map *hole,
		 struct map_costs *costs)
{
	int err = 0;

	while (!err && (*set)->nr > 0) {
		size_t at = find_entry(*set, hole->start);
		const struct entry *entry = &(*set)->entries[at];
		size_t place = find_in_part(entry->part, hole->start);
		const struct map *map = &entry->part->maps[place];

		if (place == entry->part->nr || map->start >= hole->end)
			return 0;
		if (map->start < hole->start)
			err = cut_end(set, at, place, hole, costs);
		else if (place == 0 && entry->end <= hole->end)
			remove_entries(*set, at, hole->end, costs);
		else
			err = cut_begin(*set, at, place, hole, costs);
	}
	return err;
}

static bool has_room(const struct map_set *set, const struct map_costs *costs)
{
	size_t wanted = NR_COPIES * part_size(PART_ROOM) +
			set_size(2 * (set ? set->room : FIRST_PARTS));

	return costs->bytes <= MAP_SET_BYTES_MAX &&
	       wanted <= MAP_SET_BYTES_MAX - costs->bytes;
}

int map_set_insert(struct map_set **set, const struct map *map,
		   struct map_costs *costs)
{
	int err;

	assert(set && map && costs && map->start < map->end);
	if (!has_room(*set, costs))
		return -EOVERFLOW;
	err = own_set(set, costs);
	if (!err)
		err = clear(set, map, costs);
	return err ? err : put(set, map, costs);
}
