/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The guest object and the table of its gates.
 */
#include "config.h"

#include "guest/guest.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/printable.h"
#include "machine/recording.h"
#include "machine/snapshot.h"

#define OSRELEASE "/proc/sys/kernel/osrelease"

struct gate_kind {
	const char *name;
	void (*look)(const struct guest_look *look);
	bool is_fact;
};

static const struct gate_kind gate_kinds[LBRVIRT_GATE_COUNT] = {
	[LBRVIRT_GATE_ARCH] = { "arch", guest_arch_look, false },
	[LBRVIRT_GATE_HYPERVISOR] = { "hypervisor", guest_hypervisor_look,
				      true },
	[LBRVIRT_GATE_CPU] = { "cpu", guest_cpu_look, false },
	[LBRVIRT_GATE_VPMU] = { "vpmu", guest_vpmu_look, false },
	[LBRVIRT_GATE_LBR_FORMAT] = { "lbr-format", guest_lbr_format_look,
				      false },
	[LBRVIRT_GATE_ARCH_LBR] = { "arch-lbr", guest_arch_lbr_look, false },
	[LBRVIRT_GATE_AMD_LBR] = { "amd-lbr", guest_amd_lbr_look, true },
	[LBRVIRT_GATE_DRIVER] = { "driver", guest_driver_look, false },
	[LBRVIRT_GATE_PARANOID] = { "paranoid", guest_paranoid_look, false },
	[LBRVIRT_GATE_CAPABILITIES] = { "capabilities", guest_capabilities_look,
					true },
	[LBRVIRT_GATE_SECCOMP] = { "seccomp", guest_seccomp_look, false },
	[LBRVIRT_GATE_CONTAINER] = { "container", guest_container_look, true },
	[LBRVIRT_GATE_LOCKDOWN] = { "lockdown", guest_lockdown_look, false },
	[LBRVIRT_GATE_OPEN] = { "open", guest_open_look, false },
	[LBRVIRT_GATE_MSR_DEVICE] = { "msr-device", guest_msr_device_look,
				      true },
	[LBRVIRT_GATE_MLOCK] = { "mlock", guest_mlock_look, true },
	[LBRVIRT_GATE_SAMPLE_RATE] = { "sample-rate", guest_sample_rate_look,
				       true },
	[LBRVIRT_GATE_KPTR_RESTRICT] = { "kptr-restrict",
					 guest_kptr_restrict_look, true },
	[LBRVIRT_GATE_DEBUG_INFO] = { "debug-info", guest_debug_info_look,
				      true },
	[LBRVIRT_GATE_TOPDOWN] = { "topdown", guest_topdown_look, true },
	[LBRVIRT_GATE_MEDIATION] = { "mediation", guest_mediation_look, true },
	[LBRVIRT_GATE_VCPUS] = { "vcpus", guest_vcpus_look, true },
};

void guest_say(char *text, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, GUEST_TEXT_SIZE, format, ap);
	va_end(ap);
	printable_clean(text);
}

void guest_close(const struct guest_look *look, const char *format, ...)
{
	va_list ap;

	look->gate->is_open = false;
	va_start(ap, format);
	vsnprintf(look->texts->reason, GUEST_TEXT_SIZE, format, ap);
	va_end(ap);
}

static void look_at(struct lbrvirt_guest *guest, enum lbrvirt_gate_id id)
{
	const struct guest_look look = {
		.guest = guest,
		.gate = &guest->gates[id],
		.texts = &guest->texts[id],
	};

	*look.gate = (struct lbrvirt_gate){
		.id = id,
		.name = gate_kinds[id].name,
		.is_fact = gate_kinds[id].is_fact,
		.is_open = true,
		.is_known = true,
		.value = look.texts->value,
		.reason = look.texts->reason,
		.remedy_user = look.texts->remedy_user,
		.remedy_admin = look.texts->remedy_admin,
	};
	gate_kinds[id].look(&look);
}

struct cpuid_regs guest_cpuid(const struct guest_look *look, uint32_t leaf)
{
	struct cpuid_regs regs = { 0 };

	if (machine_cpuid(look->guest->machine, leaf, 0, &regs))
		memset(&regs, 0, sizeof(regs));
	return regs;
}

bool guest_has_path(const struct lbrvirt_guest *guest, const char *path)
{
	return guest->machine->ops->has_path(guest->machine, path) == 1;
}

bool guest_has_kernel(const struct lbrvirt_guest *guest)
{
	return guest_has_path(guest, "/sys/bus/event_source") ||
	       guest_has_path(guest, "/proc/sys/kernel");
}

bool guest_read_line(const struct lbrvirt_guest *guest, const char *path,
		     char *ret_line, size_t size)
{
	struct buffer text = { 0 };
	int err = guest->machine->ops->read_file(guest->machine, path, &text);

	if (!err)
		snprintf(ret_line, size, "%.*s",
			 (int)strcspn((const char *)text.bytes, "\n"),
			 (const char *)text.bytes);
	buffer_fini(&text);
	return !err;
}

/* "6.12.0-rc1" to 0x60c. */
static unsigned int read_linux_version(const struct lbrvirt_guest *guest)
{
	unsigned int major, minor;
	char line[64];

	if (!guest_read_line(guest, OSRELEASE, line, sizeof(line)) ||
	    sscanf(line, "%3u.%3u", &major, &minor) != 2 || minor > 0xff)
		return 0;
	return major << 8 | minor;
}

