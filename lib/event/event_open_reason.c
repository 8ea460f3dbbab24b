/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the kernel meant with an errno of perf_event_open. It says ENOENT for
 * "no PMU", EOPNOTSUPP for a dozen things and EACCES for three; which of them
 * follows from what was asked for and from what is known of the guest.
 * Source: kernel/events/core.c and arch/x86/events/ of Linux 6.12.
 */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "event/plan.h"

#define PARANOID "/proc/sys/kernel/perf_event_paranoid"
#define CPU_PMU	 "/sys/bus/event_source/devices/cpu"

struct failure {
	struct machine *machine;
	const struct lbrvirt_guest *guest; /* NULL: unknown */
	const struct perf_event_attr *attr;
	pid_t pid;
	char *text;
	size_t size;
};

static void say(const struct failure *failure, const char *text)
{
	snprintf(failure->text, failure->size, "%s", text);
}

static bool is_core_event(const struct perf_event_attr *attr)
{
	return attr->type == PERF_TYPE_HARDWARE ||
	       attr->type == PERF_TYPE_HW_CACHE || attr->type == PERF_TYPE_RAW;
}

static bool has_branches(const struct perf_event_attr *attr)
{
	return attr->sample_type & PERF_SAMPLE_BRANCH_STACK;
}

static bool has_call_stack(const struct perf_event_attr *attr)
{
	return has_branches(attr) &&
	       (attr->branch_sample_type & PERF_SAMPLE_BRANCH_CALL_STACK);
}

/*
 * The closed gate that explains a refusal of the hardware: the first of all
 * for call stacks, the virtual PMU's for plain counting.
 */
static const struct lbrvirt_gate *find_gate(const struct failure *failure)
{
	const struct lbrvirt_gate *gate;

	if (has_call_stack(failure->attr)) {
		gate = lbrvirt_guest_first_closed(failure->guest);
		return gate && gate->id < LBRVIRT_GATE_PARANOID ? gate : NULL;
	}
	gate = lbrvirt_guest_gate(failure->guest, LBRVIRT_GATE_VPMU);
	return gate && gate->is_known && !gate->is_open ? gate : NULL;
}

static bool say_gate(const struct failure *failure)
{
	const struct lbrvirt_gate *gate = find_gate(failure);

	if (!gate || !gate->reason[0])
		return false;
	say(failure, gate->reason);
	return true;
}

static void say_enoent(const struct failure *failure)
{
	if (!is_core_event(failure->attr))
		say(failure, "the kernel has no such event");
	else if (say_gate(failure))
		return;
	else if (failure->machine->ops->has_path(failure->machine, CPU_PMU) ==
		 1)
		say(failure, "the kernel's PMU driver has no such event");
	else
		say(failure, "the kernel found no PMU on this machine");
}

static void say_eopnotsupp(const struct failure *failure)
{
	const struct perf_event_attr *attr = failure->attr;

	if (has_branches(attr) && !is_core_event(attr))
		say(failure, "branch records come with hardware events alone");
	else if (has_branches(attr) && say_gate(failure))
		return;
	else if (has_call_stack(attr))
		say(failure,
		    "the kernel has no LBR here, or none with call-stack mode");
	else if (has_branches(attr))
		say(failure,
		    "the kernel has no branch records here, or not with this filter");
	else if (attr->precise_ip)
		say(failure, "the PMU is not that precise; try without :p");
	else
		say(failure,
		    "this PMU cannot interrupt, so it counts but cannot sample");
}

static void say_einval(const struct failure *failure)
{
	const struct perf_event_attr *attr = failure->attr;

	if (has_branches(attr))
		say(failure,
		    "the kernel refuses branch records with this event and filter");
	else if (attr->type >= PERF_TYPE_RAW)
		say(failure, "the PMU refuses this event, or sampling on it");
	else
		say(failure,
		    "the kernel refuses this event with these settings");
}

