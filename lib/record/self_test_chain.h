/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Six calls, one in the other, that are known in advance: what LBR call stacks
 * are held against.
 */
#ifndef LBRVIRT_RECORD_SELF_TEST_CHAIN_H
#define LBRVIRT_RECORD_SELF_TEST_CHAIN_H

#include <stdint.h>

/* Fewer than the shallowest LBR with call-stack mode has: Silvermont's 8. */
#define SELF_TEST_CALLS 6

/* One call. */
struct self_test_call {
	uint64_t entry; /* of the function called */
	uint64_t back;	/* where it returns to: just behind the call */
};

/*
 * Go down the chain and up again until this thread has used @cpu_ns of CPU
 * time, almost all of it in the innermost function. @ret_calls receives the
 * calls, the innermost first.
 */
void self_test_chain_run(uint64_t cpu_ns,
			 struct self_test_call ret_calls[SELF_TEST_CALLS]);

#endif
