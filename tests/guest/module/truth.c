// SPDX-License-Identifier: LGPL-2.1-or-later OR GPL-2.0-or-later
/*
 * The truth log: for each stack handed to perf, the whole call chain at that
 * instant, however deep, so that a test can compare what a profiler says
 * with what was. Read as binary from /sys/kernel/debug/lbrplay/truth; the
 * layout is struct truth_record, which tools/chains.c reads.
 *
 * A sample is found in it by its thread and time: the record was written
 * just before perf stamped the sample, on the same clock.
 */
#include <linux/debugfs.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/vmalloc.h>

#include "lbrplay.h"
#include "truth_record.h"

#define TRUTH_BYTES (48u << 20)

static char *log;
static atomic64_t used;

int truth_init(void)
{
	log = vzalloc(TRUTH_BYTES);
	return log ? 0 : -ENOMEM;
}

void truth_fini(void)
{
	vfree(log);
}

void truth_reset(void)
{
	atomic64_set(&used, 0);
}

/* A record that did not fit leaves used beyond the end: nothing follows. */
static struct truth_record *reserve(size_t size)
{
	u64 end = atomic64_add_return(size, &used);

	if (end > TRUTH_BYTES) {
		atomic64_sub(size, &used);
		atomic64_inc(&lbrplay_count.truth_lost);
		return NULL;
	}
	return (struct truth_record *)(log + end - size);
}

/*
 * Calls that a longjmp left on the hardware's stack are not part of the
 * chain. They were made from frames further in than the one that runs now,
 * so their stack pointer is not above that of the call inside them.
 */
static u32 count_true(const struct lbrplay_history *history, u64 sp,
		      struct truth_call *call)
{
	u32 nr = 0;

	for (u32 i = 0; i < history->nr; i++) {
		const struct lbrplay_branch *b = &history->branch[i];

		if (b->sp <= sp)
			continue;
		sp = b->sp;
		if (call)
			call[nr] = (struct truth_call){ b->from, b->to };
		nr++;
	}
	return nr;
}

void truth_log(u64 time, const struct pt_regs *user,
	       const struct lbrplay_history *history,
	       const struct lbrplay_stack *stack, bool is_polluted)
{
	struct truth_record *record;
	u32 nr = count_true(history, user->sp, NULL);

	record = reserve(sizeof(*record) + nr * sizeof(record->call[0]));
	if (!record)
		return;
	record->time = time;
	record->ip = user->ip;
	record->tid = task_pid_nr(current);
	record->flags =
		(is_polluted ? TRUTH_POLLUTED : 0) |
		(history->source == LBRPLAY_FOREIGN ? TRUTH_FOREIGN : 0) |
		(history->source == LBRPLAY_FRAMES ? TRUTH_FRAMES : 0);
	record->given = stack->nr;
	record->nr = nr;
	count_true(history, user->sp, record->call);
}

static ssize_t truth_read(struct file *file, char __user *to, size_t size,
			  loff_t *offset)
{
	return simple_read_from_buffer(to, size, offset, log,
				       atomic64_read(&used));
}

static const struct file_operations fops = {
	.owner = THIS_MODULE,
	.read = truth_read,
	.llseek = default_llseek,
};

const struct file_operations *truth_fops(void)
{
	return &fops;
}
