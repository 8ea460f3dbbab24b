/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A file has the stacks of one event. Which events have samples is known at the
 * end of the recording, so there is a profile of each until then; whoever would
 * not know of the others is told.
 */
#include "config.h"

#include "export_stacks.h"

#include <errno.h>
#include <stdlib.h>

#include "message.h"
#include "profiles.h"
#include "progress.h"

#define NAME "export"

struct export_stacks {
	struct profiles profiles;
	struct lbrvirt_profile *profile; /* one of them */
	struct progress progress;
	uint64_t offset; /* the furthest read */
};

static int show_progress(const struct lbrvirt_record *record, void *arg)
{
	struct export_stacks *stacks = arg;

	if (record->offset > stacks->offset)
		stacks->offset = record->offset;
	progress_step(&stacks->progress, stacks->offset);
	return 0;
}

static void choose(struct export_stacks *stacks)
{
	const struct profiles_event *chosen = &stacks->profiles.events[0];
	size_t nr = 0;

	for (size_t i = stacks->profiles.nr; i-- > 0;) {
		if (!profiles_samples(&stacks->profiles, i))
			continue;
		chosen = &stacks->profiles.events[i];
		nr++;
	}
	if (nr > 1)
		message_note(
			NAME,
			"of %zu events only %s is exported: name another with --event",
			nr, chosen->name);
	stacks->profile = chosen->profile;
}

void export_stacks_free(struct export_stacks *stacks)
{
	if (!stacks)
		return;
	profiles_fini(&stacks->profiles);
	free(stacks);
}

int export_stacks_load(struct lbrvirt_context *ctx, const char *path,
		       struct lbrvirt_perfdata *data,
		       const struct lbrvirt_profile_opts *opts,
		       struct lbrvirt_resolver_opts *resolver,
		       struct export_stacks **ret_stacks)
{
	struct export_stacks *stacks = calloc(1, sizeof(*stacks));
	int err;

	if (!stacks)
		return -ENOMEM;
	stacks->profiles.ctx = ctx;
	stacks->profiles.opts = *opts;
	stacks->profiles.step_fn = show_progress;
	stacks->profiles.step_arg = stacks;
	progress_begin(&stacks->progress, path);
	err = profiles_load(&stacks->profiles, data, resolver);
	progress_end();
	if (!err && !stacks->profiles.nr) {
		message_error(NAME, "%s has no events", path);
		err = -ENODATA;
	}
	if ((err && err != -EBADMSG) || !stacks->profiles.nr) {
		export_stacks_free(stacks);
		return err;
	}
	choose(stacks);
	*ret_stacks = stacks;
	return err;
}

struct lbrvirt_profile *
export_stacks_profile(const struct export_stacks *stacks)
{
	return stacks->profile;
}
