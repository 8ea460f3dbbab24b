/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * How the host runs the PMU and the CPUs, as far as a guest can tell without
 * measuring. None of it closes the way to LBR call stacks; it says how much
 * figures are worth.
 */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "guest/guest.h"
#include "machine/hypervisor.h"

#define PERF_METRICS   (1u << 15) /* MSR 0x345; Intel SDM vol. 4 */
#define DEVICES	       "/sys/bus/event_source/devices/"
#define HINTS_REALTIME 1u /* EDX of KVM's features; Linux 4.18 */

static bool has_metrics(const struct lbrvirt_guest *guest)
{
	return !guest->capabilities.err &&
	       (guest->capabilities.value & PERF_METRICS);
}

static bool has_topdown_events(const struct lbrvirt_guest *guest)
{
	return guest_has_path(guest, DEVICES "cpu/events/topdown-retiring") ||
	       guest_has_path(guest,
			      DEVICES "cpu_core/events/topdown-retiring");
}

/* Metrics in a register of their own came with Ice Lake; Linux has their
 * events where it found the register's bit. */
void guest_topdown_look(const struct guest_look *look)
{
	const struct lbrvirt_guest *guest = look->guest;

	if (guest->cpu.vendor != GUEST_VENDOR_INTEL) {
		guest_say(look->texts->value, "not an Intel CPU");
		return;
	}
	if (!guest_has_kernel(guest)) {
		look->gate->is_known = false;
		guest_say(look->texts->value, "no /sys to be seen");
		return;
	}
	if (has_topdown_events(guest)) {
		guest_say(look->texts->value,
			  "events topdown-retiring and others");
		return;
	}
	if (has_metrics(guest)) {
		guest_say(look->texts->value,
			  "PERF_METRICS, but this kernel has no events for it");
		guest_close(look, "this kernel does not drive PERF_METRICS");
		guest_say(look->texts->remedy_user, "boot Linux 5.10 or later");
		return;
	}
	guest_say(look->texts->value, "%s",
		  guest->capabilities.err ? "no events topdown-*" :
					    "PERF_METRICS no");
	guest_close(
		look,
		guest->hypervisor == LBRVIRT_HV_NONE ?
			"this CPU or kernel has no top-down metrics" :
			"top-down metrics are not shown to this guest, or the CPU has none");
	if (guest->hypervisor == LBRVIRT_HV_KVM)
		guest_say(
			look->texts->remedy_admin,
			"only KVM's mediated PMU can show PERF_METRICS, on Ice Lake and later: kvm_intel.enable_mediated_pmu=Y, which takes LBR away");
}

/*
 * A mediated PMU has the version of an emulated one. PERF_METRICS and more
 * than three fixed counters are only shown by a mediated one (KVM patches of
 * 2026); the rest takes measuring.
 */
void guest_mediation_look(const struct guest_look *look)
{
	const struct lbrvirt_guest *guest = look->guest;
	struct cpuid_regs regs = guest_cpuid(look, 0xa);

	if (guest->hypervisor == LBRVIRT_HV_NONE) {
		guest_say(look->texts->value, "the CPU's own PMU");
	} else if (!guest->gates[LBRVIRT_GATE_VPMU].is_open) {
		guest_say(look->texts->value, "no PMU");
	} else if (guest->cpu.vendor == GUEST_VENDOR_INTEL &&
		   (has_metrics(guest) || (regs.edx & 0x1f) > 3)) {
		guest_say(
			look->texts->value,
			"mediated, as PERF_METRICS or a fourth fixed counter show");
	} else {
		look->gate->is_known = false;
		guest_say(look->texts->value,
			  "emulated or mediated: lbrprof doctor --exit-cost tells");
	}
}

/* The share of all CPU time since boot that the host took, in 0.1%. */
static bool read_steal(const struct lbrvirt_guest *guest,
		       unsigned int *ret_permille)
{
	double times[8] = { 0 }; /* which a broken file cannot overflow */
	double total = 0;
	char line[256];
	char *at = line;

	if (!guest_read_line(guest, "/proc/stat", line, sizeof(line)) ||
	    strncmp(line, "cpu ", 4) != 0)
		return false;
	at += 4;
	for (size_t i = 0; i < 8; i++) {
		times[i] = (double)strtoull(at, &at, 10);
		total += times[i];
	}
	*ret_permille = total > 0 ? (unsigned int)(1000 * times[7] / total) : 0;
	return true;
}

/* KVM's promise that its CPUs are not shared; another hypervisor has none. */
static const char *read_hint(struct machine *machine)
{
	uint32_t leaf = hypervisor_find(machine, HYPERVISOR_KVM);
	struct cpuid_regs regs;

	if (!leaf || machine->ops->cpuid(machine, leaf | 1, 0, &regs))
		return "no hint";
	return regs.edx & HINTS_REALTIME ? "hint: CPUs of its own" :
					   "no hint of CPUs of its own";
}

/* 1% is where a profile's shares begin to be another's. */
#define STEAL_PERMILLE_MAX 10

void guest_vcpus_look(const struct guest_look *look)
{
	struct lbrvirt_guest *guest = look->guest;
	unsigned int permille = 0;
	char driver[32] = "none";
	bool has_steal;

	if (guest->hypervisor == LBRVIRT_HV_NONE) {
		guest_say(look->texts->value, "the machine's own CPUs");
		return;
	}
	has_steal = read_steal(guest, &permille);
	guest_read_line(guest, "/sys/devices/system/cpu/cpuidle/current_driver",
			driver, sizeof(driver));
	if (has_steal)
		guest_say(look->texts->value,
			  "%s, idle driver %s, %u.%u%% stolen since boot",
			  read_hint(guest->machine), driver, permille / 10,
			  permille % 10);
	else
		guest_say(look->texts->value, "%s, idle driver %s",
			  read_hint(guest->machine), driver);
	look->gate->is_known = has_steal;
	if (permille < STEAL_PERMILLE_MAX)
		return;
	guest_close(
		look,
		"the host gives these CPUs' time to others: samples and times of stolen stretches mislead");
	guest_say(
		look->texts->remedy_admin,
		"give the guest CPUs of its own: libvirt <cputune><vcpupin vcpu='0' cpuset='2'/></cputune>; cloud: a machine type without shared or burstable CPUs");
}
