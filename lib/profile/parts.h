/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The counts of each distinct stack, apart by thread and CPU: for whoever
 * wants to look at one of them later, without reading the recording again.
 */
#ifndef LBRVIRT_PROFILE_PARTS_H
#define LBRVIRT_PROFILE_PARTS_H

#include <lbrvirt/sample.h>

#include "base/intern.h"

/* A sample that does not say on which CPU it was taken. */
#define PARTS_NO_CPU UINT32_MAX

/* What one thread did on one CPU with one stack. */
struct parts_entry {
	uint32_t stack; /* id in struct stacks, which has process and name */
	uint32_t tid;
	uint32_t cpu;
	uint64_t samples;
	uint64_t period;
};

/* Zero-initialised storage has none and counts nothing. */
struct parts {
	struct intern *keys; /* ids index entries; NULL: nothing is counted */
	struct parts_entry *entries;
	size_t nr;
	size_t capacity;
};

/* 0 or -ENOMEM. */
int parts_init(struct parts *parts);
void parts_fini(struct parts *parts);

/* Find or add the part that a sample with @stack belongs to. 0 or -ENOMEM. */
int parts_add(struct parts *parts, uint32_t stack,
	      const struct lbrvirt_record *record, uint32_t *ret_id);

#endif
