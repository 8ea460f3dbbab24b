/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What all holders on this machine share, below /run/lbrvirt/: who holds
 * ACTIVE, and which CPUs were set with what before. Locks are of open file
 * descriptions and end with the last process that has them, so a holder that
 * died is one whose lock is free.
 */
#ifndef LBRVIRT_PV_JOURNAL_H
#define LBRVIRT_PV_JOURNAL_H

#include "pv/pv.h"

/*
 * Read the journal for pv->holders, pv->is_stale, and of pv->cpus, which is
 * filled in before, is_held and old_value. Takes no lock that others could
 * wait for, and changes nothing. No journal, or one of an earlier boot, is
 * nobody and nothing. 0, -EBADMSG, -EACCES, -ENOMEM or -EIO.
 */
int journal_look(struct lbrvirt_context *ctx, const struct pv_paths *paths,
		 struct lbrvirt_pv *pv);

#endif
