// SPDX-License-Identifier: LGPL-2.1-or-later OR GPL-2.0-or-later
/*
 * The PMU "cpu": hardware events that count nanoseconds of the task's time
 * as cycles of a 1 GHz CPU, and sample on a timer. Which branch stacks it
 * opens and refuses follows the drivers of Linux 6.1,
 * arch/x86/events/intel/lbr.c and arch/x86/events/amd/lbr.c.
 */
#include <linux/cpu.h>
#include <linux/hrtimer.h>
#include <linux/kprobes.h>
#include <linux/sched/task_stack.h>
#include <linux/sysfs.h>
#include <linux/timekeeping.h>
#include <asm/irq_regs.h>

#include "lbrplay.h"

/* Emulated CPUs are slow: shorter periods would leave the task no time. */
#define PERIOD_MIN_NS 100000

#define PRIVILEGE_BITS                                         \
	(PERF_SAMPLE_BRANCH_USER | PERF_SAMPLE_BRANCH_KERNEL | \
	 PERF_SAMPLE_BRANCH_HV)
/* What to add to a branch, not which branches. */
#define DETAIL_BITS                                                   \
	(PERF_SAMPLE_BRANCH_NO_FLAGS | PERF_SAMPLE_BRANCH_NO_CYCLES | \
	 PERF_SAMPLE_BRANCH_TYPE_SAVE | PERF_SAMPLE_BRANCH_HW_INDEX | \
	 PERF_SAMPLE_BRANCH_PRIV_SAVE)
#define AMD_REFUSED_BITS                                               \
	(PERF_SAMPLE_BRANCH_CALL_STACK | PERF_SAMPLE_BRANCH_NO_FLAGS | \
	 PERF_SAMPLE_BRANCH_NO_CYCLES | PERF_SAMPLE_BRANCH_ABORT_TX |  \
	 PERF_SAMPLE_BRANCH_IN_TX | PERF_SAMPLE_BRANCH_NO_TX)

typedef int (*overflow_fn)(struct perf_event *event,
			   struct perf_sample_data *data, struct pt_regs *regs);
static overflow_fn overflow;

static struct pmu pmu;
static bool is_registered;

/* --- sysfs --- */

PMU_FORMAT_ATTR(event, "config:0-7");
PMU_FORMAT_ATTR(umask, "config:8-15");

static struct attribute *format_attrs[] = {
	&format_attr_event.attr,
	&format_attr_umask.attr,
	NULL,
};
static const struct attribute_group format_group = {
	.name = "format",
	.attrs = format_attrs,
};

static ssize_t branches_show(struct device *dev, struct device_attribute *attr,
			     char *text)
{
	return sysfs_emit(text, "%d\n", lbrplay_set.depth);
}
static DEVICE_ATTR_RO(branches);

static ssize_t max_precise_show(struct device *dev,
				struct device_attribute *attr, char *text)
{
	return sysfs_emit(text, "0\n");
}
static DEVICE_ATTR_RO(max_precise);

static ssize_t pmu_name_show(struct device *dev, struct device_attribute *attr,
			     char *text)
{
	return sysfs_emit(text, "lbrplay\n");
}
static DEVICE_ATTR_RO(pmu_name);

static struct attribute *caps_attrs[] = {
	&dev_attr_branches.attr,
	&dev_attr_max_precise.attr,
	&dev_attr_pmu_name.attr,
	NULL,
};

static umode_t is_cap_visible(struct kobject *kobj, struct attribute *attr,
			      int index)
{
	if (attr == &dev_attr_branches.attr && !lbrplay_set.depth)
		return 0;
	return attr->mode;
}

static const struct attribute_group caps_group = {
	.name = "caps",
	.attrs = caps_attrs,
	.is_visible = is_cap_visible,
};

static const struct attribute_group *groups[] = {
	&format_group,
	&caps_group,
	NULL,
};

int pmu_update_caps(void)
{
	if (!is_registered)
		return 0;
	return sysfs_update_group(&pmu.dev->kobj, &caps_group);
}

/* --- samples --- */

struct scratch {
	struct lbrplay_history history;
	struct lbrplay_stack stack;
};
static struct scratch __percpu *scratches;

/* The user registers at the last instant in user mode, or NULL. */
static const struct pt_regs *find_user_regs(struct pt_regs *regs)
{
	if (!current->mm)
		return NULL;
	return user_mode(regs) ? regs : task_pt_regs(current);
}

static void read_history(const struct perf_event *event,
			 const struct pt_regs *user,
			 struct lbrplay_history *history)
{
	u64 wanted = event->attr.branch_sample_type;

