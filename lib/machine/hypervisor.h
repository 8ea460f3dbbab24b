/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The CPUID leaves in which hypervisors name themselves: where they may begin,
 * and who stands where.
 */
#ifndef LBRVIRT_MACHINE_HYPERVISOR_H
#define LBRVIRT_MACHINE_HYPERVISOR_H

#include <stdbool.h>

#include "machine/machine.h"

/*
 * A hypervisor that also plays Hyper-V for Windows guests puts Hyper-V's
 * leaves first and its own 0x100 or more above (asm/cpuid.h of Linux,
 * hypervisor_cpuid_base()).
 */
#define HYPERVISOR_LEAF_FIRST 0x40000000u
#define HYPERVISOR_LEAF_END   0x40010000u
#define HYPERVISOR_LEAF_STEP  0x100u

enum { HYPERVISOR_SIGNATURE_SIZE = 12 }; /* no NUL behind it */

#define HYPERVISOR_KVM "KVMKVMKVM\0\0\0"

/* Whether CPUID says that this is a guest; false where there is no CPUID. */
bool hypervisor_is_there(struct machine *machine);

/* The signature at a leaf of the form 0x4000XX00. 0 or -EOPNOTSUPP. */
int hypervisor_signature(struct machine *machine, uint32_t leaf,
			 char ret_text[HYPERVISOR_SIGNATURE_SIZE]);

/* The first leaf with this signature; 0: none has it. */
uint32_t hypervisor_find(struct machine *machine, const char *signature);

#endif
