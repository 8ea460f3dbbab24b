/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A look at the protocol from beginning to end, and what others may see of its
 * result.
 */
#include "config.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "base/error.h"
#include "guest/guest.h"
#include "machine/snapshot.h"
#include "pv/assertion.h"
#include "pv/evidence.h"
#include "pv/verdict.h"

const struct pv_paths pv_paths_default = {
	.conf = "/etc/lbrvirt.conf",
	.state_dir = "/run/lbrvirt",
};

bool pv_is_renumbered(const struct lbrvirt_pv *pv)
{
	return pv->assertion.bit != LBRVIRT_PV_BIT_DEFAULT &&
	       pv->assertion.msr != LBRVIRT_PV_MSR_DEFAULT;
}

int pv_status_on(struct lbrvirt_context *ctx, struct machine *machine,
		 const struct pv_paths *paths,
		 const struct lbrvirt_pv_opts *opts, struct lbrvirt_pv **ret_pv)
{
	struct lbrvirt_pv *pv;
	int err;

	assert(machine && ret_pv);

	pv = calloc(1, sizeof(*pv));
	if (!pv)
		return error_set(ctx, ENOMEM, "out of memory");
	err = assertion_find(ctx, machine, paths, opts, pv);
	if (!err)
		err = evidence_collect(ctx, machine, paths, pv);
	if (err) {
		lbrvirt_pv_free(pv);
		return err;
	}
	verdict_reach(pv);
	*ret_pv = pv;
	return 0;
}

int lbrvirt_pv_status(struct lbrvirt_context *ctx,
		      const struct lbrvirt_pv_opts *opts,
		      struct lbrvirt_pv **ret_pv)
{
	struct machine *machine;
	int err;

	if (!ctx || !ret_pv)
		return -EINVAL;
	/* Of another version's settings sysroot is not to be read. */
	if (opts && opts->size == sizeof(*opts) && opts->guest) {
		if (opts->sysroot)
			return error_set(
				ctx, EINVAL,
				"a sysroot and a guest exclude each other");
		return pv_status_on(ctx, opts->guest->machine,
				    lbrvirt_guest_is_saved(opts->guest) ?
					    NULL :
					    &pv_paths_default,
				    opts, ret_pv);
	}
	if (!opts || opts->size != sizeof(*opts) || !opts->sysroot)
		return pv_status_on(ctx, machine_live(), &pv_paths_default,
				    opts, ret_pv);
	err = snapshot_open(ctx, opts->sysroot, &machine);
	if (err)
		return err;
	err = pv_status_on(ctx, machine, NULL, opts, ret_pv);
	snapshot_close(machine);
	return err;
}

void lbrvirt_pv_free(struct lbrvirt_pv *pv)
{
	if (!pv)
		return;
	free(pv->cpus);
	free(pv->holders);
	free(pv->comms);
	free(pv);
}

enum lbrvirt_pv_verdict lbrvirt_pv_verdict(const struct lbrvirt_pv *pv)
{
	return pv ? pv->verdict : LBRVIRT_PV_NONE;
}

bool lbrvirt_pv_is_certain(const struct lbrvirt_pv *pv)
{
	return pv && pv->is_certain;
}

const char *lbrvirt_pv_text(const struct lbrvirt_pv *pv)
{
	return pv ? pv->text : "";
}

const struct lbrvirt_pv_evidence *
lbrvirt_pv_evidence(const struct lbrvirt_pv *pv, size_t index)
{
	if (!pv || index >= LBRVIRT_PV_EVIDENCE_COUNT)
		return NULL;
	return &pv->evidence[index];
}

const struct lbrvirt_pv_assertion *
lbrvirt_pv_assertion(const struct lbrvirt_pv *pv)
{
	return pv ? &pv->assertion : NULL;
}

size_t lbrvirt_pv_cpu_count(const struct lbrvirt_pv *pv)
{
	return pv ? pv->nr_cpus : 0;
}

const struct lbrvirt_pv_cpu *lbrvirt_pv_cpu(const struct lbrvirt_pv *pv,
					    size_t index)
{
	if (!pv || index >= pv->nr_cpus)
		return NULL;
	return &pv->cpus[index];
}

size_t lbrvirt_pv_holder_count(const struct lbrvirt_pv *pv)
{
	return pv ? pv->nr_holders : 0;
}

const struct lbrvirt_pv_holder *lbrvirt_pv_holder(const struct lbrvirt_pv *pv,
						  size_t index)
{
	if (!pv || index >= pv->nr_holders)
		return NULL;
	return &pv->holders[index];
}

bool lbrvirt_pv_is_stale(const struct lbrvirt_pv *pv)
{
	return pv && pv->is_stale;
}

const char *lbrvirt_pv_msr_reason(const struct lbrvirt_pv *pv)
{
	return pv ? pv->msr_reason : "";
}
