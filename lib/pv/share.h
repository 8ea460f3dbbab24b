/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A holder among holders: joining them, caring for the CPUs while one is among
 * them, leaving them. The guard does this; the recorder, if the guard is gone,
 * from the same memory. Nothing here allocates or writes texts.
 */
#ifndef LBRVIRT_PV_SHARE_H
#define LBRVIRT_PV_SHARE_H

#include "machine/machine.h"
#include "pv/journal.h"

/* What was done. One process writes; another may read at any time. */
struct share_counts {
	uint64_t writes; /* WRMSR issued, all CPUs */
	uint64_t cleared;
	uint64_t came;
	uint64_t went;
	uint64_t resumes;
	uint64_t failed;
	uint32_t cpus; /* of ours that are set */
};

/* A CPU on which something failed, and with what. */
struct share_failure {
	uint32_t cpu;
	int err; /* negative; 0: nothing failed */
	bool is_write;
};

/* Zero-initialised; lies in memory that guard and recorder share. */
struct share {
	struct machine *machine;
	uint32_t msr;
	bool is_wanted[CPUS_MAX];     /* may be offline */
	struct journal_holder holder; /* ourselves, as others will see us */
	struct journal journal;

	bool is_online[CPUS_MAX]; /* as of the last look */
	unsigned int nr_tries;	  /* to set CPUs that came */
	bool has_other_msr;	  /* why joining failed, too */
	bool is_ours[CPUS_MAX];	  /* we saw to it */
	uint64_t old[CPUS_MAX];	  /* of ours; if the journal is lost */
	uint64_t value[CPUS_MAX];
	uint64_t suspended_ns;
	struct share_counts counts;
	int result;		      /* the guard's, of joining or leaving */
	struct share_failure failure; /* why joining failed */
	uint32_t nr_left;	      /* CPUs that could not be put back */
	struct share_failure left;    /* the first of them */
	uint32_t nr_away;	      /* others, for they are offline */
	uint32_t away_cpu;	      /* the first of them */
	char online[64 << 10];	      /* room for the kernel's list */
};

/*
 * Set ACTIVE on all wanted CPUs that are online, old values noted in the
 * journal before. The slot was taken before. 0, or what journal functions and
 * MSR accesses return, share->failure set for the latter; -EBUSY also if the
 * others use another MSR. On failure share_leave() is due all the same.
 */
int share_join(struct share *share);

/* CPUs that came and went since the last call; a resume. */
void share_follow(struct share *share);

/* Set ACTIVE again where somebody cleared it. */
void share_check(struct share *share);

/*
 * Leave, and if no other holder is alive, put back what was there, except on
 * CPUs that share->left and away tell of: those stay in the journal. 0 or what journal
 * functions return; the CPUs were put back even so.
 */
int share_leave(struct share *share);

/*
 * Put back what dead holders left. @ret_cpus: on how many CPUs. 0 or what
 * journal functions return; -EBUSY also with share->holder.is_listed: somebody
 * is alive, of pid share->holder.pid if it is not 0; nothing was touched.
 */
int share_reset(struct share *share, uint32_t *ret_cpus);

#endif
