/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Hashes for tables in memory. Keys come out of any file, and whoever knows
 * which of them meet in one slot makes a table of a few MB cost hours. So a
 * hash has a secret: where this library lies in memory, which is another place
 * in each process (ASLR). Nothing that a hash says may reach any output.
 *
 * For keys of bytes there is intern_hash().
 */
#ifndef LBRVIRT_BASE_HASH_H
#define LBRVIRT_BASE_HASH_H

#include "base/intern.h"

/* A number that is odd and the same all through a process. */
static inline uint64_t hash_secret(void)
{
	return (uint64_t)(uintptr_t)intern_hash * 0x9e3779b97f4a7c15u | 1;
}

/* 128 bits of product, folded: each bit of either factor reaches all of it. */
static inline uint64_t hash_fold(uint64_t a, uint64_t b)
{
	unsigned __int128 product = (unsigned __int128)a * b;

	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* The hash of one number. Folded once, numbers in a row would still fall on
 * slots at equal distances, which may be few. */
static inline uint64_t hash_word(uint64_t word)
{
	uint64_t secret = hash_secret();

	return hash_fold(hash_fold(word ^ secret, 0xff51afd7ed558ccdu) ^ secret,
			 secret);
}

#endif
