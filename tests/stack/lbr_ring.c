/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The ring as a list that loses its oldest entry.
 */
#include "config.h"

#include "stack/lbr_ring.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#define ZERO_CALL_SIZE 5 /* E8 and a displacement of 0 */

void lbr_ring_follow(struct lbr_ring *ring, const struct stepper *stepper)
{
	assert(ring->depth > 0 && ring->depth <= LBR_RING_MAX);
	if (stepper->did == STEPPER_RETURN && ring->nr)
		ring->nr--;
	if (stepper->did != STEPPER_CALL)
		return;
	if (ring->nr == ring->depth)
		memmove(ring->calls, ring->calls + 1,
			--ring->nr * sizeof(ring->calls[0]));
	ring->calls[ring->nr++] = stepper->last;
}

void lbr_ring_read(const struct lbr_ring *ring, struct lbr_records *ret_records)
{
	ret_records->nr = 0;
	for (size_t i = ring->nr; i-- > 0;) {
		const struct stepper_call *call = &ring->calls[i];

		if (call->to == call->from + ZERO_CALL_SIZE)
			continue;
		ret_records->branches[ret_records->nr++] =
			(struct lbrvirt_branch){ .from = call->from,
						 .to = call->to };
	}
}

static bool has_record(const struct lbr_ring *ring, size_t serial)
{
	for (size_t i = 0; i < ring->nr; i++) {
		if (ring->calls[i].serial == serial)
			return true;
	}
	return false;
}

size_t lbr_ring_count(const struct lbr_ring *ring,
		      const struct stepper *stepper)
{
	size_t nr = 0;

	while (nr < stepper->nr_calls &&
	       has_record(ring,
			  stepper->calls[stepper->nr_calls - 1 - nr].serial))
		nr++;
	return nr;
}

struct lbrvirt_record lbr_ring_record(struct stepper *stepper,
				      const struct lbr_records *records,
				      bool is_joined)
{
	static const struct lbrvirt_event alone = {
		.name = "cycles:u",
		.attr.sample_type = PERF_SAMPLE_IP | PERF_SAMPLE_BRANCH_STACK,
		.attr.branch_sample_type = PERF_SAMPLE_BRANCH_USER |
					   PERF_SAMPLE_BRANCH_CALL_STACK,
	};
	static const struct lbrvirt_event joined = {
		.name = "cycles:u",
		.attr.sample_type = PERF_SAMPLE_IP | PERF_SAMPLE_BRANCH_STACK |
				    PERF_SAMPLE_REGS_USER |
				    PERF_SAMPLE_STACK_USER,
		.attr.branch_sample_type = PERF_SAMPLE_BRANCH_USER |
					   PERF_SAMPLE_BRANCH_CALL_STACK,
	};
	struct lbrvirt_record record = { .type = PERF_RECORD_SAMPLE,
					 .misc = PERF_RECORD_MISC_USER,
					 .event = is_joined ? &joined :
							      &alone };

	if (is_joined)
		record.sample = stepper_sample(stepper);
	record.sample.ip = stepper->regs.rip;
	record.sample.branches = records->branches;
	record.sample.nr_branches = records->nr;
	return record;
}

void lbr_ring_print(const struct stepper *stepper,
		    const struct lbr_records *records,
		    const struct lbrvirt_stack *stack)
{
	printf("at %#llx: verdict %d, %s, %s\n", stepper->regs.rip,
	       stack->verdict,
	       lbrvirt_cause_text((enum lbrvirt_cause)stack->cause),
	       lbrvirt_integrity_text(
		       (enum lbrvirt_integrity)stack->integrity));
	for (size_t i = 0; i < records->nr; i++)
		printf("  record %#llx -> %#llx\n",
		       (unsigned long long)records->branches[i].from,
		       (unsigned long long)records->branches[i].to);
	for (size_t i = stepper->nr_calls; i-- > 0;)
		printf("  call   %#llx -> %#llx\n",
		       (unsigned long long)stepper->calls[i].from,
		       (unsigned long long)stepper->calls[i].to);
	for (size_t i = 0; i < stack->nr; i++)
		printf("  frame  %#llx from %d\n",
		       (unsigned long long)stack->frames[i].address,
		       stack->frames[i].provenance);
}
