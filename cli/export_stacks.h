/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Reading a recording for an export of its stacks.
 */
#ifndef LBRPROF_EXPORT_STACKS_H
#define LBRPROF_EXPORT_STACKS_H

#include <lbrvirt/lbrvirt.h>

/* The profiles of all events, of which one is exported. */
struct export_stacks;

/*
 * Read all of @data. @opts->resolver is @resolver, which is set up by what the
 * recording says.
 *
 * 0, or a negative error: after -EBADMSG, what came before the damage is there
 * if @ret_stacks was set; of -ENODATA it has been said what is wrong.
 */
int export_stacks_load(struct lbrvirt_context *ctx, const char *path,
		       struct lbrvirt_perfdata *data,
		       const struct lbrvirt_profile_opts *opts,
		       struct lbrvirt_resolver_opts *resolver,
		       struct export_stacks **ret_stacks);
void export_stacks_free(struct export_stacks *stacks);

/* That of the first event that has samples, as report --json has it. */
struct lbrvirt_profile *
export_stacks_profile(const struct export_stacks *stacks);

#endif
