/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The only way to MSRs: the registers that may be read, the one bit of the one
 * register that may be written, and what each refusal of /dev/cpu/N/msr means.
 */
#ifndef LBRVIRT_PV_MSR_H
#define LBRVIRT_PV_MSR_H

#include <lbrvirt/pv.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "machine/machine.h"

#define PV_MSR_PERF_CAPABILITIES 0x345u /* IA32_PERF_CAPABILITIES, SDM vol. 4 */

/* Whether @msr can be the control MSR: within KVM's reserved range and not a
 * register that mainline uses for something else. */
bool pv_msr_is_control(uint32_t msr);

/* Read 0x345 or a control MSR; another register is a bug (assert). 0 or
 * -errno as machine_ops.msr_read() has it. Safe in a forked child. */
int pv_msr_read(struct machine *machine, unsigned int cpu, uint32_t msr,
		uint64_t *ret_value);

/*
 * Make bit 0 of the control MSR @active: read, change that bit alone, write
 * only if changed. @ret_old receives what was there, if not NULL;
 * *@nr_writes is counted up for each write. 0 or -errno. Safe in a child.
 */
int pv_msr_set_active(struct machine *machine, unsigned int cpu, uint32_t msr,
		      bool active, uint64_t *ret_old, uint64_t *nr_writes);

/* The same for one who has just read @old: no second read. */
int pv_msr_write_active(struct machine *machine, unsigned int cpu, uint32_t msr,
			uint64_t old, bool active, uint64_t *nr_writes);

/* Why an access failed and what to do about it, one line: lockdown,
 * msr.allow_writes, CAP_SYS_RAWIO, no module, seccomp, container. @err is
 * what the functions above returned. */
void pv_msr_explain(struct machine *machine, int err, bool is_write, char *text,
		    size_t size);

/* Make that the context's text; -EACCES, -ENOENT or -EIO. */
int pv_msr_error(struct lbrvirt_context *ctx, struct machine *machine,
		 unsigned int cpu, int err, bool is_write);

#endif
