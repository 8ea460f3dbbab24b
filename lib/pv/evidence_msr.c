/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Letter E: what the control MSR says, read on every online CPU and never
 * written. KVM's POLL_CONTROL starts as 1 on each vCPU
 * (kvm_arch_vcpu_postcreate()), the protocol's ACTIVE is 0 while no call-stack
 * event runs; a bit besides the first faults when written, so it is never
 * there. 0 says nothing: haltpoll guests write it, and a host with
 * kvm.ignore_msrs=1 answers 0 for a register it does not have.
 */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "machine/cpus.h"
#include "pv/evidence.h"
#include "pv/msr.h"

/* What was found, over all CPUs. */
struct tally {
	size_t read;
	size_t ones;
	size_t held;
	size_t faults;
	size_t unknown; /* bits besides the first */
	unsigned int unknown_cpu;
	uint64_t unknown_value;
	int err; /* the first reason why one was not read */
};

static int allocate_cpus(struct lbrvirt_pv *pv, struct machine *machine)
{
	struct cpus online = { NULL, 0 };
	int err = cpus_online(NULL, machine, NULL, &online);

	if (err == -ENOMEM)
		return err;
	if (err)
		return 0;
	pv->cpus = calloc(online.nr, sizeof(*pv->cpus));
	if (pv->cpus) {
		pv->nr_cpus = online.nr;
		for (size_t i = 0; i < online.nr; i++)
			pv->cpus[i].cpu = (unsigned int)online.cpu[i];
	}
	cpus_fini(&online);
	return pv->cpus ? 0 : -ENOMEM;
}

int evidence_msr_read(const struct pv_look *look)
{
	struct lbrvirt_pv *pv = look->pv;
	int err;

	if (!pv_look_may_read(look))
		return 0;
	err = allocate_cpus(pv, look->machine);
	if (err)
		return err;
	for (size_t i = 0; i < pv->nr_cpus; i++)
		pv->cpus[i].err = -pv_msr_read(look->machine, pv->cpus[i].cpu,
					       look->assertion->msr,
					       &pv->cpus[i].value);
	return 0;
}

/* What stands there without the holders of ours. */
static uint64_t own_value(const struct lbrvirt_pv_cpu *cpu)
{
	return cpu->is_held ? cpu->old_value : cpu->value;
}

static struct tally count(const struct lbrvirt_pv *pv)
{
	struct tally tally = { .err = 0 };

	for (size_t i = 0; i < pv->nr_cpus; i++) {
		const struct lbrvirt_pv_cpu *cpu = &pv->cpus[i];

		if (cpu->err) {
			tally.faults += cpu->err == EIO;
			tally.err = tally.err ? tally.err : cpu->err;
			continue;
		}
		tally.read++;
		tally.held += cpu->is_held;
		tally.ones += own_value(cpu) == LBRVIRT_PV_ACTIVE;
		if (own_value(cpu) & ~(uint64_t)LBRVIRT_PV_ACTIVE) {
			tally.unknown++;
			tally.unknown_cpu = cpu->cpu;
			tally.unknown_value = own_value(cpu);
		}
	}
	return tally;
}

static void say_unread(const struct pv_look *look, int err)
{
	struct lbrvirt_pv *pv = look->pv;

	look->evidence->is_known = false;
	pv_look_value(look, "not read");
	if (!pv_look_may_read(look)) {
		pv_look_words(look, LBRVIRT_PV_SAYS_NOTHING,
			      "needless: A says that there is none");
		return;
	}
	if (look->is_saved)
		snprintf(pv->msr_reason, sizeof(pv->msr_reason),
			 "no values of MSR 0x%x were saved",
			 look->assertion->msr);
	else if (!pv->nr_cpus)
		snprintf(
			pv->msr_reason, sizeof(pv->msr_reason),
			"which CPUs are online cannot be read: is /sys mounted?");
	else
		pv_msr_explain(look->machine, -err, false, pv->msr_reason,
			       sizeof(pv->msr_reason));
	pv_look_words(look, LBRVIRT_PV_SAYS_NOTHING, "%s", pv->msr_reason);
}

static void judge_ones(const struct pv_look *look, const struct tally *tally)
{
	if (look->assertion->msr != LBRVIRT_PV_MSR_DEFAULT)
		pv_look_words(
			look, LBRVIRT_PV_SAYS_NOTHING,
			"set, and by no holder of ours: the kernel drives it, or another program");
	else if (tally->ones < tally->read)
		pv_look_veto(
			look, LBRVIRT_PV_SAYS_POLL_CONTROL,
			"POLL_CONTROL starts as 1; where it is the protocol, somebody else drives it");
	else
		pv_look_veto(
			look, LBRVIRT_PV_SAYS_POLL_CONTROL,
			"POLL_CONTROL starts as 1, the protocol's ACTIVE is 0 while nobody uses LBR");
}

void evidence_msr_look(const struct pv_look *look)
{
	const struct tally tally = count(look->pv);
	const char *held = tally.held ? ", before it was held" : "";

	if (tally.faults) {
		pv_look_value(look, "MSR 0x%x faults on %zu of %zu CPUs",
			      look->assertion->msr, tally.faults,
			      look->pv->nr_cpus);
		pv_look_veto(
			look, LBRVIRT_PV_SAYS_FAULTS,
			"the host has no such register: neither the protocol nor halt polling");
	} else if (tally.read == 0) {
		say_unread(look, tally.err);
	} else if (tally.unknown) {
		pv_look_value(look, "0x%" PRIx64 " on CPU %u%s",
			      tally.unknown_value, tally.unknown_cpu, held);
		pv_look_veto(
			look, LBRVIRT_PV_SAYS_NONE,
			"both know bit 0 alone: this register is something else");
	} else if (tally.ones) {
		pv_look_value(look, "1 on %zu of %zu CPUs%s", tally.ones,
			      look->pv->nr_cpus, held);
		judge_ones(look, &tally);
	} else {
		pv_look_value(look, "0 on %zu of %zu CPUs%s", tally.read,
			      look->pv->nr_cpus, held);
		pv_look_words(
			look, LBRVIRT_PV_SAYS_NOTHING,
			"so it is while nobody uses the protocol, and where a guest turned the host's halt polling off");
	}
}
