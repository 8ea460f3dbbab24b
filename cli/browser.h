/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The browser: a source of profiles on the terminal, until the user has seen
 * enough.
 */
#ifndef LBRPROF_BROWSER_H
#define LBRPROF_BROWSER_H

#include "browser_source.h"

/*
 * What a live source does meanwhile: go on for some @timeout_ms. Returns 1, or
 * 0: it has ended (what there is can be looked at still), or a negative error,
 * which ends the browser. *@ret_is_changed: the profiles are not as they were.
 */
typedef int (*browser_poll_fn)(void *arg, int timeout_ms, bool *ret_is_changed);

/* How a browser ended. */
enum browser_end {
	BROWSER_LEFT = 0,      /* the user had enough */
	BROWSER_UNUSABLE = 1,  /* the terminal takes none; nothing was shown */
	BROWSER_FAILED = 2,    /* *@ret_err says what */
	BROWSER_SIGNALLED = 3, /* raise *@ret_err once all is cleaned up */
};

/* Run it. @poll is NULL for a file. */
enum browser_end browser_run(const struct browser_source *source,
			     browser_poll_fn poll, int *ret_err);

#endif
