/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The words for the causes of incomplete stacks and for what branch records are
 * worth. Those for stack sources stand beside the ladder (event/ladder.c).
 */
#include "config.h"

#include <lbrvirt/stack.h>

#include <stddef.h>

static const char *const cause_texts[] = {
	[LBRVIRT_CAUSE_NONE] = "not known",
	[LBRVIRT_CAUSE_COPY_TOO_SMALL] = "stack copy too small",
	[LBRVIRT_CAUSE_TOO_DEEP] = "more frames than are kept",
	[LBRVIRT_CAUSE_NO_CFI] = "code without unwind information",
	[LBRVIRT_CAUSE_NO_MAP] = "address outside of known mappings",
	[LBRVIRT_CAUSE_NO_FILE] = "mapped file not readable",
	[LBRVIRT_CAUSE_BAD_RULE] = "unwind information that leads nowhere",
	[LBRVIRT_CAUSE_NO_REGISTERS] = "no 64-bit user registers",
	[LBRVIRT_CAUSE_LBR_FULL] = "deeper than the branch records",
	[LBRVIRT_CAUSE_LBR_EMPTY] = "no branch records",
	[LBRVIRT_CAUSE_NO_COPY] = "stack not copied",
	[LBRVIRT_CAUSE_LBR_SHORT] = "calls older than the recording",
	[LBRVIRT_CAUSE_LBR_BAD] = "branch records of something else",
};

static const char *const integrity_texts[] = {
	[LBRVIRT_INTEGRITY_NONE] = "no branch records asked for",
	[LBRVIRT_INTEGRITY_INTACT] = "intact",
	[LBRVIRT_INTEGRITY_TAIL_CALL] = "through a tail call",
	[LBRVIRT_INTEGRITY_LONGJMP] = "through a longjmp",
	[LBRVIRT_INTEGRITY_LEAF_MISMATCH] = "leaf mismatch",
	[LBRVIRT_INTEGRITY_POLLUTED] = "polluted",
	[LBRVIRT_INTEGRITY_EMPTY] = "empty",
};

static const char *find_text(const char *const *texts, size_t nr,
			     unsigned int i)
{
	return i < nr ? texts[i] : "unknown";
}

const char *lbrvirt_cause_text(enum lbrvirt_cause cause)
{
	return find_text(cause_texts,
			 sizeof(cause_texts) / sizeof(cause_texts[0]), cause);
}

const char *lbrvirt_integrity_text(enum lbrvirt_integrity integrity)
{
	return find_text(integrity_texts,
			 sizeof(integrity_texts) / sizeof(integrity_texts[0]),
			 integrity);
}