	history->nr = 0;
	history->pushed = 0;
	history->source = LBRPLAY_NOTHING;
	if (!user)
		return;
	if (!(wanted & PERF_SAMPLE_BRANCH_CALL_STACK))
		branches_read(user, history);
	else if (!calls_read(user, history))
		frames_read(user, history);
}

static void count_stack(const struct scratch *s, int is_polluted)
{
	atomic64_inc(s->stack.nr ? &lbrplay_count.stacks :
				   &lbrplay_count.empty);
	if (is_polluted)
		atomic64_inc(&lbrplay_count.polluted);
	if (s->history.source == LBRPLAY_CALLS)
		atomic64_inc(&lbrplay_count.by_log);
	if (s->history.source == LBRPLAY_FRAMES)
		atomic64_inc(&lbrplay_count.by_frames);
}

/* Returns false if what the LBRs would hold is not known at this instant. */
static bool add_stack(struct perf_event *event, struct pt_regs *regs,
		      struct perf_sample_data *data)
{
	struct scratch *s = this_cpu_ptr(scratches);
	const struct pt_regs *user = find_user_regs(regs);
	u64 wanted = event->attr.branch_sample_type;
	int is_polluted = 0;

	read_history(event, user, &s->history);
	if (s->history.source == LBRPLAY_FOREIGN) {
		atomic64_inc(&lbrplay_count.foreign);
		if (!lbrplay_set.foreign)
			return false;
	}
	if (wanted & PERF_SAMPLE_BRANCH_CALL_STACK) {
		is_polluted = stack_fill(&s->history, &s->stack);
		if (user)
			truth_log(event->clock(), user, &s->history, &s->stack,
				  is_polluted);
	} else {
		branches_fill(&s->history, wanted, &s->stack);
	}
	count_stack(s, is_polluted);

	/* As if no LBR had been read: the core then writes nr alone. */
	if (lbrplay_set.empty == 2)
		return true;
	data->br_stack = (struct perf_branch_stack *)&s->stack;
	data->sample_flags |= PERF_SAMPLE_BRANCH_STACK;
	return true;
}

static bool is_excluded(const struct perf_event *event, struct pt_regs *regs)
{
	if (user_mode(regs))
		return event->attr.exclude_user;
	return event->attr.exclude_kernel ||
	       (event->attr.exclude_idle && is_idle_task(current));
}

static enum hrtimer_restart fire(struct hrtimer *timer)
{
	struct perf_event *event =
		container_of(timer, struct perf_event, hw.hrtimer);
	struct pt_regs *regs = get_irq_regs();
	enum hrtimer_restart again = HRTIMER_RESTART;
	struct perf_sample_data data;

	if (event->state != PERF_EVENT_STATE_ACTIVE)
		return HRTIMER_NORESTART;
	pmu.read(event);
	perf_sample_data_init(&data, 0, event->hw.last_period);
	if (regs && !is_excluded(event, regs)) {
		atomic64_inc(&lbrplay_count.fired);
		if (has_branch_stack(event) && !add_stack(event, regs, &data)) {
			atomic64_inc(&lbrplay_count.held_back);
		} else {
			atomic64_inc(&lbrplay_count.samples);
			if (overflow(event, &data, regs))
				again = HRTIMER_NORESTART;
		}
	}
	hrtimer_forward_now(timer, ns_to_ktime(event->hw.sample_period));
	return again;
}

/* --- events --- */

static void event_read(struct perf_event *event)
{
	u64 now = ktime_get_mono_fast_ns();
	u64 before = local64_xchg(&event->hw.prev_count, now);

	if (!lbrplay_set.silent)
		local64_add(now - before, &event->count);
}

static void event_start(struct perf_event *event, int flags)
{
	event->hw.state = 0;
	local64_set(&event->hw.prev_count, ktime_get_mono_fast_ns());
	if (!is_sampling_event(event) || lbrplay_set.silent)
		return;
	hrtimer_start(&event->hw.hrtimer, ns_to_ktime(event->hw.sample_period),
		      HRTIMER_MODE_REL_PINNED_HARD);
}

/* Called from fire() too, when the core throttles: no waiting for itself. */
static void event_stop(struct perf_event *event, int flags)
{
	if (event->hw.state & PERF_HES_STOPPED)
		return;
	event->hw.state |= PERF_HES_STOPPED | PERF_HES_UPTODATE;
	if (is_sampling_event(event))
		hrtimer_try_to_cancel(&event->hw.hrtimer);
	event_read(event);
}

/*
 * As a guest kernel with the patch of 2018 does it: ACTIVE while a task's
 * user call-stack event is on the CPU, cleared when any such event leaves.
 */
