/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Nearness of names: how many letters must be typed, left out, changed or
 * swapped with their neighbour. A name that contains what was written stands
 * close by whatever its length.
 */
#include "config.h"

#include "event/suggest.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "event/pfm4.h"

#define NAME_MAX_LENGTH 63
#define NR_SHOWN	4

struct candidate {
	char name[NAME_MAX_LENGTH + 1];
	unsigned int distance;
};

struct search {
	char wanted[NAME_MAX_LENGTH + 1];
	struct candidate best[NR_SHOWN]; /* nearest first */
	size_t nr;
};

static unsigned int min3(unsigned int a, unsigned int b, unsigned int c)
{
	unsigned int least = a < b ? a : b;

	return least < c ? least : c;
}

/* Three rows of the table suffice: a swap looks back two. */
static unsigned int edit_distance(const char *a, const char *b)
{
	unsigned int rows[3][NAME_MAX_LENGTH + 1];
	size_t a_length = strlen(a), b_length = strlen(b);

	for (size_t j = 0; j <= b_length; j++)
		rows[0][j] = (unsigned int)j;
	for (size_t i = 1; i <= a_length; i++) {
		unsigned int *row = rows[i % 3];
		const unsigned int *up = rows[(i - 1) % 3];
		const unsigned int *up2 = rows[(i + 1) % 3];

		row[0] = (unsigned int)i;
		for (size_t j = 1; j <= b_length; j++) {
			unsigned int change = a[i - 1] != b[j - 1];

			row[j] = min3(row[j - 1] + 1, up[j] + 1,
				      up[j - 1] + change);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
			    a[i - 2] == b[j - 1] && up2[j - 2] + 1 < row[j])
				row[j] = up2[j - 2] + 1;
		}
	}
	return rows[a_length % 3][b_length];
}

static unsigned int distance_to(const char *wanted, const char *name)
{
	unsigned int distance = edit_distance(wanted, name);

	if (strlen(wanted) >= 3 && strstr(name, wanted) && distance > 2)
		return 2;
	return distance;
}

static void consider(const char *name, void *arg)
{
	struct search *search = arg;
	struct candidate found;
	size_t at;

	/* libpfm4's long forms of perf's own names. */
	if (strncmp(name, "perf_count_", strlen("perf_count_")) == 0 ||
	    strlen(name) > NAME_MAX_LENGTH)
		return;
	strcpy(found.name, name);
	found.distance = distance_to(search->wanted, name);
	if (found.distance > strlen(search->wanted) / 3 + 1)
		return;
	for (at = 0; at < search->nr; at++) {
		if (strcmp(search->best[at].name, name) == 0)
			return;
		if (found.distance < search->best[at].distance)
			break;
	}
	if (at == NR_SHOWN)
		return;
	if (search->nr < NR_SHOWN)
		search->nr++;
	memmove(&search->best[at + 1], &search->best[at],
		(search->nr - at - 1) * sizeof(found));
	search->best[at] = found;
}

void suggest_events(const char *name, char *ret_text, size_t size)
{
	struct search search = { .nr = 0 };
	size_t used = 0;
	size_t i;

	for (i = 0; name[i] && i < NAME_MAX_LENGTH; i++)
		search.wanted[i] = (char)tolower((unsigned char)name[i]);
	pfm4_each_name(consider, &search);

	ret_text[0] = '\0';
	for (i = 0; i < search.nr && used < size; i++)
		used += (size_t)snprintf(ret_text + used, size - used, "%s%s",
					 i ? ", " : "", search.best[i].name);
}
