/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The frequency of the time stamp counter, from whoever tells it.
 */
#ifndef LBRVIRT_GUEST_TSC_H
#define LBRVIRT_GUEST_TSC_H

#include <lbrvirt/cost.h>

#include "machine/machine.h"

/* 0, -EOPNOTSUPP (no TSC to be read) or -EIO (it stands still). */
int tsc_find_hz(struct machine *machine, uint64_t *ret_hz,
		enum lbrvirt_tsc_source *ret_source);

/* Ticks in nanoseconds, rounded. */
uint64_t tsc_to_ns(uint64_t ticks, uint64_t hz);

#endif
