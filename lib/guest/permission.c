/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the kernel lets us do, tried with an event that needs no PMU; then
 * kernel.perf_event_paranoid, our capabilities, seccomp and security modules
 * say why. Levels above 2 leave perf to root on Debian's and Ubuntu's kernels
 * and mean the same as 2 on others, so the number alone proves nothing.
 */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "guest/guest.h"

#define PARANOID "/proc/sys/kernel/perf_event_paranoid"
#define SECURITY "/sys/kernel/security/"
/* The highest at which every kernel lets users sample what is theirs. */
#define PARANOID_USER_MAX 2
#define LINUX_CAP_PERFMON 0x508 /* 5.8 */

static const char *find_field(const char *status, const char *name)
{
	const char *line = strstr(status, name);

	return line ? line + strlen(name) : "0";
}

static void read_status(struct lbrvirt_guest *guest)
{
	struct buffer status = { 0 };
	struct machine *machine = guest->machine;
	struct guest_privileges *privileges = &guest->privileges;

	if (machine->ops->read_file(machine, "/proc/self/status", &status) ==
	    0) {
		const char *text = (const char *)status.bytes;

		privileges->is_known = true;
		privileges->capabilities =
			strtoull(find_field(text, "\nCapEff:\t"), NULL, 16);
		privileges->has_seccomp = find_field(text, "\nSeccomp:\t")[0] ==
					  '2';
	}
	buffer_fini(&status);
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

void guest_privileges_read(struct lbrvirt_guest *guest)
{
	read_status(guest);
	guest->privileges.open_err = try_clock(guest->machine);
}

bool guest_has_capability(const struct lbrvirt_guest *guest,
			  enum guest_capability capability)
{
	return guest->privileges.capabilities >> capability & 1;
}

/* Whose refusal it is: the errno, and what could have given it. */
enum refuser {
	REFUSER_NONE,
	REFUSER_LEVEL,	/* kernel.perf_event_paranoid */
	REFUSER_KERNEL, /* built without perf events */
	REFUSER_SECCOMP,
	REFUSER_MODULE, /* SELinux answers EACCES, others EPERM */
	REFUSER_UNKNOWN,
};

static enum refuser find_refuser(const struct lbrvirt_guest *guest)
{
	const struct guest_privileges *privileges = &guest->privileges;
	int64_t level;
	int err = machine_read_i64(guest->machine, PARANOID, &level);

	switch (privileges->open_err) {
	case 0:
		return REFUSER_NONE;
	case EACCES:
		return !err && level <= PARANOID_USER_MAX ? REFUSER_MODULE :
							    REFUSER_LEVEL;
	case ENOSYS:
		return privileges->has_seccomp ? REFUSER_SECCOMP :
						 REFUSER_KERNEL;
	case EPERM:
		return privileges->has_seccomp ? REFUSER_SECCOMP :
						 REFUSER_MODULE;
	default:
		return REFUSER_UNKNOWN;
	}
}

static void close_for_level(const struct guest_look *look, const char *level)
{
	guest_close(
		look,
		"kernel.perf_event_paranoid is %s, which leaves perf to root",
		level);
	guest_say(
		look->texts->remedy_user,
		"sudo sysctl kernel.perf_event_paranoid=%d; or run it as root: sudo lbrprof record",
		PARANOID_USER_MAX);
}

void guest_paranoid_look(const struct guest_look *look)
{
	enum refuser refuser = find_refuser(look->guest);
	char level[32] = "unreadable";
	int64_t number;

	if (machine_read_i64(look->guest->machine, PARANOID, &number) == 0)
		snprintf(level, sizeof(level), "%" PRId64, number);
	guest_say(look->texts->value, "kernel.perf_event_paranoid %s", level);
	look->gate->is_known = refuser != REFUSER_UNKNOWN;
	if (refuser == REFUSER_LEVEL) {
		close_for_level(look, level);
	} else if (refuser == REFUSER_KERNEL) {
		guest_close(look,
			    "the kernel was built without CONFIG_PERF_EVENTS");
		guest_say(look->texts->remedy_user,
			  "boot a kernel with CONFIG_PERF_EVENTS=y");
	}
}

static const char *name_capability(const struct lbrvirt_guest *guest)
{
	if (guest_has_capability(guest, GUEST_CAP_SYS_ADMIN))
		return "CAP_SYS_ADMIN";
	if (guest_has_capability(guest, GUEST_CAP_PERFMON))
		return "CAP_PERFMON";
	return NULL;
}

/* Whole CPUs take a level of 0, the kernel one of 1
 * (perf_allow_cpu(), perf_allow_kernel()). */
void guest_capabilities_look(const struct guest_look *look)
{
	const struct lbrvirt_guest *guest = look->guest;
	const char *name = name_capability(guest);
	int64_t level = PARANOID_USER_MAX;

	look->gate->is_known = guest->privileges.is_known;
	guest_say(look->texts->value, "%s",
		  name ? name :
		  guest->privileges.is_known ?
			 "neither CAP_PERFMON nor CAP_SYS_ADMIN" :
			 "/proc/self/status unreadable");
	machine_read_i64(guest->machine, PARANOID, &level);
	if (name || level <= 0 || !guest->privileges.is_known)
		return;
	guest_close(
		look,
		"only your own processes can be recorded, %s, not whole CPUs",
		level > 1 ? "without the kernel" : "with the kernel");
	guest_say(
		look->texts->remedy_user,
		"sudo setcap %s+ep \"$(command -v lbrprof)\"; or run it as root: sudo lbrprof record -a",
		guest->linux_version &&
				guest->linux_version < LINUX_CAP_PERFMON ?
			"cap_sys_admin" :
			"cap_perfmon");
}

/*
 * Docker's and Podman's default profiles allow perf_event_open to containers
 * that have CAP_PERFMON in newer versions, CAP_SYS_ADMIN in all
 * (containers/container-libs, pull request 424 of 2025).
 */
void guest_seccomp_look(const struct guest_look *look)
{
	const struct guest_privileges *privileges = &look->guest->privileges;
	enum refuser refuser = find_refuser(look->guest);

	look->gate->is_known = privileges->is_known;
	guest_say(look->texts->value, "%s",
		  !privileges->is_known	  ? "/proc/self/status unreadable" :
		  privileges->has_seccomp ? "filter" :
					    "no filter");
	if (refuser != REFUSER_SECCOMP)
		return;
	guest_close(
		look,
		"a seccomp filter forbids perf_event_open, as containers have");
	guest_say(
		look->texts->remedy_user,
		"Docker, Podman: --cap-add PERFMON (older ones: SYS_ADMIN), or --security-opt seccomp=FILE, whose profile allows perf_event_open; Kubernetes: securityContext: {capabilities: {add: [PERFMON]}, seccompProfile: {type: Localhost, localhostProfile: FILE}}");
}

static const char *find_container(const struct lbrvirt_guest *guest, char *line,
				  size_t size)
{
	if (guest_has_path(guest, "/var/run/secrets/kubernetes.io"))
		return "Kubernetes";
	if (guest_has_path(guest, "/run/.containerenv"))
		return "Podman";
	if (guest_has_path(guest, "/.dockerenv"))
		return "Docker";
	/* systemd writes down what it was started in. */
	if (guest_read_line(guest, "/run/systemd/container", line, size) &&
	    line[0])
		return line;
	return "none found";
}

void guest_container_look(const struct guest_look *look)
{
	char line[64];

	guest_say(look->texts->value, "%s",
		  find_container(look->guest, line, sizeof(line)));
}

/* Of "none [integrity] confidentiality" the one in brackets. */
static void read_lockdown(const struct lbrvirt_guest *guest, char *ret_mode,
			  size_t size)
{
	char line[128];
	const char *open;

	snprintf(ret_mode, size, "not to be seen");
	if (!guest_read_line(guest, SECURITY "lockdown", line, sizeof(line)))
		return;
	open = strchr(line, '[');
	if (open)
		snprintf(ret_mode, size, "%.*s", (int)strcspn(open + 1, "]"),
			 open + 1);
}

/*
 * Lockdown itself forbids registers of the kernel in samples and writing MSRs,
 * neither of which LBR call stacks take (LOCKDOWN_PERF, LOCKDOWN_MSR); a
 * module forbids whatever its policy says.
 */
void guest_lockdown_look(const struct guest_look *look)
{
	enum refuser refuser = find_refuser(look->guest);
	char modules[128] = "";
	char mode[32];

	read_lockdown(look->guest, mode, sizeof(mode));
	guest_read_line(look->guest, SECURITY "lsm", modules, sizeof(modules));
	guest_say(look->texts->value, "lockdown %s%s%s", mode,
		  modules[0] ? "; modules " : "", modules);
	look->gate->is_known = refuser != REFUSER_UNKNOWN;
	if (refuser != REFUSER_MODULE)
		return;
	guest_close(
		look,
		"a security module (SELinux, AppArmor) forbids perf_event_open");
	guest_say(
		look->texts->remedy_user,
		"see which in the audit log: sudo ausearch -m avc, or sudo dmesg | grep -i denied; containers: --security-opt label=disable (SELinux), --security-opt apparmor=unconfined");
}
