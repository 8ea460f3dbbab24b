/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Whether to hold, and the words for it: nothing is written unless the verdict
 * is for it, the guest's kernel keeps off and there are branch records to
 * protect. What is done then, the guard does.
 */
#include "config.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "base/error.h"
#include "machine/cpus.h"
#include "pv/assertion.h"
#include "pv/guard.h"
#include "pv/kernel.h"
#include "pv/msr.h"

#define REASON_SIZE   1200
#define LOCK_LIMIT_MS 10000

struct lbrvirt_pv_hold {
	struct lbrvirt_context *ctx;
	pid_t owner; /* a forked copy of it must not release */
	bool is_active;
	struct share *share; /* mapped shared; NULL: holds nothing */
	struct guard guard;
	int fds[2]; /* of the share's journal */
	struct lbrvirt_pv_summary summary;
	char reason[REASON_SIZE];
	char lifted[32];
};

/* The verdict's text has lines; an error's is one. */
static int refuse_verdict(struct lbrvirt_context *ctx,
			  const struct lbrvirt_pv *pv)
{
	char text[sizeof(pv->text)];
	size_t length;

	snprintf(text, sizeof(text), "%s", pv->text);
	length = strlen(text);
	while (length && text[length - 1] == '\n')
		text[--length] = '\0';
	for (char *p = text; *p; p++)
		if (*p == '\n')
			*p = ' ';
	return error_set(ctx, ENODEV,
			 "%s \"lbrprof pv status\" has the evidence", text);
}

/*
 * Whether the kernel of this guest leaves the protocol to us. With a holder
 * about, ACTIVE says nothing; and that one has asked. 1: it does; 0: it does
 * not, the reason is in the hold; or a negative code.
 */
static int ask_kernel(struct lbrvirt_pv_hold *hold, const struct lbrvirt_pv *pv,
		      const struct cpus *cpus)
{
	struct machine *machine = hold->share->machine;
	struct share_failure failure = { .is_write = false };
	struct kernel_test test;

	if (journal_is_alive(&hold->share->journal, -1))
		return 1;
	failure.err = kernel_look(machine, cpus, pv->assertion.msr, &test,
				  &failure.cpu);
	if (failure.err)
		return pv_msr_error(hold->ctx, machine, failure.cpu,
				    failure.err, false);
	if (test.answer == KERNEL_DRIVES) {
		hold->summary.is_kernel_driven = true;
		snprintf(hold->reason, sizeof(hold->reason),
			 "the kernel of this guest drives the protocol itself");
		return 0;
	}
	if (test.answer == KERNEL_KEEPS_OFF ||
	    pv->assertion.mode == LBRVIRT_PV_FORCE)
		return 1;
	if (test.open_err)
		return error_set(
			hold->ctx, ENODEV,
			"no LBR call-stack event opens here (%s), so there is nothing to protect; \"lbrprof doctor\" says why",
			strerror(test.open_err));
	return error_set(
		hold->ctx, ENODEV,
		"whether the kernel drives the protocol itself cannot be tested: no LBR call-stack event gets onto a CPU; end other users of the PMU");
}

static struct share *map_share(void)
{
	void *memory = mmap(NULL, sizeof(struct share), PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED)
		return NULL;
	journal_init(&((struct share *)memory)->journal);
	return memory;
}

static void unmap_share(struct share *share)
{
	if (!share)
		return;
	journal_close(&share->journal);
	munmap(share, sizeof(*share));
}

static void describe_ourselves(struct journal_holder *holder)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	holder->is_listed = true;
	holder->pid = getpid();
	holder->since_ns =
		(uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
	holder->start_ticks = journal_start_ticks(holder->pid);
}

