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

#include "base/error.h"

struct gate_kind {
	const char *name;
	void (*look)(const struct guest_look *look);
};

static const struct gate_kind gate_kinds[LBRVIRT_GATE_COUNT] = {
	[LBRVIRT_GATE_ARCH] = { "arch", guest_arch_look },
	[LBRVIRT_GATE_HYPERVISOR] = { "hypervisor", guest_hypervisor_look },
	[LBRVIRT_GATE_CPU] = { "cpu", guest_cpu_look },
	[LBRVIRT_GATE_VPMU] = { "vpmu", guest_vpmu_look },
	[LBRVIRT_GATE_LBR] = { "lbr", guest_lbr_look },
	[LBRVIRT_GATE_DRIVER] = { "driver", guest_driver_look },
	[LBRVIRT_GATE_PERMISSION] = { "permission", guest_permission_look },
	[LBRVIRT_GATE_OPEN] = { "open", guest_open_look },
};

void guest_say(char *text, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, GUEST_TEXT_SIZE, format, ap);
	va_end(ap);
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
		.is_open = true,
		.is_known = true,
		.value = look.texts->value,
		.reason = look.texts->reason,
		.remedy_user = look.texts->remedy_user,
		.remedy_admin = look.texts->remedy_admin,
	};
	gate_kinds[id].look(&look);
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
	for (int id = 0; id < LBRVIRT_GATE_COUNT; id++)
		look_at(guest, (enum lbrvirt_gate_id)id);
	guest->machine = NULL;
	*ret_guest = guest;
	return 0;
}

int lbrvirt_guest_probe(struct lbrvirt_context *ctx,
			const struct lbrvirt_guest_opts *opts,
			struct lbrvirt_guest **ret_guest)
{
	if (!ctx || !ret_guest)
		return -EINVAL;
	if (opts && opts->size != sizeof(*opts))
		return error_set(
			ctx, EINVAL,
			"lbrvirt_guest_opts.size is not this version's");
	return guest_probe_on(ctx, machine_live(), ret_guest);
}

void lbrvirt_guest_free(struct lbrvirt_guest *guest)
{
	free(guest);
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

		if (gate->is_known && !gate->is_open)
			return gate;
	}
	return NULL;
}
