/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which branches are recorded, in the words of perf record -j.
 */
#ifndef LBRVIRT_EVENT_BRANCH_FILTER_H
#define LBRVIRT_EVENT_BRANCH_FILTER_H

#include <stdint.h>

#include <lbrvirt/context.h>

/*
 * "any,u" to PERF_SAMPLE_BRANCH_… bits. Levels alone ("u") stand for any
 * branch on them, as in perf. 0 or -EINVAL, the text lists the words.
 */
int branch_filter_parse(struct lbrvirt_context *ctx, const char *words,
			uint64_t *ret_filter);

#endif
