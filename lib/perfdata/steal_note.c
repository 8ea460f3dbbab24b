/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The note on stolen time, read: "BEGIN_NS SLOT_NS SHARE…", with the share of
 * each slot in thousandths (session/steal.h writes it). Anybody may have
 * written the file.
 */
#include "config.h"

#include <lbrvirt/perfdata.h>

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

#define PERMILLE_MIN (10 * LBRVIRT_STEAL_PERCENT_MIN)

struct note {
	const char *rest;
	uint64_t begin_ns;
	uint64_t slot_ns;
	uint64_t nr_read; /* slots */
};

static bool read_number(const char **text, uint64_t *ret_number)
{
	const char *at = *text;
	char *end;

	while (*at == ' ')
		at++;
	if (!isdigit((unsigned char)*at))
		return false;
	errno = 0;
	*ret_number = strtoull(at, &end, 10);
	*text = end;
	return errno == 0;
}

/* The next slot's share; false at the end, or where time would overflow. */
static bool next_slot(struct note *note, uint64_t *ret_permille)
{
	uint64_t end_ns;

	if (!read_number(&note->rest, ret_permille) || *ret_permille > 1000 ||
	    __builtin_mul_overflow(note->nr_read + 1, note->slot_ns, &end_ns) ||
	    __builtin_add_overflow(end_ns, note->begin_ns, &end_ns))
		return false;
	note->nr_read++;
	return true;
}

/* Neighbouring slots with much steal are one stretch. */
static bool next_stretch(struct note *note, struct lbrvirt_steal *ret_steal)
{
	uint64_t permille, sum = 0, nr = 0, first;

	do {
		if (!next_slot(note, &permille))
			return false;
	} while (permille < PERMILLE_MIN);
	first = note->nr_read - 1;
	do {
		sum += permille;
		nr++;
	} while (next_slot(note, &permille) && permille >= PERMILLE_MIN);
	*ret_steal = (struct lbrvirt_steal){
		.begin_ns = note->begin_ns + first * note->slot_ns,
		.end_ns = note->begin_ns + (first + nr) * note->slot_ns,
		.origin_ns = note->begin_ns,
		.percent = (double)sum / 10 / (double)nr,
	};
	return true;
}

int lbrvirt_perfdata_steal(const struct lbrvirt_perfdata *data, size_t index,
			   struct lbrvirt_steal *ret_steal)
{
	struct note note = { .rest = lbrvirt_perfdata_note(data, "steal") };
	struct lbrvirt_steal steal;

	if (!data || !ret_steal)
		return -EINVAL;
	if (!note.rest || !read_number(&note.rest, &note.begin_ns) ||
	    !read_number(&note.rest, &note.slot_ns) || !note.slot_ns)
		return -ENOENT;
	do {
		if (!next_stretch(&note, &steal))
			return -ENOENT;
	} while (index--);
	*ret_steal = steal;
	return 0;
}
