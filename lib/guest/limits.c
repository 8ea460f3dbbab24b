/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the kernel sets bounds to besides LBR: MSRs, locked memory, the rate of
 * samples, kernel symbols; and where debug info would be found. None of it
 * closes the way to LBR call stacks.
 */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <lbrvirt/plan.h>

#include "guest/guest.h"
#include "machine/cpus.h"

#define MSR_NODE      "/dev/cpu/0/msr"
#define KPTR_RESTRICT "/proc/sys/kernel/kptr_restrict"
#define PARANOID      "/proc/sys/kernel/perf_event_paranoid"
/* The recorder's two smallest rings of a CPU: 512 + 64 KiB, a page for each
 * one's head (record/recorder.c). */
#define RINGS_KB (512 + 64 + 8)

/*
 * The errno of reading is not asked for the reason: what was saved of a
 * machine does not have it. The node, and our capabilities, it has.
 */
void guest_msr_device_look(const struct guest_look *look)
{
	const struct lbrvirt_guest *guest = look->guest;
	int err = guest->capabilities.err;

	if (err == 0 || err == -EIO) {
		guest_say(look->texts->value, "MSRs can be read");
		return;
	}
	if (!guest_has_kernel(guest)) {
		look->gate->is_known = false;
		guest_say(look->texts->value, "not saved");
		return;
	}
	if (!guest_has_path(guest, MSR_NODE)) {
		guest_say(look->texts->value, "no " MSR_NODE);
		guest_close(
			look,
			"the msr driver is not loaded, or not in this kernel (CONFIG_X86_MSR): MSR 0x345 and the PV protocol's cannot be read");
		guest_say(look->texts->remedy_user, "sudo modprobe msr");
		return;
	}
	guest_say(look->texts->value, MSR_NODE " is there");
	if (guest_has_capability(guest, GUEST_CAP_SYS_RAWIO)) {
		guest_close(
			look,
			"reading was refused although we have CAP_SYS_RAWIO, as in containers");
		guest_say(look->texts->remedy_user,
			  "run lbrprof doctor outside of the container");
	} else {
		guest_close(look, "reading MSRs takes CAP_SYS_RAWIO");
		guest_say(look->texts->remedy_user, "sudo lbrprof doctor");
	}
}

/* RLIMIT_MEMLOCK in KiB; UINT64_MAX: unlimited. */
static bool read_rlimit_kb(struct machine *machine, uint64_t *ret_kb)
{
	static const char name[] = "\nMax locked memory";
	struct buffer text = { 0 };
	const char *line = NULL;

	if (machine->ops->read_file(machine, "/proc/self/limits", &text) == 0)
		line = strstr((const char *)text.bytes, name);
	if (line) {
		line += strlen(name);
		line += strspn(line, " ");
		*ret_kb = strncmp(line, "unlimited", 9) == 0 ?
				  UINT64_MAX :
				  strtoull(line, NULL, 10) >> 10;
	}
	buffer_fini(&text);
	return line;
}

static uint64_t count_cpus(struct machine *machine)
{
	struct cpus online = { NULL, 0 };
	uint64_t nr = 1;

	if (cpus_online(NULL, machine, NULL, &online) == 0)
		nr = online.nr;
	cpus_fini(&online);
	return nr;
}

/* A user may lock mlock_kb for each CPU online, then RLIMIT_MEMLOCK for all
 * (perf_mmap() of kernel/events/core.c). */
void guest_mlock_look(const struct guest_look *look)
{
	struct lbrvirt_guest *guest = look->guest;
	uint64_t kb = machine_mlock_kb(guest->machine);
	uint64_t limit_kb;
	char limit[40];

	if (!kb || !read_rlimit_kb(guest->machine, &limit_kb)) {
		look->gate->is_known = false;
		guest_say(look->texts->value, "unreadable");
		return;
	}
	snprintf(limit, sizeof(limit), "%" PRIu64 " KiB", limit_kb);
	guest_say(look->texts->value,
		  "%" PRIu64 " KiB a CPU, RLIMIT_MEMLOCK %s%s", kb,
		  limit_kb == UINT64_MAX ? "unlimited" : limit,
		  guest_has_capability(guest, GUEST_CAP_IPC_LOCK) ?
			  ", CAP_IPC_LOCK" :
			  "");
	if (guest_has_capability(guest, GUEST_CAP_IPC_LOCK) || kb >= RINGS_KB ||
	    limit_kb / count_cpus(guest->machine) >= RINGS_KB - kb)
		return;
	guest_close(
		look,
		"rings of %d KiB a CPU do not fit: smaller ones lose samples",
		RINGS_KB);
	guest_say(
		look->texts->remedy_user,
		"sudo sysctl kernel.perf_event_mlock_kb=2048; or ulimit -l unlimited, as root");
}

