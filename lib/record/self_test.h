/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Whether LBR call stacks come out right: known calls are sampled, and the
 * branch records held against them. An event that opens is not proof: there
 * are hypervisors whose PMU never counts or never interrupts, and hosts that
 * need the branch records themselves.
 */
#ifndef LBRVIRT_RECORD_SELF_TEST_H
#define LBRVIRT_RECORD_SELF_TEST_H

#include <lbrvirt/context.h>
#include <lbrvirt/guest.h>
#include <lbrvirt/sample.h>

#include "machine/machine.h"
#include "record/self_test_chain.h"

/*
 * Run the test in this thread, for 50 ms of its CPU time. @guest gives a
 * refusal its words and may be NULL. 0 and the verdict, or what
 * lbrvirt_self_test() returns where it could not be run.
 */
int self_test_run(struct lbrvirt_context *ctx, struct machine *machine,
		  const struct lbrvirt_guest *guest,
		  struct lbrvirt_self_test *ret_test);

/* Count one sample of the known calls. */
void self_test_add(const struct self_test_call calls[SELF_TEST_CALLS],
		   const struct lbrvirt_sample *sample,
		   struct lbrvirt_self_test *test);

/* Set verdict and words of @test by its figures. */
void self_test_judge(struct lbrvirt_self_test *test);

/* The errno of a verdict, positive; 0: the stacks are right. */
int self_test_errno(const struct lbrvirt_self_test *test);

/*
 * Interrupts of the PMU on all CPUs since boot: the row PMI of
 * /proc/interrupts. False: there is no such row.
 */
bool self_test_interrupts(struct machine *machine, uint64_t *ret_nr);

#endif
