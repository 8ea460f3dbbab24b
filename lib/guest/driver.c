/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the kernel made of the PMU: its folders in sysfs. caps/branches is
 * there only if the kernel's own test of the LBR registers passed.
 */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "guest/guest.h"

#define DEVICES "/sys/bus/event_source/devices/"

static void find_pmu(struct lbrvirt_guest *guest)
{
	/* Hybrid CPUs have one PMU for each kind of core. */
	static const char *const names[] = { "cpu", "cpu_core" };

	for (size_t i = 0; i < 2 && !guest->pmu; i++) {
		char path[64];

		snprintf(path, sizeof(path), DEVICES "%s", names[i]);
		if (guest->machine->ops->has_path(guest->machine, path) == 1)
			guest->pmu = names[i];
	}
}

/* The PMU's own name for itself: " (skylake)"; "" if it has none. */
static void read_pmu_name(const struct lbrvirt_guest *guest, char *ret_name,
			  size_t size)
{
	struct buffer text = { 0 };
	char path[64];

	ret_name[0] = '\0';
	snprintf(path, sizeof(path), DEVICES "%s/caps/pmu_name", guest->pmu);
	if (guest->machine->ops->read_file(guest->machine, path, &text) == 0)
		snprintf(ret_name, size, " (%.*s)",
			 (int)strcspn((const char *)text.bytes, "\n"),
			 (const char *)text.bytes);
	buffer_fini(&text);
}

/* What else the driver says of itself, where it does: precise_ip, which is 0
 * without PEBS or IBS, and counters in branch records (Linux 6.8). */
static void read_caps(const struct lbrvirt_guest *guest, char *ret_caps,
		      size_t size)
{
	static const struct {
		const char *file, *before, *after;
	} caps[] = {
		{ "max_precise", "precise up to ", "" },
		{ "branch_counter_nr", "", " branch counters" },
	};
	char path[80];
	size_t used = 0;

	ret_caps[0] = '\0';
	for (size_t i = 0; i < sizeof(caps) / sizeof(caps[0]); i++) {
		uint64_t value;

		snprintf(path, sizeof(path), DEVICES "%s/caps/%s", guest->pmu,
			 caps[i].file);
		if (machine_read_u64(guest->machine, path, &value))
			continue;
		snprintf(ret_caps + used, size - used, ", %s%" PRIu64 "%s",
			 caps[i].before, value, caps[i].after);
		used += strlen(ret_caps + used);
	}
}

#define LINUX_ARCH_LBR 0x509 /* 5.9 */

/* Architectural LBR of a kernel that is older than its driver. */
static bool is_kernel_too_old(const struct lbrvirt_guest *guest)
{
	return guest->cpu.lbr == GUEST_LBR_ARCH && guest->linux_version &&
	       guest->linux_version < LINUX_ARCH_LBR;
}

/*
 * While the host itself uses LBR, a guest's reads give 0 and its writes are
 * dropped (KVM's intel_pmu_handle_lbr_msrs_access()): the driver's test at
 * boot (check_msr()) fails then, and LBR is off until the next boot. KVM also
 * takes a format only if the guest's CPU model is the host's
 * (cpuid_model_is_consistent()).
 */
static void close_without_branches(const struct guest_look *look)
{
	struct lbrvirt_guest *guest = look->guest;
	bool has_format = !guest->capabilities.err &&
			  (guest->capabilities.value & 0x3f);

	if (is_kernel_too_old(guest)) {
		guest_close(
			look,
			"this kernel is older than its driver for architectural LBR");
		guest_say(look->texts->remedy_user, "boot Linux 5.9 or later");
		return;
	}
	guest_close(
		look, "%s",
		has_format ?
			"LBR is shown, but its registers failed the kernel's test at boot: the host was using LBR then, or the guest's CPU model is not the host's" :
			"the kernel drives the PMU without LBR: the LBR format is 0, or the registers failed its test at boot");
	if (guest->hypervisor == LBRVIRT_HV_NONE)
		return;
	guest_say(
		look->texts->remedy_user,
		"if the host was using LBR while this guest booted, boot it again: sudo reboot");
	if (has_format)
		guest_say(
			look->texts->remedy_admin,
			"end users of LBR on the host (perf record -b, --call-graph lbr) and boot the guest again; QEMU: -cpu host, so that the guest's CPU model is the host's");
	else
		guest_say(look->texts->remedy_admin, "%s",
			  guest_platform_lbr_remedy(guest));
}

void guest_driver_look(const struct guest_look *look)
{
	struct lbrvirt_guest *guest = look->guest;
	char path[64], name[64], caps[80];
	const char *hybrid;
	uint64_t branches;

	find_pmu(guest);
	if (!guest_has_kernel(guest)) {
		look->gate->is_known = false;
		guest_say(look->texts->value, "no /sys to be seen");
		return;
	}
	if (!guest->pmu) {
		guest_say(look->texts->value, "no PMU driver");
		guest_close(
			look,
			"the kernel has no PMU driver, software events only");
		guest_say(look->texts->remedy_admin, "%s",
			  guest_platform_pmu_remedy(guest));
		return;
	}
	hybrid = guest_has_path(guest, DEVICES "cpu_atom") ? " and cpu_atom" :
							     "";
	read_pmu_name(guest, name, sizeof(name));
	read_caps(guest, caps, sizeof(caps));
	snprintf(path, sizeof(path), DEVICES "%s/caps/branches", guest->pmu);
	if (machine_read_u64(guest->machine, path, &branches) == 0) {
		guest_say(look->texts->value,
			  "%s%s%s, %" PRIu64 " branches deep%s", guest->pmu,
			  hybrid, name, branches, caps);
		return;
	}
	guest_say(look->texts->value, "%s%s%s, no branches%s", guest->pmu,
		  hybrid, name, caps);
	close_without_branches(look);
}