/* The kernel lowers the limit by itself where interrupts take long. */
void guest_sample_rate_look(const struct guest_look *look)
{
	uint64_t rate = machine_max_sample_rate(look->guest->machine);

	if (!rate) {
		look->gate->is_known = false;
		guest_say(look->texts->value, "unreadable");
		return;
	}
	guest_say(look->texts->value, "at most %" PRIu64 " Hz", rate);
	if (rate >= LBRVIRT_FREQ_HZ_DEFAULT)
		return;
	guest_close(look, "below the %d Hz that lbrprof record takes by itself",
		    LBRVIRT_FREQ_HZ_DEFAULT);
	guest_say(look->texts->remedy_user,
		  "sudo sysctl kernel.perf_event_max_sample_rate=100000");
}

/* Who sees addresses in /proc/kallsyms: kallsyms_show_value(), Linux 4.15. */
static bool shows_kernel(const struct lbrvirt_guest *guest, uint64_t restricted)
{
	int64_t level = 2;

	if (restricted >= 2)
		return false;
	if (guest_has_capability(guest, GUEST_CAP_SYSLOG))
		return true;
	machine_read_i64(guest->machine, PARANOID, &level);
	return restricted == 0 && level <= 1;
}

void guest_kptr_restrict_look(const struct guest_look *look)
{
	uint64_t restricted;

	if (machine_read_u64(look->guest->machine, KPTR_RESTRICT,
			     &restricted)) {
		look->gate->is_known = false;
		guest_say(look->texts->value, "unreadable");
		return;
	}
	guest_say(look->texts->value, "kernel.kptr_restrict %" PRIu64,
		  restricted);
	if (shows_kernel(look->guest, restricted))
		return;
	guest_close(look, "kernel functions have no names in reports");
	guest_say(
		look->texts->remedy_user, "%s",
		restricted >= 2 ?
			"sudo sysctl kernel.kptr_restrict=1, and run it as root: sudo lbrprof record" :
			"sudo sysctl kernel.kptr_restrict=0 kernel.perf_event_paranoid=1; or run it as root: sudo lbrprof record");
}

/* The places that symbol/debugfile.c looks into. Nothing is fetched by us: the
 * URL is for debuginfod's own clients, whose cache is one of the places. */
void guest_debug_info_look(const struct guest_look *look)
{
	static const struct {
		const char *path;
		const char *name;
	} places[] = {
		{ "/usr/lib/debug/.build-id", "/usr/lib/debug" },
		{ "~/.debug/.build-id", "build-id cache ~/.debug" },
		{ "~/.cache/debuginfod_client", "debuginfod's cache" },
		{ "$DEBUGINFOD_URLS", "DEBUGINFOD_URLS is set" },
	};
	char words[160] = "";
	size_t used = 0;
	size_t nr_files = 0;

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		if (!guest_has_path(look->guest, places[i].path))
			continue;
		nr_files += i < 3;
		used += (size_t)snprintf(words + used, sizeof(words) - used,
					 "%s%s", used ? ", " : "",
					 places[i].name);
	}
	guest_say(look->texts->value, "%s", used ? words : "none");
	look->gate->is_known = nr_files || guest_has_kernel(look->guest);
	if (nr_files || !look->gate->is_known)
		return;
	guest_close(
		look,
		"no separate debug files: of stripped programs only functions that are exported have names");
	guest_say(
		look->texts->remedy_user,
		"install your distribution's packages of debug symbols (Debian: NAME-dbgsym, Fedora: dnf debuginfo-install NAME); or fetch with debuginfod: debuginfod-find debuginfo FILE");
}