static void say_eacces(const struct failure *failure)
{
	int64_t level;

	if (machine_read_i64(failure->machine, PARANOID, &level))
		snprintf(
			failure->text, failure->size,
			"the kernel forbids it; run as root, or setcap cap_perfmon+ep");
	else if (failure->pid == -1 && level <= 2)
		snprintf(
			failure->text, failure->size,
			"whole CPUs are for root while kernel.perf_event_paranoid is %lld; sudo sysctl kernel.perf_event_paranoid=0",
			(long long)level);
	else if (level > 2)
		snprintf(
			failure->text, failure->size,
			"kernel.perf_event_paranoid is %lld, which leaves perf to root; sudo sysctl kernel.perf_event_paranoid=%d",
			(long long)level, failure->pid == -1 ? 0 : 2);
	else if (failure->attr->exclude_user && level > 1)
		snprintf(
			failure->text, failure->size,
			"the kernel is hidden while kernel.perf_event_paranoid is %lld; sudo sysctl kernel.perf_event_paranoid=1",
			(long long)level);
	else if (failure->pid > 0)
		say(failure,
		    "the process belongs to another user; run as root");
	else
		say(failure,
		    "the kernel forbids it; run as root, or setcap cap_perfmon+ep");
}

/* Whether a seccomp filter stands between us and the kernel. */
static bool has_seccomp(struct machine *machine)
{
	struct buffer text = { 0 };
	const char *line;
	bool has = false;

	if (machine->ops->read_file(machine, "/proc/self/status", &text) == 0) {
		line = strstr((const char *)text.bytes, "\nSeccomp:\t");
		has = line && line[strlen("\nSeccomp:\t")] == '2';
	}
	buffer_fini(&text);
	return has;
}

static void say_eperm(const struct failure *failure)
{
	if (has_seccomp(failure->machine))
		say(failure,
		    "a seccomp filter forbids perf_event_open, as containers have; start the container with --cap-add PERFMON, or with a seccomp profile that allows it");
	else
		say(failure,
		    "a security module (SELinux, AppArmor, lockdown) forbids it; see the audit log");
}

static void say_enosys(const struct failure *failure)
{
	if (has_seccomp(failure->machine))
		say_eperm(failure);
	else
		say(failure, "the kernel was built without CONFIG_PERF_EVENTS");
}

struct errno_text {
	int err;
	const char *text; /* NULL: @say decides */
	void (*say)(const struct failure *failure);
};

static const struct errno_text errno_texts[] = {
	{ ENOENT, NULL, say_enoent },
	{ EOPNOTSUPP, NULL, say_eopnotsupp },
	{ EINVAL, NULL, say_einval },
	{ EACCES, NULL, say_eacces },
	{ EPERM, NULL, say_eperm },
	{ ENOSYS, NULL, say_enosys },
	{ EBUSY,
	  "somebody else holds the branch records or the PMU; end other profilers (BTS, Intel PT, pinned events)",
	  NULL },
	{ ENODEV, "the CPU is offline, or its PMU has gone", NULL },
	{ ENXIO, "the PMU has gone, or the CPU is not one of its", NULL },
	{ ESRCH, "there is no such process; it may have ended", NULL },
	{ E2BIG, "this kernel is too old; Linux 4.1 or later is needed", NULL },
	{ EMFILE, "too many open files; raise ulimit -n", NULL },
	{ ENFILE, "too many open files on this machine; sysctl fs.file-max",
	  NULL },
	{ ENOMEM, "the kernel is out of memory for it", NULL },
	{ ENOSPC, "all counters are taken by pinned events", NULL },
};

void event_open_reason(struct machine *machine,
		       const struct lbrvirt_guest *guest,
		       const struct perf_event_attr *attr, pid_t pid, int err,
		       char *ret_text, size_t size)
{
	const struct failure failure = {
		.machine = machine,
		.guest = guest,
		.attr = attr,
		.pid = pid,
		.text = ret_text,
		.size = size,
	};

	for (size_t i = 0; i < sizeof(errno_texts) / sizeof(errno_texts[0]);
	     i++) {
		const struct errno_text *e = &errno_texts[i];

		if (e->err != err)
			continue;
		if (e->say)
			e->say(&failure);
		else
			say(&failure, e->text);
		return;
	}
	snprintf(ret_text, size, "perf_event_open failed: %s", strerror(err));
}
