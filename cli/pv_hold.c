/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The words of --pv are the library's, so that the option and
 * /etc/lbrvirt.conf never differ.
 */
#include "config.h"

#include "pv_hold.h"

#include <errno.h>
#include <inttypes.h>
#include <lbrvirt/context.h>
#include <stdio.h>

#include "command.h"
#include "message.h"

void pv_hold_parse(struct argp_state *state, const char *text,
		   struct lbrvirt_pv_opts *opts)
{
	struct lbrvirt_context *ctx;

	if (lbrvirt_context_new(&ctx))
		argp_failure(state, STATUS_FAILED, ENOMEM, "--pv");
	if (lbrvirt_pv_parse(ctx, text, opts))
		argp_error(state, "--pv %s", lbrvirt_context_error(ctx));
	lbrvirt_context_free(ctx);
}

void pv_hold_show(struct lbrvirt_pv_hold *hold)
{
	const struct lbrvirt_pv_summary *pv = lbrvirt_pv_hold_summary(hold);

	if (!pv || !pv->is_held || message_verbosity() < VERBOSITY_NORMAL)
		return;
	fprintf(stderr,
		"  PV LBR: held on %" PRIu32 " CPUs, %" PRIu64 " MSR writes",
		pv->cpus, pv->writes);
	if (pv->lifted[0])
		fprintf(stderr, "; lifted evidence %s", pv->lifted);
	fputc('\n', stderr);
	if (pv->cleared)
		fprintf(stderr,
			"    cleared by another writer %" PRIu64
			" times: stacks of that time may be polluted\n",
			pv->cleared);
	if (pv->came || pv->went || pv->resumes)
		fprintf(stderr,
			"    %" PRIu64 " CPUs came online, %" PRIu64
			" went offline; %" PRIu64 " resumes\n",
			pv->came, pv->went, pv->resumes);
	if (pv->failed)
		fprintf(stderr, "    %" PRIu64 " MSR accesses failed\n",
			pv->failed);
	if (pv->has_lost_guard)
		fputs("    the guard process was killed; it was put back without it\n",
		      stderr);
}
