/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * `lbrprof top`: samples into the browser, and nothing onto the disk.
 */
#include "config.h"

#include "top.h"

#include <stdio.h>
#include <string.h>

#include "browser.h"
#include "command.h"
#include "message.h"
#include "terminal.h"

#define NAME	       "top"

#define EXIT_SIGNALLED 128

static int show(struct lbrvirt_context *ctx, struct top_live *live)
{
	int err = 0;

	/* Messages would write over the screen. */
	lbrvirt_context_set_log(ctx, LBRVIRT_LOG_WARNING, NULL, NULL);
	switch (browser_run(top_live_source(live), top_live_poll, &err)) {
	case BROWSER_UNUSABLE:
		message_error(
			NAME,
			"the terminal cannot be used: TERM names one that is not known; try TERM=xterm, or `lbrprof record -a' and `lbrprof report'");
		return STATUS_FAILED;
	case BROWSER_SIGNALLED:
		return EXIT_SIGNALLED + err;
	case BROWSER_FAILED:
		message_error(NAME, "%s",
			      lbrvirt_context_error(ctx)[0] ?
				      lbrvirt_context_error(ctx) :
				      lbrvirt_strerror(err));
		return STATUS_FAILED;
	default:
		return STATUS_DONE;
	}
}

static int sample(struct lbrvirt_context *ctx, const struct top_opts *opts)
{
	struct lbrvirt_guest *guest = NULL;
	struct lbrvirt_plan *plan = NULL;
	struct top_live *live = NULL;
	int status = STATUS_FAILED;

	/* Without it the ladder's reasons are shorter, that is all. */
	if (lbrvirt_guest_probe(ctx, NULL, &guest))
		guest = NULL;
	if (lbrvirt_plan_new(ctx, guest, &opts->plan, &plan) ||
	    top_live_new(ctx, opts, plan, &live))
		message_error(NAME, "%s", lbrvirt_context_error(ctx));
	else
		status = show(ctx, live);
	top_live_free(live);
	lbrvirt_plan_free(plan);
	lbrvirt_guest_free(guest);
	return status;
}

static int run(int argc, char **argv)
{
	struct lbrvirt_context *ctx;
	struct top_opts opts;
	int status = STATUS_FAILED;

	top_opts_parse(argc, argv, &opts);
	if (!terminal_is_usable()) {
		message_error(
			NAME,
			"this needs a terminal; elsewhere use `lbrprof record -a --duration 10' and `lbrprof report'");
		top_opts_fini(&opts);
		return STATUS_USAGE;
	}
	ctx = message_context(NAME);
	if (ctx)
		status = sample(ctx, &opts);
	lbrvirt_context_free(ctx);
	top_opts_fini(&opts);
	return status;
}

const struct command command_top = {
	.name = NAME,
	.run = run,
	.help = "show where time goes now, on the whole machine or in a process",
};
