/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the kernel lets us do, tried with an event that needs no PMU; then
 * kernel.perf_event_paranoid, our capabilities and seccomp say why. Levels
 * above 2 leave perf to root on Debian's and Ubuntu's kernels and mean the
 * same as 2 on others, so the number alone proves nothing.
 */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "guest/guest.h"

#define PARANOID	  "/proc/sys/kernel/perf_event_paranoid"
#define CAP_SYS_ADMIN_BIT 21
#define CAP_PERFMON_BIT	  38 /* Linux 5.8 */
/* The highest at which every kernel lets users sample what is theirs. */
#define PARANOID_USER_MAX 2

struct privileges {
	uint64_t capabilities; /* effective */
	bool has_seccomp;
};

static const char *find_field(const char *status, const char *name)
{
	const char *line = strstr(status, name);

	return line ? line + strlen(name) : "0";
}

static void read_privileges(struct machine *machine,
			    struct privileges *ret_privileges)
{
	struct buffer status = { 0 };

	*ret_privileges = (struct privileges){ 0 };
	if (machine->ops->read_file(machine, "/proc/self/status", &status) ==
	    0) {
		const char *text = (const char *)status.bytes;

		ret_privileges->capabilities =
			strtoull(find_field(text, "\nCapEff:\t"), NULL, 16);
		ret_privileges->has_seccomp =
			find_field(text, "\nSeccomp:\t")[0] == '2';
	}
	buffer_fini(&status);
}

static const char *name_capability(uint64_t capabilities)
{
	if (capabilities >> CAP_SYS_ADMIN_BIT & 1)
		return "CAP_SYS_ADMIN";
	if (capabilities >> CAP_PERFMON_BIT & 1)
		return "CAP_PERFMON";
	return "no capability";
}

/* Our own user space on a clock: 0, or the errno. */
static int try_clock(struct machine *machine)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_SOFTWARE,
		.size = PERF_ATTR_SIZE_VER3,
		.config = PERF_COUNT_SW_CPU_CLOCK,
		.sample_period = 1000000,
		.sample_type = PERF_SAMPLE_IP,
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

static void say_value(const struct guest_look *look,
		      const struct privileges *privileges, bool has_level,
		      int64_t level)
{
	char number[32] = "unreadable";

	if (has_level)
		snprintf(number, sizeof(number), "%" PRId64, level);
	guest_say(look->texts->value, "perf_event_paranoid %s, %s%s", number,
		  name_capability(privileges->capabilities),
		  privileges->has_seccomp ? ", seccomp filter" : "");
}

static void close_for_filter(const struct guest_look *look,
			     const struct privileges *privileges)
{
	if (privileges->has_seccomp) {
		guest_close(
			look,
			"a seccomp filter forbids perf_event_open, as containers have");
		guest_say(
			look->texts->remedy_user,
			"start the container with --cap-add PERFMON, or with a seccomp profile that allows perf_event_open");
		return;
	}
	guest_close(
		look,
		"a security module (SELinux, AppArmor, lockdown) forbids perf_event_open");
	guest_say(look->texts->remedy_user,
		  "see the audit log: sudo ausearch -m avc, or sudo dmesg");
}

static void close_for_level(const struct guest_look *look, bool has_level,
			    int64_t level)
{
	if (has_level)
		guest_close(look,
			    "kernel.perf_event_paranoid is %" PRId64
			    ", which leaves perf to root",
			    level);
	else
		guest_close(look, "the kernel leaves perf to root");
	guest_say(look->texts->remedy_user,
		  "sudo sysctl kernel.perf_event_paranoid=%d",
		  PARANOID_USER_MAX);
}

void guest_permission_look(const struct guest_look *look)
{
	struct machine *machine = look->guest->machine;
	struct privileges privileges;
	int64_t level = 0;
	int no_level = machine_read_i64(machine, PARANOID, &level);
	int err = try_clock(machine);

	read_privileges(machine, &privileges);
	say_value(look, &privileges, !no_level, level);
	switch (err) {
	case 0:
		return;
	case EACCES:
		close_for_level(look, !no_level, level);
		return;
	case ENOSYS:
		if (!privileges.has_seccomp) {
			guest_close(
				look,
				"the kernel was built without CONFIG_PERF_EVENTS");
			guest_say(look->texts->remedy_user,
				  "boot a kernel with CONFIG_PERF_EVENTS=y");
			return;
		}
		close_for_filter(look, &privileges);
		return;
	case EPERM:
		close_for_filter(look, &privileges);
		return;
	default:
		look->gate->is_known = false;
	}
}
