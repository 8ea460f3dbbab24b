/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The journal between memory and file. Neither function allocates: a forked
 * child may call them. Both are to be called under journal_lock(), but for
 * loading just to look.
 */
#ifndef LBRVIRT_PV_JOURNAL_FILE_H
#define LBRVIRT_PV_JOURNAL_FILE_H

#include "pv/journal.h"

#define JOURNAL_FILE_NAME "journal"

/*
 * Read the file. None, or one of an earlier boot, is nobody and nothing. On
 * failure what was there before stays: -EBADMSG, -EACCES or -EIO.
 */
int journal_file_load(struct journal *journal);

/* Replace the file in one step; nobody and nothing removes it. 0, -EACCES or
 * -EIO. */
int journal_file_store(struct journal *journal);

#endif