static int refuse_join(const struct lbrvirt_pv_hold *hold, int err)
{
	struct lbrvirt_context *ctx = hold->ctx;
	const struct share *share = hold->share;

	if (share->failure.err)
		return pv_msr_error(ctx, share->machine, share->failure.cpu,
				    share->failure.err,
				    share->failure.is_write);
	if (share->has_other_msr)
		return error_set(
			ctx, EBUSY,
			"others hold the protocol through MSR 0x%" PRIx32
			", not 0x%" PRIx32 ": see \"lbrprof pv status\"",
			share->journal.msr, share->msr);
	if (hold->guard.was_killed)
		return error_set(
			ctx, EIO,
			"the guard process was killed while it set the CPUs; they were put back: try again");
	if (err == -ENOMEM || err == -EAGAIN)
		return error_set(ctx, ENOMEM,
				 "the guard process cannot be started: %s",
				 strerror(-err));
	return journal_error(ctx, &share->journal, err);
}

/*
 * The verdict, and the test of the kernel. Under the journal's lock, under
 * which nobody joins or leaves: or else ACTIVE that a holder set this moment
 * would be taken for KVM's POLL_CONTROL, or for the kernel's doing. The same
 * results as ask_kernel().
 */
static int judge(struct lbrvirt_pv_hold *hold, const struct pv_paths *paths,
		 const struct lbrvirt_pv_opts *opts)
{
	struct machine *machine = hold->share->machine;
	struct cpus cpus = { NULL, 0 };
	struct lbrvirt_pv *pv;
	int err = pv_status_on(hold->ctx, machine, paths, opts, &pv);

	if (err)
		return err;
	snprintf(hold->lifted, sizeof(hold->lifted), "%s", pv->lifted);
	hold->share->msr = pv->assertion.msr;
	if (pv->verdict != LBRVIRT_PV_LBR || !pv->is_asserted)
		err = refuse_verdict(hold->ctx, pv);
	else
		err = cpus_online(hold->ctx, machine, opts ? opts->cpus : NULL,
				  &cpus);
	if (!err)
		err = ask_kernel(hold, pv, &cpus);
	cpus_fini(&cpus);
	lbrvirt_pv_free(pv);
	return err;
}

static int judge_locked(struct lbrvirt_pv_hold *hold,
			const struct pv_paths *paths,
			const struct lbrvirt_pv_opts *opts)
{
	struct journal *journal = &hold->share->journal;
	int lock = journal_lock(journal, LOCK_LIMIT_MS);
	int err;

	if (lock < 0)
		return journal_error(hold->ctx, journal, lock);
	err = judge(hold, paths, opts);
	journal_unlock(lock);
	return err;
}

/* From here on something is written. */
static int start_guard(struct lbrvirt_pv_hold *hold)
{
	struct share *share = hold->share;
	int err;

	describe_ourselves(&share->holder);
	err = journal_take_slot(hold->ctx, &share->journal);
	if (err)
		return err;
	err = guard_start(share, &hold->guard);
	if (err)
		return refuse_join(hold, err);
	hold->fds[0] = share->journal.dir;
	hold->fds[1] = share->journal.slot_fd;
	hold->is_active = true;
	return 0;
}

/*
 * A first look, which makes and opens nothing: 1: drive it; 0: vetoed, but
 * perhaps only because of a holder; or a negative code.
 */
static int look_first(struct lbrvirt_pv_hold *hold, struct machine *machine,
		      const struct pv_paths *paths,
		      const struct lbrvirt_pv_opts *opts)
{
	struct lbrvirt_pv *pv;
	int err = pv_status_on(hold->ctx, machine, paths, opts, &pv);

	if (err)
		return err;
	if (pv->verdict != LBRVIRT_PV_LBR)
		err = refuse_verdict(hold->ctx, pv);
	lbrvirt_pv_free(pv);
	return !err;
}

static int prepare_share(struct lbrvirt_pv_hold *hold, struct machine *machine,
			 const char *cpus)
{
	struct share *share = map_share();

	if (!share)
		return error_set(hold->ctx, ENOMEM, "out of memory");
	hold->share = share;
	share->machine = machine;
	memset(share->is_wanted, !cpus, sizeof(share->is_wanted));
	if (cpus && cpus_mark(cpus, share->is_wanted) != 0)
		return error_set(hold->ctx, EINVAL,
				 "\"%s\" is no list of CPUs such as 0-2,5",
				 cpus);
	return 0;
}