static void drive_protocol(struct perf_event *event, bool is_active)
{
	u64 wanted = PERF_SAMPLE_BRANCH_CALL_STACK | PERF_SAMPLE_BRANCH_USER;

	if (lbrplay_set.kernel_drives && has_branch_stack(event) &&
	    (event->attr.branch_sample_type & wanted) == wanted &&
	    (event->attach_state & PERF_ATTACH_TASK))
		msr_kernel_set(is_active);
}

static int event_add(struct perf_event *event, int flags)
{
	drive_protocol(event, true);
	event->hw.state = PERF_HES_STOPPED | PERF_HES_UPTODATE;
	if (flags & PERF_EF_START)
		event_start(event, flags);
	perf_event_update_userpage(event);
	return 0;
}

static void event_del(struct perf_event *event, int flags)
{
	event_stop(event, flags);
	drive_protocol(event, false);
}

static void event_destroy(struct perf_event *event)
{
	hrtimer_cancel(&event->hw.hrtimer);
}

static int check_branches(u64 wanted)
{
	bool is_call_stack = wanted & PERF_SAMPLE_BRANCH_CALL_STACK;
	int what = is_call_stack ? 0 : 1;

	if (!lbrplay_set.depth)
		return -EOPNOTSUPP;
	if (lbrplay_set.refuse && lbrplay_set.refuse_what >= what)
		return -lbrplay_set.refuse;
	if (lbrplay_set.vendor == LBRPLAY_AMD)
		return wanted & AMD_REFUSED_BITS ? -EOPNOTSUPP : 0;
	if (is_call_stack && !lbrplay_set.callstack)
		return -EOPNOTSUPP;
	if (is_call_stack && (wanted & ~(PRIVILEGE_BITS | DETAIL_BITS |
					 PERF_SAMPLE_BRANCH_CALL_STACK)))
		return -EINVAL;
	return 0;
}

static int check_event(const struct perf_event *event)
{
	const struct perf_event_attr *attr = &event->attr;

	if (attr->type != PERF_TYPE_RAW && attr->type != PERF_TYPE_HARDWARE)
		return -ENOENT;
	if (attr->type == PERF_TYPE_HARDWARE &&
	    (attr->config & 0xffffffff) > PERF_COUNT_HW_BRANCH_MISSES)
		return -ENOENT;
	if (attr->precise_ip)
		return -EOPNOTSUPP;
	if (lbrplay_set.refuse && lbrplay_set.refuse_what == 2)
		return -lbrplay_set.refuse;
	return 0;
}

/* The timer keeps the wanted rate, so the core need not adjust a period. */
static void init_period(struct perf_event *event)
{
	struct hw_perf_event *hw = &event->hw;

	hrtimer_init(&hw->hrtimer, CLOCK_MONOTONIC, HRTIMER_MODE_REL_HARD);
	hw->hrtimer.function = fire;
	if (!is_sampling_event(event))
		return;
	if (event->attr.freq) {
		event->attr.sample_period =
			NSEC_PER_SEC / event->attr.sample_freq;
		event->attr.freq = 0;
	}
	hw->sample_period =
		max_t(u64, event->attr.sample_period, PERIOD_MIN_NS);
	hw->last_period = hw->sample_period;
	local64_set(&hw->period_left, hw->sample_period);
}

static int event_init(struct perf_event *event)
{
	int err = check_event(event);

	if (!err && has_branch_stack(event)) {
		err = check_branches(event->attr.branch_sample_type);
		if (err)
			atomic64_inc(&lbrplay_count.refused);
	}
	if (err)
		return err;
	atomic64_inc(&lbrplay_count.opened);
	event->destroy = event_destroy;
	init_period(event);
	return 0;
}

static struct pmu pmu = {
	.module = THIS_MODULE,
	.task_ctx_nr = perf_hw_context,
	.attr_groups = groups,
	.event_init = event_init,
	.add = event_add,
	.del = event_del,
	.start = event_start,
	.stop = event_stop,
	.read = event_read,
};

/* Not exported to modules; registering a probe tells where it is. */
static int find_overflow(void)
{
	struct kprobe probe = { .symbol_name = "perf_event_overflow" };
	int err = register_kprobe(&probe);

	if (err)
		return err;
	overflow = (overflow_fn)probe.addr;
	unregister_kprobe(&probe);
	return 0;
}

int pmu_init(void)
{
	int err = find_overflow();

	if (err)
		return err;
	scratches = alloc_percpu(struct scratch);
	if (!scratches)
		return -ENOMEM;
	err = perf_pmu_register(&pmu, "cpu", PERF_TYPE_RAW);
	if (err)
		free_percpu(scratches);
	is_registered = !err;
	return err;
}

void pmu_fini(void)
{
	is_registered = false;
	perf_pmu_unregister(&pmu);
	free_percpu(scratches);
}
