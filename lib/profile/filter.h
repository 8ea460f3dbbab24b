/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which samples count: the words of the public options, parsed once, and the
 * tests on a sample and on a stack's innermost frame.
 */
#ifndef LBRVIRT_PROFILE_FILTER_H
#define LBRVIRT_PROFILE_FILTER_H

#include <lbrvirt/profile.h>

struct name_list {
	char **names; /* the list and its strings are owned; NULL: no filter */
	size_t nr;
};

struct number_range {
	uint64_t first;
	uint64_t last;
};

struct number_list {
	struct number_range *ranges; /* owned; NULL: no filter */
	size_t nr;
};

struct filter {
	struct name_list comms;
	struct name_list dsos;
	struct name_list symbols;
	struct number_list pids;
	struct number_list tids;
	struct number_list cpus;
	/* Both ends are inside. In percent: of the recording's span, in
	 * thousandths of a percent. */
	bool has_time;
	bool is_percent;
	uint64_t time_first;
	uint64_t time_last;
};

/* Parse. On failure 0 or -EINVAL, -ENOMEM with the context's text, and
 * @filter is left for filter_fini(). @filter starts zeroed. */
int filter_init(struct lbrvirt_context *ctx,
		const struct lbrvirt_profile_opts *opts, struct filter *filter);
void filter_fini(struct filter *filter);

/* Process, thread, CPU and, unless in percent, time. */
bool filter_takes_sample(const struct filter *filter,
			 const struct lbrvirt_record *record);

bool filter_takes_comm(const struct filter *filter, const char *comm);

/* The file and function of the innermost frame: any of the functions inlined
 * there may have the name. */
bool filter_takes_leaf(const struct filter *filter,
		       const struct lbrvirt_symbol *symbols, size_t nr);

/* The ends of a range in percent, for a recording from @first to @last. */
void filter_percent_range(const struct filter *filter, uint64_t first,
			  uint64_t last, struct number_range *ret_range);

#endif
