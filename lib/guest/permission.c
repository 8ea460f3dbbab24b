/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the kernel lets us do: kernel.perf_event_paranoid, our capabilities,
 * seccomp. Level 3 is Debian's and Ubuntu's own: perf for nobody but root.
 */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "guest/guest.h"

#define PARANOID "/proc/sys/kernel/perf_event_paranoid"
#define CAP_SYS_ADMIN_BIT 21
#define CAP_PERFMON_BIT 38 /* Linux 5.8 */
/* The highest at which a user may sample his own processes' user space. */
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
	if (machine->ops->read_file(machine, "/proc/self/status", &status) == 0) {
		const char *text = (const char *)status.bytes;

		ret_privileges->capabilities = strtoull(
			find_field(text, "\nCapEff:\t"), NULL, 16);
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

void guest_permission_look(const struct guest_look *look)
{
	struct privileges privileges;
	int64_t level;
	int err = machine_read_i64(look->guest->machine, PARANOID, &level);

	if (err == -ENOENT) {
		guest_say(look->texts->value, "no perf_event_paranoid");
		guest_close(look,
			    "the kernel was built without CONFIG_PERF_EVENTS");
		guest_say(look->texts->remedy_user,
			  "boot a kernel with CONFIG_PERF_EVENTS=y");
		return;
	}
	if (err) {
		look->gate->is_known = false;
		guest_say(look->texts->value,
			  "perf_event_paranoid cannot be read");
		return;
	}
	read_privileges(look->guest->machine, &privileges);
	guest_say(look->texts->value, "perf_event_paranoid %" PRId64 ", %s%s",
		  level, name_capability(privileges.capabilities),
		  privileges.has_seccomp ? ", seccomp filter" : "");
	if (level <= PARANOID_USER_MAX ||
	    privileges.capabilities >> CAP_SYS_ADMIN_BIT & 1 ||
	    privileges.capabilities >> CAP_PERFMON_BIT & 1)
		return;
	guest_close(look,
		    "kernel.perf_event_paranoid is %" PRId64 ", which leaves perf to root",
		    level);
	guest_say(look->texts->remedy_user,
		  "sudo sysctl kernel.perf_event_paranoid=%d",
		  PARANOID_USER_MAX);
}
