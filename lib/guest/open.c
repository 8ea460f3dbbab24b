/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The last gate: does the kernel take an event with LBR call stacks? Its
 * errno, and what it means once all earlier gates are open.
 */
#include "config.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "guest/guest.h"

struct errno_reason {
	int err;
	const char *name;
	const char *reason;
	const char *remedy_user;
};

static const struct errno_reason errno_reasons[] = {
	{ ENOENT, "ENOENT", "no PMU driver took the event", "" },
	{ EOPNOTSUPP, "EOPNOTSUPP",
	  "the kernel's PMU driver has no call-stack LBR here", "" },
	{ EINVAL, "EINVAL", "the kernel does not know call-stack LBR",
	  "boot Linux 4.1 or later" },
	{ EBUSY, "EBUSY", "somebody else in this guest holds the LBR",
	  "end other profilers (BTS, Intel PT, pinned events)" },
	{ EACCES, "EACCES", "the kernel forbids it",
	  "sudo sysctl kernel.perf_event_paranoid=2" },
	{ EPERM, "EPERM", "seccomp or a security module forbids it",
	  "containers: start with --cap-add PERFMON, or with a seccomp profile that allows perf_event_open" },
	{ ENOSYS, "ENOSYS",
	  "perf_event_open is missing: no CONFIG_PERF_EVENTS, or a seccomp filter hides it",
	  "containers: use a seccomp profile that allows perf_event_open" },
};

/*
 * As plain as can be, with no bit newer than call-stack mode itself: whether
 * the kernel knows the newer ones is the recorder's business.
 */
static int try_open(struct machine *machine)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_HARDWARE,
		.size = PERF_ATTR_SIZE_VER3,
		.config = PERF_COUNT_HW_CPU_CYCLES,
		.sample_period = 1000000,
		.sample_type = PERF_SAMPLE_IP | PERF_SAMPLE_BRANCH_STACK,
		.branch_sample_type = PERF_SAMPLE_BRANCH_USER |
				      PERF_SAMPLE_BRANCH_CALL_STACK,
		.disabled = 1,
		.exclude_kernel = 1,
		.exclude_hv = 1,
	};
	int fd = machine->ops->perf_event_open(machine, &attr, 0, -1, -1, 0);

	if (fd < 0)
		return -fd;
	close(fd);
	return 0;
}

/* Where the kernel says that there is none, the host may still have one. */
static const char *find_admin_remedy(const struct lbrvirt_guest *guest, int err)
{
	if (err == ENOENT)
		return guest_platform_pmu_remedy(guest);
	return err == EOPNOTSUPP ? guest_platform_lbr_remedy(guest) : "";
}

void guest_open_look(const struct guest_look *look)
{
	int err = try_open(look->guest->machine);

	if (!err) {
		guest_say(look->texts->value,
			  "cycles with LBR call stacks: opened");
		return;
	}
	if (err == ENODATA) {
		look->gate->is_known = false;
		guest_say(look->texts->value, "not saved");
		return;
	}
	for (size_t i = 0; i < sizeof(errno_reasons) / sizeof(errno_reasons[0]);
	     i++) {
		const struct errno_reason *r = &errno_reasons[i];

		if (r->err != err)
			continue;
		guest_say(look->texts->value, "cycles with LBR call stacks: %s",
			  r->name);
		guest_close(look, "%s", r->reason);
		guest_say(look->texts->remedy_user, "%s", r->remedy_user);
		guest_say(look->texts->remedy_admin, "%s",
			  find_admin_remedy(look->guest, err));
		return;
	}
	guest_say(look->texts->value, "cycles with LBR call stacks: errno %d",
		  err);
	guest_close(look, "%s", strerror(err));
}