static bool is_demanded(const struct lbrvirt_pv_opts *opts)
{
	return opts && (opts->mode == LBRVIRT_PV_ASSUME ||
			opts->mode == LBRVIRT_PV_FORCE);
}

/* Most machines end here: nothing is made, opened or read for them. 0, or a
 * code. */
static int check_asserted(struct lbrvirt_pv_hold *hold, struct machine *machine,
			  const struct pv_paths *paths,
			  const struct lbrvirt_pv_opts *opts)
{
	struct lbrvirt_pv *pv = calloc(1, sizeof(*pv));
	int err;

	if (!pv)
		return error_set(hold->ctx, ENOMEM, "out of memory");
	err = assertion_find(hold->ctx, machine, paths, opts, pv);
	if (err && !is_demanded(opts))
		log_write(hold->ctx, LBRVIRT_LOG_NOTICE, "PV LBR: %s",
			  lbrvirt_context_error(hold->ctx));
	hold->summary.is_asserted = !err && pv->is_asserted;
	if (!err && !pv->is_asserted)
		err = error_set(
			hold->ctx, ENODEV,
			"nobody asserts that this host speaks the protocol");
	free(pv);
	return err;
}

static int try_holding(struct lbrvirt_pv_hold *hold, struct machine *machine,
		       const struct pv_paths *paths,
		       const struct lbrvirt_pv_opts *opts)
{
	int err = check_asserted(hold, machine, paths, opts);
	int likely;

	if (err)
		return err;
	likely = look_first(hold, machine, paths, opts);
	if (likely < 0)
		return likely;
	err = prepare_share(hold, machine, opts ? opts->cpus : NULL);
	if (err)
		return err;
	/* Where nobody ever held it, a veto is one: its text stands. */
	if (!likely &&
	    journal_open(NULL, paths, false, &hold->share->journal) == -ENOENT)
		return -ENODEV;
	if (hold->share->journal.dir < 0)
		err = journal_open(hold->ctx, paths, likely,
				   &hold->share->journal);
	if (err)
		return err;
	err = judge_locked(hold, paths, opts);
	return err > 0 ? start_guard(hold) : err;
}

int pv_acquire_on(struct lbrvirt_context *ctx, struct machine *machine,
		  const struct pv_paths *paths,
		  const struct lbrvirt_pv_opts *opts,
		  struct lbrvirt_pv_hold **ret_hold)
{
	struct lbrvirt_pv_hold *hold;
	int err = 0;

	assert(ctx && machine && paths && ret_hold);
	hold = calloc(1, sizeof(*hold));
	if (!hold)
		return error_set(ctx, ENOMEM, "out of memory");
	hold->ctx = ctx;
	hold->owner = getpid();
	hold->guard.socket = -1;
	if (opts && opts->mode == LBRVIRT_PV_OFF)
		snprintf(hold->reason, sizeof(hold->reason),
			 "it was turned off");
	else
		err = try_holding(hold, machine, paths, opts);
	if (err && err != -EINVAL && err != -ENOMEM && !is_demanded(opts)) {
		snprintf(hold->reason, sizeof(hold->reason), "%s",
			 lbrvirt_context_error(ctx));
		err = 0;
	}
	if (err) {
		lbrvirt_pv_hold_free(hold);
		return err;
	}
	if (!hold->is_active) {
		unmap_share(hold->share);
		hold->share = NULL;
	}
	*ret_hold = hold;
	return 0;
}

/* The guard adds to these, in its process. */
static uint64_t peek(const uint64_t *count)
{
	return __atomic_load_n(count, __ATOMIC_RELAXED);
}

