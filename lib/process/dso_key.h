/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What makes two mappings show the same file.
 */
#ifndef LBRVIRT_PROCESS_DSO_KEY_H
#define LBRVIRT_PROCESS_DSO_KEY_H

#include "base/buffer.h"
#include "process/dso.h"

enum dso_kind dso_key_kind(const struct dso_key *key);

/* Append bytes that are equal for the same file only. 0 or -ENOMEM. */
int dso_key_append(const struct dso_key *key, enum dso_kind kind,
		   struct buffer *buf);

#endif
