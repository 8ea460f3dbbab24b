/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A fixed number of slots. When time runs over the last, neighbours become
 * one, so a note has at most some 1,300 letters however long is recorded.
 */
#include "config.h"

#include "session/steal.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define SLOT_NS 1000000000u

void steal_begin(struct steal *steal, uint64_t now_ns, uint64_t total_ns)
{
	memset(steal, 0, sizeof(*steal));
	steal->begin_ns = now_ns;
	steal->last_ns = now_ns;
	steal->last_total = total_ns;
	steal->slot_ns = SLOT_NS;
}

static void make_room(struct steal *steal, uint64_t now_ns)
{
	while (now_ns - steal->begin_ns >= steal->slot_ns * STEAL_SLOTS) {
		for (size_t i = 0; i < STEAL_SLOTS / 2; i++)
			steal->stolen_ns[i] = steal->stolen_ns[2 * i] +
					      steal->stolen_ns[2 * i + 1];
		memset(steal->stolen_ns + STEAL_SLOTS / 2, 0,
		       STEAL_SLOTS / 2 * sizeof(steal->stolen_ns[0]));
		steal->slot_ns *= 2;
	}
}

/* What was taken since the last look is spread evenly over the time since. */
void steal_add(struct steal *steal, uint64_t now_ns, uint64_t total_ns)
{
	uint64_t from_ns = steal->last_ns;
	double per_ns;

	if (now_ns <= from_ns || total_ns < steal->last_total)
		return;
	make_room(steal, now_ns);
	per_ns = (double)(total_ns - steal->last_total) /
		 (double)(now_ns - from_ns);
	while (from_ns < now_ns) {
		uint64_t slot = (from_ns - steal->begin_ns) / steal->slot_ns;
		uint64_t end_ns = steal->begin_ns + (slot + 1) * steal->slot_ns;

		assert(slot < STEAL_SLOTS);
		if (end_ns > now_ns)
			end_ns = now_ns;
		steal->stolen_ns[slot] += per_ns * (double)(end_ns - from_ns);
		from_ns = end_ns;
	}
	steal->last_ns = now_ns;
	steal->last_total = total_ns;
}

/* The last slot may have been no more than begun; the counter goes on in steps
 * of 10 ms, which would be much of it. */
static unsigned int permille(const struct steal *steal, size_t slot,
			     uint32_t nr_cpus)
{
	uint64_t passed_ns = steal->last_ns - steal->begin_ns;
	uint64_t slot_ns = steal->slot_ns;
	double share;

	if (passed_ns <= slot * slot_ns)
		return 0;
	passed_ns -= slot * slot_ns;
	if (passed_ns < slot_ns)
		slot_ns = passed_ns > slot_ns / 2 ? passed_ns : slot_ns / 2;
	share = steal->stolen_ns[slot] / (double)slot_ns / nr_cpus;
	return share < 1 ? (unsigned int)(share * 1000 + 0.5) : 1000;
}

void steal_text(const struct steal *steal, uint32_t nr_cpus,
		char ret_text[STEAL_TEXT_SIZE])
{
	size_t used, kept;

	assert(nr_cpus);
	used = (size_t)snprintf(ret_text, STEAL_TEXT_SIZE,
				"%" PRIu64 " %" PRIu64, steal->begin_ns,
				steal->slot_ns);
	kept = used;
	for (size_t i = 0; i < STEAL_SLOTS; i++) {
		unsigned int share = permille(steal, i, nr_cpus);

		used += (size_t)snprintf(ret_text + used,
					 STEAL_TEXT_SIZE - used, " %u", share);
		if (share)
			kept = used;
	}
	ret_text[kept] = '\0';
}