static void update_summary(struct lbrvirt_pv_hold *hold)
{
	const struct share *share = hold->share;
	struct lbrvirt_pv_summary *summary = &hold->summary;

	summary->reason = hold->reason;
	summary->lifted = hold->lifted;
	if (!share)
		return;
	summary->is_held = true;
	summary->cpus = __atomic_load_n(&share->counts.cpus, __ATOMIC_RELAXED);
	summary->writes = peek(&share->counts.writes);
	summary->cleared = peek(&share->counts.cleared);
	summary->came = peek(&share->counts.came);
	summary->went = peek(&share->counts.went);
	summary->resumes = peek(&share->counts.resumes);
	summary->failed = peek(&share->counts.failed);
}

static int report_left(struct lbrvirt_pv_hold *hold, int err)
{
	const struct share *share = hold->share;
	const struct share_failure *left = &share->left;
	char text[PV_WORDS_SIZE];

	if (share->nr_left) {
		pv_msr_explain(share->machine, left->err, true, text,
			       sizeof(text));
		return error_set(
			hold->ctx, EIO,
			"MSR 0x%" PRIx32 " of CPU %" PRIu32
			"%s could not be put back: %s; then \"lbrprof pv reset\" does it",
			share->msr, left->cpu,
			share->nr_left > 1 ? " and others" : "", text);
	}
	if (share->nr_away)
		log_write(
			hold->ctx, LBRVIRT_LOG_NOTICE,
			"CPU %" PRIu32 "%s went offline with MSR 0x%" PRIx32
			" set; when it is back, \"lbrprof pv reset\" or the next holder puts it back",
			share->away_cpu,
			share->nr_away > 1 ? " and others" : "", share->msr);
	if (err == -EBUSY)
		return error_set(
			hold->ctx, EIO,
			"the guard process %d does not answer: is it stopped? It puts back what was there when it goes on",
			(int)hold->guard.pid);
	if (err) {
		journal_error(hold->ctx, &share->journal, err);
		return -EIO;
	}
	return 0;
}

int lbrvirt_pv_release(struct lbrvirt_pv_hold *hold)
{
	int err;

	if (!hold)
		return -EINVAL;
	if (!hold->is_active || hold->owner != getpid())
		return 0;
	hold->is_active = false;
	err = guard_stop(hold->share, &hold->guard);
	hold->summary.has_lost_guard = hold->guard.was_killed;
	err = report_left(hold, err);
	guard_close(&hold->guard);
	journal_close(&hold->share->journal);
	return err;
}

const struct lbrvirt_pv_summary *
lbrvirt_pv_hold_summary(struct lbrvirt_pv_hold *hold)
{
	if (!hold)
		return NULL;
	if (hold->is_active && hold->owner == getpid())
		hold->summary.has_lost_guard = !guard_lives(&hold->guard);
	update_summary(hold);
	return &hold->summary;
}

void lbrvirt_pv_hold_free(struct lbrvirt_pv_hold *hold)
{
	if (!hold)
		return;
	lbrvirt_pv_release(hold);
	guard_close(&hold->guard);
	if (hold->is_active) {
		/* A forked copy: the memory is still the holder's, to whom
		 * the journal must not seem closed. */
		close(hold->fds[0]);
		close(hold->fds[1]);
		munmap(hold->share, sizeof(*hold->share));
	} else {
		unmap_share(hold->share);
	}
	free(hold);
}

int lbrvirt_pv_acquire(struct lbrvirt_context *ctx,
		       const struct lbrvirt_pv_opts *opts,
		       struct lbrvirt_pv_hold **ret_hold)
{
	if (!ctx || !ret_hold)
		return -EINVAL;
	if (opts && opts->size != sizeof(*opts))
		return error_set(ctx, EINVAL,
				 "size is not that of struct lbrvirt_pv_opts");
	if (opts && opts->sysroot)
		return error_set(
			ctx, EINVAL,
			"a saved machine has no MSRs to set: leave sysroot out");
	return pv_acquire_on(ctx, machine_live(), &pv_paths_default, opts,
			     ret_hold);
}
