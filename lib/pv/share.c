/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The order of steps that makes any of them safe to be killed at: an old value
 * is in the journal before the MSR is written, and out of it after the MSR is
 * put back; a slot is taken before a CPU is set, and given back, under the
 * journal's lock, after the decision who is the last. What dead holders left
 * is taken over with its old values by the next who joins.
 */
#include "config.h"

#include "pv/share.h"

#include <errno.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "pv/journal_file.h"
#include "pv/msr.h"

#define ONLINE	       "/sys/devices/system/cpu/online"
#define LOCK_LIMIT_MS  10000
#define SHORT_LIMIT_MS 500 /* while the recorder may want to end */
#define TRIES_MAX      20  /* to set a CPU that came, a tick each */
/* Two clocks read one after the other differ by less, a suspend by more. */
#define RESUME_NS 10000000

static void note_failure(struct share_failure *failure, uint32_t cpu, int err,
			 bool is_write)
{
	if (failure->err)
		return;
	failure->cpu = cpu;
	failure->err = err;
	failure->is_write = is_write;
}

/* Which CPUs are online now; as before, if that cannot be read. */
static void look_online(struct share *share, bool is_online[CPUS_MAX])
{
	struct machine *machine = share->machine;
	ssize_t n = machine->ops->peek_file(machine, ONLINE, share->online,
					    sizeof(share->online));

	memset(is_online, 0, CPUS_MAX * sizeof(bool));
	if (n <= 0 || cpus_mark(share->online, is_online) != 0)
		memcpy(is_online, share->is_online, sizeof(share->is_online));
}

/* Those whose slot is free died. Our own slot was somebody's who did. */
static void forget_dead(struct journal *journal)
{
	for (int slot = 0; slot < JOURNAL_HOLDERS_MAX; slot++) {
		if (journal->holders[slot].is_listed &&
		    !journal_is_alive(journal, slot))
			journal->holders[slot].is_listed = false;
	}
}

/*
 * Read the CPUs of @mask and note those in the journal that are not there
 * yet. CPUs that are offline by now leave the mask. 0 or what a read failed
 * with.
 */
static int read_cpus(struct share *share, bool mask[CPUS_MAX])
{
	struct journal *journal = &share->journal;

	for (uint32_t cpu = 0; cpu < CPUS_MAX; cpu++) {
		int err;

		if (!mask[cpu])
			continue;
		err = pv_msr_read(share->machine, cpu, share->msr,
				  &share->value[cpu]);
		if (err) {
			mask[cpu] = false;
			if (err == -ENXIO)
				continue;
			share->counts.failed++;
			note_failure(&share->failure, cpu, err, false);
			return err;
		}
		if (!journal->is_set[cpu]) {
			journal->is_set[cpu] = true;
			journal->old[cpu] = share->value[cpu];
		}
		share->old[cpu] = journal->old[cpu];
	}
	return 0;
}

static int write_cpus(struct share *share, const bool mask[CPUS_MAX])
{
	for (uint32_t cpu = 0; cpu < CPUS_MAX; cpu++) {
		int err;

		if (!mask[cpu])
			continue;
		if (!share->is_ours[cpu])
			share->counts.cpus++;
		share->is_ours[cpu] = true;
		err = pv_msr_write_active(share->machine, cpu, share->msr,
					  share->value[cpu], true,
					  &share->counts.writes);
		if (!err || err == -ENXIO)
			continue;
		share->counts.failed++;
		note_failure(&share->failure, cpu, err, true);
		return err;
	}
	return 0;
}

/* Read, note, write. The lock is held and the journal loaded. */
static int set_cpus(struct share *share, bool mask[CPUS_MAX])
{
	struct journal *journal = &share->journal;
	int err;

	journal->holders[journal->slot] = share->holder;
	journal->msr = share->msr;
	err = read_cpus(share, mask);
	if (!err)
		err = journal_file_store(journal);
	if (!err)
		err = write_cpus(share, mask);
	return err;
}

