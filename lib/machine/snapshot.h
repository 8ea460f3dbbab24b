/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A machine that was saved: a folder, or a CPUID dump alone.
 *
 *   DIR/proc/..., DIR/sys/...   files by their own path, as they were read; a
 *                               folder in a file's place is one that is there
 *                               and could not be read. DIR/~ is the user's
 *                               home, DIR/$NAME a variable that is set.
 *   DIR/cpuid                   see cpuid_dump.h
 *   DIR/msr                     lines "CPU REGISTER VALUE", or "fault" for the
 *                               value: 0 0x4b564d05 1
 *   DIR/perf_event_open         lines "KIND ANSWER", at most one a kind: the
 *                               first whose kind, precise, kernel, call-stack,
 *                               branches, hardware or any, fits the event
 *                               answers, "ok" or an errno's name. None does:
 *                               ENOENT. There are none: ENODATA, which no
 *                               kernel answers.
 *
 * All of it may be missing, and is hostile: nothing outside the folder is
 * reached, whatever links lie in it.
 */
#ifndef LBRVIRT_MACHINE_SNAPSHOT_H
#define LBRVIRT_MACHINE_SNAPSHOT_H

#include <lbrvirt/context.h>

#include "machine/machine.h"

/*
 * Open a folder, or a CPUID dump. 0; -ENOENT: no such file; -EACCES: may not
 * be read; -EBADMSG: one of the files above is broken, the text says in which
 * line; -EOVERFLOW: it is too large; -EOPNOTSUPP: a kernel before Linux 5.6;
 * -ENOMEM, -EIO. The caller ends it with snapshot_close().
 */
int snapshot_open(struct lbrvirt_context *ctx, const char *path,
		  struct machine **ret_machine);

/* NULL is allowed. */
void snapshot_close(struct machine *machine);

#endif
