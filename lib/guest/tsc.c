/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * CPUID may tell the TSC's frequency in three places, and in a guest any of
 * them may speak of the host: hypervisors pass leaves on as they are, and scale
 * or offset the counter behind them. So it is always measured as well, and
 * CPUID's figure, which is exact, taken only if it agrees.
 */
#include "config.h"

#include "guest/tsc.h"

#include <errno.h>

#define MEASURE_NS 10000000u
/* Readings of a clock that does not go on. */
#define ROUNDS_MAX 100000000u
/* The two readings are some hundred ns off each, in 10 ms: 0.01 %. Leaf 0x16
 * has MHz, rounded; what differs by more is another machine's. */
#define PERMILLE_OFF 10

static int measure_hz(struct machine *machine, uint64_t *ret_hz)
{
	uint64_t begin_ticks, begin_ns, end_ticks, end_ns;
	int err = machine->ops->read_tsc(machine, &begin_ticks, &begin_ns);

	if (err)
		return err;
	for (uint32_t i = 0; i < ROUNDS_MAX; i++) {
		err = machine->ops->read_tsc(machine, &end_ticks, &end_ns);
		if (err)
			return err;
		if (end_ns - begin_ns >= MEASURE_NS) {
			*ret_hz = (uint64_t)((double)(end_ticks - begin_ticks) *
					     1e9 / (double)(end_ns - begin_ns));
			return *ret_hz ? 0 : -EIO;
		}
	}
	return -EIO;
}

/* Intel SDM vol. 2A, CPUID: the crystal's frequency times a ratio. */
static uint64_t read_crystal(struct machine *machine)
{
	struct cpuid_regs regs;

	if (machine_cpuid(machine, 0x15, 0, &regs) || !regs.eax || !regs.ebx)
		return 0;
	return (uint64_t)regs.ecx * regs.ebx / regs.eax;
}

/* The base frequency, which on CPUs with this leaf is the TSC's, in MHz. */
static uint64_t read_base(struct machine *machine)
{
	struct cpuid_regs regs;

	if (machine_cpuid(machine, 0x16, 0, &regs))
		return 0;
	return (regs.eax & 0xffff) * 1000000ull;
}

/* A convention of VMware that KVM's user spaces follow: the TSC in kHz. */
static uint64_t read_hypervisor(struct machine *machine)
{
	struct cpuid_regs regs;

	if (machine_cpuid(machine, 1, 0, &regs) || !(regs.ecx & 1u << 31))
		return 0;
	if (machine->ops->cpuid(machine, 0x40000000u, 0, &regs) ||
	    regs.eax < 0x40000010u || regs.eax > 0x400000ffu ||
	    machine->ops->cpuid(machine, 0x40000010u, 0, &regs))
		return 0;
	return regs.eax * 1000ull;
}

static bool agree(uint64_t told_hz, uint64_t measured_hz)
{
	uint64_t off = told_hz > measured_hz ? told_hz - measured_hz :
					       measured_hz - told_hz;

	return off <= measured_hz / 1000 * PERMILLE_OFF;
}

int tsc_find_hz(struct machine *machine, uint64_t *ret_hz,
		enum lbrvirt_tsc_source *ret_source)
{
	static const struct {
		enum lbrvirt_tsc_source source;
		uint64_t (*read)(struct machine *machine);
	} told[] = {
		{ LBRVIRT_TSC_HYPERVISOR, read_hypervisor },
		{ LBRVIRT_TSC_CRYSTAL, read_crystal },
		{ LBRVIRT_TSC_BASE, read_base },
	};
	uint64_t measured_hz;
	int err = measure_hz(machine, &measured_hz);

	if (err)
		return err;
	for (size_t i = 0; i < sizeof(told) / sizeof(told[0]); i++) {
		uint64_t hz = told[i].read(machine);

		if (!hz || !agree(hz, measured_hz))
			continue;
		*ret_hz = hz;
		*ret_source = told[i].source;
		return 0;
	}
	*ret_hz = measured_hz;
	*ret_source = LBRVIRT_TSC_MEASURED;
	return 0;
}

uint64_t tsc_to_ns(uint64_t ticks, uint64_t hz)
{
	return (uint64_t)((double)ticks * 1e9 / (double)hz + 0.5);
}