static void note_left(struct share *share, uint32_t cpu, int err)
{
	if (err != -ENXIO) {
		share->nr_left++;
		note_failure(&share->left, cpu, err, true);
	} else if (share->nr_away++ == 0) {
		share->away_cpu = cpu;
	}
}

/* Everything that is set. What cannot be put back stays set in the journal;
 * only what was ours is told: the rest somebody was told before. */
static void put_back(struct share *share, uint32_t msr)
{
	struct journal *journal = &share->journal;

	for (uint32_t cpu = 0; cpu < CPUS_MAX; cpu++) {
		int err;

		if (!journal->is_set[cpu])
			continue;
		err = pv_msr_set_active(share->machine, cpu, msr,
					journal->old[cpu] & LBRVIRT_PV_ACTIVE,
					NULL, &share->counts.writes);
		if (!err) {
			journal->is_set[cpu] = false;
			share->is_ours[cpu] = false;
			continue;
		}
		if (err != -ENXIO)
			share->counts.failed++;
		if (share->is_ours[cpu])
			note_left(share, cpu, err);
	}
}

static uint32_t count_set(const struct journal *journal)
{
	uint32_t nr = 0;

	for (uint32_t cpu = 0; cpu < CPUS_MAX; cpu++)
		nr += journal->is_set[cpu];
	return nr;
}

/* There is one control MSR on a machine: who names another one waits for
 * those who use the first. */
static int settle_msr(struct share *share)
{
	struct journal *journal = &share->journal;

	if (journal->msr == share->msr || count_set(journal) == 0)
		return 0;
	if (!journal_is_alive(journal, -1))
		put_back(share, journal->msr);
	share->has_other_msr = count_set(journal) != 0;
	return share->has_other_msr ? -EBUSY : 0;
}

int share_join(struct share *share)
{
	struct machine *machine = share->machine;
	bool mask[CPUS_MAX];
	int lock = journal_lock(&share->journal, LOCK_LIMIT_MS);
	int err;

	if (lock < 0)
		return lock;
	share->suspended_ns = machine->ops->suspended_ns(machine);
	look_online(share, share->is_online);
	for (uint32_t cpu = 0; cpu < CPUS_MAX; cpu++)
		mask[cpu] = share->is_wanted[cpu] && share->is_online[cpu];
	err = journal_file_load(&share->journal);
	if (!err) {
		forget_dead(&share->journal);
		err = settle_msr(share);
	}
	if (!err)
		err = set_cpus(share, mask);
	journal_unlock(lock);
	return err;
}

/* CPUs on which somebody else cleared the bit since, unless @is_resume: then
 * the machine did. */
static void assert_again(struct share *share, bool is_resume)
{
	for (uint32_t cpu = 0; cpu < CPUS_MAX; cpu++) {
		uint64_t value = 0;
		int err;

		if (!share->is_ours[cpu] || !share->is_online[cpu])
			continue;
		err = pv_msr_read(share->machine, cpu, share->msr, &value);
		if (!err && !(value & LBRVIRT_PV_ACTIVE)) {
			share->counts.cleared += !is_resume;
			err = pv_msr_write_active(share->machine, cpu,
						  share->msr, value, true,
						  &share->counts.writes);
		}
		if (err && err != -ENXIO)
			share->counts.failed++;
	}
}

void share_check(struct share *share)
{
	assert_again(share, false);
}

/*
 * Set CPUs that came online. False: try later, for the lock could not be had,
 * or not all could be set: a CPU is online some moments before its msr device
 * is there.
 */
static bool set_new(struct share *share, bool mask[CPUS_MAX])
{
	int lock = journal_lock(&share->journal, SHORT_LIMIT_MS);
	uint64_t failed = share->counts.failed;
	int err;

	if (lock < 0)
		return false;
	err = journal_file_load(&share->journal);
	if (err)
		share->counts.failed++;
	else
		err = set_cpus(share, mask);
	journal_unlock(lock);
	if (!err || ++share->nr_tries == TRIES_MAX) {
		share->nr_tries = 0;
		return true;
	}
	share->counts.failed = failed;
	return false;
}

