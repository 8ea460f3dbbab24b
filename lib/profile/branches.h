/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The inside of a count of branches: each distinct branch and each distinct
 * block of each address space, with the names that were true when it was first
 * seen. What is the same code in several address spaces is put together when a
 * list is asked for.
 */
#ifndef LBRVIRT_PROFILE_BRANCHES_H
#define LBRVIRT_PROFILE_BRANCHES_H

#include <lbrvirt/branches.h>

#include "base/intern.h"
#include "profile/filter.h"

struct branches_pair {
	struct lbrvirt_branch_pair sums;
	bool is_refused; /* by the filters on files and functions */
	bool is_across;	 /* leads out of its function */
};

struct branches_block {
	struct lbrvirt_branch_block sums;
	bool is_refused;
	bool is_across; /* its ends lie in different files */
};

struct lbrvirt_branches {
	struct lbrvirt_context *ctx; /* borrowed */
	struct lbrvirt_resolver *resolver;
	struct filter filter;
	char *wanted_event; /* NULL: the first one that has branches */
	char *event_name;   /* of the first sample taken; NULL: none yet */

	struct intern *pair_keys; /* ids index pairs */
	struct branches_pair *pairs;
	size_t nr_pairs;
	size_t pairs_capacity;
	struct intern *block_keys; /* ids index blocks */
	struct branches_block *blocks;
	size_t nr_blocks;
	size_t blocks_capacity;

	/* Of samples, empty entries and runs that are no blocks; the other
	 * fields are made out of pairs and blocks when they are asked for. */
	struct lbrvirt_branches_totals totals;
	uint64_t runs_across; /* those from or to the kernel */
	uint64_t lost_records;
	uint64_t lost_samples;

	/* Given out last. */
	struct lbrvirt_branch_pair *listed_pairs;
	struct lbrvirt_branch_block *listed_blocks;
};

/*
 * Count the entries of a sample that was taken. 0, -ENOMEM, or what the
 * resolver returned.
 */
int branch_counts_add(struct lbrvirt_branches *branches,
		      const struct lbrvirt_record *record);

#endif
