/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Putting back what dead holders left, for an administrator who does not want
 * to wait for the next holder; and the words for it.
 */
#include "config.h"

#include <errno.h>
#include <stdlib.h>

#include "base/error.h"
#include "pv/msr.h"
#include "pv/share.h"

static int refuse_reset(struct lbrvirt_context *ctx, const struct share *share,
			int err)
{
	if (err == -EBUSY && share->holder.is_listed && !share->holder.pid)
		return error_set(
			ctx, EBUSY,
			"somebody begins or ends to hold the protocol this moment: try again");
	if (err == -EBUSY && share->holder.is_listed)
		return error_set(
			ctx, EBUSY,
			"process %d holds the protocol: end it, or see \"lbrprof pv status\"",
			(int)share->holder.pid);
	if (err)
		return journal_error(ctx, &share->journal, err);
	if (share->nr_left)
		return pv_msr_error(ctx, share->machine, share->left.cpu,
				    share->left.err, true);
	if (share->nr_away)
		return pv_msr_error(ctx, share->machine, share->away_cpu,
				    -ENXIO, true);
	return 0;
}

int pv_reset_on(struct lbrvirt_context *ctx, struct machine *machine,
		const struct pv_paths *paths, uint32_t *ret_cpus)
{
	struct share *share = calloc(1, sizeof(*share));
	uint32_t cpus = 0;
	int err;

	if (!share)
		return error_set(ctx, ENOMEM, "out of memory");
	share->machine = machine;
	journal_init(&share->journal);
	err = journal_open(ctx, paths, false, &share->journal);
	if (!err) {
		err = share_reset(share, &cpus);
		err = refuse_reset(ctx, share, err);
		journal_close(&share->journal);
	} else if (err == -ENOENT) {
		err = 0;
	}
	free(share);
	if (!err && ret_cpus)
		*ret_cpus = cpus;
	return err;
}

int lbrvirt_pv_reset(struct lbrvirt_context *ctx, uint32_t *ret_cpus)
{
	if (!ctx)
		return -EINVAL;
	return pv_reset_on(ctx, machine_live(), &pv_paths_default, ret_cpus);
}