static void follow_cpus(struct share *share)
{
	bool is_online[CPUS_MAX];
	bool mask[CPUS_MAX];
	uint64_t came = 0;

	look_online(share, is_online);
	for (uint32_t cpu = 0; cpu < CPUS_MAX; cpu++) {
		bool was_online = share->is_online[cpu];

		mask[cpu] = share->is_wanted[cpu] && is_online[cpu] &&
			    !was_online;
		came += mask[cpu];
		share->counts.went += share->is_wanted[cpu] && was_online &&
				      !is_online[cpu];
		share->is_online[cpu] = was_online && is_online[cpu];
	}
	if (came == 0 || !set_new(share, mask))
		return;
	share->counts.came += came;
	memcpy(share->is_online, is_online, sizeof(share->is_online));
}

void share_follow(struct share *share)
{
	struct machine *machine = share->machine;
	uint64_t suspended_ns = machine->ops->suspended_ns(machine);

	follow_cpus(share);
	if (suspended_ns > share->suspended_ns + RESUME_NS) {
		share->counts.resumes++;
		assert_again(share, true);
	}
	share->suspended_ns = suspended_ns;
}

/* The file's entries of ours may be lost: somebody removed or broke it. */
static void recall_ours(struct share *share)
{
	struct journal *journal = &share->journal;

	for (uint32_t cpu = 0; cpu < CPUS_MAX; cpu++) {
		if (!share->is_ours[cpu] || journal->is_set[cpu])
			continue;
		journal->is_set[cpu] = true;
		journal->old[cpu] = share->old[cpu];
		journal->msr = share->msr;
	}
}

int share_leave(struct share *share)
{
	struct journal *journal = &share->journal;
	bool is_last;
	int lock;
	int err;

	if (journal->slot < 0)
		return 0;
	/* Without the lock, too: better a race than MSRs left set. */
	lock = journal_lock(journal, 0);
	err = journal_file_load(journal);
	recall_ours(share);
	journal->holders[journal->slot].is_listed = false;
	is_last = !journal_is_alive(journal, -1);
	if (is_last) {
		forget_dead(journal);
		put_back(share, journal->msr ? journal->msr : share->msr);
	}
	/* What others can still mend is theirs; a broken file without them is
	 * replaced by what we know. */
	if (is_last || !err)
		err = journal_file_store(journal);
	journal_give_slot(journal);
	journal_unlock(lock);
	return lock < 0 ? lock : err;
}

/* 0: it has a slot and is about to list itself. */
static pid_t find_alive(const struct journal *journal)
{
	for (int slot = 0; slot < JOURNAL_HOLDERS_MAX; slot++) {
		if (journal->holders[slot].is_listed &&
		    journal_is_alive(journal, slot))
			return journal->holders[slot].pid;
	}
	return 0;
}

int share_reset(struct share *share, uint32_t *ret_cpus)
{
	struct journal *journal = &share->journal;
	int lock = journal_lock(journal, LOCK_LIMIT_MS);
	uint32_t before;
	int err;

	if (lock < 0)
		return lock;
	err = journal_file_load(journal);
	if (!err && journal_is_alive(journal, -1)) {
		share->holder.pid = find_alive(journal);
		share->holder.is_listed = true;
		err = -EBUSY;
	}
	before = count_set(journal);
	if (!err && before) {
		memcpy(share->is_ours, journal->is_set, sizeof(share->is_ours));
		put_back(share, journal->msr);
	}
	if (!err) {
		forget_dead(journal);
		err = journal_file_store(journal);
		*ret_cpus = before - count_set(journal);
	}
	journal_unlock(lock);
	return err;
}