int guest_probe_on(struct lbrvirt_context *ctx, struct machine *machine,
		   struct lbrvirt_guest **ret_guest)
{
	struct lbrvirt_guest *guest;

	assert(machine && ret_guest);

	guest = calloc(1, sizeof(*guest));
	if (!guest)
		return error_set(ctx, ENOMEM, "out of memory");
	guest->machine = machine;
	guest->cpu.uarch = "";
	guest->linux_version = read_linux_version(guest);
	guest_capabilities_read(guest);
	guest_privileges_read(guest);
	for (int id = 0; id < LBRVIRT_GATE_COUNT; id++)
		look_at(guest, (enum lbrvirt_gate_id)id);
	*ret_guest = guest;
	return 0;
}

static int open_machine(struct lbrvirt_context *ctx,
			const struct lbrvirt_guest_opts *opts,
			struct machine **ret_machine,
			enum guest_owned *ret_kind)
{
	if (opts && opts->sysroot && opts->keeps_answers)
		return error_set(
			ctx, EINVAL,
			"a sysroot and keeping this machine's answers exclude each other");
	if (opts && opts->sysroot) {
		*ret_kind = GUEST_OWNS_SNAPSHOT;
		return snapshot_open(ctx, opts->sysroot, ret_machine);
	}
	if (opts && opts->keeps_answers) {
		*ret_kind = GUEST_OWNS_RECORDING;
		return recording_new(ctx, machine_live(), ret_machine);
	}
	*ret_machine = machine_live();
	return 0;
}

static void close_machine(struct machine *machine, enum guest_owned kind)
{
	if (kind == GUEST_OWNS_SNAPSHOT)
		snapshot_close(machine);
	else if (kind == GUEST_OWNS_RECORDING)
		recording_free(machine);
}

int lbrvirt_guest_probe(struct lbrvirt_context *ctx,
			const struct lbrvirt_guest_opts *opts,
			struct lbrvirt_guest **ret_guest)
{
	struct machine *machine;
	enum guest_owned kind = GUEST_OWNS_NONE;
	int err;

	if (!ctx || !ret_guest)
		return -EINVAL;
	if (opts && opts->size != sizeof(*opts))
		return error_set(
			ctx, EINVAL,
			"lbrvirt_guest_opts.size is not this version's");
	err = open_machine(ctx, opts, &machine, &kind);
	if (err)
		return err;
	err = guest_probe_on(ctx, machine, ret_guest);
	if (err) {
		close_machine(machine, kind);
		return err;
	}
	(*ret_guest)->kind = kind;
	return 0;
}

void lbrvirt_guest_free(struct lbrvirt_guest *guest)
{
	if (!guest)
		return;
	close_machine(guest->machine, guest->kind);
	free(guest);
}

bool lbrvirt_guest_is_saved(const struct lbrvirt_guest *guest)
{
	return guest && guest->kind == GUEST_OWNS_SNAPSHOT;
}

int lbrvirt_guest_save(struct lbrvirt_context *ctx, struct lbrvirt_guest *guest,
		       const char *dir)
{
	if (!ctx || !guest || !dir)
		return -EINVAL;
	if (guest->kind != GUEST_OWNS_RECORDING)
		return error_set(ctx, EINVAL,
				 "the guest was probed without keeps_answers");
	return recording_save(ctx, guest->machine, dir);
}

enum lbrvirt_hypervisor
lbrvirt_guest_hypervisor(const struct lbrvirt_guest *guest)
{
	return guest ? guest->hypervisor : LBRVIRT_HV_UNKNOWN;
}

const struct lbrvirt_gate *lbrvirt_guest_gate(const struct lbrvirt_guest *guest,
					      enum lbrvirt_gate_id id)
{
	if (!guest || (int)id < 0 || id >= LBRVIRT_GATE_COUNT)
		return NULL;
	return &guest->gates[id];
}

const struct lbrvirt_gate *
lbrvirt_guest_first_closed(const struct lbrvirt_guest *guest)
{
	/* What the kernel opens is there, whatever a table says of the CPU. */
	if (!guest || guest->gates[LBRVIRT_GATE_OPEN].is_open)
		return NULL;
	for (int id = 0; id < LBRVIRT_GATE_COUNT; id++) {
		const struct lbrvirt_gate *gate = &guest->gates[id];

		if (!gate->is_fact && gate->is_known && !gate->is_open)
			return gate;
	}
	return NULL;
}

/* Who is asked where the CPU has it and the guest does not see it. */
static enum lbrvirt_guest_verdict judge_host(const struct lbrvirt_guest *guest,
					     const struct lbrvirt_gate *gate)
{
	bool is_bare = guest->hypervisor == LBRVIRT_HV_NONE;

	if (gate->remedy_user[0] && (is_bare || !gate->remedy_admin[0]))
		return LBRVIRT_GUEST_USER;
	/* On bare metal there is no host above to ask. */
	return is_bare ? LBRVIRT_GUEST_HARDWARE : LBRVIRT_GUEST_ADMIN;
}

enum lbrvirt_guest_verdict
lbrvirt_guest_verdict(const struct lbrvirt_guest *guest)
{
	const struct lbrvirt_gate *gate = lbrvirt_guest_first_closed(guest);

	if (!gate)
		return LBRVIRT_GUEST_OPEN;
	if (gate->id == LBRVIRT_GATE_ARCH || gate->id == LBRVIRT_GATE_CPU)
		return LBRVIRT_GUEST_HARDWARE;
	return judge_host(guest, gate);
}
