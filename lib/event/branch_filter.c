/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * perf's words for kinds of branches (perf-record(1), --branch-filter).
 */
#include "config.h"

#include "event/branch_filter.h"

#include <errno.h>
#include <linux/perf_event.h>
#include <string.h>

#include "base/error.h"

struct filter_word {
	const char *word;
	uint64_t bits;
};

static const struct filter_word filter_words[] = {
	{ "u", PERF_SAMPLE_BRANCH_USER },
	{ "k", PERF_SAMPLE_BRANCH_KERNEL },
	{ "hv", PERF_SAMPLE_BRANCH_HV },
	{ "any", PERF_SAMPLE_BRANCH_ANY },
	{ "any_call", PERF_SAMPLE_BRANCH_ANY_CALL },
	{ "any_ret", PERF_SAMPLE_BRANCH_ANY_RETURN },
	{ "ind_call", PERF_SAMPLE_BRANCH_IND_CALL },
	{ "ind_jmp", PERF_SAMPLE_BRANCH_IND_JUMP },
	{ "call", PERF_SAMPLE_BRANCH_CALL },
	{ "cond", PERF_SAMPLE_BRANCH_COND },
	{ "abort_tx", PERF_SAMPLE_BRANCH_ABORT_TX },
	{ "in_tx", PERF_SAMPLE_BRANCH_IN_TX },
	{ "no_tx", PERF_SAMPLE_BRANCH_NO_TX },
	{ "stack", PERF_SAMPLE_BRANCH_CALL_STACK },
	{ "save_type", PERF_SAMPLE_BRANCH_TYPE_SAVE },
	{ "hw_index", PERF_SAMPLE_BRANCH_HW_INDEX },
	{ "priv", PERF_SAMPLE_BRANCH_PRIV_SAVE },
};

#define NR_WORDS (sizeof(filter_words) / sizeof(filter_words[0]))

/* Bits that say what is stored, not which branches are taken. */
#define STORED                                                        \
	(PERF_SAMPLE_BRANCH_TYPE_SAVE | PERF_SAMPLE_BRANCH_HW_INDEX | \
	 PERF_SAMPLE_BRANCH_PRIV_SAVE)

static uint64_t find_word(const char *text, size_t length)
{
	for (size_t i = 0; i < NR_WORDS; i++)
		if (strlen(filter_words[i].word) == length &&
		    memcmp(filter_words[i].word, text, length) == 0)
			return filter_words[i].bits;
	return 0;
}

int branch_filter_parse(struct lbrvirt_context *ctx, const char *words,
			uint64_t *ret_filter)
{
	uint64_t filter = 0;

	for (;;) {
		size_t length = strcspn(words, ",");
		uint64_t bits = find_word(words, length);

		if (!bits)
			return error_set(
				ctx, EINVAL,
				"no kind of branch '%.*s'; known: any, any_call, any_ret, ind_call, ind_jmp, call, cond, u, k, hv, abort_tx, in_tx, no_tx, stack, save_type, hw_index, priv",
				(int)length, words);
		filter |= bits;
		if (!words[length])
			break;
		words += length + 1;
	}
	/* The kernel refuses levels alone: they take no branch. */
	if (!(filter & ~(PERF_SAMPLE_BRANCH_PLM_ALL | STORED)))
		filter |= PERF_SAMPLE_BRANCH_ANY;
	*ret_filter = filter;
	return 0;
}
