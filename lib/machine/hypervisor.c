/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Signatures in the hypervisor's CPUID leaves: twelve bytes in EBX, ECX and
 * EDX, unlike the CPU vendor's, which stand in EBX, EDX and ECX.
 */
#include "config.h"

#include "machine/hypervisor.h"

#include <string.h>

#define HYPERVISOR_BIT (1u << 31) /* CPUID.1:ECX */

bool hypervisor_is_there(struct machine *machine)
{
	struct cpuid_regs regs;

	return machine_cpuid(machine, 1, 0, &regs) == 0 &&
	       (regs.ecx & HYPERVISOR_BIT);
}

int hypervisor_signature(struct machine *machine, uint32_t leaf,
			 char ret_text[HYPERVISOR_SIGNATURE_SIZE])
{
	struct cpuid_regs regs;
	int err = machine->ops->cpuid(machine, leaf, 0, &regs);

	if (err)
		return err;
	memcpy(ret_text, &regs.ebx, 4);
	memcpy(ret_text + 4, &regs.ecx, 4);
	memcpy(ret_text + 8, &regs.edx, 4);
	return 0;
}

uint32_t hypervisor_find(struct machine *machine, const char *signature)
{
	char text[HYPERVISOR_SIGNATURE_SIZE];

	for (uint32_t leaf = HYPERVISOR_LEAF_FIRST; leaf < HYPERVISOR_LEAF_END;
	     leaf += HYPERVISOR_LEAF_STEP) {
		if (hypervisor_signature(machine, leaf, text) == 0 &&
		    memcmp(text, signature, sizeof(text)) == 0)
			return leaf;
	}
	return 0;
}
