/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A profiler in a page: runs a command, samples it and prints its hottest
 * stacks. No file is written; records go straight into a profile.
 *
 * Usage: hottest COMMAND [ARG...]
 * Build: cc hottest.c $(pkg-config --cflags --libs lbrvirt)
 */
#include <inttypes.h>
#include <stdio.h>

#include <lbrvirt/lbrvirt.h>

#define NR_SHOWN 3

static int take_record(const struct lbrvirt_record *record, void *profile)
{
	return lbrvirt_profile_add(profile, record);
}

static int sample(struct lbrvirt_context *ctx, const struct lbrvirt_plan *plan,
		  char **argv, struct lbrvirt_profile *profile)
{
	const struct lbrvirt_session_opts opts = {
		.size = sizeof(opts),
		.argv = (const char *const *)argv,
		.record_fn = take_record,
		.record_arg = profile,
	};
	struct lbrvirt_session *session = NULL;
	int err;

	err = lbrvirt_session_open(ctx, plan, &opts, &session);
	if (!err)
		err = lbrvirt_session_start(session);
	while (!err) {
		err = lbrvirt_session_poll(session, -1);
		if (err <= 0)
			break;
		err = 0;
	}
	if (!err)
		err = lbrvirt_session_finish(session);
	lbrvirt_session_close(session);
	return err;
}

static int show(struct lbrvirt_profile *profile)
{
	uint64_t samples = lbrvirt_profile_totals(profile)->samples;
	struct lbrvirt_profile_stack stack;

	for (size_t i = 0; i < NR_SHOWN; i++) {
		int err = lbrvirt_profile_stack(profile, i, &stack);

		if (err)
			return i > 0 ? 0 : err;
		printf("%.1f %% of %" PRIu64 " samples, in %s:\n",
		       100.0 * (double)stack.samples / (double)samples, samples,
		       stack.comm);
		for (size_t at = 0; at < stack.nr_symbols; at++)
			printf("\t%s (%s)\n", stack.symbols[at]->name,
			       stack.symbols[at]->dso);
	}
	return 0;
}

int main(int argc, char **argv)
{
	struct lbrvirt_context *ctx = NULL;
	struct lbrvirt_plan *plan = NULL;
	struct lbrvirt_profile *profile = NULL;
	int err;

	if (argc < 2) {
		fprintf(stderr, "usage: hottest COMMAND [ARG...]\n");
		return 2;
	}
	if (lbrvirt_context_new(&ctx))
		return 1;

	err = lbrvirt_plan_new(ctx, NULL, NULL, &plan);
	if (!err)
		err = lbrvirt_profile_new(ctx, NULL, &profile);
	if (!err)
		err = sample(ctx, plan, argv + 1, profile);
	if (!err)
		err = show(profile);
	if (err)
		fprintf(stderr, "hottest: %s\n", lbrvirt_context_error(ctx));

	lbrvirt_profile_free(profile);
	lbrvirt_plan_free(plan);
	lbrvirt_context_free(ctx);
	return err ? 1 : 0;
}
