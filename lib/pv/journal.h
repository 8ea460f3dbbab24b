/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What all holders on this machine share, below /run/lbrvirt/: who holds
 * ACTIVE, and which CPUs were set with what before. Locks are of open file
 * descriptions and end with the last process that has them, so a holder that
 * died is one whose lock is free.
 */
#ifndef LBRVIRT_PV_JOURNAL_H
#define LBRVIRT_PV_JOURNAL_H

#include "machine/cpus.h"
#include "pv/pv.h"

enum {
	JOURNAL_HOLDERS_MAX = 256,
	JOURNAL_BYTES_MAX = 256 << 10, /* all CPUs and all holders fit */
	JOURNAL_BOOT_ID_SIZE = 40,
	JOURNAL_DIR_SIZE = 256,
};

/* For display only: whether it lives, its lock says. */
struct journal_holder {
	bool is_listed;
	pid_t pid;
	uint64_t since_ns;    /* CLOCK_BOOTTIME */
	uint64_t start_ticks; /* of the process: tells it from a namesake */
};

/*
 * One holder's access to the shared state. It may lie in memory that guard and
 * recorder share; the descriptors have the same numbers in both.
 */
struct journal {
	char dir_path[JOURNAL_DIR_SIZE];
	char boot_id[JOURNAL_BOOT_ID_SIZE];
	int dir;
	int slot_fd; /* has the lock of the slot */
	int slot;    /* -1: none taken */

	/* The file as of journal_file_load(), and for journal_file_store(). */
	uint64_t checksum; /* 0: nothing was there */
	uint32_t msr;
	struct journal_holder holders[JOURNAL_HOLDERS_MAX];
	bool is_set[CPUS_MAX];
	uint64_t old[CPUS_MAX];

	unsigned char bytes[JOURNAL_BYTES_MAX];
};

/* Make zeroed storage one that is not open. */
void journal_init(struct journal *journal);

/*
 * Open the folder in @journal, not open so far; made if it is not there
 * and @may_make. 0; -ENOENT: it is not there; -EACCES: it is not ours alone,
 * or may not be entered; -EIO. The context's text says what to do.
 */
int journal_open(struct lbrvirt_context *ctx, const struct pv_paths *paths,
		 bool may_make, struct journal *journal);

/* Close the descriptors. Slots end when the last process did so. */
void journal_close(struct journal *journal);

/* Take a slot: from now on this holder is alive. 0, -EOVERFLOW (none is free)
 * or what journal_open() has. */
int journal_take_slot(struct lbrvirt_context *ctx, struct journal *journal);

/* The text for what the functions below returned. Returns -code. */
int journal_error(struct lbrvirt_context *ctx, const struct journal *journal,
		  int err);

/*
 * The rest neither allocates nor writes texts: a forked child may call it.
 *
 * Take the lock under which the file is read and written, for one process: a descriptor for
 * journal_unlock(), or -EBUSY after @limit_ms (0: no limit), -EACCES, -EIO.
 */
int journal_lock(const struct journal *journal, unsigned int limit_ms);
void journal_unlock(int lock);

/* Give the slot back, and with it the claim to be alive. */
void journal_give_slot(struct journal *journal);

/* Whether anybody but @journal has a slot: this one, or (-1) any. */
bool journal_is_alive(const struct journal *journal, int slot);

/*
 * Read the journal for pv->holders, pv->is_stale, and of pv->cpus, which is
 * filled in before, is_held and old_value. Takes no lock that others could
 * wait for, and changes nothing. No journal, or one of an earlier boot, is
 * nobody and nothing. 0, -EBADMSG, -EACCES, -ENOMEM or -EIO.
 */
int journal_look(struct lbrvirt_context *ctx, const struct pv_paths *paths,
		 struct lbrvirt_pv *pv);

/* Open a file of the folder; a descriptor or -ENOENT, -EACCES (it is not ours
 * alone), -EIO and the like. */
int journal_open_file(const struct journal *journal, const char *name,
		      int flags);

/* When a process started, in ticks since boot; 0: it is not there. */
uint64_t journal_start_ticks(pid_t pid);

#endif
