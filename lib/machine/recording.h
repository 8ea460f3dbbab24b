/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A machine that notes what another one answers, and hands it on: so what was
 * asked can be saved, and answered again by a snapshot, whoever asked. A file
 * that was noted is answered from the note, so that nobody sees it change.
 */
#ifndef LBRVIRT_MACHINE_RECORDING_H
#define LBRVIRT_MACHINE_RECORDING_H

#include <lbrvirt/context.h>

#include "machine/machine.h"

/* 0 or -ENOMEM. @inner must outlive it. The caller ends it with
 * recording_free(). */
int recording_new(struct lbrvirt_context *ctx, struct machine *inner,
		  struct machine **ret_machine);

/* NULL is allowed. */
void recording_free(struct machine *machine);

/*
 * Write what was noted, and the CPUID leaves of every CPU, as snapshot.h has
 * it, into a folder that is empty or made. 0; -EBUSY: not empty; -ENOENT,
 * -EACCES: it cannot be made; -ENOMEM: also, if a note was lost for that;
 * -EIO.
 */
int recording_save(struct lbrvirt_context *ctx, struct machine *machine,
		   const char *dir);

#endif
