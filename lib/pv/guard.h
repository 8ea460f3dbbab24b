/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The guard: a process that holds ACTIVE for the recorder and outlives it by
 * as long as it takes to put back what was there.
 */
#ifndef LBRVIRT_PV_GUARD_H
#define LBRVIRT_PV_GUARD_H

#include "pv/share.h"

struct guard {
	pid_t pid;	 /* 0: none, or gone */
	int socket;	 /* -1: none */
	bool was_killed; /* as far as guard_lives() and guard_stop() saw */
};

/*
 * Start a guard that joins with @share, which lies in memory mapped shared and
 * has a slot, and wait until it has: 0 or what share_join() returned; -EIO if
 * the guard was killed over it. On failure the guard has left and ended.
 */
int guard_start(struct share *share, struct guard *guard);

/* Whether the guard still lives. */
bool guard_lives(struct guard *guard);

/*
 * Have the guard leave, and wait for it; if it was killed, leave in its place.
 * 0 or what share_leave() returned; -EBUSY: it does not answer and goes on by
 * itself when it can.
 */
int guard_stop(struct share *share, struct guard *guard);

/* Let go of a guard, as the recorder's end would. */
void guard_close(struct guard *guard);

#endif
