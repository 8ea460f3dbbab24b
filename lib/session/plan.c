/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Plans and the self-test on the live machine. Both are here and not where
 * plans are made, because that stage opens events but cannot read them.
 */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "base/error.h"
#include "event/plan.h"
#include "guest/guest.h"
#include "record/self_test.h"

/* One test speaks for all LBR steps: they differ in what comes besides. */
struct tester {
	struct lbrvirt_context *ctx;
	const struct plan_trial *trial;
	bool has_run;
	int err; /* negative */
	struct lbrvirt_self_test test;
};

static void run_once(struct tester *tester)
{
	int err;

	if (tester->has_run)
		return;
	tester->has_run = true;
	err = self_test_run(tester->ctx, tester->trial->machine,
			    tester->trial->guest, &tester->test);
	if (!err)
		tester->err = -self_test_errno(&tester->test);
	else
		/* The kernel took the step's event: that stands. */
		log_write(tester->ctx, LBRVIRT_LOG_WARNING,
			  "the self-test of LBR call stacks could not run: %s",
			  lbrvirt_context_error(tester->ctx));
}

static int test_step(void *arg, char *ret_reason, size_t size)
{
	struct tester *tester = arg;
	const struct lbrvirt_self_test *test = &tester->test;
	char share[64] = "";
	bool is_users;

	run_once(tester);
	if (!tester->err)
		return 0;
	is_users = test->remedy_user[0];
	if (test->nr_samples)
		snprintf(share, sizeof(share),
			 " (%" PRIu64 " of %" PRIu64 " stacks right)",
			 test->nr_right, test->nr_samples);
	snprintf(ret_reason, size, "self-test: %s%s; %s%s", test->reason, share,
		 is_users ? "" : "on the host: ",
		 is_users ? test->remedy_user : test->remedy_admin);
	return tester->err;
}

int lbrvirt_plan_new(struct lbrvirt_context *ctx,
		     const struct lbrvirt_guest *guest,
		     const struct lbrvirt_plan_opts *opts,
		     struct lbrvirt_plan **ret_plan)
{
	struct tester tester = { .ctx = ctx };
	const struct plan_trial trial = {
		.machine = guest ? guest->machine : machine_live(),
		.guest = guest,
		/* Of a saved machine, only what it answered is there. */
		.self_test = lbrvirt_guest_is_saved(guest) ? NULL : test_step,
		.arg = &tester,
	};

	tester.trial = &trial;
	if (!ctx || !ret_plan)
		return -EINVAL;
	if (opts && opts->size != sizeof(*opts))
		return error_set(
			ctx, EINVAL,
			"lbrvirt_plan_opts.size is not this version's");
	return plan_new_on(ctx, &trial, opts, ret_plan);
}

int lbrvirt_self_test(struct lbrvirt_context *ctx,
		      const struct lbrvirt_guest *guest,
		      struct lbrvirt_self_test *ret_test)
{
	if (!ctx || !ret_test)
		return -EINVAL;
	if (ret_test->size != sizeof(*ret_test))
		return error_set(
			ctx, EINVAL,
			"lbrvirt_self_test.size is not this version's");
	if (lbrvirt_guest_is_saved(guest))
		return error_set(ctx, EOPNOTSUPP,
				 "a saved machine cannot be tested");
	return self_test_run(ctx, machine_live(), guest, ret_test);
}
