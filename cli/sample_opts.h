/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Options that commands which read a recording have in common: which samples
 * count, and where names come from. A command puts the rows into its table and
 * asks sample_opts_place() for what it does not know itself.
 */
#ifndef LBRPROF_SAMPLE_OPTS_H
#define LBRPROF_SAMPLE_OPTS_H

#include <lbrvirt/profile.h>
#include <lbrvirt/symbol.h>

/* A command's own keys begin at 256, as is usual, and end below these. */
enum sample_opts_key {
	SAMPLE_OPTS_EVENT = 1024,
	SAMPLE_OPTS_PID,
	SAMPLE_OPTS_TID,
	SAMPLE_OPTS_TIME,
	SAMPLE_OPTS_SYMFS,
	SAMPLE_OPTS_KALLSYMS,
};

/* clang-format off */
/* Two recordings have these in common. */
#define SAMPLE_OPTS_BOTH                                                    \
	{ "event", SAMPLE_OPTS_EVENT, "EVENT", 0, "of this event", 0 },     \
	{ "comm", 'c', "NAME,...", 0, "of threads with these names", 0 },   \
	{ "cpu", 'C', "CPUS", 0, "on these CPUs: 0-2,5", 0 }

#define SAMPLE_OPTS_WHICH                                                   \
	SAMPLE_OPTS_BOTH,                                                   \
	{ "pid", SAMPLE_OPTS_PID, "PID,...", 0, "of these processes", 0 },  \
	{ "tid", SAMPLE_OPTS_TID, "TID,...", 0, "of these threads", 0 }

#define SAMPLE_OPTS_SYMFS_ROW                                               \
	{ "symfs", SAMPLE_OPTS_SYMFS, "DIR", 0, "look for files below DIR", \
	  0 }

#define SAMPLE_OPTS_NAMES                                                   \
	SAMPLE_OPTS_SYMFS_ROW,                                              \
	{ "kallsyms", SAMPLE_OPTS_KALLSYMS, "FILE", 0,                      \
	  "the kernel's symbols", 0 }
/* clang-format on */

/* Where the argument of an option of these belongs; NULL: it is none of them.
 * @profile is NULL where the command takes all samples. */
const char **sample_opts_place(int key, struct lbrvirt_profile_opts *profile,
			       struct lbrvirt_resolver_opts *resolver);

#endif
