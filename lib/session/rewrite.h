/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Records as the file gets them: samples with their call chain in place of the
 * stack copy it was unwound from, mappings with a build-id.
 */
#ifndef LBRVIRT_SESSION_REWRITE_H
#define LBRVIRT_SESSION_REWRITE_H

#include <lbrvirt/sample.h>
#include <lbrvirt/stack.h>

#include "process/dso.h"

/* Largest record there can be: its size is 16 bits wide. */
#define REWRITE_SIZE_MAX 65528

/*
 * What an opened event becomes in the file: registers, stack copy and
 * call-stack branches go, the call chain is whole, and the weight carries the
 * stack's verdict (stack/stack.h). At most 128 bytes of attribute.
 */
void rewrite_event(struct lbrvirt_event *event);

/*
 * Whether samples of this event, as opened, get a call chain of ours.
 */
bool rewrite_wants_chain(const struct lbrvirt_event *opened);

/*
 * Write @record, a sample of @opened, to @ret_bytes (REWRITE_SIZE_MAX bytes)
 * with the chain and verdict of @stack. Returns its size.
 */
size_t rewrite_sample(const struct lbrvirt_record *record,
		      const struct lbrvirt_event *opened,
		      const struct lbrvirt_stack *stack,
		      unsigned char *ret_bytes);

/*
 * Write @record, an MMAP2 without build-id, to @ret_bytes with that of @dso, which
 * may be NULL. Returns its size; 0: it can stay as it is.
 */
size_t rewrite_mmap(const struct lbrvirt_record *record, const struct dso *dso,
		    unsigned char *ret_bytes);

#endif
