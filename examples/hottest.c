/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A profiler in a page: runs a command, samples it and prints every stack on
 * which a twentieth of the samples ended. No file is written; records go
 * straight into a profile.
 *
 * Usage: hottest COMMAND [ARG...]
 * Build: cc hottest.c $(pkg-config --cflags --libs lbrvirt)
 */
#include <stdio.h>

#include <lbrvirt/lbrvirt.h>

#define SHARE_MIN 0.05
#define DEPTH_MAX 1024

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
	int err = lbrvirt_session_open(ctx, plan, &opts, &session);

	if (!err)
		err = lbrvirt_session_start(session);
	while (!err && (err = lbrvirt_session_poll(session, -1)) > 0)
		err = 0;
	if (!err)
		err = lbrvirt_session_finish(session);
	lbrvirt_session_close(session);
	return err;
}

/* Where a node has samples of its own, a stack ends. */
static void show(const struct lbrvirt_profile_node **path, size_t depth)
{
	const struct lbrvirt_profile_node *node = path[depth - 1];
	double share = (double)node->self / (double)path[0]->total;

	if (share >= SHARE_MIN) {
		printf("%.1f %%\n", 100.0 * share);
		for (size_t i = 1; i < depth; i++)
			printf("\t%s (%s)\n", path[i]->symbol, path[i]->dso);
	}
	for (size_t i = 0; i < node->nr_children && depth < DEPTH_MAX; i++) {
		path[depth] = node->children[i];
		show(path, depth + 1);
	}
}

int main(int argc, char **argv)
{
	const struct lbrvirt_profile_node *path[DEPTH_MAX];
	struct lbrvirt_context *ctx = NULL;
	struct lbrvirt_plan *plan = NULL;
	struct lbrvirt_profile *profile = NULL;
	int err;

	if (argc < 2 || lbrvirt_context_new(&ctx))
		return 2;

	err = lbrvirt_plan_new(ctx, NULL, NULL, &plan);
	if (!err)
		err = lbrvirt_profile_new(ctx, NULL, &profile);
	if (!err)
		err = sample(ctx, plan, argv + 1, profile);
	if (!err)
		err = lbrvirt_profile_tree(profile, LBRVIRT_TREE_CALLS, NULL,
					   &path[0]);
	if (err)
		fprintf(stderr, "hottest: %s\n", lbrvirt_context_error(ctx));
	else
		show(path, 1);

	lbrvirt_profile_free(profile);
	lbrvirt_plan_free(plan);
	lbrvirt_context_free(ctx);
	return err ? 1 : 0;
}
